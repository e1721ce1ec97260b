"""What was agreed with the sources, and whether they keep to it: exceptions of a source, not of an order."""

from app.store.work import Work


def agreements_moved(work: Work) -> bool:
    """Judge every agreement; whether anything stands otherwise than before. Leaves `folded_agreement`."""
    work.run("agreement/judge")
    work.run("agreement/moved")
    return work.number("select count(*) from moved_agreement") > 0


def watch_agreements(work: Work) -> None:
    """The judgements that moved take the place of the old ones; after `also_touched` is begun."""
    if agreements_moved(work):
        work.run_sql("insert into also_touched select no from moved_agreement")
