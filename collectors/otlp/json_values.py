"""The values of OTLP in JSON: ids, enumerations, whole and broken numbers as text, attributes."""

import base64
import binascii
import re
from typing import Any

import msgspec

from collectors.otlp.shapes import Pair, Value, Whole

#: What reading a part of a JSON message may raise.
FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
_ENUM = re.compile(r"^(SPAN_KIND|STATUS_CODE|AGGREGATION_TEMPORALITY|SEVERITY_NUMBER)_")


def hex_id(text: str) -> str:
    """An id as lower-case hex. 32 or 16 hex digits, or 24 or 12 characters of base64; "" stays."""
    if len(text) in (24, 12):
        try:
            return base64.b64decode(text, validate=True).hex()
        except binascii.Error:
            return text
    return text.lower()


def enumerated(given: Whole | None, names: tuple[str, ...]) -> int:
    """An enumeration as its number, which may be written as a name such as `SPAN_KIND_SERVER`."""
    if given.__class__ is int:
        return int(given)
    text = str(given or 0)
    short = _ENUM.sub("", text).lower().replace("unspecified", "").replace("unset", "")
    return int(text) if text.isdecimal() else names.index(short) if short in names else 0


def broken(given: float | str | None) -> float | None:
    """A number that may be written as text, `"NaN"` and `"Infinity"` included. Raises ValueError."""
    return None if given is None else float(given)


def attributes(pairs: list[Pair]) -> dict[str, Any]:
    """Attributes as a mapping."""
    return {pair.key: (pair.value.stringValue or value(pair.value)) if pair.value else None for pair in pairs}


def value(given: Value) -> Any:
    """The one value that is set; None for none."""
    if given.intValue is not None:
        return int(given.intValue)
    if given.arrayValue is not None:
        return [value(one) if one.stringValue is None else one.stringValue for one in given.arrayValue.values]
    if given.kvlistValue is not None:
        return attributes(given.kvlistValue.values)
    plain = (given.stringValue, given.boolValue, given.doubleValue, given.bytesValue)
    return next((one for one in plain if one is not None), None)
