"""The legacy ERP: IDocs in XML, times in the system's zone, numbers padded with zeros."""

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from app.demo.world.hours import Hours
from app.demo.world.order import Fact, Line
from app.demo.world.wires.sent import AGAIN, Sent

_PLACE = Hours("Europe/Berlin", 0, 24)
_Fields = dict[str, str]


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One IDoc per fact."""
    for fact in facts:
        for copy in range(fact.copies):
            body = _document(fact, fact.number + copy * AGAIN)
            yield Sent(fact.source, fact.arrives, body.encode(), ".xml")


def _document(fact: Fact, number: int) -> str:
    kind, type_, direction, parts = _KINDS[fact.type](fact)
    record = {
        "TABNAM": "EDI_DC40", "DOCNUM": f"{number:016}", "DIRECT": direction, "IDOCTYP": type_, "MESTYP": kind,
        "SNDPRN": "ERPDE01" if direction == "1" else "VERTRIEB", "RCVPRN": _receiver(fact) if direction == "1" else "ERPDE01",
        "CREDAT": _day(fact.written_at), "CRETIM": _clock(fact.written_at),
    }  # fmt: skip
    return f'<{type_}><IDOC BEGIN="1">{_segment("EDI_DC40", record)}{parts}</IDOC></{type_}>\n'


def _receiver(fact: Fact) -> str:
    return {"order.released": "WMSMAIN"}.get(fact.type, "KUNDE")


def _created(fact: Fact) -> tuple[str, str, str, str]:
    return "ORDERS", "ORDERS05", "2", _head(fact) + _items(fact)


def _changed(fact: Fact) -> tuple[str, str, str, str]:
    return "ORDCHG", "ORDERS05", "2", _head(fact) + _items(fact)


def _answered(fact: Fact) -> tuple[str, str, str, str]:
    due = _segment("E1EDP20", {"EDATU": _day(fact.data["promised_at"])})
    return "ORDRSP", "ORDERS05", "1", _head(fact) + _items(fact, due)


def _head(fact: Fact) -> str:
    head = _segment("E1EDK01", {"CURCY": fact.data.get("currency", "EUR"), "BELNR": fact.keys["so"]})
    head += _dated(fact)
    head += _segment("E1EDK02", {"QUALF": "002", "BELNR": fact.keys["so"]})
    if "cpo" in fact.keys:
        head += _segment("E1EDK02", {"QUALF": "001", "BELNR": fact.keys["cpo"]})
    if "customer" in fact.data:
        head += _segment("E1EDKA1", {"PARVW": "AG", "PARTN": fact.data["customer"]})
    if "amount" in fact.data:
        head += _segment("E1EDS01", {"SUMID": "002", "SUMME": fact.data["amount"]})
    return head


def _dated(fact: Fact) -> str:
    moment = fact.written_at
    return _segment("E1EDK03", {"IDDAT": "012", "DATUM": _day(moment), "UZEIT": _clock(moment)})


def _items(fact: Fact, more: str = "") -> str:
    return "".join(_item(one, more) for one in fact.lines)


def _item(one: Line, more: str) -> str:
    fields = {"POSEX": f"{int(one.number):06}", "MENGE": f"{one.qty}.000", "MENEE": "EA", "VPREI": one.price}
    return _segment("E1EDP01", fields, _segment("E1EDP19", {"QUALF": "002", "IDTNR": one.sku}) + more)


def _released(fact: Fact) -> tuple[str, str, str, str]:
    lines = "".join(
        _segment("E1EDL24", {
            "POSNR": f"{int(one.number):06}", "MATNR": one.sku, "LFIMG": f"{one.qty}.000", "VRKME": "EA",
            "VGBEL": fact.keys["so"], "VGPOS": f"{int(one.number):06}",
        })
        for one in fact.lines
    )  # fmt: skip
    head = {"VBELN": fact.keys["fo"], "VSTEL": fact.data["location"]}
    return "WHSORD", "DELVRY03", "1", _segment("E1EDL20", head, lines)


def _invoiced(fact: Fact) -> tuple[str, str, str, str]:
    return "INVOIC", "INVOIC02", "1", _bill(fact, fact.keys["inv"], "INVO")


def _credited(fact: Fact) -> tuple[str, str, str, str]:
    return "INVOIC", "INVOIC02", "1", _bill(fact, fact.keys["cm"], "CRME")


def _bill(fact: Fact, number: str, kind: str) -> str:
    head = _segment("E1EDK01", {"CURCY": fact.data["currency"], "BELNR": number, "BSART": kind})
    head += _dated(fact) + _segment("E1EDK02", {"QUALF": "009", "BELNR": number})
    head += _segment("E1EDKA1", {"PARVW": "RE", "PARTN": fact.data["customer"]})
    if "fo" in fact.data:
        head += _segment("E1EDK02", {"QUALF": "012", "BELNR": fact.data["fo"]})
    so = fact.keys["so"]
    for one in fact.lines:
        about = _segment("E1EDP02", {"QUALF": "002", "BELNR": so, "ZEILE": f"{int(one.number):06}"})
        about += _segment("E1EDP19", {"QUALF": "002", "IDTNR": one.sku})
        head += _segment("E1EDP01", {"POSEX": f"{int(one.number):06}", "MENGE": f"{one.qty}.000", "MENEE": "EA"}, about)
    return head + _segment("E1EDS01", {"SUMID": "011", "SUMME": fact.data["amount"]})


_KINDS = {
    "order.created": _created, "order.changed": _changed, "order.acknowledged": _answered, "order.released": _released,
    "invoice.posted": _invoiced, "credit.issued": _credited,
}  # fmt: skip


def _segment(name: str, fields: _Fields, inner: str = "") -> str:
    said = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields.items())
    return f'<{name} SEGMENT="1">{said}{inner}</{name}>'


def _day(moment: int) -> str:
    return _PLACE.local(moment).strftime("%Y%m%d")


def _clock(moment: int) -> str:
    return _PLACE.local(moment).strftime("%H%M%S")
