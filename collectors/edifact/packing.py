"""The tree of packages of a DESADV (CPS): which of them hold the lines of an order, and what lies in what."""

from typing import Any

from collectors.edifact.document import Document, Line, Package
from collectors.edifact.draft import Key, Reader

#: Levels of packing that are followed upwards: a container holds pallets, these cartons, these inner packs.
_DEEP = 8


def around(document: Document, lines: list[Line]) -> list[Package]:
    """The packages that hold these lines, and those that these lie in; all of them where the document has no line."""
    if not document.lines:
        return document.packages
    found: dict[int, None] = {}
    for at in sorted({line.package for line in lines if line.package is not None}):
        place: int | None = at
        for _ in range(_DEEP):
            if place is None or place in found:
                break
            found[place] = None
            place = document.package_ids.get(document.packages[place].parent)
    return [document.packages[at] for at in sorted(found)]


def keys(reader: Reader, packages: list[Package]) -> list[Key]:
    """The SSCCs of packages as keys."""
    head = reader.document.letter.head
    reader.spend(sum(len(package.sscc) for package in packages))
    return [key for package in packages for one in package.sscc for key in reader.key("sscc", one, head)]


def shown(packages: list[Package], lines: list[Line]) -> list[dict[str, Any]]:
    """The tree as attributes hold it: each package with what it lies in, its type, its SSCCs and its line numbers."""
    inside: dict[int | None, list[str]] = {}
    for line in lines:
        inside.setdefault(line.package, []).append(line.number)
    made = []
    for package in packages:
        told = {
            "id": package.id,
            "in": package.parent,
            "type": package.type,
            "sscc": package.sscc,
            "lines": inside.get(package.place, []),
        }
        made.append({name: value for name, value in told.items() if value})
    return made
