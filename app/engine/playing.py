"""Stories told to the engine in a scratch store: what its rules say of them. Examples of rules are tried this way."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.tick import Ticker
from app.model.event import Message, Translation
from app.store.database import Database
from app.store.intake import Intake
from app.store.work import Work
from rules.finding import Finding
from rules.findings import Findings

#: Which story each judgement is of: an order by its numbers, anything else by its subject.
_PLAYED = """
with mark as (select order_no, regexp_extract(text, '(X[0-9]+X)', 1) as mark from node where order_no is not null),
known as (select order_no, min(mark) as mark from mark where mark <> '' group by order_no)
select coalesce(k.mark, regexp_extract(j.subject, '(X[0-9]+X)', 1)) as mark, j.rule, j.code, j.cause, j.subject, j.since
from judgement j left join known k on j.order_no = k.order_no where j.code is not null and j.rule is not null
"""


def played(rules: Sequence[Finding], told: Sequence[Translation], now: datetime) -> pl.DataFrame:
    """What the rules say of the stories, all told at once: mark, rule, code, cause, subject, since."""
    database = Database.scratch()
    work, intake = Work(database), Intake(database, {})
    try:
        judge = Judge((), {}, Calendars({}), Findings(rules, apart=True))
        for answer in [intake.put(Message("story", "story", "story", b"", now), said) for said in told]:
            answer.result()
        Ticker(work, judge, now=lambda: now).run()
        return work.ask(_PLAYED)
    finally:
        intake.close()
        work.close()
        database.discard()
