"""From nested JSON to records of named texts."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from collectors import reading
from collectors.document import Unread
from collectors.mapped.records import separators
from collectors.ndjson.config import MAX_DEPTH, MAX_VALUES, Records

Flat = dict[str, str]


def rows(said: Any, declared: Records) -> Iterator[Flat]:
    """The rows of a record: one, or one for each entry of the list that the mapping names. Raises Unread."""
    if not isinstance(said, dict):
        raise Unread("bad_row", "the record is no object")
    entries = _found(said, declared.each) if declared.each else None
    if not isinstance(entries, list) or not entries:
        yield flat(said, declared)
        return
    around = flat(said, declared, leaving=declared.each)
    for place, entry in enumerate(entries, 1):
        inner = flat({declared.each: entry}, declared)
        yield {**around, **inner, f"{declared.each}.#": str(place)}


def _found(said: dict[str, Any], name: str) -> Any:
    """What stands under a dotted name."""
    value: Any = said
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def flat(said: dict[str, Any], declared: Records, leaving: str = "") -> Flat:
    """Every value of a record under its dotted name, as text; a list of texts as one text. Raises Unread."""
    found: Flat = {}
    between = separators(declared)
    waiting: list[tuple[str, Any, int]] = [(name, value, 1) for name, value in reversed(said.items())]
    while waiting:
        name, value, depth = waiting.pop()
        if name == leaving or value is None:
            continue
        if depth > MAX_DEPTH or len(found) + len(waiting) > MAX_VALUES:
            raise Unread("bad_row", f"the record is deeper than {MAX_DEPTH} or has over {MAX_VALUES:,} values")
        if isinstance(value, dict):
            waiting += [(f"{name}.{key}", one, depth + 1) for key, one in reversed(value.items())]
        elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
            waiting += [(f"{name}.{at}", one, depth + 1) for at, one in reversed(list(enumerate(value)))]
        elif isinstance(value, list):
            found[name] = between.get(name, ",").join(text(one, declared) for one in value if one is not None)
        else:
            found[name] = text(value, declared)
    return found


def text(value: Any, declared: Records) -> str:
    """A simple value as a cell has it: numbers exact, with the decimal sign of the mapping."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        number = reading.plain(str(value)) or str(value)
        return number.replace(".", declared.decimal)
    return str(value)
