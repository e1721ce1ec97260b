"""EDI: customers' orders (850), requests to a warehouse (940) and its answers (997, 945, 944), a carrier's scans (214)."""

from collections.abc import Iterable, Iterator

from app.demo.world.company import CUSTOMERS, SOUTH
from app.demo.world.hours import Hours
from app.demo.world.order import Fact, Line
from app.demo.world.wires.sent import AGAIN, BROKEN, Sent, pieces

US, WAREHOUSE, CARRIER = "OURCO", "LONESTAR", "FRLT"
_UTC = Hours("UTC", 0, 24)
_GROUPS = {
    "850": "PO",
    "940": "OW",
    "997": "FA",
    "945": "SW",
    "944": "RE",
    "214": "QM",
    "846": "IB",
    "855": "PR",
    "856": "SH",
    "820": "RA",
    "990": "GF",
}
_ASKED = {"fulfillment.requested": "N", "fulfillment.change_requested": "R", "fulfillment.cancel_requested": "F"}
_BUYERS = {customer.number: customer.partner for customer in CUSTOMERS}
_Segments = list[str]


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One interchange per fact; sent again it has a new control number and the same content."""
    for fact in facts:
        for copy in range(fact.copies):
            if copy == 0 and "broken_at" in fact.data:
                whole = _interchange(fact, fact.number + BROKEN)
                cut = whole[: whole.index("~W12*") + 9] + "\n"
                yield Sent(fact.source, fact.data["broken_at"], cut.encode(), ".edi")
            yield Sent(fact.source, fact.arrives, _interchange(fact, fact.number + copy * AGAIN).encode(), ".edi")


def _interchange(fact: Fact, control: int) -> str:
    kind, sender, receiver, place, body = _document(fact)
    control = fact.data.get("control", control) if kind == "940" else control
    when, sent = place.local(fact.written_at), place.local(fact.arrives)
    isa = f"ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{receiver:<15}*{sent:%y%m%d}*{sent:%H%M}*U*00401*{control:09}*0*P*>"
    gs = f"GS*{_GROUPS[kind]}*{sender}*{receiver}*{when:%Y%m%d}*{when:%H%M%S}*{control}*X*004010"
    inner = [f"ST*{kind}*0001", *body, f"SE*{len(body) + 2}*0001"]
    return "~".join([isa, gs, *inner, f"GE*1*{control}", f"IEA*1*{control:09}"]) + "~\n"


def _document(fact: Fact) -> tuple[str, str, str, Hours, _Segments]:
    """(set, sender, receiver, whose clock, segments between ST and SE)."""
    if fact.source.startswith("sup."):
        return _supplier(fact)
    if fact.source == SOUTH.code:
        kind, made = _FROM_WAREHOUSE[fact.type]
        return kind, WAREHOUSE, US, SOUTH.hours, made(fact)
    if fact.type in _FROM_BUYER:
        kind, made = _FROM_BUYER[fact.type]
        return kind, _BUYERS[fact.data["customer"]], US, _UTC, made(fact)
    if fact.type in _ASKED:
        return "940", US, WAREHOUSE, _UTC, _request(fact)
    if fact.type.startswith("message."):
        return "997", WAREHOUSE, US, _UTC, _answer(fact)
    return _carrier(fact)


def _carrier(fact: Fact) -> tuple[str, str, str, Hours, _Segments]:
    if fact.type == "load.accepted":
        return "990", CARRIER, US, _UTC, _taken(fact)
    return "214", CARRIER, US, _UTC, _scan(fact)


def _supplier(fact: Fact) -> tuple[str, str, str, Hours, _Segments]:
    if fact.type == "asn.received":
        return "856", supplier_id(fact.source), US, _UTC, _announced(fact)
    return "855", supplier_id(fact.source), US, _UTC, _confirmed(fact)


def supplier_id(code: str) -> str:
    """The id of a supplier in EDI."""
    return code.removeprefix("sup.").upper()


def _order(fact: Fact) -> _Segments:
    day = _UTC.local(fact.written_at)
    lines = [f"PO1*{one.number}*{one.qty}*EA*{one.price}**VN*{one.sku}" for one in fact.lines]
    return [
        f"BEG*00*SA*{fact.keys['cpo']}**{day:%Y%m%d}", f"DTM*004*{day:%Y%m%d}*{day:%H%M%S}*UT", "N1*BY**92*0012", *lines,
        f"CTT*{len(lines)}", f"AMT*TT*{fact.data['amount']}",
    ]  # fmt: skip


def _request(fact: Fact) -> _Segments:
    head = [
        f"W05*{_ASKED[fact.type]}*{fact.keys['fo']}",
        f"N1*WH**92*{fact.data['location']}",
        f"N9*RV*{fact.data['revision']}",
    ]
    return head + [
        part for at, one in enumerate(fact.lines, 1) for part in (f"LX*{at}", f"W01*{one.qty}*EA**SK*{one.sku}")
    ] + [f"W76*{pieces(fact.lines)}"]  # fmt: skip


def _answer(fact: Fact) -> _Segments:
    """A 997 that takes or refuses the 940 of a control number."""
    status = fact.data["status"]
    errors = [] if status == "A" else ["AK3*W01*4**8", "AK4*4**1"]
    taken = 1 if status == "A" else 0
    return [f"AK1*OW*{fact.data['control']}", "AK2*940*0001", *errors, f"AK5*{status}", f"AK9*{status}*1*1*{taken}"]


def _shipped(fact: Fact) -> _Segments:
    day = SOUTH.hours.local(fact.written_at)
    mark = [f"N9*CN*{fact.keys['pro']}"] if "pro" in fact.keys else []
    parcel = [f"MAN*CP*{fact.keys['tr']}"] if "tr" in fact.keys else []
    head = [
        f"W06*F*{fact.keys['fo']}*{day:%Y%m%d}*{fact.keys['sh']}**{fact.data['cpo']}", f"N1*WH**92*{SOUTH.location}", *mark,
        f"G62*11*{day:%Y%m%d}*W*{day:%H%M%S}*CT", f"W27*M*{fact.data['carrier'].upper()}",
    ]  # fmt: skip
    lines = [
        part for at, one in enumerate(fact.lines, 1) for part in (f"LX*{at}", *(parcel if at == 1 else []), _loaded(fact, one))
    ]  # fmt: skip
    return [*head, *lines, f"W03*{pieces(fact.lines)}"]


def _loaded(fact: Fact, one: Line) -> str:
    asked = fact.data["asked"].get(one.number, one.qty)
    code = (fact.data["short"] or "PR") if one.qty < asked else "CC"
    return f"W12*{code}*{asked}*{one.qty}*{max(0, asked - one.qty)}*EA**SK*{one.sku}"


def _receipt(fact: Fact) -> _Segments:
    day = SOUTH.hours.local(fact.written_at)
    goods = [part for one in fact.lines for part in (f"W07*{one.qty}*EA**SK*{one.sku}", f"W13*{one.qty}*EA*07")]
    mark = [f"N9*RZ*{fact.keys['rma']}"] if "rma" in fact.keys else [f"N9*PO*{fact.keys['po']}"]
    return [
        f"W17*F*{day:%Y%m%d}*{fact.keys['rc']}*{fact.keys.get('po', '')}*{fact.keys.get('asn', '')}", f"N1*WH**92*{SOUTH.location}", *mark,
        f"G62*09*{day:%Y%m%d}*W*{day:%H%M%S}*CT", *goods, f"W14*{pieces(fact.lines)}",
    ]  # fmt: skip


def _count(fact: Fact) -> _Segments:
    day = SOUTH.hours.local(fact.written_at)
    goods = [
        part for at, one in enumerate(fact.lines, 1) for part in (f"LIN*{at}*SK*{one.sku}", f"QTY*17*{one.qty}*EA")
    ]  # fmt: skip
    return [
        f"BIA*00*SD*{fact.number}*{day:%Y%m%d}*{day:%H%M%S}", f"DTM*007*{day:%Y%m%d}*{day:%H%M%S}*CT",
        f"N1*WH**92*{SOUTH.location}", *goods, f"CTT*{len(fact.lines)}",
    ]  # fmt: skip


def _payment(fact: Fact) -> _Segments:
    day, amount = _UTC.local(fact.written_at), fact.data["amount"]
    return [
        f"BPR*I*{amount}*C*ACH************{day:%Y%m%d}", f"TRN*1*{fact.data['trace']}", f"CUR*BY*{fact.data['currency']}",
        f"DTM*097*{day:%Y%m%d}*{day:%H%M%S}*UT", "ENT*1", f"RMR*IV*{fact.keys['inv']}**{amount}*{amount}",
    ]  # fmt: skip


def _taken(fact: Fact) -> _Segments:
    """A 990: the carrier has the load."""
    day = _UTC.local(fact.written_at)
    return [f"B1*{CARRIER}*{fact.keys['ld']}*{day:%Y%m%d}*A"]


_SCANS = {
    "shipment.picked_up": "AF", "shipment.in_transit": "X6", "shipment.delivered": "D1", "shipment.exception": "A9",
    "shipment.out_for_delivery": "AJ",
}  # fmt: skip


def _scan(fact: Fact) -> _Segments:
    day = _UTC.local(fact.written_at)
    reason = "A9" if fact.type == "shipment.exception" else "NS"
    return [
        f"B10*{fact.keys['pro']}**{CARRIER}", "LX*1", f"AT7*{_SCANS[fact.type]}*{reason}***{day:%Y%m%d}*{day:%H%M%S}*UT",
        "MS1*CHICAGO*IL*US",
    ]  # fmt: skip


def _confirmed(fact: Fact) -> _Segments:
    day, due = _UTC.local(fact.written_at), _UTC.local(fact.data["confirmed_at"])
    lines = [
        part for one in fact.lines
        for part in (f"PO1*{one.number}*{one.qty}*EA***BP*{one.sku}", f"ACK*IA*{one.qty}*EA*067*{due:%Y%m%d}")
    ]  # fmt: skip
    return [f"BAK*00*AC*{fact.keys['po']}*{day:%Y%m%d}", *lines, f"CTT*{len(fact.lines)}"]


def _announced(fact: Fact) -> _Segments:
    day, eta = _UTC.local(fact.written_at), _UTC.local(fact.data["eta"])
    items = [
        part
        for at, one in enumerate(fact.lines, 3)
        for part in (f"HL*{at}*2*I", f"LIN*{one.number}*BP*{one.sku}", f"SN1**{one.qty}*EA")
    ]
    return [
        f"BSN*00*{fact.keys['asn']}*{day:%Y%m%d}*{day:%H%M%S}", "HL*1**S", f"DTM*017*{eta:%Y%m%d}", "HL*2*1*O",
        f"PRF*{fact.keys['po']}", *items, f"CTT*{len(fact.lines) + 2}",
    ]  # fmt: skip


_FROM_WAREHOUSE = {
    "return.received": ("944", _receipt), "receipt.counted": ("944", _receipt), "inventory.snapshot": ("846", _count),
    "shipment.dispatched": ("945", _shipped),
}  # fmt: skip
_FROM_BUYER = {"order.captured": ("850", _order), "payment.applied": ("820", _payment)}
