"""What is counted once a day: stock within tolerance, tickets after an alert; and the objectives over them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from app.cases import Intent
from app.engine.budgets import Budgets
from app.engine.counts import publish_counts
from app.main.inforce import definitions
from app.store.questions.corrections import counted
from app.store.reader import Reader
from rules.book import load, objectives, resolve
from rules.kinds import KINDS
from tests.cases.desk import desk
from tests.engine.court import Court
from tests.engine.yard import Yard, at, event

AIMS = objectives(load(KINDS))
TOLD = definitions(resolve(load(KINDS)), AIMS)
BOTH = tuple(aim for aim in AIMS if aim.id in ("L16", "L19"))


def ticket(n: int, hour: int) -> list[str]:
    """An order and a ticket about it on the third of November."""
    return [
        f"2026-11-02 09:00 erp.main order.created so=T{n} partner=3pl.west",
        f"2026-11-03 {hour:02}:00 desk.main ticket.opened so=T{n} ticket=D{n}",
    ]


def counts(court: Court) -> list[tuple[Any, ...]]:
    """What was counted."""
    return court.house.work.ask("select rule, partner, counted_at, state, n from daily_count order by all").rows()


def test_a_ticket_counts_by_whether_we_had_said_something_before(court: Court, tmp_path: Path) -> None:
    """One exception stood, one came an hour after the ticket, one was over before it: one of three was alerted."""
    court.told("2026-11-03 18:00", *ticket(1, 12), *ticket(2, 12), *ticket(3, 12))
    ids = dict(court.house.work.ask("select so, order_id from orders").iter_rows())
    cases = desk(tmp_path / "cases")
    said = {"subject_type": "order", "code": "ack_overdue", "rule": "S06", "occurrence": "1"}
    for seq, so, hour in ((1, "T1", 11), (2, "T2", 13), (3, "T3", 10)):
        told_at = datetime(2026, 11, 3, hour)
        cases.apply([Intent(seq=seq, at=told_at, action="raise", subject=so, order_id=ids[so], **said)])
    cases.apply([Intent(seq=4, at=datetime(2026, 11, 3, 11), action="clear", subject="T3", order_id=ids["T3"], **said)])
    publish_counts(court.house.work, cases.alerted, datetime(2026, 11, 3, 23))
    assert counts(court) == [], "the day is not over"
    midnight = datetime(2026, 11, 4)
    for _ in range(2):
        publish_counts(court.house.work, cases.alerted, datetime(2026, 11, 4, 0, 5))
    assert counts(court) == [("S19", "3pl.west", midnight, "breached", 2), ("S19", "3pl.west", midnight, "met", 1)]
    cases.close()


def test_positions_count_by_whether_they_are_within_tolerance(yard: Yard) -> None:
    """Two positions that both sides know, one of them off: one of two; what only one side knows is not compared."""
    said = {"A": (10, 10), "B": (10, 4), "C": (10, None)}
    for n, (sku, (node, erp)) in enumerate(said.items()):
        for source, quantity in (("3pl.west", node), ("erp.main", erp)):
            if quantity is not None:
                line = [{"line": None, "sku": sku, "qty": str(quantity), "uom": "EA", "price": None}]
                yard.take(event(source, "inventory.snapshot", n, lines=line, location="WH", partner="3pl.west"))
    drifts = {subject.split("@")[0] for code, subject, _ in yard.judged("inventory_drift")}
    publish_counts(yard.work, lambda asked: set(), at(3 * 24 * 60))
    rows = dict(yard.work.ask("select state, n from daily_count").iter_rows())
    assert rows == {"met": 2 - len(drifts), "breached": len(drifts)} and drifts == {"B"}


def test_objectives_over_daily_counts_burn_and_are_shown_like_any_other(court: Court) -> None:
    """Two percent of the positions are off: it burns after midnight, and the figures are those of any SLA."""
    court.told("2026-11-02 09:00")
    court.house.work.run_sql(
        "insert into daily_count values ('S16', '3pl.west', timestamp '2026-11-03', 'met', 1960),"
        " ('S16', '3pl.west', timestamp '2026-11-03', 'breached', 40)"
    )
    now = datetime(2026, 11, 3, 0, 30)
    only = counted(TOLD)
    Budgets(BOTH, only).judge(court.house.work, now)
    told = court.house.work.ask(
        "select subject, occurrence, severity, detail from judgement where kind = 'slo' order by all"
    ).rows()
    assert [(subject, severity) for subject, _, severity, _ in told] == [
        ("L16:3pl.west", "high"),
        ("L16:3pl.west", "medium"),
    ]
    assert "40 of 2000 missed" in told[0][3]
    reader = Reader(court.house.database, definitions=TOLD)
    (sla,) = [one for one in reader.slas(now) if one["id"] == "S16"]
    assert (sla["met"], sla["breached"], sla["attainment"], sla["clock"]) == (1960, 40, 0.98, "D")
    spent = reader.budget(sla, now)
    assert spent is not None and (spent["total"], spent["bad"], spent["rule"]) == (2000, 40, "L16")
    assert reader.budget(next(one for one in reader.slas(now) if one["id"] == "S06"), now)
    reader.close()
