"""Where a fault of a mapping stands: the line of the YAML, the place in it, and what is wrong."""

import yaml
from pydantic import ValidationError

#: What stands before a message of our own checks.
_SAID = "Value error, "


def told(text: str, fault: ValidationError) -> list[str]:
    """One line per fault of the mapping `text`; what is wrong only because of what is in it is left out."""
    root, found = yaml.compose(text), fault.errors()
    places = [one["loc"] for one in found]
    return [
        f"mapping: {_line(root, one['loc'])}{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix(_SAID)}"
        for one in found
        if not any(len(place) > len(one["loc"]) and place[: len(one["loc"])] == one["loc"] for place in places)
    ]


def _line(root: yaml.Node | None, place: tuple[int | str, ...]) -> str:
    """`line 7: ` of the innermost part of a place that is written; parts that only the checks know are passed over."""
    if root is None or not place:
        return ""
    node = root
    mark = node.start_mark
    for part in place:
        found = _inner(node, part)
        if found:
            mark, node = found
    return f"line {mark.line + 1}: "


def _inner(node: yaml.Node, part: int | str) -> tuple[yaml.Mark, yaml.Node] | None:
    """(where a part of a node begins, that part), if the node has it."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark, node.value[part]
    return None
