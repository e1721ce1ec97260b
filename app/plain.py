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


class Loader(yaml.SafeLoader):
    """PyYAML's safe loader without the guesses of YAML 1.1."""


Loader.yaml_implicit_resolvers = {}
for _tag, (_pattern, _first) in _CORE.items():
    Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


def load(text: str) -> Any:
    """What a document says; raises yaml.YAMLError for what is none."""
    return yaml.load(text, Loader)
