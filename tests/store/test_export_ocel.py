"""Logs of OCEL 2.0: read back by another tool, kept to the standard, counted against the store by other means."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pm4py import read_ocel2_json, read_ocel2_sqlite
from pm4py.objects.ocel.validation import ocel20_rel_validation

from app.store.export import export
from tests.laws.worlds import House
from tests.store.exported import FORMULA, LONG, NAMED, SAID, Log, Told


@pytest.mark.parametrize("name", ["log.json", "log.sqlite"])
@pytest.mark.parametrize("parts", ["whole", "small"])
def test_a_log_reads_back_in_another_tool(house: House, tmp_path: Path, name: str, parts: str, request: Any) -> None:
    """pm4py finds the events by type, the objects by type and every relation with its qualifier, as the store has them."""
    if parts == "small":
        request.getfixturevalue("small_parts")
    rows = export(house.database, f"ocel.{name[4:]}", tmp_path / name)
    told = Told(house)
    log = (read_ocel2_json if name == "log.json" else read_ocel2_sqlite)(str(tmp_path / name))
    assert rows == {"events": len(told.events), "objects": len(told.objects())}
    assert told.several()
    touching = {seq for seq in told.events if any(event == told.id(seq) for event, _, _ in told.touched())}
    assert len(told.events) - len(touching) > 0, "the tool leaves out what touches nothing; some of that must be there"
    assert Counter(log.events["ocel:activity"]) == Counter(told.events[seq]["type"] for seq in touching)
    assert dict(zip(log.objects["ocel:oid"], log.objects["ocel:type"], strict=True)) == told.objects()
    assert Counter(log.objects["ocel:type"]).keys() == {*NAMED.values(), "order", "line"}
    columns = ["ocel:eid", "ocel:oid", "ocel:qualifier"]
    assert sorted(log.relations[columns].itertuples(index=False, name=None)) == sorted(told.touched())
    columns = ["ocel:oid", "ocel:oid_2", "ocel:qualifier"]
    assert sorted(log.o2o[columns].itertuples(index=False, name=None)) == sorted(told.ties())
    times = dict(zip(log.events["ocel:eid"], log.events["ocel:timestamp"], strict=True))
    assert {told.id(seq): told.events[seq]["occurred_at"] for seq in touching} == {
        event: at.tz_convert("UTC").tz_localize(None).to_pydatetime() for event, at in times.items()
    }


@pytest.mark.parametrize("name", ["log.json", "log.sqlite"])
def test_odd_values_survive(house: House, tmp_path: Path, name: str) -> None:
    """Quotes, line ends, a NUL, emoji, formulas and 100,000 letters come back as they were; numbers as numbers."""
    export(house.database, f"ocel.{name[4:]}", tmp_path / name)
    log = (read_ocel2_json if name == "log.json" else read_ocel2_sqlite)(str(tmp_path / name))
    said = log.events.set_index("ocel:activity")
    assert set(said.loc[["order.changed"], "reason"].dropna()) == {SAID}
    assert set(said.loc[["order.changed"], "status"].dropna()) == {LONG}
    assert list(said.loc[["object"], "status"]) == ["null\x00byte"]
    assert list(said.loc[["Order.Created"], "status"]) == ["@SUM(A1)"]
    things = log.objects.set_index("ocel:oid")
    order = things[things["so"] == "77"].iloc[0]
    assert (order["customer"], order["partly"]) in ((FORMULA, False), (FORMULA, True))
    assert set(things[things["ocel:type"] == "line"]["sku"]) == {"A-1", "B-2", SAID}
    credit = things[things["ocel:type"] == "credit"].iloc[0]
    assert (credit["amount"], credit["currency"], credit["number"]) == (12.5, "EUR", "C1")
    assert things[things["ocel:type"] == "ticket"].iloc[0]["number"] == "T:1"
    assert things[things["ocel:type"] == "purchase_order"].iloc[0]["amount"] == 99.9


def test_json_keeps_to_the_standard(house: House, tmp_path: Path) -> None:
    """Nothing but what the schema names; every type and attribute declared, every relation to something that is there."""
    export(house.database, "ocel.json", tmp_path / "log.jsonocel")
    log = msgspec.json.decode((tmp_path / "log.jsonocel").read_bytes(), type=Log)
    for types, found in ((log.eventTypes, log.events), (log.objectTypes, log.objects)):
        declared = {one.name: {a.name: a.type for a in one.attributes} for one in types}
        assert len(declared) == len(types)
        assert {kind for one in declared.values() for kind in one.values()} <= {
            "string",
            "time",
            "integer",
            "float",
            "boolean",
        }
        for one in found:
            assert {a.name for a in one.attributes} <= declared[one.type].keys()
    ids = {one.id for one in log.objects}
    assert len(ids) == len(log.objects)
    assert len({one.id for one in log.events}) == len(log.events)
    assert {r.objectId for one in [*log.events, *log.objects] for r in one.relationships} <= ids
    assert {a.time for one in log.objects for a in one.attributes} == {"1970-01-01T00:00:00Z"}


def test_sqlite_keeps_to_the_standard(house: House, tmp_path: Path) -> None:
    """All rules of the relational schema hold, no key points nowhere, and types that look alike keep their own tables."""
    export(house.database, "ocel.sqlite", tmp_path / "log.sqlite")
    held, broken = ocel20_rel_validation.apply(str(tmp_path / "log.sqlite"))
    assert (len(held), broken) == (24, [])
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as log:
        assert log.execute("pragma foreign_key_check").fetchall() == []
        assert log.execute("pragma integrity_check").fetchall() == [("ok",)]
        names = dict(log.execute("select * from event_map_type"))
        assert len({name.lower() for name in names.values()} | {"object", "map_type"}) == len(names) + 2
        for kind, name in names.items():
            wanted = log.execute("select count(*) from event where ocel_type = ?", (kind,)).fetchone()
            assert log.execute(f'select count(*) from "event_{name}"').fetchone() == wanted
