"""Every system of the world speaks its own wire, and the product's collectors read all of it."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from app.demo.world import calls, folder, installation
from app.demo.world.company import SUPPLIERS
from app.demo.world.hours import naive
from app.demo.world.order import Fact
from app.demo.world.stage import Stage
from app.demo.world.wires import spans
from app.main.checks import faults as faults_of
from app.main.house import collector_named
from app.main.scoring import OTHER_WORDS
from app.model.event import Message, Translation
from app.settings import Settings, load

SOURCES = [*sorted(set(folder.WIRES) - {*SUPPLIERS, calls.SOURCE}), "sup.acme"]
#: Where a message is cut off (F40): what is left of its interchange, group and set is refused, as it should be.
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


#: What a message says beside the fact that it is sent for, by the trade's own tables: a 944 tells in what condition the
#: goods came (W13), a delivery that is released to a warehouse (WHSORD) is the request to that warehouse, and who pays an
#: invoice pays (820).
ALSO_SAID = {
    ("3pl.south", "return.received"): "return.inspected", ("erp_legacy.sap", "order.released"): "fulfillment.requested",
    ("edi.gw", "payment.applied"): "payment.received",
}  # fmt: skip
#: The legacy ERP's documents are messages as well, in its words those that it sent or got.
INBOUND = ("order.created", "order.changed")


@pytest.mark.parametrize("source", SOURCES)
def test_every_fact_is_read_as_it_happened(source: str, stormy: Stage, settings: Settings) -> None:
    """Type, time and every key of each fact come out of the message that its system sends, and no event that nobody told."""
    facts = [fact for fact in stormy.facts if fact.source == source and fact.arrives <= stormy.end]
    sent = [one for one in folder.messages(facts, stormy.end) if one.source == source]
    answers = [read(settings, bundle) for bundle in folder.bundled(sent)]
    events = pl.concat([a.events for a in answers])
    keys = pl.concat([a.mentions for a in answers])
    assert facts
    assert {r.reason for a in answers for r in a.rejections} == ({"truncated"} if source == CUT else set())
    told = {(kind, naive(fact.written_at)) for fact in facts for kind in _told(source, fact)}
    assert set(events.select("type", "occurred_at").iter_rows()) == told
    named = set(keys["value"].str.strip_chars_start("0"))
    spoken = {number for fact in facts for number in _numbers(fact, without=("msg", *UNSAID.get(source, ())))}
    assert spoken - named == set()


def _told(source: str, fact: Fact) -> list[str]:
    """The types of event that a fact's message tells of."""
    own = [OTHER_WORDS.get((source, fact.type), fact.type)]
    if (source, fact.type) in ALSO_SAID:
        own.append(ALSO_SAID[source, fact.type])
    if source == "erp_legacy.sap":
        own.append("message.received" if fact.type in INBOUND else "message.sent")
    return own


#: Keys that a wire has no place for: a request by EDI names no order, a legacy invoice the delivery and not the shipment.
UNSAID = {"edi.gw": ("so",), "erp_legacy.sap": ("sh",)}


def _numbers(fact: Fact, without: tuple[str, ...]) -> set[str]:
    said = (value for key, value in fact.keys.items() if key not in without)
    return {str(one).lstrip("0") for value in said for one in (value if isinstance(value, list) else [value])}


def test_the_worlds_configuration_has_no_fault(tmp_path: Path) -> None:
    """`orderscope check` finds nothing in it, mappings included."""
    assert faults_of(str(folder.configured(tmp_path, tmp_path / "data"))) == []


def test_every_source_of_the_world_is_declared() -> None:
    """No system sends that the installation does not know; what is counted comes with the spans."""
    assert {*folder.WIRES, *spans.SOURCES} - {calls.SOURCE} == set(installation.settings(Path("x"))["sources"])


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
    """Four spans per request, each below the one before, with the order's number; failures say so.

    All in one trace, unless it tears on its way into a file (F42): behind that begins another, without the order.
    """
    facts = [
        f for f in stormy.facts if f.source == "mw.bus" and f.type in ("fulfillment.requested", "message.dead_lettered")
    ]
    (sent, *rest), again = list(spans.messages(facts, 4)), next(spans.messages(facts, 4))
    assert sent.body == again.body
    assert len(rest) == len(facts) - 1
    answers = [read(settings, one) for one in folder.bundled([sent, *rest])]
    found = pl.concat([answer.spans for answer in answers])
    assert len(found) == 4 * len(facts)
    torn, batches = [f for f in facts if f.data.get("torn")], [f.data["batch"] for f in facts if f.data.get("batch")]
    assert 0 < len(torn) < len(facts)
    assert found["trace_id"].n_unique() == len(facts) + len(torn) - len(batches) + len(set(batches))
    assert set(found["source"]) == {"mw.erp-adapter", "mw.bus", "mw.gateway"}
    first = found.filter(pl.col("parent_id").fill_null("") == "")
    assert dict(first["name"].value_counts().iter_rows()) == {
        "order.release": len(facts) - len(batches),
        "translate": len(torn),
    }
    assert not first.filter(pl.col("name") == "translate")["keys"].list.join(" ").str.contains("so:").any()
    failed = [f for f in facts if f.type == "message.dead_lettered"]
    assert found.filter(pl.col("status") == "error").height == len(failed) > 0
    assert all("so:" + f.so in keys for f, keys in zip(facts[:1], found["keys"], strict=False))


def test_counted_calls_are_read_as_they_were(stormy: Stage, settings: Settings) -> None:
    """A point for each quarter of an hour, of the gateway as the client of the partner; in one hour most of them take long (F36)."""
    facts = [fact for fact in stormy.facts if fact.source == calls.SOURCE]
    points = pl.concat([read(settings, one).metrics for one in folder.bundled(folder.messages(facts, stormy.end))])
    assert len(points) == len(facts) > 300
    assert set(points.select("source", "side", "interface").iter_rows()) == {("mw.gateway", "client", "3pl.west")}
    assert points["count"].to_list() == [sum(fact.data["counts"]) for fact in facts]
    slow = [fact for fact in facts if sum(fact.data["counts"][:2]) * 4 < sum(fact.data["counts"]) * 3]
    assert len(slow) == 4
    assert slow[-1].at - slow[0].at == 3 * calls.QUARTER
