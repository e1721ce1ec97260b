"""The kinds of rule there are: a name for the rule language, and the function that judges by it."""

from app.contracts import Kind
from rules.kinds.deadline import dues

KINDS: dict[str, Kind] = {"deadline": dues}
