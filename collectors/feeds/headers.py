"""Headers of brokers as the wires know them from HTTP, so that a message means the same whatever brought it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

#: What a header of HTTP may hold as it is; a percent sign begins an escape.
_PLAIN = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")
#: How the bindings of CloudEvents to Kafka and AMQP call what HTTP calls `ce-`.
_CLOUDEVENTS = ("ce_", "cloudevents:", "cloudevents_")


def as_http(pairs: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """Lower-case names and text; attributes of a CloudEvent as `ce-`, escaped as its HTTP binding asks."""
    found: dict[str, str] = {}
    for given, value in pairs:
        name = given.lower()
        prefix = next((one for one in _CLOUDEVENTS if name.startswith(one)), "")
        found["ce-" + name.removeprefix(prefix) if prefix else name] = _escaped(value) if prefix else _text(value)
    return found


def _escaped(value: Any) -> str:
    return quote(_text(value), safe=_PLAIN)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
