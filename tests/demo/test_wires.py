"""Every system of the world speaks its own wire, and the product's collectors read all of it."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from app.demo.world import folder, installation
from app.demo.world.company import SUPPLIERS
from app.demo.world.hours import naive
from app.demo.world.stage import Stage
from app.demo.world.wires import spans
from app.main.checks import faults as faults_of
from app.main.house import collector_named
from app.main.scoring import OTHER_WORDS
from app.model.event import Message, Translation
from app.settings import Settings, load

SOURCES = [*sorted(set(folder.WIRES) - set(SUPPLIERS)), "sup.acme"]
#: The first half of a message that was cut off (F40) is refused, as it should be.
CUT = "3pl.south"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    place = tmp_path_factory.mktemp("world")
    return load(folder.configured(place, place / "data"))


def read(settings: Settings, bundle: folder.Bundle) -> Translation:
    source = settings.sources[bundle.source]
    collector = collector_named(source.collector)
    assert collector
    arrived = naive(bundle.arrives)
    return collector.translate(Message(bundle.source, collector.name, collector.media, bundle.body, arrived), source)


@pytest.mark.parametrize("source", SOURCES)
def test_every_fact_is_read_as_it_happened(source: str, stormy: Stage, settings: Settings) -> None:
    """Type, time and every key of each fact come out of the message that its system sends; nothing is refused."""
    facts = [fact for fact in stormy.facts if fact.source == source and fact.arrives <= stormy.end]
    sent = [one for one in folder.messages(facts, stormy.end) if one.source == source]
    answers = [read(settings, bundle) for bundle in folder.bundled(sent)]
    assert [r.reason for a in answers for r in a.rejections] == ["truncated"] * (source == CUT) or source == CUT
    events = pl.concat([a.events.with_columns(message=pl.lit(n, pl.Int32)) for n, a in enumerate(answers)])
    keys = pl.concat([a.mentions.with_columns(message=pl.lit(n, pl.Int32)) for n, a in enumerate(answers)])
    seen = set(events.select("type", "occurred_at").iter_rows())
    true = {(OTHER_WORDS.get((source, f.type), f.type), naive(f.written_at)) for f in facts}
    assert facts
    assert true <= seen
    named = set(keys["value"].str.strip_chars_start("0"))
    wanted = {str(v).lstrip("0") for f in facts for v in f.keys.values() if not isinstance(v, list)}
    spoken = wanted - {str(f.keys.get("msg")) for f in facts}
    assert {one for one in spoken if not one.startswith("8")} - named - _unsaid(source, stormy) == set()


def _unsaid(source: str, stage: Stage) -> set[str]:
    """Keys that a wire has no place for: a request by EDI names no order, a status file no freight of another carrier."""
    kinds = {"edi.gw": ("so", "fo"), "erp_legacy.sap": ("sh",), "carrier.track": (), "3pl.south": ("po",)}.get(
        source, ()
    )
    return {str(f.keys[k]).lstrip("0") for f in stage.facts if f.source == source for k in kinds if k in f.keys}


def test_the_worlds_configuration_has_no_fault(tmp_path: Path) -> None:
    """`orderscope check` finds nothing in it, mappings included."""
    assert faults_of(str(folder.configured(tmp_path, tmp_path / "data"))) == []


def test_every_source_of_the_world_is_declared() -> None:
    """No system sends that the installation does not know."""
    assert {*folder.WIRES, *spans.SOURCES} == set(installation.settings(Path("x"))["sources"])


def test_messages_on_disk_are_those_that_were_sent(tmp_path: Path, stormy: Stage) -> None:
    """A folder per source, files in the order of arrival, and a list of them."""
    sent = folder.messages(stormy.facts[:400], stormy.end)
    files = folder.written(tmp_path, sent)
    assert {source for source, _ in files} == {one.source for one in sent}
    assert sum(file.stat().st_size for _, file in files) >= sum(len(one.body) for one in sent)
    assert len((tmp_path / "manifest.jsonl").read_text().splitlines()) == len(files)


def test_what_comes_twice_is_the_same_byte_for_byte(stormy: Stage) -> None:
    """A tenth more messages, none of them new, none after the end."""
    sent = folder.messages(stormy.facts[:600], stormy.end)
    twice = folder.repeated(sent, 0.1, stormy.end, 1)
    assert len(sent) < len(twice) < len(sent) * 1.3
    assert {one.body for one in twice} == {one.body for one in sent}
    assert max(one.arrives for one in twice) <= stormy.end
    assert datetime.fromtimestamp(twice[0].arrives, UTC) <= datetime.fromtimestamp(twice[-1].arrives, UTC)


def test_every_hop_of_a_hand_over_is_a_span(stormy: Stage, settings: Settings) -> None:
    """Four spans per request in one trace, each below the one before, with the order's number; failures say so."""
    facts = [
        f for f in stormy.facts if f.source == "mw.bus" and f.type in ("fulfillment.requested", "message.dead_lettered")
    ]
    (sent, *rest), again = list(spans.messages(facts, 4)), next(spans.messages(facts, 4))
    assert sent.body == again.body
    assert len(rest) == len(facts) - 1
    answers = [read(settings, one) for one in folder.bundled([sent, *rest])]
    found = pl.concat([answer.spans for answer in answers])
    assert len(found) == 4 * len(facts)
    assert found["trace_id"].n_unique() == len(facts)
    assert set(found["source"]) == {"mw.erp-adapter", "mw.bus", "mw.gateway"}
    assert found.filter(pl.col("parent_id").fill_null("") == "")["name"].unique().to_list() == ["order.release"]
    failed = [f for f in facts if f.type == "message.dead_lettered"]
    assert found.filter(pl.col("status") == "error").height == len(failed) > 0
    assert all("so:" + f.so in keys for f, keys in zip(facts[:1], found["keys"], strict=False))
