"""Systems that write files of rows: a 3PL's hourly status file, and what is read out of the legacy ERP's tables."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import groupby

from app.demo.world.company import LEGACY, NORTH
from app.demo.world.hours import Hours, written
from app.demo.world.order import Fact, Line
from app.demo.world.wires.sent import Sent

STATUS_CODES = {
    "fulfillment.acknowledged": "ACK", "fulfillment.rejected": "REJ", "fulfillment.held": "HLD",
    "fulfillment.hold_released": "HRL", "fulfillment.cancelled": "CAN", "fulfillment.cancel_rejected": "CRJ",
    "pick.confirmed": "PCK", "pick.shorted": "SHO", "shipment.dispatched": "SHP", "return.received": "RET",
    "return.inspected": "INS",
}  # fmt: skip
STATUS_COLUMNS = ("record", "order_ref", "code", "at", "line", "sku", "qty", "shipment", "tracking", "carrier", "reason",
                  "revision", "hold_kind", "hold_id", "rma", "receipt", "disposition", "sent")  # fmt: skip
EXTRACT_COLUMNS = ("record", "kind", "at", "so", "line", "sku", "qty", "shipment", "node", "hold_kind", "hold_id", "reason",
                   "location", "promised", "sent")  # fmt: skip
COUNT_COLUMNS = ("record", "at", "sku", "qty", "location", "partner", "complete", "sent")
STOCK = ("3pl.west-stock", "wms.main-stock", "erp.cloud-stock")
_NOTHING = Line("", "", 0, "")


def status_file(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One file per hour, a row per line of each step, in the warehouse's local time."""
    yield from _files(facts, STATUS_COLUMNS, lambda fact, one, name: _status_row(fact, one, name, NORTH.hours))


def extract(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One file every few minutes, in the company's local time."""
    yield from _files(facts, EXTRACT_COLUMNS, _extract_row)


def count(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One file per count."""
    yield from _files(facts, COUNT_COLUMNS, _count_row)


def _count_row(fact: Fact, one: Line, name: str) -> list[object]:
    complete = "true" if fact.data.get("complete") else ""
    place = [fact.data["location"], fact.data["partner"]]
    return [name, written(fact.written_at), one.sku, one.qty, *place, complete, written(fact.arrives)]


def _files(facts, columns, row) -> Iterator[Sent]:  # type: ignore[no-untyped-def]
    for (source, arrives), some in groupby(facts, lambda fact: (fact.source, fact.arrives)):
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        for fact in some:
            for copy in range(fact.copies):
                for at, one in enumerate(fact.lines or (_NOTHING,)):
                    rows.writerow(row(fact, one, f"{fact.number}.{at}" + "r" * copy))
        yield Sent(source, arrives, text.getvalue().encode(), ".csv", (",".join(columns) + "\n").encode())


def _status_row(fact: Fact, one: Line, name: str, place: Hours) -> list[object]:
    keys, hold = fact.keys, fact.data.get("hold", {})
    return [
        name, keys.get("fo", ""), STATUS_CODES[fact.type], wall(place, fact.written_at), one.number, one.sku, one.qty or "",
        keys.get("sh", ""), keys.get("tr", keys.get("pro", "")), fact.data.get("carrier", ""), fact.data.get("reason", ""),
        fact.data.get("revision", ""), hold.get("kind", ""), hold.get("id", ""), keys.get("rma", ""), keys.get("rc", ""),
        fact.data.get("disposition", ""), wall(place, fact.arrives),
    ]  # fmt: skip


def _extract_row(fact: Fact, one: Line, name: str) -> list[object]:
    keys, hold, place = fact.keys, fact.data.get("hold", {}), LEGACY_HOURS
    promised = fact.data.get("promised_at")
    return [
        name, fact.type, wall(place, fact.written_at), keys["so"], one.number, one.sku, one.qty or "", keys.get("sh", ""),
        fact.data.get("issuers", {}).get("sh", ""), hold.get("kind", ""), hold.get("id", ""), fact.data.get("reason", ""),
        fact.data.get("location", ""), wall(place, promised) if promised else "", wall(place, fact.arrives),
    ]  # fmt: skip


def wall(place: Hours, moment: int) -> str:
    """Local time without a zone, as such files have it."""
    return place.local(moment).strftime("%Y-%m-%d %H:%M:%S")


LEGACY_HOURS = Hours("Europe/Berlin", 0, 24)
assert LEGACY.extract
