"""The kinds of rule there are: a name for the rule language, and the function that judges by it.

`KINDS` judge what is told of subjects; `COUNTING` judge the verdicts on the Dues of other rules; `WATCHING` what
interfaces did; `LISTENING` what was heard of sources and partners; `FINDING` are the kinds over findings, which one
function judges together.
"""

from collections.abc import Callable
from typing import Any

import polars as pl

from app.contracts import Kind
from rules.kinds.agreement import broken
from rules.kinds.deadline import dues
from rules.kinds.freshness import stale
from rules.kinds.interface import looks
from rules.kinds.outage import outages
from rules.kinds.slo import spells

KINDS: dict[str, Kind] = {"deadline": dues}
FINDING = ("state", "divergence", "match", "sequence", "duplicate")
COUNTING: dict[str, Callable[[pl.DataFrame, Any], pl.DataFrame]] = {"slo": spells}
WATCHING: dict[str, Callable[..., pl.DataFrame]] = {"interface": looks}
LISTENING: dict[str, Callable[..., pl.DataFrame]] = {"freshness": stale, "outage": outages, "agreement": broken}
