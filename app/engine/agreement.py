"""What was agreed with the sources, and whether they keep to it: exceptions of a source, not of an order."""

from collections.abc import Sequence

import polars as pl

from app.store.agreed import KINDS
from app.store.work import Work
from rules.book import Listened, agreements
from rules.kinds.agreement import says
from rules.kinds.outage import Circuit, Outage

_TEXT = pl.String

_EVER_BROKEN = """
select (select count(*) from source_fault) + (select count(*) from source_number) + (select count(*) from customer_word)
    + (select count(*) from judgement where kind = 'agreement')
"""


def learn_agreements(work: Work, rules: Sequence[Listened]) -> None:
    """Tell the store what the rules say of each broken agreement, and of partners of whose outage events tell."""
    work.hold("agreement_rule", says(agreements(rules)))
    work.hold("fault_kind", pl.DataFrame(list(KINDS.items()), schema={"fault": _TEXT, "of": _TEXT}, orient="row"))
    told = [
        (rule.code, rule.owner, rule.severity)
        for rule in rules
        if isinstance(rule, Outage) and any(isinstance(one, Circuit) for one in rule.any)
    ]
    circuit = pl.DataFrame(told, schema={"code": _TEXT, "owner": _TEXT, "severity": _TEXT}, orient="row")
    work.hold("circuit_rule", circuit.unique("code", keep="first", maintain_order=True))


def agreements_moved(work: Work) -> bool:
    """Judge every agreement; whether anything stands otherwise than before. Leaves `folded_agreement`."""
    if not work.number(_EVER_BROKEN):
        work.run("agreement/none")
        return False
    work.run("agreement/judge")
    work.run("agreement/moved")
    return work.count("moved_agreement") > 0


def watch_agreements(work: Work) -> None:
    """The judgements that moved take the place of the old ones; after `also_touched` is begun."""
    if agreements_moved(work):
        work.run_sql("insert into also_touched select no from moved_agreement")
