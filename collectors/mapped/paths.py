"""Paths into JSON documents: which part of a document a mapping means. They select and nothing else; nothing runs.

`a.b` is a field of a field, `a[0]` the first and `a[-1]` the last of a list, `a[*]` each of it, `a[name=po].value` the
value of those whose `name` is `po`, `["odd.name"]` a field whose name has a dot, and `.` the part itself.
"""

import re
from typing import Any, NamedTuple

#: Steps of one path, and characters of its text.
MAX_STEPS, MAX_TEXT = 20, 300
_STEP = re.compile(
    r"""(?P<every>\[\*\])|\[(?P<at>-?[0-9]{1,6})\]|\["(?P<quoted>[^"]+)"\]|\[(?P<field>[^\]\[="]+)=(?P<equals>[^\]\[]*)\]"""
    r"""|(?P<dot>\.?)(?P<name>[^.\[\]{}"=\s]+(?:\ [^.\[\]{}"=\s]+)*)""",
    re.VERBOSE,
)


class Step(NamedTuple):
    """One step: a field's `name`; or a place in a list (`at`); or each of a list, `where` a field has a value, or any."""

    name: str = ""
    at: int | None = None
    where: str = ""
    equals: str = ""


Path = tuple[Step, ...]
EVERY = Step()


def parsed(text: str) -> Path:
    """The steps of a written path. Raises ValueError, saying where it cannot be read."""
    if text == ".":
        return ()
    if len(text) > MAX_TEXT:
        raise ValueError(f"a path has at most {MAX_TEXT} characters")
    steps: list[Step] = []
    place = 0
    while place < len(text):
        found = _STEP.match(text, place)
        if not found or (found["name"] and bool(found["dot"]) != bool(steps)):
            raise ValueError(f"{text!r} is no path: it cannot be read from {text[place:]!r} on")
        steps.append(_step(found))
        place = found.end()
    if not steps or len(steps) > MAX_STEPS:
        raise ValueError(f"{text!r} is no path: it has {len(steps)} steps, of {MAX_STEPS} at most")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["every"]:
        return EVERY
    if found["at"]:
        return Step(at=int(found["at"]))
    if found["field"]:
        return Step(where=found["field"].strip(), equals=found["equals"].strip().strip('"'))
    return Step(name=found["quoted"] or found["name"])


def written(path: Path) -> str:
    """A path as it can be read again."""
    return "".join(map(_shown, path)).removeprefix(".") or "."


def _shown(step: Step) -> str:
    if step.name:
        return f".{step.name}" if re.fullmatch(r'[^.\[\]{}"=\s]+( [^.\[\]{}"=\s]+)*', step.name) else f'["{step.name}"]'
    if step.at is not None:
        return f"[{step.at}]"
    return f"[{step.where}={step.equals}]" if step.where else "[*]"


def is_many(path: Path) -> bool:
    """Whether a path can select more than one part."""
    return any(not step.name and step.at is None for step in path)


def select(part: Any, path: Path) -> list[Any]:
    """The parts of a document that a path means, in their order; none where there is no such part."""
    found = [part]
    for step in path:
        found = [one for here in found for one in _next(here, step)]
    return found


def _next(here: Any, step: Step) -> list[Any]:
    if step.name:
        return [here[step.name]] if isinstance(here, dict) and step.name in here else []
    if not isinstance(here, list):
        return []
    if step.at is not None:
        return [here[step.at]] if -len(here) <= step.at < len(here) else []
    if not step.where:
        return here
    return [one for one in here if isinstance(one, dict) and plain(one.get(step.where)) == step.equals]


def plain(value: Any) -> str | None:
    """A value as text: numbers as they were written, yes and no as `true` and `false`; None for what has no text."""
    if isinstance(value, str):
        return value.strip() or None
    if value is True or value is False:
        return "true" if value else "false"
    return str(value) if isinstance(value, int) and abs(value) < 10**300 else None
