"""The documents of an order: instructions to warehouses, shipments, invoices, returns, tickets, supply. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboards import words
from dashboards.context import Row
from dashboards.parts import Piece, card, chip, fields, row, steps, table

#: field of a fulfillment order -> (step, tone)
FULFILLED = {
    "released_at": ("Released", ""), "requested_at": ("Sent", ""), "acknowledged_at": ("Accepted", "ok"),
    "rejected_at": ("Refused", "bad"), "held_at": ("Held there", "bad"), "picked_at": ("Picked", ""),
    "packed_at": ("Packed", ""), "cancel_requested_at": ("Cancellation asked", "warn"),
    "cancelled_at": ("Cancelled", "warn"), "cancel_rejected_at": ("Cancellation refused", "bad"),
    "dispatched_at": ("Left the warehouse", "ok"), "delivered_at": ("Delivered", "ok"), "expected_at": ("Expected", ""),
}  # fmt: skip
SHIPPED = {
    "dispatched_at": ("Left the warehouse", ""), "posted_at": ("Posted in the ERP", ""), "picked_up_at": ("Picked up", ""),
    "last_scan_at": ("Last scan", ""), "exception_at": ("Exception", "bad"), "eta_at": ("Expected", ""),
    "delivered_at": ("Delivered", "ok"), "returned_at": ("Back at the sender", "bad"), "voided_at": ("Voided", "warn"),
}  # fmt: skip
RETURNED = {
    "requested_at": ("Asked for", ""), "authorized_at": ("Authorised", ""), "rejected_at": ("Refused", "bad"),
    "received_at": ("Received", ""), "inspected_at": ("Inspected", ""), "posted_at": ("Posted", ""),
    "credited_at": ("Credited", "ok"),
}  # fmt: skip
TONES = {
    "rejected": "critical", "held": "critical", "exception": "critical", "cancelled": "high", "voided": "high",
    "delivered": "ok", "closed": "ok", "paid": "ok", "credited": "ok", "resolved": "ok",
}  # fmt: skip
#: Steps that say more than the scan which brought them.
ENDS = ("Delivered", "Exception", "Picked up", "Back at the sender")
PARCELS = {"pk": "Parcel", "sscc": "SSCC", "tr": "Tracking number"}


def documents(order: Row, now: datetime) -> list[tuple[str, Piece]]:
    """(name in the list of sections, section) of each kind of document that the order has."""
    made = [
        ("Fulfillment", fulfillments(order.get("fulfillments") or [], now)),
        ("Shipments", shipments(order.get("shipments") or [], order.get("packages") or [], now)),
        ("Invoices", invoices(order.get("invoices") or [], now)),
        ("Returns", returns(order.get("returns") or [], now)),
        ("Supply", purchases(order.get("purchase_orders") or [], now)),
        ("Tickets", tickets(order.get("tickets") or [], now)),
    ]
    return [(name, piece) for name, piece in made if piece]


def document(key: Any, chips: Sequence[Piece], *body: Piece) -> Piece:
    """A document with its number on top; who issued the number stands beside it."""
    number = html.H3([html.Span(words.bare(key), title=str(key)), html.Span(words.issuer(key), className="issuer")])
    return html.Article([html.Header([number, *chips]), *body], className="document")


def taken(said: Row, names: dict[str, tuple[str, str]], now: datetime) -> Piece:
    """The steps of a document; what is expected is shown only while it lies ahead."""
    known = [(name, words.parsed(said.get(field)), tone) for field, (name, tone) in names.items()]
    ends = [at for name, at, _ in known if name in ENDS]
    gone = [("Expected", at) for n, at, _ in known if n == "Expected" and at and at <= now] + [
        ("Last scan", at) for at in ends
    ]
    return steps([s for s in known if (s[0], s[1]) not in gone], now)


def state(name: Any) -> Piece:
    """The chip of a document's state."""
    return chip(words.event(name), TONES.get(str(name), "low")) if name else html.Span()


def fulfillments(found: Sequence[Row], now: datetime) -> Piece | None:
    """What each node was asked to ship, which revision counts there, and what it did."""
    if not found:
        return None
    sub = f"{words.count(len(found), 'instruction')} to {words.count(len({f.get('partner') for f in found}), 'node')}"
    return card("Fulfillment", *(fulfillment(f, now) for f in found), sub=sub, id="fulfillment")


def fulfillment(said: Row, now: datetime) -> Piece:
    """One instruction."""
    where = " · ".join(str(w) for w in (words.system(said.get("partner")), said.get("location")) if w)
    reason = html.P(f"Reason given: {said['reason']}", className="muted small wrap") if said.get("reason") else None
    chips = [state(said.get("stage")), html.Span(where, className="muted small")]
    return document(said.get("key"), chips, revisions(said), taken(said, FULFILLED, now), reason, legs(said))


def revisions(said: Row) -> Piece | None:
    """Revision sent, in force at the node, shipped: three numbers that should be one."""
    sent, effective, shipped = (said.get(f"revision_{n}") for n in ("sent", "effective", "shipped"))
    if sent is None and effective is None and shipped is None:
        return None
    basis = {"acknowledged": "accepted there", "sent": "sent, not accepted"}.get(str(said.get("revision_basis")), "")
    sure = words.decimal(said.get("revision_confidence"))
    how = "" if sure is None else "as they say" if sure >= 1 else f"judged by its content, {int(sure * 100)} % sure"
    wrong = shipped is not None and effective is not None and shipped != effective
    return fields(
        [
            ("Revision sent", numbered(sent)),
            ("In force there", numbered(effective, basis)),
            ("Revision shipped", numbered(shipped, how, wrong) if shipped is not None else ""),
        ],
        "inline",
    )


def numbered(number: Any, note: str = "", wrong: bool = False) -> Piece:
    """A number with a note beside it; a wrong one in red and in words."""
    if number is None:
        return "–"
    said = [html.Span(str(number), className="late" if wrong else "strong")]
    notes = [n for n in ("not the one in force" if wrong else "", note) if n]
    return html.Span([*said, html.Span(f" {', '.join(notes)}", className="muted small") if notes else None])


def legs(said: Row) -> Piece | None:
    """Per line what the node was given and what it did; a short pick is marked."""
    found = said.get("lines") or []
    if not found:
        return None
    names = ("released", "acknowledged", "picked", "shorted", "cancelled", "shipped")
    head = ("Line", "Released", "Accepted", "Picked", "Short", "Cancelled", "Shipped")
    rows = [
        row([str(x.get("line") or ""), *(counted(x.get(n)) for n in names)], range(1, 7), "off" if words.decimal(x.get("shorted")) else "")
        for x in found
    ]  # fmt: skip
    return table(head, rows, f"Lines of {words.bare(said.get('key'))}", right=range(1, 7))


def counted(value: Any) -> Piece:
    """A quantity; nothing is quiet."""
    return html.Span(words.quantity(value), className="" if words.decimal(value) else "muted")


def shipments(found: Sequence[Row], packages: Sequence[Row], now: datetime) -> Piece | None:
    """What left, with whom, where it is, and in which parcels."""
    if not found and not packages:
        return None
    placed = {id(p): home(p, found) for p in packages}
    blocks = [shipment(s, [p for p in packages if placed[id(p)] == s.get("key")], now) for s in found]
    loose = [p for p in packages if placed[id(p)] is None]
    if loose:
        blocks.append(
            html.Article(
                [html.Header(html.H3("Packed, not on a shipment")), parcels(loose, "Parcels", now)],
                className="document",
            )
        )
    tracked = sum(p.get("kind") == "tr" for p in packages)
    sub = f"{words.count(len(found), 'shipment')}, {words.count(tracked, 'tracking number')}"
    return card("Shipments", *blocks, sub=sub, id="shipments")


def home(package: Row, found: Sequence[Row]) -> Any:
    """The shipment of a parcel: the one it names, else the only one of its fulfillment order."""
    keys = [s.get("key") for s in found]
    if package.get("shipment") in keys:
        return package["shipment"]
    same = [s["key"] for s in found if s.get("fulfillment") and s.get("fulfillment") == package.get("fulfillment")]
    return same[0] if len(same) == 1 else None


def shipment(said: Row, packages: Sequence[Row], now: datetime) -> Piece:
    """One shipment with its parcels."""
    notes = [words.carrier(said.get("carrier")), f"for {words.bare(said['fulfillment'])}" if said.get("fulfillment") else "",
             f"revision {said['revision']}" if said.get("revision") is not None else ""]  # fmt: skip
    chips = [state(said.get("status")), html.Span(" · ".join(n for n in notes if n), className="muted small")]
    why = html.P(f"Exception: {said['exception']}", className="late small wrap") if said.get("exception") else None
    body = parcels(packages, f"Parcels of {words.bare(said.get('key'))}", now) if packages else None
    return document(said.get("key"), chips, taken(said, SHIPPED, now), why, body)


def parcels(found: Sequence[Row], caption: str, now: datetime) -> Piece:
    """Parcels and tracking numbers."""
    rows = [
        row([html.Span(words.bare(p.get("key")), className="mono", title=str(p.get("key"))), PARCELS.get(str(p.get("kind")), str(p.get("kind") or "")),
             words.carrier(p.get("carrier")) or "–", state(p.get("status")), *(stamp(p.get(f), now) for f in ("first_at", "last_at", "delivered_at"))])
        for p in found
    ]  # fmt: skip
    return table(("Number", "What", "Carrier", "State", "First seen", "Last heard", "Delivered"), rows, caption)


def stamp(at: Any, now: datetime) -> Piece:
    """An instant in a cell."""
    known = words.parsed(at)
    return html.Span(words.brief(known, now), className="num" if known else "muted", title=words.instant(known))


def invoices(found: Sequence[Row], now: datetime) -> Piece | None:
    """What was invoiced, paid, disputed and credited."""
    if not found:
        return None
    rows = [
        row([html.Span(words.bare(i.get("key")), className="strong", title=str(i.get("key"))), words.event(i.get("kind")), words.bare(i.get("shipment")) or "–",
             words.money(i.get("amount"), i.get("currency")), words.money(i.get("credited"), i.get("currency")) if words.decimal(i.get("credited")) else "–",
             *(stamp(i.get(f), now) for f in ("posted_at", "disputed_at", "paid_at"))], right=(3, 4))
        for i in found
    ]  # fmt: skip
    head = ("Number", "What", "For shipment", "Amount", "Credited", "Posted", "Disputed", "Paid")
    sub = words.count(len(found), "document")
    return card("Invoices", table(head, rows, "Invoices and credits", right=(3, 4)), sub=sub, id="invoices")


def returns(found: Sequence[Row], now: datetime) -> Piece | None:
    """Each return with its three facts, which different people establish."""
    if not found:
        return None
    sub = "Received by the warehouse, posted in the ERP, credited by finance: three facts, each by itself"
    return card("Returns", *(return_(r, now) for r in found), sub=sub, id="returns")


def return_(said: Row, now: datetime) -> Piece:
    """One return: how much was authorised, received, posted, credited; where they differ it is said."""
    facts = [
        fact("Received", "by the warehouse", said, "received", "", now),
        fact("Posted", "stock in the ERP", said, "posted", "received", now),
        fact("Credited", "by finance", said, "credited", "posted", now),
    ]
    notes = [f"reason: {said['reason']}" if said.get("reason") else "", f"disposition: {said['disposition']}" if said.get("disposition") else "",
             f"authorised {words.quantity(said.get('authorised'))}" if words.decimal(said.get("authorised")) else ""]  # fmt: skip
    chips = [state(said.get("state")), html.Span(" · ".join(n for n in notes if n), className="muted small")]
    return document(said.get("key"), chips, html.Div(facts, className="facts-three"), taken(said, RETURNED, now))


def fact(name: str, by: str, said: Row, field: str, before: str, now: datetime) -> Piece:
    """One of the three facts of a return: how much, when; or not yet; and where it differs from the one before."""
    known, quantity = words.parsed(said.get(f"{field}_at")), words.decimal(said.get(field))
    there = bool(known or quantity)
    less = (words.decimal(said.get(before)) or 0) - (quantity or 0) if before and there else 0
    differs = f"{words.quantity(abs(less))} {'less' if less > 0 else 'more'} than {before}" if less else ""
    body = [
        html.Div([name, html.Span(by)]),
        html.Strong(words.quantity(quantity) if there else "not yet"),
        html.Div([words.brief(known, now) if known else "", html.Span(f" · {differs}", className="warned") if differs else None], className="num"),
    ]  # fmt: skip
    return html.Div(body, className="fact" if there else "fact open")


def tickets(found: Sequence[Row], now: datetime) -> Piece | None:
    """What customers have told the service desk."""
    if not found:
        return None
    rows = [
        row([html.Span(words.bare(t.get("key")), className="strong", title=str(t.get("key"))), state(t.get("status")), str(t.get("reason") or "–"),
             *(stamp(t.get(f), now) for f in ("opened_at", "resolved_at", "closed_at"))])
        for t in found
    ]  # fmt: skip
    head = ("Ticket", "State", "Reason", "Opened", "Resolved", "Closed")
    return card("Tickets", table(head, rows, "Service tickets"), sub=words.count(len(found), "ticket"), id="tickets")


def purchases(found: Sequence[Row], now: datetime) -> Piece | None:
    """The purchase orders that this order waits for."""
    if not found:
        return None
    rows = [
        row([dmc.Anchor(words.bare(p.get("key")), href=f"/purchases/{words.address(p.get('key'))}", fw=600, inherit=True), words.system(p.get("supplier")) or "–",
             state(p.get("stage")), *(stamp(p.get(f), now) for f in ("need_by", "confirmed_at", "asn_eta_at", "counted_at"))])
        for p in found
    ]  # fmt: skip
    head = ("Purchase order", "Supplier", "State", "Needed by", "Confirmed for", "Announced for", "Counted")
    return card("Supply", table(head, rows, "Purchase orders"), sub="What this order waits for", id="supply")


def parties(order: Row, now: datetime) -> Piece:
    """Who bought, who pays, who gets it, and the terms."""
    first, promised = order.get("first_promised_at"), order.get("promised_at")
    moved = f"first {words.instant(first)}" if first and first != promised else ""
    known = [
        ("Sold to", order.get("sold_to") or order.get("customer")), ("Bill to", order.get("bill_to")), ("Ship to", order.get("ship_to")),
        ("Parent customer", order.get("parent_customer")), ("Tier", order.get("tier")), ("Channel", words.system(order.get("channel"))),
        ("Company", order.get("entity")), ("Kind", words.words(order["kind"]) if order.get("kind") not in (None, "standard") else ""),
        ("From", order.get("location")), ("Region", order.get("region")), ("Product family", order.get("family")),
        ("Wanted by", words.instant(order.get("requested_at"))),
        ("Promised", html.Span([words.instant(promised), html.Div(moved, className="muted small")]) if promised else ""),
        ("Revision", order.get("revision")), ("Billing", words.words(order.get("billing"))), ("Return", words.words(order.get("return"))),
        ("Open value", words.money(order.get("open_value"), order.get("currency"))),
    ]  # fmt: skip
    return card("Parties and terms", fields(known), id="parties")
