"""Laws of the wires of documents: whatever is changed in a document, each of its items is stored or refused."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.event import Message
from app.settings import Source
from collectors.epcis.identity import check_digit, identity
from tests.collectors.conftest import RECEIVED, WIRES, read
from tests.collectors.idocs import DELIVERY, ORDER, delivery, idoc, sent
from tests.collectors.test_epcis import SHIPPED, XML

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["receiving", "2026-11-20T14:37:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "x" * 300, "urn:epc:id:sscc:0614141.1234567890"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "epcClass", "quantity", "bizTransaction", "declarationTime"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = st.sampled_from(
    [*SHIPPED, "errorDeclaration", "bizLocation", "epcList", "quantityList", "recordTime", "owner"]
)
WORDS = st.sampled_from(["", "0", "20261120", "143700", "10.000-", "x" * 250, "00106141412345678908", "-", "1e400", "99999999", "é"]) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="<&>"), max_size=6
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(changes=st.lists(st.dictionaries(FIELDS, VALUES, max_size=4) | VALUES, min_size=1, max_size=4))
def test_each_epcis_event_is_stored_or_refused(changes: list[Any]) -> None:
    """Of a document every item is an event or a refusal, never both and never neither; and `unread` does not fail."""
    items = [SHIPPED | one if isinstance(one, dict) else one for one in changes]
    body = json.dumps({"epcisBody": {"eventList": items}}).encode()
    said = read("epcis", body)
    found = said.events["item"].to_list() + [one.item for one in said.rejections]
    assert found == [-1] or sorted(found) == list(range(len(items)))
    assert all(
        isinstance(line, str) for line in WIRES["epcis"].unread(Message("src", "epcis", "", body, RECEIVED), Source())
    )


@settings(max_examples=150, deadline=None)
@given(fields=st.dictionaries(st.sampled_from(["BELNR", "QUALF", "MENGE", "VPREI", "PEINH", "POSEX", "ACTION", "EDATU", "IDDAT", "DATUM", "UZEIT", "LIFSK", "SUMME", "LFIMG", "VGBEL", "EXIDV", "ISDD", "ISDZ"]), WORDS),
       control=st.dictionaries(st.sampled_from(["DOCNUM", "DIRECT", "MESTYP", "CREDAT", "CRETIM", "SNDPRN", "STATUS", "TEST"]), WORDS, max_size=3),
       message=st.sampled_from(["ORDERS", "ORDRSP", "ORDCHG", "INVOIC", "DESADV", "SHPCON", "STATUS", "X"]), direction=st.sampled_from("12"))  # fmt: skip
def test_any_idoc_is_stored_or_refused(
    fields: dict[str, str], control: dict[str, str], message: str, direction: str
) -> None:
    """Other values in all its segments: events or refusals with a reason, each item once, and the IDoc beside it stands."""
    names = (
        "E1EDK01",
        "E1EDK02",
        "E1EDK03",
        "E1EDP01",
        "E1EDP20",
        "E1EDS01",
        "E1EDL20",
        "E1EDL24",
        "E1EDT13",
        "E1EDL18",
        "E1EDL37",
        "E1STATS",
    )
    body = sent(idoc(message, direction, control, **dict.fromkeys(names, fields)), delivery("SHPORD"))
    said = read("idoc", body)
    items = said.events["item"].to_list() + [one.item for one in said.rejections]
    assert len(set(items)) == len(items)
    assert set(said.events.filter(said.events["item"] >= 1_000)["type"]) == {
        "message.sent",
        "fulfillment.requested",
        "order.released",
    }
    assert all(one.reason and one.detail for one in said.rejections)
    assert all(
        isinstance(line, str) for line in WIRES["idoc"].unread(Message("src", "idoc", "", body, RECEIVED), Source())
    )


FORMS = [("epcis", XML.format(encoding="utf-8").encode()), ("epcis", json.dumps([SHIPPED]).encode()),
         ("idoc", sent(idoc("ORDERS", "2", **ORDER), idoc("SHPCON", "2", **DELIVERY)))]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(FORMS), at=st.integers(0, 5_000), piece=st.binary(min_size=1, max_size=6), cut=st.booleans()
)
def test_no_mutation_makes_a_document_fail(form: tuple[str, bytes], at: int, piece: bytes, cut: bool) -> None:
    """Other bytes anywhere, or an end too early: it is read, or refused with a reason."""
    wire, body = form
    at %= len(body)
    said = read(wire, body[:at] + piece + (b"" if cut else body[at + len(piece) :]))
    assert len(said.events) + len(said.rejections) > 0
    assert all(one.reason and one.detail for one in said.rejections)


@settings(max_examples=100, deadline=None)
@given(prefix=st.integers(6, 12), digits=st.text("0123456789", min_size=17, max_size=17))
def test_an_sscc_is_the_same_in_every_form(prefix: int, digits: str) -> None:
    """URN and Digital Link of one package give one number of 18 digits, whatever the length of the company's prefix."""
    extension, company, serial = digits[0], digits[1 : 1 + prefix], digits[1 + prefix :]
    whole = digits + check_digit(digits)
    urn = identity(f"urn:epc:id:sscc:{company}.{extension}{serial}")
    assert (urn.kind, urn.value) == ("sscc", whole)
    assert identity(f"https://id.example.com/00/{whole}") == urn
    assert sum(int(d) * (3 if at % 2 == 0 else 1) for at, d in enumerate(whole)) % 10 == 0


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=40) | st.text("urn:epcid.sgltin0123/*", max_size=60))
def test_any_identifier_is_read(text: str) -> None:
    """What is no identifier of GS1 stays as it is."""
    found = identity(text)
    assert found.value == text if not found.kind else found.kind in ("sscc", "gtin", "gln")
