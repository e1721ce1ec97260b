"""How things are called and written on screen: plain words for codes, short durations, money, instants.

Pure functions of values; `now` always comes in from outside.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from app.cases import codes

CAUSES = {
    "no_stock": "No stock", "node_rejected": "Rejected by the node", "data_invalid": "Data invalid",
    "node_hold": "Held at the node", "carrier_exception": "Carrier exception", "supply_late": "Supply late",
    "partner_outage": "Partner outage", "posting_failed": "Posting failed", "manual_review": "Manual review",
    "disposition_pending": "Disposition pending",
}  # fmt: skip
STATUS = {
    "new": "New", "acknowledged": "Acknowledged", "in_progress": "In progress", "waiting": "Waiting",
    "snoozed": "Snoozed", "resolved": "Resolved", "closed": "Closed",
}  # fmt: skip
STATUS_TONE = {"new": "high", "acknowledged": "medium", "in_progress": "medium", "resolved": "ok", "closed": "ok"}
SEVERITIES = ("critical", "high", "medium", "low")
SYSTEMS = {
    "erp": "ERP", "erp_legacy": "ERP (legacy)", "crm": "CRM", "ecom": "Web shop", "edi": "EDI",
    "mw": "Middleware", "3pl": "3PL", "wms": "WMS", "tms": "TMS", "carrier": "Carrier", "sup": "Supplier",
    "desk": "Service desk", "fin": "Finance",
}  # fmt: skip
#: type of a key -> what people call that number
KEYS = {
    "so": "sales order", "fo": "fulfillment order", "xo": "partner's order number", "ch": "shop order", "crm": "CRM record",
    "sh": "shipment", "pk": "package", "tr": "tracking number", "pro": "freight number", "sscc": "package code",
    "inv": "invoice", "cm": "credit memo", "rma": "return", "ticket": "ticket", "cpo": "customer's order number",
    "po": "purchase order", "asn": "shipping notice", "rc": "receipt", "bol": "bill of lading", "ld": "load",
    "corr": "correlation id", "trace": "trace", "cust": "customer", "msg": "message",
}  # fmt: skip
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "BRL": "R$", "JPY": "¥", "CHF": "CHF"}


def words(code: Any) -> str:
    """`ack_overdue` as people say it; what is not known keeps its own words."""
    text = str(code or "")
    return (
        codes.now().titles.get(text)
        or CAUSES.get(text)
        or text.replace("_", " ").replace(".", " ").strip().capitalize()
    )


def cause(text: Any) -> str:
    """A cause of blocking: `hold:credit` is `Credit hold`."""
    said = str(text or "")
    return f"{said[5:].replace('_', ' ').capitalize()} hold" if said.startswith("hold:") else words(said)


def system(code: Any) -> str:
    """`3pl.west` as `3PL west`; a lone role as its name."""
    role, _, rest = str(code or "").partition(".")
    name = SYSTEMS.get(role, role)
    rest = rest.upper() if role == "carrier" and len(rest) <= 4 else rest
    return name if rest in ("", "main") or rest.lower() in name.lower() else f"{name} {rest}"


def bare(key: Any) -> str:
    """The number that people know out of a full key: `fo:3pl.west:4711-1` is `4711-1`; a bare number stays."""
    parts = str(key or "").split(":", 2)
    return parts[2] if len(parts) == 3 else str(key or "")


def unkeyed(text: str) -> str:
    """A text with its full keys written as the numbers that people know."""
    return re.sub(r"\b[a-z]+:[\w.-]+:[^\s,;]+", lambda found: bare(found[0]), text)


def issuer(key: Any) -> str:
    """Whose number a full key is, in words; empty for a bare one."""
    parts = str(key or "").split(":", 2)
    if len(parts) < 3:
        return ""
    if parts[0] == "hold":  # a hold is its order's
        return ""
    return carrier(parts[1]) if parts[0] in ("tr", "pro") else system(parts[1])


def said(raw: Any) -> str:
    """What a system said in its own words; the name of an event is read out."""
    text = str(raw or "")
    if "." not in text or not text.replace(".", "").replace("_", "").isalpha():
        return text
    name = event(text)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def carrier(code: Any) -> str:
    """`ups` as `UPS`, `carrier.dhl` as `DHL`; a longer name as it is."""
    name = str(code or "").removeprefix("carrier.")
    return name.upper() if len(name) <= 4 else name


def address(key: Any) -> str:
    """A key as one piece of an address."""
    return quote(str(key or ""), safe="")


def event(kind: Any) -> str:
    """`shipment.in_transit` as `Shipment in transit`, `crm.order_status_updated` as `CRM order status updated`."""
    said = str(kind or "").replace(".", " ").replace("_", " ").strip()
    first, _, rest = said.partition(" ")
    return (f"{first.upper()} {rest}" if first in ("crm", "asn") else said.capitalize()).replace(" eta ", " ETA ")


def span(length: timedelta | float | None) -> str:
    """A duration in its two largest units: `3 d 4 h`, `9 h 12 min`, `12 min`, `40 s`."""
    if length is None:
        return "–"
    seconds = abs(int(length.total_seconds() if isinstance(length, timedelta) else length))
    hours, minutes = divmod(seconds // 60, 60)
    if hours >= 24:
        return f"{hours // 24:,} d {hours % 24} h" if hours < 24 * 100 else f"{hours // 24:,} d"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def due(at: datetime | None, now: datetime) -> tuple[str, str]:
    """Time left or over, and its tone: `in 3 h 2 min`, `16 h 48 min over`."""
    if at is None:
        return "–", ""
    left = at - now
    if left < timedelta(0):
        return f"{span(left)} over", "late"
    return f"in {span(left)}", "warned" if left < timedelta(hours=1) else ""


def instant(at: Any, seconds: bool = False) -> str:
    """`2026-11-19 07:35`, UTC."""
    moment = parsed(at)
    return moment.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M") if moment else "–"


def brief(at: Any, now: datetime) -> str:
    """`19 Nov 07:35`, UTC; with the year where it is another one."""
    moment = parsed(at)
    return moment.strftime("%d %b %H:%M" if moment.year == now.year else "%d %b %Y") if moment else "–"


def parsed(at: Any) -> datetime | None:
    """A naive UTC instant out of a frame's or a JSON value; None for nothing."""
    if at is None or at == "":
        return None
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at).replace("Z", "+00:00"))
    return (moment - (moment.utcoffset() or timedelta())).replace(tzinfo=None)


def money(value: Any, currency: Any = "", short: bool = False) -> str:
    """`€ 18,240.00`, or short `€ 668 M`; `–` where there is none."""
    amount = decimal(value)
    if amount is None:
        return "–"
    symbol = SYMBOLS.get(str(currency or ""), str(currency or ""))
    return f"{symbol} {compact(amount) if short else f'{amount:,.2f}'}".strip()


def decimal(value: Any) -> Decimal | None:
    """A finite decimal, or None."""
    try:
        amount = Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None


def compact(amount: Decimal) -> str:
    """`668 M`, `12.4 k`, `980`: three figures at most."""
    for size, unit in ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if abs(amount) >= size:
            share = amount / size
            return f"{share:,.0f} {unit}" if abs(share) >= 100 else f"{share:,.1f} {unit}"
    return f"{amount:,.0f}"


def share(value: float | None) -> str:
    """A ratio as a percentage, cut and never rounded up to a promise that was not kept; `not rated` without one."""
    return "not rated" if value is None else f"{int(value * 1000 + 1e-9) / 10:.1f} %"


def quantity(text: Any) -> str:
    """A quantity without empty decimals: `10.000` is `10`."""
    amount = decimal(text)
    return "–" if amount is None else f"{amount.normalize():,f}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 order`, `12,153 orders`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
