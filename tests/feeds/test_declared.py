"""What can be declared is documented, kept apart from secrets, and said plainly when it cannot work."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pydantic import ValidationError

from app.pulls import AnyPull
from app.settings import Settings, Source
from app.store.standing import Keeper, place, standings
from collectors.feeds import FEEDS
from collectors.feeds.headers import as_http
from collectors.feeds.rest import since
from collectors.feeds.rows import cell
from collectors.feeds.sql.watermark import earlier, read, written

ROOT = Path(__file__).parents[2]
MODELS = get_args(get_args(AnyPull)[0])
PULLS: dict[str, dict[str, Any]] = {
    "sql": {"url": "postgresql://me@db/erp", "table": "t", "watermark": "w", "tie": ["a"], "body": "b"},
    "rest": {"url": "https://shop.example/orders"},
    "sftp": {"host": "h", "user": "u", "host_key": "SHA256:" + "A" * 43},
    "kafka": {"servers": "k:9092", "topics": ["t"], "group": "g"},
    "rabbitmq": {"queue": "q"},
    "nats": {"servers": ["nats://n"], "stream": "s", "durable": "d"},
}


def test_every_feed_is_documented() -> None:
    """Each has its files and its own page, the README names it, and the manual every field."""
    manual = (ROOT / "dashboards/help/settings.md").read_text(encoding="utf-8")
    assert (
        {feed.kind for feed in FEEDS}
        == set(PULLS)
        == {model.model_fields["kind"].annotation.__args__[0] for model in MODELS}
    )
    for feed in FEEDS:
        folder = ROOT / "collectors/feeds" / feed.kind
        assert {"config.py", "receiver.py", "README.md"} <= {file.name for file in folder.iterdir()}
        assert "There is no `translate`" in " ".join((folder / "README.md").read_text(encoding="utf-8").split())
        assert f"`{feed.kind}`" in (ROOT / "README.md").read_text(encoding="utf-8") or feed.kind == "sql"
    for model in MODELS:
        assert [name for name in model.model_fields if f"`{name}`" not in manual] == []


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("sql", {"url": "postgresql://me:secret@db/erp"}),
        ("sql", {"query": "select 1"}),
        ("sql", {"tie": []}),
        ("rest", {"url": "file:///etc/passwd"}),
        ("rest", {"paging": "cursor"}),
        ("rest", {"since_param": "since"}),
        ("sftp", {"host_key": ""}),
        ("sftp", {"password": "secret"}),
        ("kafka", {"options": {"sasl.password": "secret"}}),
        ("kafka", {"options": {"enable.auto.commit": "true"}}),
        ("nats", {"servers": ["nats://me:secret@n"]}),
        ("rabbitmq", {"password_from": "not a name"}),
    ],
)
def test_what_must_not_be_declared(kind: str, wrong: dict[str, Any]) -> None:
    """A secret, half of what belongs together, an unknown field: refused when the configuration is read."""
    good = {"kind": kind, **PULLS[kind]}
    assert Source(pull=good).pull  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Source(pull=good | wrong)  # type: ignore[arg-type]


WITHOUT = """
import sys
from importlib.machinery import PathFinder
GONE = {"confluent_kafka", "nats", "pika", "paramiko", "psycopg"}
class Fewer(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in GONE else PathFinder.find_spec(name, path, target)
sys.meta_path[:] = [Fewer if one is PathFinder else one for one in sys.meta_path]
sys.argv = ["orderscope", "check", "--json"]
from app.main import main
main()
"""


def test_a_missing_library_is_named_with_its_extra(tmp_path: Path) -> None:
    """Where only the core is installed everything imports, and `check` says which extra each source needs."""
    sources = {f"s.{kind}": {"pull": {"kind": kind, **told}} for kind, told in PULLS.items()}
    config = tmp_path / "orderscope.yaml"
    config.write_text(json.dumps({"sources": sources}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"ORDERSCOPE_CONFIG": str(config), "ORDERSCOPE_DATA": str(tmp_path / "data")},
    )  # fmt: skip
    faults = json.loads(done.stdout)["faults"]
    said = "\n".join(faults)
    for kind, extra in {
        "sql": "postgres",
        "sftp": "sftp",
        "kafka": "brokers",
        "rabbitmq": "brokers",
        "nats": "brokers",
    }.items():
        assert f"sources.s.{kind}.pull: The library" in said
        assert f"orderscope[{extra}]" in said
    assert len(faults) == 5, said


def test_a_position_survives_and_names_nothing_foreign(tmp_path: Path) -> None:
    """What is kept is read again; a source's code never leads out of the folder; another transport begins anew."""
    keeper = Keeper(tmp_path, "../../etc/x", "sql")
    keeper.succeeded({"watermark": 7, "known": {"a": 1}})
    keeper.failed("no answer")
    assert place(tmp_path, "../../etc/x").parent == tmp_path / "feeds"
    again = Keeper(tmp_path, "../../etc/x", "sql").standing
    assert (again.position["watermark"], again.last_error, again.failing) == (7, "no answer", True)
    assert Keeper(tmp_path, "../../etc/x", "rest").standing.position == {}
    settings = Settings(
        data=tmp_path, sources={"../../etc/x": Source(pull={"kind": "sql", **PULLS["sql"]}), "b": Source()}
    )  # type: ignore[arg-type]
    told = standings(settings)
    assert list(told) == ["../../etc/x"], "what sends by itself has none"
    assert (told["../../etc/x"]["position"], told["../../etc/x"]["failing"]) == ({"watermark": 7}, True)
    assert [file.name for file in (tmp_path / "feeds").iterdir()] == [place(tmp_path, "../../etc/x").name]


INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2190, 1, 1))
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=9))])
MARKS = (
    st.builds(lambda at, zone: at.replace(tzinfo=zone), INSTANTS, ZONES)
    | st.dates(date(1990, 1, 1)) | st.integers(-(2**62), 2**62) | st.decimals(allow_nan=False, allow_infinity=False, places=6)
    | INSTANTS.map(lambda at: at.isoformat(sep=" ")) | INSTANTS.map(lambda at: at.isoformat() + "Z")
)  # fmt: skip


@given(MARKS, st.integers(0, 10**6))
@example(Decimal("15251891444436710717754993576.000000"), 1)
@limits(max_examples=150, deadline=None)
def test_a_watermark_is_kept_exactly_and_never_skips(mark: Any, overlap: int) -> None:
    """Through JSON and back it is the same, and a run that goes back never begins behind it."""
    assert read(json.loads(json.dumps(written(mark)))) == mark
    assert type(read(json.loads(json.dumps(written(mark))))) is type(mark)
    assert earlier(mark, overlap) <= mark


@given(INSTANTS, INSTANTS, st.integers(0, 10**6))
@limits(max_examples=60, deadline=None)
def test_a_service_is_asked_from_before_the_newest(one: datetime, other: datetime, overlap: int) -> None:
    """The newest of two times is the later, and what is asked for lies the overlap before it."""
    texts = [one.isoformat() + "Z", other.isoformat() + "+00:00"]
    mark = since.newest(texts, None)
    assert datetime.fromisoformat(mark) == max(one, other).replace(tzinfo=UTC)
    before = datetime.fromisoformat(since.asked(mark, overlap, ""))
    assert datetime.fromisoformat(mark) - before == timedelta(seconds=overlap)


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.floats(allow_nan=False, allow_infinity=False))
@limits(max_examples=100, deadline=None)
def test_numbers_are_written_without_loss(number: Any) -> None:
    """The text of a number means the number, and has no exponent."""
    text = cell(number)
    assert type(number)(text) == number
    assert "e" not in text.lower()


def test_headers_of_brokers_mean_what_they_mean_in_http() -> None:
    """The names of both bindings become `ce-`, and what HTTP could not carry is escaped."""
    told = as_http([("ce_id", b"\xc3\xa4%"), ("cloudEvents:type", "x"), ("cloudEvents_time", datetime(2026, 1, 2, tzinfo=UTC)), ("Content-Type", "a/b"), ("n", None)])  # fmt: skip
    assert told == {
        "ce-id": "%C3%A4%25",
        "ce-type": "x",
        "ce-time": "2026-01-02T00:00:00+00:00",
        "content-type": "a/b",
        "n": "",
    }
    assert Decimal(cell(Decimal("1E+3"))) == 1000
