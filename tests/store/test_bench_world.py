"""The world of the benchmarks is the same however many pieces it is made in, and nothing of it lies ahead."""

import pytest

from app.main import bench_engine
from app.main.bench_engine import world


def told(orders: int) -> list[tuple[object, ...]]:
    """What was said of each order, and when."""
    with world(orders) as (work, _):
        return sorted(work.ask("select native_id, type, occurred_at from event").rows())


def test_pieces_of_a_world_lie_in_one_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten orders made four at a time are those that are made at once: spread over ninety days, not over ninety each."""
    at_once = told(10)
    monkeypatch.setattr(bench_engine, "_AT_ONCE", 4)
    assert told(10) == at_once
    assert len(at_once) == 200
    days = [row[2] for row in at_once]
    assert (max(days) - min(days)).days < 94
