"""Finds the declared mapping of a source and tells one version of it from another."""

import hashlib
from functools import lru_cache
from pathlib import Path

from app.errors import WrongUse
from app.settings import Source

#: The mappings that come with the product.
SHIPPED = Path(__file__).parent / "mappings"


def text(source: Source) -> str:
    """The YAML of the mapping that a source names: a path beside the configuration, else a shipped name; "" for none.

    Raises WrongUse when there is neither.
    """
    if not source.mapping:
        return ""
    places = [Path(source.base) / source.mapping, SHIPPED / f"{source.mapping}.yaml"]
    for place in places:
        if place.suffix in (".yaml", ".yml") and place.is_file():
            return place.read_text(encoding="utf-8")
    names = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.yaml")))
    raise WrongUse(f"mapping {source.mapping!r}: there is no such file", f"Give a path, or one of: {names}.")


@lru_cache
def shipped(name: str) -> str:
    """The YAML of a mapping that comes with the product."""
    return (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


def version(text: str) -> str:
    """A short name of one state of a mapping: the same text, the same version. "" for no mapping."""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""
