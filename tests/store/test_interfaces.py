"""How interfaces do: what data points and spans add up to, whatever way their sender counts and however often he sends."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.model.event import METRIC, SPAN, Message, Translation
from app.store.database import Database
from app.store.intake import Intake
from app.store.reader import Reader

TEN = datetime(2026, 11, 24, 10)
Row = dict[str, Any]


class Meter:
    """A store that takes data points and spans, and answers."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "record.duckdb")
        self.intake = Intake(self.database, {})
        self.reader = Reader(self.database)

    def take(self, **frames: list[Row]) -> None:
        """Store rows of metrics or spans as one message, and wait for the disk."""
        given = {
            name: pl.DataFrame(rows, schema=METRIC if name == "metrics" else SPAN) for name, rows in frames.items()
        }
        message = Message("src", "otlp", "", b"", TEN)
        assert self.intake.put(message, Translation(**given)).result(20).accepted == sum(map(len, frames.values()))

    def told(self, hours: int = 3, hourly: bool = True, source: str = "") -> list[Row]:
        """The rows of the hours from ten o'clock on."""
        return self.reader.interfaces(TEN, TEN + timedelta(hours=hours), source, hourly)

    def close(self) -> None:
        """Stop writing and let the files go."""
        self.intake.close()
        self.reader.close()
        self.database.close()


@pytest.fixture
def meter(tmp_path: Path) -> Iterator[Meter]:
    """An empty store."""
    made = Meter(tmp_path)
    yield made
    made.close()


def point(minute: float, count: int, buckets: list[int], **more: Any) -> Row:
    """A data point of a count that began at ten."""
    return {
        "item": 0, "source": "mw.hub", "interface": "/orders", "side": "server", "name": "http.server.request.duration",
        "series": "a", "delta": False, "failed": False, "started_at": TEN, "ended_at": TEN + timedelta(minutes=minute),
        "count": count, "total": count * 0.2, "most": 3.0, "bounds": [0.1, 0.5, 1.0], "buckets": buckets, "value": None,
        "received_at": None, **more,
    }  # fmt: skip


def test_running_totals_become_what_was_added(meter: Meter) -> None:
    """Each hour has what was added in it; a point sent twice counts once; failures are those of the failed series."""
    meter.take(metrics=[point(10, 10, [5, 5, 0, 0]), point(50, 100, [50, 48, 1, 1])])
    meter.take(metrics=[point(50, 100, [50, 48, 1, 1]), point(70, 200, [50, 48, 101, 1])])
    meter.take(metrics=[point(20, 4, [0, 0, 0, 4], series="b", failed=True, delta=True)])
    ten, eleven = meter.told()
    assert (ten["calls"], ten["failures"], ten["measured_by"]) == (104, 4, "metrics")
    assert (ten["p50_ms"], ten["p95_ms"], ten["mean_ms"]) == (500.0, 1000.0, pytest.approx(200.0))
    assert (ten["failure_share"], ten["calls_per_minute"]) == (pytest.approx(4 / 104), pytest.approx(104 / 60))
    assert (eleven["calls"], eleven["failures"], eleven["p50_ms"]) == (100, 0, 1000.0)
    (whole,) = meter.told(hourly=False)
    assert (whole["calls"], whole["failures"], whole["hour"]) == (204, 4, TEN)


def test_a_new_count_is_no_negative_one(meter: Meter) -> None:
    """A sender that starts again counts from nothing, whether it says so or not; what it lost is not made up."""
    again = TEN + timedelta(minutes=15)
    meter.take(metrics=[point(10, 100, []), point(20, 30, [], started_at=again), point(30, 40, [], started_at=again)])
    meter.take(metrics=[point(10, 100, [], series="s"), point(20, 30, [], series="s"), point(30, 40, [], series="s")])
    assert [row["calls"] for row in meter.told()] == [140 + 110]


def test_an_old_count_says_nothing_of_its_first_hour(meter: Meter) -> None:
    """A total that had grown for days when first heard of is only a beginning; what is added to it counts."""
    old = TEN - timedelta(days=9)
    meter.take(metrics=[point(10, 9_000, [], started_at=old), point(20, 9_005, [], started_at=old)])
    (row,) = meter.told()
    assert (row["calls"], row["p95_ms"]) == (5, None)


def test_buckets_that_change_are_not_subtracted(meter: Meter) -> None:
    """Other bounds than the point before: the calls count, their durations are left out."""
    meter.take(metrics=[point(10, 10, [10, 0, 0, 0]), point(20, 30, [10, 20], bounds=[0.7])])
    (row,) = meter.told()
    assert (row["calls"], row["p95_ms"]) == (30, 100.0)


def test_what_waits_is_what_waited_at_last(meter: Meter) -> None:
    """Of each partition the last word of the hour, together; a queue has no calls."""
    lag = {
        "side": "queue",
        "interface": "orders",
        "total": None,
        "most": None,
        "bounds": [],
        "name": "kafka.consumer_group.lag",
    }
    words = [("p0", 5, 7.0), ("p0", 9, 9.0), ("p1", 6, 4.0)]
    meter.take(
        metrics=[point(at, 0, [], series=name, value=value, **lag) | {"count": None} for name, at, value in words]
    )
    (row,) = meter.told()
    assert (row["depth"], row["calls"], row["failure_share"]) == (13.0, None, None)


def span(number: int, attrs: str, **more: Any) -> Row:
    """A span of so many milliseconds."""
    return {
        "item": number, "trace_id": "a" * 32, "span_id": f"{number + 1:016x}", "source": "mw.hub", "name": "x", "kind": "server",
        "started_at": TEN + timedelta(seconds=number), "duration_ns": number * 1_000_000, "status": "", "keys": [],
        "links": [], "attrs": attrs, **more,
    }  # fmt: skip


def test_spans_and_metrics_stand_side_by_side(meter: Meter) -> None:
    """The same calls may be in both, so they are never added; spans know who had to be asked again."""
    good, bad = (
        '{"http.route":"/orders","http.response.status_code":200}',
        '{"http.route":"/orders","http.status_code":"503"}',
    )
    meter.take(
        spans=[span(n, bad if n % 10 == 0 else good) for n in range(100)],
        metrics=[point(10, 100, [100, 0, 0, 0])],
    )
    by_metric, by_span = meter.told()
    assert (by_metric["calls"], by_metric["measured_by"]) == (100, "metrics")
    assert (by_span["calls"], by_span["failures"], by_span["interface"], by_span["measured_by"]) == (
        100,
        10,
        "/orders",
        "spans",
    )
    assert (by_span["p50_ms"], by_span["p95_ms"]) == (49.5, pytest.approx(94.05))


def test_who_was_called_and_what_is_no_call(meter: Meter) -> None:
    """A client's interface is whom it calls; inner spans are no calls; another source is not asked for."""
    resent = '{"server.address":"ups.example","http.request.resend_count":2,"error.type":"timeout"}'
    meter.take(spans=[span(1, resent, kind="client"), span(2, "{}", kind="internal"), span(3, "", source="mw.x", kind="consumer") | {"attrs": None}])  # fmt: skip
    rows = meter.told()
    assert [(row["source"], row["side"], row["interface"], row["failures"], row["resent"]) for row in rows] == [
        ("mw.hub", "client", "ups.example", 1, 1), ("mw.x", "consumer", "", 0, 0),
    ]  # fmt: skip
    assert [row["source"] for row in meter.told(source="mw.x")] == ["mw.x"]


def test_old_points_go_with_the_raw_messages(meter: Meter) -> None:
    """After the days for raw messages the data points are let go too."""
    meter.take(metrics=[point(10, 10, [])])
    meter.intake.forget_raw(0)
    meter.intake.close()
    assert meter.told() == []
