"""Systems that speak CloudEvents: the middleware, our own warehouse, and the cloud ERP, which is also asked for its books."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from app.demo.world.company import BOOKED, CLOUD, CRM, SHOP
from app.demo.world.hours import written
from app.demo.world.order import Fact
from app.demo.world.wires.sent import PAGE, Sent, line, scope

_SAID = ("revision", "partner", "carrier", "location", "customer", "tier", "channel", "entity", "amount", "currency",
         "status", "reason", "hold", "disposition", "supplier", "adjustment", "complete", "resulting")  # fmt: skip
_MOMENTS = ("promised_at", "need_by", "confirmed_at", "eta")


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One event per fact; a confirmation that is made twice has another id the second time."""
    for fact in facts:
        for copy in range(fact.copies):
            yield line(fact, event(fact, f"{fact.number}" + f"-{copy + 1}" * (copy > 0)))


def cloud(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One event per fact, as it is told; what was booked stands on a page for each time that the ERP was asked."""
    told = list(facts)
    yield from messages(fact for fact in told if fact.type not in BOOKED)
    for arrives, booked in groupby((fact for fact in told if fact.type in BOOKED), lambda fact: fact.arrives):
        page = [event(fact, f"{fact.number}") for fact in booked]
        yield Sent(CLOUD.source, arrives, json.dumps(page, separators=(",", ":")).encode(), PAGE)


def event(fact: Fact, name: str) -> dict[str, Any]:
    """The CloudEvent of a fact."""
    numbered = {"sequence": f"{fact.data['sequence']}"} if "sequence" in fact.data else {}
    return numbered | {
        "specversion": "1.0", "id": f"{fact.source}/{name}", "source": fact.source, "type": fact.type,
        "time": written(fact.written_at), "receivedat": written(fact.arrives), "datacontenttype": "application/json",
        "data": _data(fact),
    }  # fmt: skip


def _data(fact: Fact) -> dict[str, Any]:
    said: dict[str, Any] = {"keys": fact.keys, "issuers": _issuers(fact)}
    if fact.lines:
        said["lines"] = [
            {"line": one.number, "sku": one.sku, "qty": str(one.qty), "uom": "EA", "price": one.price} for one in fact.lines
        ]  # fmt: skip
    said |= {name: fact.data[name] for name in _SAID if name in fact.data}
    said |= {name: written(fact.data[name]) for name in _MOMENTS if name in fact.data}
    return {name: value for name, value in said.items() if value not in ({}, None)}


def _issuers(fact: Fact) -> dict[str, str]:
    """Whose numbers are named: those of the shop and the CRM in an ERP's words, of the ERP in the middleware's."""
    known = {"ch": SHOP, "crm": CRM}
    if fact.source.startswith(("mw.", "tms.")) and fact.so:
        known["so"] = scope(fact.so)
    return {key: who for key, who in known.items() if key in fact.keys} | dict(fact.data.get("issuers", {}))
