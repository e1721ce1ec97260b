"""YAML as people write it: safe, and only what YAML 1.2 resolves.

`14:00`, `yes`, `NO` and dates stay text, so that no cut-off becomes a number and no country a falsehood.
"""

import re
from typing import Any

import yaml

_CORE = {
    "tag:yaml.org,2002:null": ("^(~|null|)$", ["~", "n", ""]),
    "tag:yaml.org,2002:bool": ("^(true|false)$", list("tf")),
    "tag:yaml.org,2002:int": ("^[-+]?[0-9]+$", list("-+0123456789")),
    "tag:yaml.org,2002:float": ("^[-+]?[0-9]+[.][0-9]+$", list("-+0123456789")),
    "tag:yaml.org,2002:merge": ("^<<$", ["<"]),
}


#: What libyaml is given nests no deeper than twice that: it ends the process where a text nests a hundred thousand times.
_DEEP = 1_000


class Loader(yaml.SafeLoader):
    """PyYAML's safe loader without the guesses of YAML 1.1."""


class Quick(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, many times faster, for text that is `shallow`; the words of its faults are others."""


for _loader in (Loader, Quick):
    _loader.yaml_implicit_resolvers = {}
    for _tag, (_pattern, _first) in _CORE.items():
        _loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


def shallow(text: str) -> bool:
    """Whether a text cannot nest deep: each level takes a bracket or a place on its line."""
    brackets = text.count("[") + text.count("{")
    return brackets < _DEEP and max(map(len, text.splitlines()), default=0) < _DEEP


def load(text: str) -> Any:
    """What a document says; raises yaml.YAMLError for what is none."""
    if shallow(text):
        try:
            return yaml.load(text, Quick)
        except (yaml.YAMLError, RecursionError):
            pass  # told in the words of the other, below
    return yaml.load(text, Loader)
