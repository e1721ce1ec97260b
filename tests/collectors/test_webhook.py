"""JSON documents by a declared mapping: events, lines, keys, refusals with their place, and wrong mappings told."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import WrongUse
from app.model.event import Message, Translation
from app.settings import Source
from collectors.webhook import COLLECTOR
from collectors.webhook.translate import sends, split, version
from tests.collectors.conftest import RECEIVED, read

MAPPING = """
about: a partner's notices
zone: Europe/Berlin
empty: ["n/a"]
headers: [X-Topic, X-Sent-At]
documents:
  - name: order
    at: ["orders[*]", order, .]
    when: {number: not empty, "@x-topic": [empty, order]}
    id: [number]
    keep: [note]
    events:
      - name: made
        type: order.captured
        time: [made_at, "@x-sent-at"]
        recorded: changed_at
        keys: {ch: number, cpo: "refs[type=po].value", pk: "lines[*].piece"}
        issuers: {ch: "@source"}
        fields: {customer: customer.id, amount: total, currency: "text:EUR", revision: rev, promised_at: due, channel: "{customer.id}/{number}"}
        lines: {each: "lines[*]", line: nr, sku: item, qty: count, price: each}
        attrs: {owner: owner.name}
      - name: state
        id: [number, state]
        when: {state: not empty}
        type: {of: state, codes: {S: shipment.dispatched, C: order.cancelled, N: ""}}
        time: state_at
        time_format: unix
        keys: {ch: number}
        fields: {status: state, reason: {of: why, codes: {"1": stock}}}
      - name: leg
        each: "legs[*]"
        id: [$.number, nr]
        type: shipment.in_transit
        time: at
        keys: {tr: nr, ch: $.number}
  - name: silent
    when: {"@x-topic": [ping]}
"""
GOOD = {
    "number": "W-1", "made_at": "2026-11-23T08:00:00", "total": 12.50, "rev": 2, "due": "2026-11-25", "note": {"a": 1},
    "customer": {"id": 17}, "refs": [{"type": "x", "value": "no"}, {"type": "po", "value": "P-9"}],
    "lines": [{"nr": 1, "item": "A", "count": 3, "each": "4.10", "piece": "K1"}, {"nr": 2, "item": "B", "count": "1e1", "piece": "K2"}],
    "owner": {"name": "n/a"},
}  # fmt: skip


@pytest.fixture
def partner(tmp_path: Path) -> Source:
    """A source with a mapping beside its configuration."""
    (tmp_path / "partner.yaml").write_text(MAPPING)
    return Source(collector="webhook", mapping="partner.yaml", base=str(tmp_path))


def said(source: Source, document: Any, headers: dict[str, str] | None = None) -> Translation:
    """What a document says, with the headers that came with it."""
    assert COLLECTOR.pack is not None
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read("webhook", COLLECTOR.pack(headers or {}, body), source=source, name="shop.x")


def test_a_document_becomes_its_events(partner: Source) -> None:
    """Fields, a zone for bare times, numbers as decimal text, one line per part, keys with issuer, what is kept."""
    found = said(partner, GOOD)
    event = found.events.row(0, named=True)
    assert found.rejections == ()
    assert (event["source"], event["native_id"], event["type"]) == ("shop.x", "W-1:made", "order.captured")
    assert (event["occurred_at"], event["tz_basis"]) == (datetime(2026, 11, 23, 7), "partner_default")
    assert (event["promised_at"], event["revision"], event["amount"]) == (datetime(2026, 11, 25, 22, 59, 59), 2, "12.5")
    assert (event["customer"], event["currency"], event["channel"]) == ("17", "EUR", "17/W-1")
    assert [tuple(line.values())[:5] for line in event["lines"]] == [
        ("1", "A", "3", None, "4.10"),
        ("2", "B", "10", None, None),
    ]
    assert json.loads(event["attrs"]) == {"note": {"a": 1}}
    assert found.mentions.drop("item").rows() == [
        ("ch", "W-1", "shop.x"), ("cpo", "P-9", None), ("pk", "K1", None), ("pk", "K2", None),
    ]  # fmt: skip


def test_a_path_that_spreads_gives_several_events(partner: Source) -> None:
    """One event per leg, with its own id and the order's number; the second kind of event has its own clock."""
    legs = [{"nr": "L1", "at": "2026-11-23T09:00:00Z"}, {"nr": "L2", "at": "2026-11-23T10:00:00+02:00"}]
    found = said(partner, GOOD | {"legs": legs, "state": "S", "state_at": 1795514400, "why": "1"}).events
    assert found["native_id"].to_list() == ["W-1:made", "W-1|S:state", "W-1|L1:leg", "W-1|L2:leg"]
    assert found["occurred_at"].to_list()[1:] == [
        datetime(2026, 11, 24, 10), datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 8),
    ]  # fmt: skip
    assert found["tz_basis"].to_list()[1:] == ["explicit"] * 3
    assert found["reason"].to_list()[1] == "stock"


def test_a_code_nobody_knows_is_kept_and_marked(partner: Source) -> None:
    """An unknown status is an event of an unknown type; an unknown reason stays as written; both are marked."""
    state = {"state_at": 1795514400}
    unknown = said(partner, GOOD | state | {"state": "shipment.delivered"}).events.row(1, named=True)
    assert (unknown["type"], unknown["flags"]) == ("unknown:shipment.delivered", ["mapping_unknown"])
    reason = said(partner, GOOD | state | {"state": "C", "why": 9}).events.row(1, named=True)
    assert (reason["type"], reason["reason"], reason["flags"]) == ("order.cancelled", "9", ["mapping_unknown"])
    assert len(said(partner, GOOD | state | {"state": "N"}).events) == 1


def test_headers_choose_and_fill(partner: Source) -> None:
    """What the headers say is part of the message: they choose the document and can be its time."""
    timeless = {name: value for name, value in GOOD.items() if name != "made_at"}
    found = said(partner, timeless, {"x-topic": "order", "x-sent-at": "2026-11-23T08:00:00Z"})
    assert found.events["occurred_at"].to_list() == [datetime(2026, 11, 23, 8)]
    assert said(partner, GOOD, {"x-topic": "ping"}).rejections == ()
    other = said(partner, GOOD, {"x-topic": "stock", "authorization": "Bearer secret"})
    assert [(one.reason, "x-topic: stock" in one.detail) for one in other.rejections] == [("document_unknown", True)]
    assert "secret" not in other.rejections[0].detail


def test_a_message_holds_one_document_or_many(partner: Source) -> None:
    """An object, a list under a name, an array, one per line: the same events; a bad line costs only itself."""
    two = [GOOD, GOOD | {"number": "W-2"}]
    ids = ["W-1:made", "W-2:made"]
    lines = b"\n".join(json.dumps(one).encode() for one in two)
    assert said(partner, {"orders": two}).events["native_id"].to_list() == ids
    assert said(partner, two).events["native_id"].to_list() == ids
    assert said(partner, lines).events["native_id"].to_list() == ids
    broken = said(partner, lines.replace(b"\n", b'\n{"number": \n'))
    assert broken.events["native_id"].to_list() == ids
    assert [(one.item, one.reason, one.detail[:6]) for one in broken.rejections] == [(1, "malformed", "line 2")]
    strange = said(partner, {"orders": [GOOD, {"odd": 1}]})
    assert [(one.reason, one.detail[:2]) for one in strange.rejections] == [("document_unknown", "2:")]


@pytest.mark.parametrize(
    ("harm", "reason", "place"),
    [
        ({"number": ["x"]}, "bad_field", "order made"),
        ({"number": "x" * 201}, "missing_id", "order made"),
        ({"made_at": "yesterday"}, "bad_time", "order made"),
        ({"made_at": "1899-12-30"}, "time_out_of_range", "order made"),
        ({"made_at": "2026-11-26T00:00:00Z"}, "time_out_of_range", "order made"),
        ({"due": "soon"}, "bad_time", "order made"),
        ({"changed_at": "soon"}, "bad_time", "order made"),
        ({"total": "ten"}, "bad_amount", "order made"),
        ({"rev": -1}, "bad_field", "order made"),
        ({"customer": {"id": "x" * 1001}}, "field_too_long", "order made"),
        ({"lines": [{"nr": 1, "count": "ten"}]}, "bad_quantity", "line 1"),
        ({"refs": [{"type": "po", "value": "x" * 201}]}, "key_too_long", "order made"),
        ({"state": "S", "made_at": "2026-11-23"}, "missing_time", "order state"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(
    partner: Source, harm: dict[str, Any], reason: str, place: str
) -> None:
    """A code and the place; the document beside it is stored."""
    found = said(partner, [GOOD | harm, GOOD | {"number": "W-2"}])
    assert [one.reason for one in found.rejections] == [reason]
    assert place in found.rejections[0].detail
    assert "W-2:made" in found.events["native_id"].to_list()


def test_a_little_ahead_is_set_back(partner: Source) -> None:
    """Six minutes ahead of the arrival is the arrival, and says so; nothing at all has no event."""
    ahead = said(partner, GOOD | {"made_at": "2026-11-24T12:06:00Z"}).events.row(0, named=True)
    assert (ahead["occurred_at"], ahead["flags"]) == (RECEIVED, ["clamped"])
    assert len(said(partner, GOOD | {"made_at": None}).events) == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{", "malformed"),
        (b"<xml/>", "malformed"),
        (b'{"a": "\xff"}', "bad_encoding"),
        (b"[" * 100_000, "too_deep"),
        (b'#headers {"a": 1}\n{}', "malformed"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(partner: Source, body: bytes, reason: str) -> None:
    """One refusal for the whole message."""
    assert [(one.item, one.reason) for one in said(partner, body).rejections] == [(-1, reason)]


def test_paths_cannot_multiply_a_small_message(tmp_path: Path) -> None:
    """A path that spreads inside another is counted: past the limit the message is refused, not the server stopped."""
    mapping = MAPPING.replace("keys: {tr: nr, ch: $.number}", 'keys: {tr: nr, pk: "$.legs[*].nr"}')
    (tmp_path / "m.yaml").write_text(mapping)
    source = Source(collector="webhook", mapping="m.yaml", base=str(tmp_path))
    legs = [{"nr": at, "at": "2026-11-23T09:00:00Z"} for at in range(1_500)]
    found = said(source, GOOD | {"legs": legs})
    assert [(one.item, one.reason) for one in found.rejections] == [(-1, "too_many_items")]
    assert len(said(source, GOOD | {"legs": legs[:20]}).events) == 21


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (("type: order.captured", "type: order.made"), "documents.0.events.0.type"),
        (("C: order.cancelled", "C: order.undone"), "no event type"),
        (("zone: Europe/Berlin", "zone: Mars"), "no IANA zone"),
        (("name: leg", "name: made"), "the same name"),
        (("{ch: number, cpo", "{ch: number, xx"), "keys.xx"),
        (("about:", "abuot:"), "abuot"),
        (('at: ["orders[*]"', 'at: ["orders[*"'), "documents.0.at"),
        (("customer: customer.id", 'customer: "lines[*].nr"'), "only keys take several"),
        (("{each: \"lines[*]\", line: nr", "{each: \"lines[*]\", lien: nr"), "lines.lien"),
        (('ch: "@source"', 'ch: "@x-shop"'), "@x-shop"),
        (("id: [number]\n    keep", "keep"), "no `id`"),
        (("state: not empty", 'state: "matching ("'), "no pattern"),
        (("documents:", "documents: ["), "mapping"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_told_with_its_place(partner: Source, harm: tuple[str, str], told: str) -> None:
    """`check` says where and what; a message that comes meanwhile is kept as a dead letter."""
    assert harm[0] in MAPPING
    (Path(partner.base) / "partner.yaml").write_text(MAPPING.replace(*harm, 1))
    with pytest.raises(WrongUse) as fault:
        sends(partner)
    assert told in fault.value.detail
    assert [one.reason for one in said(partner, GOOD).rejections] == ["mapping_invalid"]


def test_a_fault_is_told_with_its_line(partner: Source) -> None:
    """Each fault on a line of its own: the line of the file, the place in the mapping, what is wrong."""
    wrong = MAPPING.replace("type: shipment.in_transit", "type: shipment.lost").replace("name: silent", "name: Silent!")
    lines = wrong.splitlines()
    (Path(partner.base) / "partner.yaml").write_text(wrong)
    with pytest.raises(WrongUse) as fault:
        sends(partner)
    assert [line.rpartition(": ")[0] for line in fault.value.detail.splitlines()] == [
        f"mapping: line {lines.index('        type: shipment.lost') + 1}: documents.0.events.2.type",
        f"mapping: line {lines.index('  - name: Silent!') + 1}: documents.1.name",
    ]


def test_examples_of_a_mapping_are_checked(partner: Source) -> None:
    """What comes out as it says is no fault; another type, key, count or refusal is told with the example's number."""
    good = [
        {"document": GOOD, "gives": ["order.captured cpo:P-9 ch:W-1"]},
        {"headers": {"X-Topic": "ping"}, "document": {}, "gives": []},
        {"document": {"odd": 1}, "gives": ["refused document_unknown"]},
    ]
    wrong = [
        ["order.created ch:W-1"],
        ["order.captured ch:W-2"],
        [],
        ["order.captured", "order.captured"],
        ["refused bad_time"],
    ]
    bad = [{"document": GOOD, "gives": gives} for gives in wrong]
    file = Path(partner.base) / "partner.yaml"
    file.write_text(MAPPING + json.dumps({"examples": good})[1:-1])
    assert COLLECTOR.examples(partner) == []
    file.write_text(MAPPING + json.dumps({"examples": good + bad})[1:-1])
    told = COLLECTOR.examples(partner)
    assert [line.split(": ")[1] for line in told] == [f"examples.{at}" for at in range(3, 8)]
    assert "gives order.captured ch:W-1" in told[0] and "not order.created ch:W-1" in told[0]


def test_a_mapping_says_what_it_can_send_and_which_it_is(partner: Source) -> None:
    """The event types, those of codes included, and a version that changes with the text."""
    assert sends(partner) == ("order.cancelled", "order.captured", "shipment.dispatched", "shipment.in_transit")
    before = version(partner)
    (Path(partner.base) / "partner.yaml").write_text(MAPPING + "\n# changed")
    assert version(partner) != before


def test_a_file_of_lines_is_cut_into_blocks(partner: Source, tmp_path: Path) -> None:
    """2,010 documents are two messages of whole lines; a file with headers stays whole."""
    file = tmp_path / "orders.jsonl"
    file.write_text("\n".join(json.dumps(GOOD | {"number": f"W-{at}"}) for at in range(2_010)))
    parts = [said(partner, block).events for block in split(file, partner)]
    assert [len(part) for part in parts] == [2_000, 10]
    file.write_text('#headers {"x-topic": "ping"}\n' + json.dumps(GOOD))
    assert [len(said(partner, block).events) for block in split(file, partner)] == [0]


def test_what_is_left_is_told(partner: Source) -> None:
    """Keys, quantities, dates and states that the mapping names nowhere, and nothing that it reads."""
    odd = GOOD | {
        "warehouse_id": "W7",
        "shippedAt": "2026-11-23T00:00:00Z",
        "mood": "good",
        "lines": [{"nr": 1, "lot_status": "x"}],
    }
    message = Message("shop.x", "webhook", "", json.dumps(odd).encode(), RECEIVED)
    assert COLLECTOR.unread(message, partner) == [
        "order lines[*].lot_status 'x': named nowhere in the mapping",
        "order warehouse_id 'W7': named nowhere in the mapping",
        "order shippedAt '2026-11-23T00:00:00Z': named nowhere in the mapping",
    ]
    assert COLLECTOR.unread(Message("shop.x", "webhook", "", b"{", RECEIVED), partner) == []


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=40, deadline=None)
@given(document=ANY, headers=st.dictionaries(st.sampled_from(["x-topic", "x-sent-at"]), st.text(max_size=8)))
def test_no_document_makes_a_mapping_fail(
    tmp_path_factory: pytest.TempPathFactory, document: Any, headers: dict[str, str]
) -> None:
    """Arbitrary JSON gives events or refusals, and `unread` never fails."""
    source = _mapped(tmp_path_factory)
    found = said(source, json.dumps(document).encode(), headers)
    assert len(found.events) + len(found.rejections) <= 10
    assert COLLECTOR.unread(Message("x", "webhook", "", json.dumps(document).encode(), RECEIVED), source) is not None


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_no_changed_sample_makes_a_mapping_fail(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A good document with anything in any field gives each event or its refusal, each item once."""
    harm = data.draw(st.dictionaries(st.sampled_from([*GOOD, "state", "state_at", "why", "legs", "changed_at"]), ANY))
    found = said(_mapped(tmp_path_factory), GOOD | harm)
    items = found.events["item"].to_list() + [one.item for one in found.rejections]
    assert items == [-1] or sorted(items) == list(range(len(items)))
    assert set(found.mentions["item"]) <= set(found.events["item"])


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_mapping_makes_its_check_fail(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Anything in any place of a mapping is either fine or told; a message that comes meanwhile is never lost."""
    folder = tmp_path_factory.getbasetemp() / "wrong"
    folder.mkdir(exist_ok=True)
    (folder / "m.yaml").write_text(yaml.safe_dump(_changed(yaml.safe_load(MAPPING), data)))
    source = Source(collector="webhook", mapping="m.yaml", base=str(folder))
    found = said(source, GOOD)
    told = ""
    try:
        sends(source)
    except WrongUse as fault:
        told = fault.detail
    assert told == "" or told.startswith("mapping: ")
    assert (told != "") == ([one.reason for one in found.rejections] == ["mapping_invalid"])


def _changed(part: Any, data: st.DataObject) -> Any:
    """The part with anything in one place, however deep."""
    if isinstance(part, dict) and part:
        name = data.draw(st.sampled_from(sorted(part)))
        return part | {name: _changed(part[name], data)}
    if isinstance(part, list) and part:
        at = data.draw(st.integers(0, len(part) - 1))
        return [*part[:at], _changed(part[at], data), *part[at + 1 :]]
    return data.draw(ANY | st.sampled_from(["{", "{a:.2}", "a[*].b", "@received", "$.", "@", "text:", "matching ("]))


def _mapped(factory: pytest.TempPathFactory) -> Source:
    """A source with the mapping, in one folder for all examples."""
    folder = factory.getbasetemp() / "webhook"
    folder.mkdir(exist_ok=True)
    if not (folder / "partner.yaml").is_file():
        (folder / "partner.yaml").write_text(MAPPING)
    return Source(collector="webhook", mapping="partner.yaml", base=str(folder))
