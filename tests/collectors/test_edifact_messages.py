"""EDIFACT: statuses of carriers, stock, acknowledgements of messages, and what a mapping says of partners."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import WrongUse
from app.model.event import Message
from app.model.taxonomy import EVENTS
from app.settings import Source
from collectors.edifact import COLLECTOR, codes
from tests.collectors.conftest import RECEIVED
from tests.collectors.edi import OURS, THEIRS, agreed, interchange, message, one, rows, said
from tests.collectors.test_edifact import ORDER

STATUS = """
BGM+23+S-1+9
DTM+137:202611200900:203
CNI+1+C-100
LOC+5+DEHAM
STS+1+{}+{}
RFF+CN:PRO-1
DTM+334:202611200815UTC:303
DTM+17:20261122:102
LOC+7+DEBER
GID+1
PCI+33E
GIN+BJ+340123450000000017
CNI+2+C-200
STS+1+{}
DTM+35:202611200700:203
"""


@pytest.mark.parametrize(
    ("directory", "code", "kind"),
    [
        ("D:96A:UN:EAN002", "1", "shipment.arrived"), ("D:96A:UN:EAN002", "54", "shipment.exception"),
        ("D:96A:UN:EAN002", "71", "shipment.delivered"), ("D:01B:UN:EAN004", "1E", "shipment.arrived"),
        ("D:01B:UN:EAN004", "72B", "shipment.delivered"), ("D:01B:UN:EAN004", "76E", "shipment.exception"),
        ("D:96A:UN", "23", "shipment.delivery_attempted"), ("D:10A:UN", "27", "shipment.in_transit"),
    ],
)  # fmt: skip
def test_a_status_is_read_by_its_directory(directory: str, code: str, kind: str) -> None:
    """The same number means other things in other lists; time, place, reason, packages stand with their own status."""
    told = said(
        interchange(message("IFTSTA", STATUS.format(code, "17", "13"), directory=directory)), name="carrier.dhl"
    )
    first, second = rows(told)
    assert (first["type"], first["at"], first["tz_basis"], first["location"]) == (
        kind,
        "2026-11-20 08:15",
        "explicit",
        "DEBER",
    )
    assert first["keys"] == ["pro:C-100", "pro:PRO-1", "sscc:340123450000000017"]
    assert (first["status"], first["reason"]) == (code, "17")
    assert json.loads(first["attrs"])["eta"] == "2026-11-22T00:00:00"
    assert (second["type"], second["keys"], second["at"]) == ("shipment.picked_up", ["pro:C-200"], "2026-11-20 07:00")


def test_a_status_of_another_list_is_refused_alone() -> None:
    """1 is arrived in EANCOM 1997 and nothing in EANCOM 2002; the other consignment stands."""
    told = said(
        interchange(message("IFTSTA", STATUS.format("1", "", "21"), directory="D:01B:UN:EAN004")), name="carrier.dhl"
    )
    assert [one.reason for one in told.rejections] == ["unknown_status"]
    assert told.rejections[0].detail.startswith("segment 7: The status '1'")
    assert told.events["type"].to_list() == ["shipment.delivered"]


def test_stock_by_place() -> None:
    """One snapshot per place, the quantity on hand of each product."""
    body = "BGM+35+I-1+9\nDTM+366:202611200600:203\nNAD+WH+WH-1\nLIN+1++A-1:SA\nQTY+145:40:PCE\nQTY+17:99\nLIN+2++A-2:SA\nQTY+145:7\nLOC+14+WH-2\nQTY+145:3\nLOC+14+WH-1"
    told = said(interchange(message("INVRPT", body)), name="3pl.west")
    first, second = rows(told)
    assert (first["type"], first["at"], first["location"], first["rows"]) == (
        "inventory.snapshot",
        "2026-11-20 06:00",
        "WH-1",
        [("1", "A-1", "40", "PCE"), ("2", "A-2", "3", None)],
    )
    assert (second["location"], second["rows"]) == ("WH-2", [("2", "A-2", "7", None)])
    assert json.loads(first["attrs"])["stock_status"] == "on_hand"


@pytest.mark.parametrize(("action", "kind"), [("7", "acknowledged"), ("4", "rejected"), ("8", "received")])
def test_an_interchange_is_acknowledged_technically(action: str, kind: str) -> None:
    """CONTRL names the interchange as its own sender named it; 8 says received, and nothing of the syntax."""
    told = said(interchange(message("CONTRL", f"UCI+R77+{OURS}:14+{THEIRS}:14+{action}", directory="2:2:UN")))
    assert told.events["type"].to_list() == [f"message.{kind}"]
    assert ("msg", "R77", OURS) in told.mentions.select("type", "value", "issuer").rows()
    assert told.events["flags"].to_list() == [["time_of_interchange"]]


def test_a_message_is_rejected_within_an_accepted_interchange() -> None:
    """The message has the key that it had when it was sent; the acceptance says what it leaves out; the error has a name."""
    sent = said(
        interchange(
            message("ORDERS", ORDER.format(number="4500001", function=9), ref="2"),
            sender=OURS,
            receiver=THEIRS,
            ref="R77",
        ),
        name="erp.main",
    )
    body = f"UCI+R77+{OURS}:14+{THEIRS}:14+7\nUCM+1+ORDERS:D:96A:UN+7\nUCM+2+ORDERS:D:96A:UN+4\nUCS+7+13\nUCD+12+3"
    told = said(interchange(message("CONTRL", body, directory="4:1:UN")), name="sup.acme")
    named = {(item, value, issuer) for item, kind, value, issuer in told.mentions.rows() if issuer == OURS}
    by_type = {
        (event["type"], value): event for event in rows(told) for item, value, _ in named if item == event["item"]
    }
    assert set(by_type) == {
        ("message.acknowledged", "R77"),
        ("message.acknowledged", "R77:1"),
        ("message.rejected", "R77:2"),
    }
    assert {(value, issuer) for _, kind, value, issuer in sent.mentions.rows() if kind == "msg"} == {
        ("R77:2", OURS),
        ("R77", OURS),
    }
    refused = by_type["message.rejected", "R77:2"]
    assert refused["reason"] == "13 missing"
    assert json.loads(refused["attrs"])["errors"][1] == {"segment": "UCD", "at": "3", "code": "12"}
    assert json.loads(by_type["message.acknowledged", "R77"]["attrs"])["except"] == ["2"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("BGM+312+X", "acknowledged"), ("BGM+313+X\nERC+Z10", "rejected"), ("BGM++X+27", "rejected"),
        ("BGM++X+9", "acknowledged"), ("BGM+305+X+9\nERC+12\nFTX+AAI+++Unknown item", "rejected"),
    ],
)  # fmt: skip
def test_an_application_acknowledgement_is_no_acceptance(body: str, kind: str) -> None:
    """APERAK says acknowledged or rejected of the message or document that it names, never more."""
    event = one("APERAK", f"{body}\nRFF+ON:4500001\nRFF+ACW:R77", name="sup.acme")
    assert (event["type"], event["keys"]) == (f"message.{kind}", ["po:4500001"])


AGREED = """
partners:
  "4098765000003":
    code: west
    source: 3pl.west
    side: 3pl
    zone: America/New_York
    keys: {ZZZ: so, DESADV: sh, VN: ""}
    issuers: {so: erp.main}
    codes: {uom: {PCE: EA}, carrier: {DHL: dhl}, sku: {"4012345000016": A-1}}
  "4012345000009": {side: ours, source: erp.main, zone: Europe/Berlin}
"""


def test_a_mapping_says_who_is_who(tmp_path: Path) -> None:
    """Side, source, zone, keys, issuers and codes of one partner; our own messages to it are read from our side."""
    source = agreed(tmp_path, AGREED)
    body = "BGM+351+D-1+9\nDTM+11:202611191800:203\nRFF+ZZZ:4711\nRFF+VN:X\nTDT+20++30+31+DHL\nLIN+1++4012345000016:EN\nQTY+12:6:PCE"
    told = said(interchange(message("DESADV", body)), source=source)
    event = rows(told)[0]
    assert (event["type"], event["source"], event["partner"]) == ("shipment.dispatched", "3pl.west", "west")
    assert (event["at"], event["carrier"], event["rows"]) == ("2026-11-19 23:00", "dhl", [("1", "A-1", "6", "EA")])
    assert ("so", "4711", "erp.main") in told.mentions.select("type", "value", "issuer").rows()
    assert event["keys"] == ["sh:D-1", "so:4711"]
    sent = said(
        interchange(message("ORDERS", ORDER.format(number="4711-1", function=9)), sender=OURS, receiver=THEIRS),
        source=source,
    )
    assert (sent.events["type"][0], sent.events["source"][0], sent.events["partner"][0]) == (
        "fulfillment.requested",
        "edi.main",
        "west",
    )
    assert rows(sent)[0]["keys"] == ["fo:4711-1"]


def test_a_number_is_that_of_the_party_that_gave_it(tmp_path: Path) -> None:
    """A warehouse repeats the supplier's despatch advice, a carrier the consignor's shipment: the mapping knows both."""
    more = '  "40A": {side: supplier, code: acme, source: sup.acme}\n  "40B": {side: carrier, code: dhl, source: carrier.dhl}\n'
    source = agreed(tmp_path, AGREED + more)
    counted = said(
        interchange(
            message("RECADV", "BGM+632+RC-1+9\nRFF+AAK:D-1\nRFF+ON:4500001\nNAD+SU+40A::9\nLIN+1++A-1:IN\nQTY+48:5")
        ),
        source=source,
    )
    assert ("asn", "D-1", "sup.acme") in counted.mentions.select("type", "value", "issuer").rows()
    body = f"NAD+CZ+{THEIRS}::9\nCNI+1+C-1\nSTS+1+21\nRFF+CU:SH-9"
    carried = said(interchange(message("IFTSTA", body), sender="40B"), source=source)
    assert ("sh", "SH-9", "west") in carried.mentions.select("type", "value", "issuer").rows()


@pytest.mark.parametrize(
    "text", ["partners: 4", "partners: {4012345000009: {side: ours}}", "partners: {A: {side: them}}", "partners: {A: {zone: Mars}}", "partners: {A: {keys: {ON: xx}}}", "partners: {A: {statuses: {a: b}}}", "{"]
)  # fmt: skip
def test_a_wrong_mapping_is_told(tmp_path: Path, text: str) -> None:
    """It refuses the message whole, and `orderscope check` finds it."""
    source = agreed(tmp_path, text)
    told = said(interchange(message("ORDERS", ORDER.format(number="1", function=9))), source=source)
    assert [one.reason for one in told.rejections] == ["mapping_invalid"]
    with pytest.raises(WrongUse):
        COLLECTOR.version(source)


def test_the_tables_speak_of_what_exists() -> None:
    """Every event type of the tables is one of the taxonomy; every side has its references and items."""
    told = {kind for kinds in codes.EVENTS.values() for kind in kinds.values()}
    told |= {kind for table in codes.STATUSES.values() for kind in table.values()} | set(codes.ACTIONS.values())
    assert told <= set(EVENTS)
    assert set(codes.REFERENCES) == set(codes.ITEMS) == set(codes.SIDES)


def test_what_nobody_read_is_told() -> None:
    """A reference of no key type, a date and a quantity that mean nothing here; what was read is not in the list."""
    body = (
        ORDER.format(number="PO-77", function=9)
        .replace("CUX", "RFF+ZZZ:4711\nRFF+VA:DE1\nDTM+200:20261201:102\nCUX")
        .replace("PRI", "QTY+52:6:PCE\nPRI")
    )
    note = Message("edi.main", "edifact", "", interchange(message("ORDERS", body)), RECEIVED)
    assert COLLECTOR.unread(note, Source(collector="edifact")) == [
        "RFF+ZZZ reference 4711: no key type", "DTM+200 date 20261201: not read", "QTY+52 quantity 6: not read",
    ]  # fmt: skip


VALUES = st.sampled_from(
    ["", "1", "4", "7", "27", "X", "20261120:102", "137:20261120:102", "11:x:203", "ON:1:2", "21:5:PCE", "21:1e9999", "BJ", "145:3", "AAA:5::NTP:0", "2:3", "?+", "9" * 250]
)  # fmt: skip
TAGS = st.sampled_from(
    [
        "BGM",
        "DTM",
        "RFF",
        "NAD",
        "LIN",
        "PIA",
        "QTY",
        "QVR",
        "PRI",
        "MOA",
        "CNT",
        "CPS",
        "PAC",
        "GIN",
        "TDT",
        "CNI",
        "STS",
        "LOC",
        "UCI",
        "UCM",
        "UCS",
        "ERC",
        "FTX",
        "SCC",
        "UNS",
    ]
)
SEGMENTS = st.builds(lambda tag, values: "+".join([tag, *values]), TAGS, st.lists(VALUES, max_size=4))


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(codes.KNOWN),
    name=st.sampled_from(["edi.main", "erp.main", "sup.a", "3pl.a", "ecom.a"]),
    segments=st.lists(SEGMENTS, max_size=15),
)
def test_any_segments_in_any_order(kind: str, name: str, segments: list[str]) -> None:
    """Each message gives events, or refusals that say where; items and ids are there once; what was left can be told."""
    body = interchange(message(kind, "\n".join(segments)))
    told = said(body, name)
    assert told.events["item"].is_unique().all() and told.events["native_id"].is_unique().all()
    assert len({one.item for one in told.rejections}) == len(told.rejections)
    assert len(told.events) or told.rejections
    assert all(COLLECTOR.unread(Message(name, "edifact", "", body, RECEIVED), Source(collector="edifact")))
