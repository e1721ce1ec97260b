"""How OTLP tells a failure: google.rpc.Status, written by hand to spare a dependency for three fields."""

#: HTTP status -> gRPC code, as the OTLP specification pairs them; anything else is UNKNOWN.
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 415: 3, 422: 3, 429: 8, 500: 13, 503: 14}
UNKNOWN = 2
_RETRY_INFO = b"type.googleapis.com/google.rpc.RetryInfo"


def status_message(code: int, text: bytes, wait: int | None = None) -> bytes:
    """A google.rpc.Status in protobuf: field 1 the code, field 2 the message, field 3 when to come back, if ever."""
    told = b"\x08" + bytes([code]) + _field(2, text)
    return told if wait is None else told + _field(3, _field(1, _RETRY_INFO) + _field(2, retry_info(wait)))


def retry_info(seconds: int) -> bytes:
    """A google.rpc.RetryInfo: after how many seconds the sender may try again."""
    return _field(1, b"\x08" + _varint(seconds))


def text_of(status: bytes) -> str:
    """The message of a `status_message`."""
    size = shift = 0
    for at, byte in enumerate(status[3:8], 4):
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return status[at : at + size].decode("utf-8", "replace")
    return ""


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])
