"""One plain order for benchmarks, and what its systems say of it, step by step: all the same shape, made without a simulation."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

CUSTOMERS = (
    ("C-101", "Acme Retail", "gold"), ("C-102", "Borealis Outdoor", "silver"), ("C-103", "Cobalt Home", "silver"),
    ("C-104", "Dunlin Foods", "gold"), ("C-105", "Everly", "bronze"), ("C-106", "Fjord Sports", "silver"),
    ("C-107", "Gable & Co", "bronze"), ("C-108", "Harrow", "gold"), ("C-109", "Iona Health", "gold"),
    ("C-110", "Juniper", "bronze"), ("C-111", "Kestrel Tools", "silver"), ("C-112", "Lumen Lights", "bronze"),
)  # fmt: skip
NODES = (("3pl.west", "WH-W", "ups"), ("3pl.rotterdam", "WH-R", "dhl"), ("wms.main", "WH-M", "ups"))
SKUS = (("A-100", "12.50"), ("A-200", "48.00"), ("B-310", "7.25"), ("C-415", "129.90"), ("D-520", "19.99"))


@dataclass
class Order:
    """What the distributor knows of one order, and the messages sent about it."""

    number: int
    start: datetime
    dice: random.Random
    events: list[Json] = field(default_factory=list)
    spans: list[Json] = field(default_factory=list)
    delayed_from: timedelta = timedelta()
    delay: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.so, self.fo, self.sh = f"SO-{self.number}", f"SO-{self.number}-1", f"SH-{self.number}"
        self.channel_order = f"W-{self.number % 100_000}"
        self.customer, self.name, self.tier = self.dice.choice(CUSTOMERS)
        self.node, self.location, self.carrier = self.dice.choice(NODES)
        self.tracking = f"1Z{self.number:08d}"
        self.promise = self.start + 4 * DAY
        self.lines = [
            {"line": str(at), "sku": sku, "qty": str(self.dice.randint(1, 12)), "uom": "EA", "price": price}
            for at, (sku, price) in enumerate(self.dice.sample(SKUS, self.dice.randint(1, 3)), 1)
        ]
        self.amount = f"{sum(float(x['price']) * int(x['qty']) for x in self.lines):.2f}"

    def say(self, source: str, event: str, after: timedelta, keys: Json, **data: Any) -> None:
        """A message from one system, `after` the order began."""
        at = self.start + after + (self.delay if after >= self.delayed_from else timedelta())
        latency = timedelta(seconds=self.dice.randint(1, 40))
        self.events.append(said(source, event, at, f"{self.so}/{event}/{len(self.events)}", keys, latency, **data))

    def shown(self, status: str, after: timedelta) -> None:
        """The CRM shows a status."""
        self.say(
            "crm.main", "crm.order_status_updated", after, {"so": self.so, "crm": f"8{self.number}"}, status=status
        )

    # The steps of a healthy order, each a message of the system that owns it.
    def captured(self) -> None:
        """The shop takes the order."""
        keys = {"ch": self.channel_order, "cpo": f"PO-{self.number}"}
        self.say(
            "ecom.web",
            "order.captured",
            timedelta(),
            keys,
            customer=self.name,
            channel="ecom",
            currency="EUR",
            lines=self.lines,
        )

    def created(self) -> None:
        """The ERP accepts it."""
        self.say(
            "erp.main", "order.created", 4 * MINUTE, {"so": self.so, "ch": self.channel_order, "cpo": f"PO-{self.number}"},
            issuers={"ch": "ecom.web"}, revision=1, lines=self.lines, amount=self.amount, currency="EUR",
            customer=self.name, tier=self.tier, channel="ecom", entity="DE01", promised_at=written(self.promise),
        )  # fmt: skip
        self.shown("processing", 6 * MINUTE)

    def allocated(self) -> None:
        """Stock is set aside."""
        self.say("erp.main", "order.allocated", 20 * MINUTE, {"so": self.so}, lines=self.lines, location=self.location)

    def released(self) -> None:
        """The ERP sends the order to a node."""
        keys = {"so": self.so, "fo": self.fo}
        self.say(
            "erp.main",
            "order.released",
            50 * MINUTE,
            keys,
            revision=1,
            lines=self.lines,
            partner=self.node,
            location=self.location,
        )
        self.shown("released", 54 * MINUTE)

    def requested(self) -> None:
        """The middleware hands the request to the node, and leaves a trace of the way."""
        self.say(
            "mw.bus",
            "fulfillment.requested",
            52 * MINUTE,
            {"fo": self.fo, "so": self.so},
            partner=self.node,
            revision=1,
        )
        self.spans.extend(hop_spans(self, self.start + 51 * MINUTE))

    def acknowledged(self) -> None:
        """The node takes it."""
        self.say(self.node, "fulfillment.acknowledged", 95 * MINUTE, {"fo": self.fo}, revision=1)

    def picked(self) -> None:
        """The node has picked every line."""
        self.say(self.node, "pick.confirmed", 4 * HOUR, {"fo": self.fo}, lines=self.lines)

    def packed(self) -> None:
        """The parcel is closed."""
        self.say(self.node, "package.packed", 5 * HOUR, {"fo": self.fo, "pk": f"PK-{self.number}"})

    def dispatched(self) -> None:
        """The parcel leaves."""
        keys = {"fo": self.fo, "sh": self.sh, "tr": self.tracking}
        self.say(self.node, "shipment.dispatched", 6 * HOUR, keys, lines=self.lines, carrier=self.carrier)
        self.shown("shipped", 6 * HOUR + 9 * MINUTE)

    def posted(self) -> None:
        """The ERP books the goods issue."""
        keys = {"so": self.so, "sh": self.sh}
        self.say(
            "erp.main", "shipment.posted", 6 * HOUR + 12 * MINUTE, keys, issuers={"sh": self.node}, lines=self.lines
        )

    def moving(self) -> None:
        """The carrier scans it."""
        self.say(f"carrier.{self.carrier}", "shipment.picked_up", 9 * HOUR, {"tr": self.tracking})
        self.say(f"carrier.{self.carrier}", "shipment.in_transit", 20 * HOUR, {"tr": self.tracking})

    def invoiced(self) -> None:
        """Finance bills it."""
        keys = {"so": self.so, "sh": self.sh, "inv": f"INV-{self.number}"}
        self.say(
            "erp.main", "invoice.posted", 12 * HOUR, keys, issuers={"sh": self.node}, amount=self.amount, currency="EUR"
        )

    def delivered(self, after: timedelta = 2 * DAY) -> None:
        """The customer has it."""
        self.say(f"carrier.{self.carrier}", "shipment.delivered", after, {"tr": self.tracking})
        self.shown("delivered", after + 7 * MINUTE)


STEPS: tuple[Callable[[Order], None], ...] = (
    Order.captured, Order.created, Order.allocated, Order.released, Order.requested, Order.acknowledged, Order.picked,
    Order.packed, Order.dispatched, Order.posted, Order.moving, Order.invoiced,
)  # fmt: skip


#: Where an order was held up, and for how long: release, hand-over, acknowledgment, CRM, invoice.
HICCUPS = (
    (50 * MINUTE, 4 * HOUR), (52 * MINUTE, 25 * MINUTE), (95 * MINUTE, 7 * HOUR), (95 * MINUTE, 5 * HOUR),
    (6 * HOUR + 9 * MINUTE, 30 * MINUTE), (12 * HOUR, 40 * HOUR),
)  # fmt: skip


def finished(number: int, start: datetime, dice: random.Random) -> Order:
    """All steps done; one in twelve reached its customer late, and one in eight was held up at some step before."""
    order = Order(number, start, dice)
    if dice.random() < (1 / 5 if order.node == "3pl.west" else 1 / 10):
        order.delayed_from, order.delay = dice.choice(HICCUPS)
    for step in STEPS:
        step(order)
    order.delivered(5 * DAY if dice.random() < 1 / 12 else 2 * DAY + dice.random() * DAY)
    return order


def said(
    source: str,
    event: str,
    at: datetime,
    name: str,
    keys: Json,
    latency: timedelta = timedelta(seconds=20),
    **data: Any,
) -> Json:
    """One CloudEvent of a system, heard `latency` after it happened."""
    return {
        "specversion": "1.0", "id": name, "source": source, "type": event, "time": written(at),
        "receivedat": written(at + latency), "datacontenttype": "application/json", "data": {"keys": keys, **data},
    }  # fmt: skip


def hop_spans(order: Order, at: datetime) -> list[Json]:
    """The spans of one hand-over through the middleware, as OTLP/JSON writes them."""
    trace = f"{order.dice.getrandbits(128) | 1:032x}"
    hops = (
        ("erp-adapter", "order.release", 0, 900, ""), ("bus", "route fulfillment.requested", 120, 700, "0"),
        ("edi-gateway", "translate 940", 180, 260, "1"), ("edi-gateway", f"send {order.node}", 460, 330, "1"),
    )  # fmt: skip
    ids = [f"{order.dice.getrandbits(64) | 1:016x}" for _ in hops]
    return [
        {
            "service": service, "traceId": trace, "spanId": ids[i], "parentSpanId": ids[int(parent)] if parent else "",
            "name": name, "kind": 4 if name.startswith("send") else 1,
            "startTimeUnixNano": str(_nanos(at + timedelta(milliseconds=begin))),
            "endTimeUnixNano": str(_nanos(at + timedelta(milliseconds=begin + length))),
            "attributes": [
                {"key": "o2c.order.number", "value": {"stringValue": order.so}},
                {"key": "o2c.fulfillment.number", "value": {"stringValue": order.fo}},
                {"key": "o2c.partner.code", "value": {"stringValue": order.node}},
            ],
            "status": {},
        }
        for i, (service, name, begin, length, parent) in enumerate(hops)
    ]  # fmt: skip


def written(at: datetime) -> str:
    """The instant as a message carries it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _nanos(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1, tzinfo=at.tzinfo)) / timedelta(microseconds=1)) * 1000
