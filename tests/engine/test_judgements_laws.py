"""Laws of judgement: the invariants of the ledger hold or are named, and neither arrival nor rebuild changes a verdict."""

import random
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app.engine.rebuild import rebuild, verify
from app.model.event import Message
from tests.engine.court import Court, catalogue
from tests.laws.worlds import translation

START = datetime(2026, 11, 2, 8)
NOW = "2026-11-20 08:00"
Json = dict[str, Any]


def order(n: int, dice: random.Random) -> list[Json]:
    """An order to which anything may have happened, in quantities that need not fit."""
    so, fo, sh, inv = {"so": str(n)}, {"fo": f"{n}-1"}, {"sh": f"S{n}"}, {"inv": f"I{n}"}

    def line(low: int = 1, high: int = 12) -> list[Json]:
        return [{"line": "1", "sku": "A-1", "qty": str(dice.randint(low, high)), "uom": "EA", "price": "2"}]

    told: list[tuple[str, str, int, Json, Json]] = [("erp.main", "order.created", 0, so, {"lines": line(8, 8)})]
    may: list[tuple[str, str, int, Json, Json]] = [
        ("erp.main", "order.cancelled", 10, so, {"lines": line(1, 4)}),
        ("erp.main", "order.hold_placed", 12, so, {"hold_kind": "fraud", "hold_id": "H"}),
        ("erp.main", "order.hold_released", dice.randint(13, 400), so, {"hold_id": "H"}),
        ("erp.main", "order.released", 20, so | fo, {"partner": "3pl.west", "lines": line(8, 8)}),
        ("mw.bus", "fulfillment.requested", 21, fo, {"partner": "3pl.west"}),
        ("mw.bus", "message.dead_lettered", 22, fo, {"partner": "3pl.west"}),
        ("3pl.west", "fulfillment.acknowledged", 40, fo, {}),
        ("3pl.west", "fulfillment.held", 45, fo, {"hold_kind": "quality", "hold_id": "Q"}),
        ("3pl.west", "fulfillment.cancelled", 50, fo, {}),
        ("3pl.west", "pick.confirmed", 60, fo, {"lines": line()}),
        ("erp.main", "order.changed", 70, so, {"revision": 2, "lines": line(5, 9)}),
        ("3pl.west", "shipment.dispatched", 90, fo | sh, {"lines": line()}),
        ("erp.main", "shipment.posted", 100, so | sh, {"partner": "3pl.west", "lines": line()}),
        ("erp.main", "invoice.posted", 110, so | inv, {"lines": line()}),
        ("crm.main", "crm.order_status_updated", 120, so, {"status": dice.choice(["processing", "shipped", "cancelled"])}),
        ("3pl.west", "return.received", 500, so | {"rma": f"R{n}"}, {"lines": line(1, 3)}),
        ("erp.main", "credit.issued", 600, so | {"cm": f"C{n}"}, {"lines": line(1, 9)}),
    ]  # fmt: skip
    told += [one for one in may if dice.random() < 0.6]
    return [
        {
            "source": s,
            "native_id": f"{n}/{i}",
            "type": t,
            "occurred_at": START + timedelta(minutes=m + n),
            "keys": k,
            **d,
        }
        for i, (s, t, m, k, d) in enumerate(told)
    ]


def world(seed: int, orders: int = 120) -> list[Json]:
    dice = random.Random(seed)
    return [event for n in range(orders) for event in order(n, dice)]


def take(court: Court, *batches: list[Json]) -> None:
    """The batches arrive one after the other, all at the same instant."""
    court.now = datetime(2026, 11, 20, 8)
    for batch in batches:
        court.house.intake.put(Message("x", "x", "x", b"", START + timedelta(days=1)), translation(batch)).result()
        court.house.ticker.run()


def verdicts(court: Court) -> list[tuple[Any, ...]]:
    """All judgements, free of internal numbers."""
    return sorted(map(tuple, court.house.work.ask("select * exclude (order_no) from judgement").rows()), key=repr)


def named(court: Court, code: str, cause: str = "") -> set[str]:
    """The orders for which a code stands."""
    rows = court.house.work.ask(
        "select o.so, j.code, j.cause, j.since from judgement j join orders o using (order_no)"
    ).filter((pl.col("code") == code) & (pl.col("since") <= court.now) & (pl.col("cause").str.starts_with(cause)))
    return set(rows["so"])


def test_the_ledger_holds_or_the_exception_names_it(court: Court) -> None:
    """A hundred and twenty orders at random: each invariant of the ledger, worked out plainly, fails where its code stands."""
    take(court, world(7))
    lines = court.house.work.ask(
        "select o.so, o.stage_rank as standing, l.* from order_line l join orders o using (order_no)"
    ).to_dicts()

    def where(fails: Any) -> set[str]:
        return {r["so"] for r in lines if fails(r)}

    assert (
        named(court, "over_shipped", "more_than_ordered")
        == where(lambda r: r["shipped"] - r["returned"] > r["ordered"] - r["cancelled"])
        != set()
    )
    assert (
        named(court, "invoiced_not_shipped") == where(lambda r: r["invoiced"] > max(r["posted"], r["shipped"])) != set()
    )
    assert named(court, "credit_mismatch", "more") == where(lambda r: r["credited"] > r["invoiced"]) != set()
    other = where(lambda r: r["shipped"] > 0 and 0 < r["posted"] != r["shipped"] and r["standing"] > -1)
    assert named(court, "shipment_unposted") == other != set()
    unbooked = where(lambda r: r["shipped"] > 0 and r["posted"] == 0 and r["standing"] > -1)
    overdue = "select distinct o.so from due d join orders o using (order_no) where d.rule = 'S10' and met_at is null and void_at is null"
    assert set(court.house.work.ask(overdue)["so"]) == unbooked != set()
    assert named(court, "order_blocked", "hold:") <= where(lambda r: r["standing"] >= 0)


def test_neither_arrival_nor_batches_nor_duplicates_change_a_verdict(
    court: Court, bare: Any, tmp_path_factory: Any
) -> None:
    """The same world shuffled, cut into five and partly sent twice is judged the same, and a rebuild finds no difference."""
    events = world(11, 60)
    take(court, events)
    shuffled = random.Random(3).sample(events, len(events))
    cuts = [shuffled[n::5] + events[n : n + 10] for n in range(5)]
    other = Court.seated(bare, tmp_path_factory.mktemp("other"), catalogue())
    take(other, *cuts)
    assert verdicts(other) == verdicts(court)
    assert {(c, s) for _, c, s in other.said()} >= {(c, s) for _, c, s in court.said()}
    assert other.open() == court.open()
    assert verify(other.house.work, other.house.ticker).is_empty()
    assert rebuild(other.house.work, other.house.ticker) == 0
    assert verdicts(other) == verdicts(court)
    other.house.close()
