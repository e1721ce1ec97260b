"""One event that no order can hold never stops the others: neither live, nor when everything is derived anew."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

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
