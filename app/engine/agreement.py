"""What was agreed with the sources, and whether they keep to it: exceptions of a source, not of an order."""

from collections.abc import Sequence

from app.store.work import Work
from rules.kinds.agreement import Agreement, says

_EVER_BROKEN = """
select (select count(*) from source_fault) + (select count(*) from source_number)
    + (select count(*) from judgement where kind = 'agreement')
"""


def learn_agreements(work: Work, rules: Sequence[Agreement]) -> None:
    """Tell the store what the rules say of each broken agreement."""
    work.hold("agreement_rule", says(rules))


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
