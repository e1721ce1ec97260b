"""One event that no order can hold never stops the others: neither live, nor when everything is derived anew."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cases import Intent
from app.cases import apply as applying
from app.main.house import House, built
from app.main.loading import load
from app.settings import Settings

#: Two entries of one line that each may stand and whose sum has more digits than a quantity has.
_POISON = [{"line": "1", "sku": "A", "qty": "999999999999"}] * 2


def _file(folder: Path) -> Path:
    told = [
        {
            "specversion": "1.0", "id": f"{so}", "source": "erp.main", "type": "order.created", "time": f"2026-11-02T09:0{so}:00Z",
            "data": {"keys": {"so": f"{so}"}, "lines": _POISON if so == 2 else [{"line": "1", "sku": "A", "qty": "1"}]},
        }
        for so in (1, 2, 3)
    ]  # fmt: skip
    file = folder / "told.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in told), encoding="utf-8")
    return file


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = built(Settings(data=tmp_path / "data"))
    yield made
    made.close()


def checked_others(house: House) -> None:
    known = house.reader.rows("select so from orders order by so")
    left_out = house.reader.rows("select seq, detail from skipped")
    assert [row["so"] for row in known] == ["1", "3"]
    assert [(row["seq"], bool(row["detail"])) for row in left_out] == [(2, True)]
    assert house.readiness()["lag_events"] == 0


def test_a_poisonous_event_is_left_out_live(house: House, tmp_path: Path) -> None:
    """The engine has caught up, then it comes among others: they are taken, it is remembered with the reason."""
    house.engine.prepare()
    load(house.intake, house.settings, "erp.main", _file(tmp_path))
    house.engine.catch_up()
    checked_others(house)


def test_a_poisonous_event_is_left_out_of_a_rebuild(house: House, tmp_path: Path) -> None:
    """Everything is to be derived at once, which fails: then step by step, and again at the next start."""
    load(house.intake, house.settings, "erp.main", _file(tmp_path))
    house.engine.prepare()
    checked_others(house)


def test_an_intent_that_cannot_be_applied_stops_no_other(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two orders that nobody releases, the case of one cannot be made: the other's stands, and an operator sees it."""
    told = [
        {
            "specversion": "1.0", "id": so, "source": "erp.main", "type": "order.created", "time": "2026-11-02T09:00:00Z",
            "data": {"keys": {"so": so}, "lines": [{"line": "1", "sku": "A", "qty": "1"}]},
        }
        for so in ("1", "2")
    ]  # fmt: skip
    file = tmp_path / "told.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in told), encoding="utf-8")
    made = applying._new

    def new(scope: str, key: str, before: Any, intent: Intent, rest: Any) -> Any:
        assert intent.so != "1", "no case can be made of this"
        return made(scope, key, before, intent, rest)

    monkeypatch.setattr(applying, "_new", new)
    load(house.intake, house.settings, "erp.main", file)
    house.engine.prepare()
    cases, _, _ = house.cases.list({"status": "all", "folded": "true"})
    assert {case["order"]["so"] for case in cases} == {"2"}
    [notice] = house.readiness()["notices"]
    assert "are set aside" in notice and "no case can be made of this" in notice
