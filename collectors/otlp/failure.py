"""How OTLP tells a failure: google.rpc.Status, written by hand to spare a dependency for two fields."""


def status_message(code: int, text: bytes) -> bytes:
    """A google.rpc.Status in protobuf: field 1 is the code, field 2 the message."""
    return b"\x08" + bytes([code]) + b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])
