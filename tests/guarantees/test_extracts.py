"""Full extracts: what a system says of everything it holds, beside what it had told us."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import clock
from app.engine.rebuild import verify
from app.errors import OrderscopeError, WrongUse
from app.main.house import House, built
from app.main.inbox import Inbox
from app.main.loading import load
from app.main.reconciling import Report, reconcile
from app.settings import Interface, Server, Settings, Source
from tests.guarantees.server import hours_ago

ERP = "erp.main"


def said(so: str, kind: str, hours: float, qty: str | None = None, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"keys": {"so": so}}
    if qty is not None:
        data["lines"] = [{"line": "1", "sku": "A", "qty": qty}]
    return {
        "specversion": "1.0", "id": f"{so}/{kind}/{hours}/{qty}", "source": ERP, "type": kind, "time": hours_ago(hours),
        "data": data | more,
    }  # fmt: skip


DECLARED = Source(collector="cloudevents", interface=Interface(plan="wrap", latency=timedelta(hours=1)))
HELD = [
    said("1", "order.created", 50, "10"),
    said("2", "order.created", 50, "10"),
    said("3", "order.created", 50, "10"),
    said("5", "order.created", 50, "10"),
    said("5", "order.released", 49),
]
EXTRACT = [
    said("1", "order.created", 50, "10"),
    said("1", "order.cancelled", 20),
    said("2", "order.changed", 30, "12", revision=2),
    said("4", "order.created", 40, "7"),
    said("5", "order.created", 50, "10"),
]
DIFFERENCES = [
    ("so:erp:4", "unknown", None, "created"),
    ("so:erp:1", "missed", "created", "cancelled"),
    ("so:erp:5", "contradicted", "released", "created"),
    ("so:erp:2", "quantity", "1: 10.0", "1: 12.0"),
    ("3", "absent", "created", None),
]


class Office:
    """A whole house, and files to feed it."""

    def __init__(self, folder: Path, sources: dict[str, Source] | None = None) -> None:
        self.folder = folder
        settings = Settings(data=folder / "data", server=Server(), sources=sources or {ERP: DECLARED})
        self.settings, self.house = settings, built(settings)

    def file(self, name: str, events: list[dict[str, Any]]) -> Path:
        path = self.folder / name
        path.write_text("\n".join(json.dumps(one) for one in events), encoding="utf-8")
        return path

    def holds(self, events: list[dict[str, Any]]) -> House:
        load(self.house.intake, self.settings, ERP, self.file("held.jsonl", events))
        self.house.engine.prepare()
        return self.house

    def compares(self, events: list[dict[str, Any]], **how: bool) -> Report:
        file = self.file("extract.jsonl", events)
        report = reconcile(self.house.intake, self.house.reader, self.settings, ERP, [file], **how)
        self.house.engine.prepare()
        return report

    def standing(self) -> list[tuple[str, str]]:
        """Subjects and causes of the extracts that differ."""
        rows = self.house.reader.rows("select subject, cause from alarm where code = 'extract_differs'")
        return [(row["subject"], row["cause"]) for row in rows]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.house.close()


def named(report: Report) -> list[tuple[Any, ...]]:
    return [tuple(one.values()) for one in report.named]


def test_every_difference_is_found_taken_in_and_raised(office: Office) -> None:
    """Lost, cancelled, changed and forgotten orders: each is named once, the gap is filled, one exception says so."""
    house = office.holds(HELD)
    report = office.compares(EXTRACT)
    assert named(report) == DIFFERENCES
    assert report.outcome == "absent"
    assert house.reader.order("4")["stage"] == "created"
    assert house.reader.order("1")["stage"] == "cancelled"
    assert house.reader.order("2")["lines"][0]["ordered"] == "12"
    assert office.standing() == [(ERP, "absent")]


def test_the_next_extract_that_agrees_ends_it(office: Office) -> None:
    """The exception stands while the last extract differed; a rebuild believes the same."""
    house = office.holds(HELD)
    office.compares(EXTRACT)
    office.compares([said("3", "order.closed", 10), *EXTRACT])  # 3 was missed, 5 still stands less far there
    assert office.standing() == [(ERP, "contradicted")]
    assert verify(house.work, house.engine.ticker).is_empty()
    office.compares([said("5", "order.released", 49), *EXTRACT])
    assert office.standing() == []
    assert verify(house.work, house.engine.ticker).is_empty()


def test_what_is_still_on_the_way_is_no_difference(office: Office) -> None:
    """Claims of the last minutes prove nothing, and what we heard in them cannot be missing there."""
    office.holds([*HELD[:1], said("6", "order.created", 0.02, "1")])
    report = office.compares([said("1", "order.created", 50, "10"), said("7", "order.created", 0.05, "1")])
    assert (report.outcome, report.named) == ("equal", [])
    assert office.standing() == []


def test_a_partial_extract_misses_nothing(office: Office) -> None:
    """Only a complete one says that an order is not there."""
    office.holds(HELD)
    assert office.compares([said("1", "order.created", 50, "10")], complete=False).counts == {}


def test_a_dry_run_leaves_everything_as_it_was(office: Office) -> None:
    """It names the differences, and nothing is stored."""
    house = office.holds(HELD)
    before = house.intake.last_seq
    assert named(office.compares(EXTRACT, dry_run=True)) == DIFFERENCES
    assert house.intake.last_seq == before
    assert office.standing() == []


def test_an_extract_in_the_inbox_is_compared_first(office: Office) -> None:
    """The file moves to `done` with a report beside it; one that nobody can read moves to `rejected` with the reason."""
    office.holds(HELD)
    inbox = Inbox(office.settings, office.house.intake, office.house.reader)
    folder = inbox.folder / ERP / "extract"
    folder.mkdir(parents=True)
    office.file("open.jsonl", EXTRACT).rename(folder / "open.jsonl")
    (folder / "bad.jsonl").write_text("{", encoding="utf-8")
    assert [inbox.look(), inbox.look()] == [0, 2]
    report = json.loads((folder / "done" / "open.jsonl.report.json").read_text(encoding="utf-8"))
    assert report["differences"] == {"absent": 1, "contradicted": 1, "missed": 1, "quantity": 1, "unknown": 1}
    assert (folder / "done" / "open.jsonl").is_file()
    assert (folder / "rejected" / "bad.jsonl.reason.json").is_file()


def test_the_register_shows_what_an_interface_causes(office: Office) -> None:
    """The system whose extract differed comes first, with that exception; a source that nobody declared comes last."""
    house = office.holds(HELD)
    load(
        house.intake,
        office.settings,
        "crm.main",
        office.file("crm.jsonl", [said("1", "order.created", 50) | {"source": "crm.main"}]),
    )
    office.compares(EXTRACT)
    found = house.reader.register(house.cases.opened_by_system(clock.instant()), clock.instant())
    assert [(one["source"], one["declared"], one["plan"]) for one in found] == [
        (ERP, True, "wrap"),
        ("crm.main", False, "keep"),
    ]
    assert (found[0]["codes"], found[0]["extract_outcome"]) == (
        {"release_overdue": 3, "extract_differs": 1},
        "absent",
    )
    assert (found[0]["open"], found[0]["raised"]) == (4, 5), "one of those raised has cleared since"
    assert found[0]["too_slow"] and found[0]["latency_seconds"] == 3600


def test_one_erp_need_not_name_the_orders_of_another(tmp_path: Path) -> None:
    """Two ERPs: an equal extract of one of them is equal, whatever the other has."""
    office = Office(
        tmp_path,
        {ERP: DECLARED.model_copy(update={"erp": ERP}), "erp.us": Source(collector="cloudevents", erp="erp.us")},
    )
    try:
        office.holds([said("1", "order.created", 50, "10"), said("9", "order.created", 50, "3") | {"source": "erp.us"}])
        assert office.compares([said("1", "order.created", 50, "10")]).counts == {}
        assert office.compares([said("2", "order.created", 50, "10")]).counts == {"absent": 1, "unknown": 1}
    finally:
        office.house.close()


def test_an_extract_that_cannot_be_read_accuses_nobody(office: Office) -> None:
    """Nothing readable: a fault and a dead letter, and no exception. Read in part: what is missing may be what was refused."""
    house = office.holds(HELD)
    bad = office.folder / "bad.jsonl"
    bad.write_text("nonsense", encoding="utf-8")
    with pytest.raises(OrderscopeError, match="could be read"):
        reconcile(house.intake, house.reader, office.settings, ERP, [bad])
    house.engine.prepare()
    assert (office.standing(), house.reader.rows("select count(*)::int as n from dead_letter")) == ([], [{"n": 1}])
    bad.write_text(json.dumps(said("1", "order.created", 50, "10")) + "\nnonsense", encoding="utf-8")
    report = reconcile(house.intake, house.reader, office.settings, ERP, [bad], dry_run=True)
    assert (report.counts, report.loaded.rejected) == ({}, 1)


def test_a_source_that_nobody_knows_is_a_typing_error(office: Office) -> None:
    """It is named with the one that was probably meant, and nothing is stored."""
    file = office.file("extract.jsonl", EXTRACT)
    with pytest.raises(WrongUse, match=r"Did you mean erp\.main"):
        reconcile(office.house.intake, office.house.reader, office.settings, "erp.mian", [file])
    assert office.house.intake.last_seq == 0
