"""EPCIS: what was seen becomes events of the trade, whatever the form of the document and of its words."""

import json
from typing import Any

import polars as pl
import pytest

from app.model.event import Message
from app.settings import Source
from collectors.epcis.identity import check_digit, document, identity, word
from tests.collectors.conftest import RECEIVED, WIRES, read

SSCC = "urn:epc:id:sscc:0614141.1234567890"
SHIPPED = {
    "eventID": "urn:uuid:1", "type": "AggregationEvent", "eventTime": "2026-11-20T14:37:00+01:00",
    "eventTimeZoneOffset": "+01:00", "recordTime": "2026-11-20T13:40:00Z", "parentID": SSCC,
    "childEPCs": ["urn:epc:id:sgtin:0614141.107346.2017", "https://id.gs1.org/01/10614141073464/21/2018"],
    "childQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 200.5, "uom": "KGM"}],
    "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit",
    "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "http://shop.example/po/4711"},
        {"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:1152"},
        {"type": "testprd", "bizTransaction": "T-1"},
    ],
}  # fmt: skip
XML = """<?xml version="1.0" encoding="{encoding}"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2026-11-20T14:00:00Z">
<EPCISBody><EventList><AggregationEvent>
  <eventTime>2026-11-20T14:37:00+01:00</eventTime><recordTime>2026-11-20T13:40:00Z</recordTime>
  <eventTimeZoneOffset>+01:00</eventTimeZoneOffset><baseExtension><eventID>urn:uuid:1</eventID></baseExtension>
  <parentID>urn:epc:id:sscc:0614141.1234567890</parentID>
  <childEPCs><epc>urn:epc:id:sgtin:0614141.107346.2017</epc><epc>urn:epc:id:sgtin:0614141.107346.2018</epc></childEPCs>
  <action>OBSERVE</action><bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>
  <disposition>urn:epcglobal:cbv:disp:in_transit</disposition>
  <readPoint><id>urn:epc:id:sgln:0614141.00777.0</id></readPoint>
  <bizTransactionList>
    <bizTransaction type="urn:epcglobal:cbv:btt:po">http://shop.example/po/4711</bizTransaction>
    <bizTransaction type="urn:epcglobal:cbv:btt:desadv">urn:epcglobal:cbv:bt:0614141073467:1152</bizTransaction>
    <bizTransaction type="urn:epcglobal:cbv:btt:testprd">T-1</bizTransaction>
  </bizTransactionList>
  <extension><childQuantityList><quantityElement><epcClass>urn:epc:class:lgtin:4012345.012345.998877</epcClass>
    <quantity>200.5</quantity><uom>KGM</uom></quantityElement></childQuantityList></extension>
</AggregationEvent></EventList></EPCISBody></epcis:EPCISDocument>"""


def spoken(*events: Any, name: str = "3pl.west", source: Source | None = None) -> Any:
    body = {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": list(events)}}
    return read("epcis", json.dumps(body).encode(), name=name, source=source)


def kind(name: str = "3pl.west", **changed: Any) -> str:
    return str(spoken(SHIPPED | changed, name=name).events["type"][0])


def test_a_shipped_pallet_becomes_a_dispatch() -> None:
    """Its SSCC and documents are keys, pieces and weights are lines, time and place are those of the reading."""
    said = spoken(SHIPPED)
    event = said.events.row(0, named=True)
    assert (said.rejections, event["type"], event["native_id"]) == ((), "shipment.dispatched", "urn:uuid:1")
    assert (event["occurred_at"].isoformat(), event["tz_basis"]) == ("2026-11-20T13:37:00", "explicit")
    assert (event["location"], event["status"], event["flags"]) == ("0614141007776", "in_transit", [])
    assert event["recorded_at"].isoformat() == "2026-11-20T13:40:00"
    assert [(one["sku"], one["qty"], one["uom"]) for one in event["lines"]] == [
        ("10614141073464", "2", None),
        ("04012345123456", "200.5", "KGM"),
    ]
    assert set(said.mentions.select("type", "value").rows()) == {
        ("sscc", "106141412345678908"),
        ("po", "4711"),
        ("asn", "1152"),
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_xml_of_1_2_says_the_same(encoding: str) -> None:
    """The wrappers of EPCIS 1.2 change nothing, nor does the encoding."""
    json_said, xml_said = (
        spoken(SHIPPED),
        read("epcis", XML.format(encoding=encoding).encode(encoding), name="3pl.west"),
    )
    assert xml_said.rejections == ()
    assert xml_said.events.drop("attrs").equals(json_said.events.drop("attrs"))
    assert xml_said.mentions.equals(json_said.mentions)


def test_xml_wrappings_change_nothing() -> None:
    """The answer to a query, a lone event, and an event that 1.2 puts into an extension."""
    text = XML.format(encoding="utf-8").partition("?>")[2]
    begin, end = text.index("<AggregationEvent>"), text.index("</EventList>")
    event = text[begin:end]
    query = f"<q:EPCISQueryDocument><EPCISBody><q:QueryResults><resultsBody><EventList>{event}</EventList></resultsBody></q:QueryResults></EPCISBody></q:EPCISQueryDocument>"
    wrapped = text[:begin] + f"<extension><extension>{event}</extension></extension>" + text[end:]
    for body in (text, query, event, wrapped):
        said = read("epcis", body.encode(), name="3pl.west")
        assert (said.rejections, said.events["type"].to_list()) == ((), ["shipment.dispatched"])
        assert len(said.mentions) == 3


def test_a_count_of_the_first_version_is_a_line() -> None:
    """A QuantityEvent counts one class of things at a place."""
    body = b"""<EventList><QuantityEvent><eventTime>2026-11-20T14:37:00Z</eventTime><epcClass>urn:epc:idpat:sgtin:4012345.066666.*</epcClass>
        <quantity>220</quantity><bizStep>urn:epcglobal:cbv:bizstep:cycle_counting</bizStep></QuantityEvent></EventList>"""
    said = read("epcis", body, name="wms.west")
    assert said.events["type"].to_list() == ["inventory.snapshot"]
    assert [(line["sku"], line["qty"]) for line in said.events["lines"][0]] == [("04012345666663", "220")]


@pytest.mark.parametrize(
    "form", [lambda e: e, lambda e: [e], lambda e: {"epcisBody": {"queryResults": {"resultsBody": {"eventList": [e]}}}}]
)
def test_events_come_in_many_wrappings(form: Any) -> None:
    """A lone event, a list of events and the answer to a query are read as a document is."""
    said = read("epcis", json.dumps(form(SHIPPED)).encode(), name="3pl.west")
    assert said.events.equals(spoken(SHIPPED).events)


@pytest.mark.parametrize(
    ("changed", "role", "expected"),
    [
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-departing"}, "3pl.west", "shipment.dispatched"),
        ({"bizStep": "cbv:BizStep-departing"}, "carrier.ups", "shipment.in_transit"),
        ({"bizStep": "receiving"}, "3pl.west", "receipt.counted"),
        ({"bizStep": "receiving"}, "edi.customer", "shipment.delivered"),
        ({"bizStep": "receiving", "disposition": "urn:epcglobal:cbv:disp:returned"}, "3pl.west", "return.received"),
        ({"bizStep": "inspecting", "bizTransactionList": [{"type": "rma", "bizTransaction": "R-1"}]}, "wms.east", "return.inspected"),
        ({"bizStep": "transporting", "disposition": "damaged"}, "carrier.ups", "shipment.exception"),
        ({"bizStep": "packing", "action": "ADD"}, "wms.east", "package.packed"),
        ({"bizStep": "packing", "action": "DELETE"}, "wms.east", "epcis.packing"),
        ({"bizStep": "void_shipping"}, "wms.east", "shipment.voided"),
        ({"bizStep": "cycle_counting"}, "wms.east", "inventory.snapshot"),
        ({"bizStep": "commissioning"}, "wms.east", "epcis.commissioning"),
        ({"bizStep": None, "type": "AssociationEvent"}, "wms.east", "epcis.association"),
    ],
)  # fmt: skip
def test_steps_have_their_meaning(changed: dict[str, Any], role: str, expected: str) -> None:
    """Step, disposition, action, documents and who speaks decide together; the forms of words do not matter."""
    assert kind(role, **changed) == expected


def test_a_word_of_nobody_is_kept_and_marked() -> None:
    """A step of a private vocabulary whose last part is a word of the standard is not that word."""
    said = spoken(SHIPPED | {"bizStep": "http://epcis.example.com/steps/shipping"})
    assert said.events.select("type", "flags").rows() == [("epcis.shipping", ["mapping_unknown"])]


def test_a_declared_error_takes_the_place_of_its_event() -> None:
    """It comes under the id of what it retracts, recorded later, with no lines; with or without an id of its own."""
    error = {
        "declarationTime": "2026-11-21T08:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:2"],
    }
    nameless = {name: value for name, value in SHIPPED.items() if name != "eventID"}
    for event in (SHIPPED, nameless):
        said = spoken(event, event | {"errorDeclaration": error}).events
        assert said["native_id"].n_unique() == 1
        assert said["type"].to_list() == ["shipment.dispatched", "epcis.error_declared"]
        assert said["recorded_at"][1] > said["recorded_at"][0]
        assert (said["reason"][1], said["lines"][1]) == ("incorrect_data", None)
        assert json.loads(said["attrs"][1])["corrected_by"] == ["urn:uuid:2"]


def test_each_bad_event_is_refused_alone() -> None:
    """No object, no known type, no time, an impossible time, a quantity that is none; the good one stands."""
    bad = [1, {"type": "PartyEvent"}, SHIPPED | {"eventTime": None}, SHIPPED | {"eventTime": "soon"},
           SHIPPED | {"eventTime": "2027-11-20T14:37:00Z"}, SHIPPED | {"bizTransactionList": [{"type": "po", "bizTransaction": "4" * 300}]},
           SHIPPED | {"childQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.1", "quantity": "many"}]}]  # fmt: skip
    said = spoken(*bad, SHIPPED)
    assert [one.reason for one in said.rejections] == [
        "not_an_event", "not_an_event", "missing_time", "bad_time", "time_out_of_range", "key_too_long", "bad_quantity",
    ]  # fmt: skip
    assert [one.item for one in said.rejections] == list(range(7))
    assert said.events["item"].to_list() == [7]


def test_an_event_of_too_many_things_is_refused() -> None:
    """More things than one event may name are no event; those of a pallet are."""
    many = SHIPPED | {"childEPCs": [f"urn:epc:id:sgtin:0614141.107346.{n}" for n in range(100_001)]}
    said = spoken(many, SHIPPED | {"childEPCs": many["childEPCs"][:2_000]})
    assert [(one.item, one.reason) for one in said.rejections] == [(0, "too_many_items")]
    assert said.events["lines"][0][0]["qty"] == "2000"


def test_a_time_without_a_zone_takes_its_offset() -> None:
    """`eventTimeZoneOffset` serves where the time says nothing; without either the zone of the source does."""
    bare = SHIPPED | {"eventTime": "2026-11-20T14:37:00.5"}
    berlin = Source(collector="epcis", zone="Europe/Berlin")
    first = spoken(bare).events
    second = spoken(bare | {"eventTimeZoneOffset": None}, source=berlin).events
    assert pl.concat([first, second])["occurred_at"].unique().dt.to_string("%H:%M:%S%.f").to_list() == ["13:37:00.500"]
    assert (first["tz_basis"][0], second["tz_basis"][0]) == ("explicit", "partner_default")


def test_a_mapping_of_ones_own_goes_first(tmp_path: Any) -> None:
    """Own words, whose numbers documents carry, places and items; what it does not say is as shipped."""
    (tmp_path / "own.yaml").write_text(
        """
steps: [{step: "urn:example:quarantined", type: fulfillment.held}]
transactions: {po: cpo, testprd: corr}
issuers: {"0614141073467": sup.acme}
locations: {"0614141007776": WH-W}
items: {"10614141073464": A-1}
partner: 3pl.north
"""
    )
    source = Source(collector="epcis", mapping="own.yaml", base=str(tmp_path))
    said = spoken(SHIPPED, SHIPPED | {"eventID": "2", "bizStep": "urn:example:quarantined"}, source=source)
    assert said.events["type"].to_list() == ["shipment.dispatched", "fulfillment.held"]
    assert said.events["flags"].to_list() == [[], []]
    first = said.events.row(0, named=True)
    assert (first["location"], first["partner"], first["lines"][0]["sku"]) == ("WH-W", "3pl.north", "A-1")
    keys = said.mentions.filter(pl.col("item") == 0).select("type", "value", "issuer").rows()
    assert set(keys) >= {("cpo", "4711", None), ("asn", "1152", "sup.acme"), ("corr", "T-1", None)}


def test_a_wrong_mapping_is_said(tmp_path: Any) -> None:
    """A type that is none: the message is refused with the place, whatever it is."""
    (tmp_path / "own.yaml").write_text("steps: [{step: x, type: no.event}]")
    said = spoken(SHIPPED, source=Source(collector="epcis", mapping="own.yaml", base=str(tmp_path)))
    assert [(one.reason, "steps.0.type" in one.detail) for one in said.rejections] == [("mapping_invalid", True)]


def test_what_became_nothing_is_told() -> None:
    """A document without a key type, a thing that is neither package nor piece, a step without a meaning, a sensor."""
    event = SHIPPED | {"bizStep": "loading", "epcList": ["urn:epc:id:grai:1"], "sensorElementList": [{"a": 1}]}
    body = json.dumps(event).encode()
    lines = WIRES["epcis"].unread(Message("3pl.west", "epcis", "", body, RECEIVED), Source())
    assert lines == [
        "event 1: bizStep loading: no event of the trade",
        "event 1: bizTransaction testprd T-1: no key type",
        "event 1: epcList urn:epc:id:grai:1: no key type",
        "event 1: sensorElementList: not read",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SSCC, ("sscc", "106141412345678908")),
        ("https://shop.example/x/00/106141412345678908?linkType=all", ("sscc", "106141412345678908")),
        ("urn:epc:idpat:sgtin:4012345.066666.*", ("gtin", "04012345666663")),
        ("urn:epc:id:sgln:0614141.07346.1234", ("gln", "0614141073467.1234")),
        ("https://id.gs1.org/414/0614141073467/254/1234", ("gln", "0614141073467.1234")),
        ("urn:epc:id:pgln:4000001.00012", ("gln", "4000001000128")),
        ("urn:epc:id:sscc:0614141.12", ("", "urn:epc:id:sscc:0614141.12")),
        ("https://id.gs1.org/00/12345", ("", "https://id.gs1.org/00/12345")),
    ],
)
def test_identifiers_are_read_in_both_forms(text: str, expected: tuple[str, str]) -> None:
    """URN and Digital Link give the same number, with its check digit; what does not fit stays as it is."""
    found = identity(text)
    assert (found.kind, found.value) == expected


def test_check_digits_and_words() -> None:
    """The check digit of GS1's own example; document numbers and words in their forms."""
    assert check_digit("10614141234567890") == "8"
    assert document("urn:epc:id:gdti:9524141.06012.1234") == ("9524141.06012.1234", "")
    assert document("https://id.gs1.org/253/4012345000054987") == ("4012345000054987", "")
    assert document("urn:example:epcis:bt:inv:12345") == ("12345", "")
    assert word("urn:epcglobal:cbv:btt:po") == word("https://ref.gs1.org/cbv/BTT-po") == "po"
