"""Who the distributor is: two ERPs, customers of three countries, four unlike warehouses, carriers, suppliers, goods."""

from dataclasses import dataclass, replace

from app.demo.world.hours import DAYS, HOUR, Hours

OFFICE = Hours("Europe/Berlin", 7, 22, holidays="DE")
#: When suppliers work.
WORKSHOP = Hours("Europe/Berlin", 8, 17, holidays="DE")
#: When carriers drive: round the clock, parcels on Saturdays as well.
ROUNDS = Hours("America/Chicago", 0, 24, DAYS[:6], holidays="US")


@dataclass(frozen=True)
class Erp:
    """A company in one ERP: `source` sends its events; `extract` is where a legacy system's tables come from."""

    entity: str
    source: str
    scope: str
    currency: str
    prefix: str
    extract: str = ""


CLOUD = Erp("US01", "erp.cloud", "erp.cloud", "USD", "SO-")
#: What the cloud ERP tells nobody by itself: its API is asked for what was booked, every so many seconds.
BOOKED, ASKED_EVERY = ("shipment.posted", "invoice.posted", "return.posted", "credit.issued"), 300
LEGACY = Erp("DE01", "erp_legacy.sap", "erp_legacy", "EUR", "0000", "erp_legacy.extract")


@dataclass(frozen=True)
class Customer:
    """`orders` is how busy the customer is beside the others; `partner` its id in EDI; `collective` that it has one invoice a day."""

    number: str
    tier: str
    zone: str
    channel: str
    erp: Erp
    nodes: tuple[str, ...]
    orders: int = 1
    partner: str = ""
    collective: bool = False

    @property
    def door(self) -> Hours:
        """When somebody is there to take goods in."""
        return Hours(self.zone, 9, 17, holidays={"Europe/Berlin": "DE", "Europe/London": "GB"}.get(self.zone, "US"))


@dataclass(frozen=True)
class Node:
    """A warehouse: what it reports by its wire (`tells`), how, and who drives for it.

    `every` seconds its reports leave in a batch, 0 at once; the truck leaves at the hour `truck`.
    """

    code: str
    name: str
    location: str
    hours: Hours
    tells: frozenset[str]
    wire: str
    every: int
    carriers: tuple[str, ...]
    truck: int = 17
    pickers: int = 6


@dataclass(frozen=True)
class Sku:
    """An article with its list price and the size in which it is packed."""

    code: str
    price: str
    pack: int = 1


@dataclass(frozen=True)
class Carrier:
    """`source` reports it; a parcel has a tracking number, freight a PRO. `days` it takes, least and most."""

    code: str
    name: str
    source: str
    freight: bool = False
    days: tuple[int, int] = (1, 3)
    hours: Hours = ROUNDS

    @property
    def partner(self) -> str:
        """Its name among those who act for the company."""
        return f"carrier.{self.code}"


_STEPS = frozenset(
    ("fulfillment.acknowledged", "fulfillment.rejected", "fulfillment.held", "fulfillment.hold_released",
     "fulfillment.cancelled", "fulfillment.cancel_rejected", "pick.confirmed", "pick.shorted", "shipment.dispatched",
     "return.received", "return.inspected", "inventory.snapshot")
)  # fmt: skip
_WITHOUT_ANSWER = frozenset(("shipment.dispatched", "return.received", "inventory.snapshot", "receipt.counted"))

WEST = Node("3pl.west", "Westport Logistics", "WH-W", Hours("America/Los_Angeles", 6, 20, holidays="US"), _STEPS | {"shipment.label_created"},
            "rest", 0, ("ups", "fedex"))  # fmt: skip
SOUTH = Node("3pl.south", "Lone Star Fulfilment", "WH-S", Hours("America/Chicago", 6, 20, holidays="US"), _WITHOUT_ANSWER, "x12", 1_800,
             ("frl", "ups"))  # fmt: skip
NORTH = Node("3pl.north", "Maasvlakte Fulfilment", "WH-N", Hours("Europe/Amsterdam", 7, 21, holidays="NL"), _STEPS, "csv", 3_600,
             ("dhl", "ups"))  # fmt: skip
MAIN = Node("wms.main", "Main warehouse", "WH-M", Hours("Europe/Berlin", 6, 22, DAYS[:6], holidays="DE"),
            _STEPS | {"wave.released", "package.packed", "receipt.counted"}, "events", 0, ("dhl", "frl"))  # fmt: skip
NODES = {node.code: node for node in (WEST, SOUTH, NORTH, MAIN)}

CARRIERS = {
    one.code: one
    for one in (
        Carrier("ups", "UPS", "carrier.track"), Carrier("fedex", "FedEx", "carrier.track"),
        Carrier("dhl", "DHL", "carrier.dhl", hours=replace(ROUNDS, zone="Europe/Berlin", holidays="DE")),
        Carrier("frl", "Freightline", "carrier.frl", True, (2, 4), replace(ROUNDS, days=DAYS[:5])),
    )
}  # fmt: skip
#: The tracker of parcels is never still for long: it is agreed to be heard so often.
TRACKED = 4 * HOUR

_US, _EAST = "America/Los_Angeles", "America/New_York"
CUSTOMERS = (
    Customer("C-101", "gold", _EAST, "edi", CLOUD, ("3pl.south", "3pl.west"), 4, "ACMERETAIL"),
    Customer("C-102", "silver", _US, "web", CLOUD, ("3pl.west",), 5, collective=True),
    Customer("C-103", "silver", _EAST, "web", CLOUD, ("3pl.west", "3pl.south"), 4),
    Customer("C-104", "gold", "Europe/London", "web", CLOUD, ("3pl.north",), 5),
    Customer("C-105", "bronze", _US, "web", CLOUD, ("3pl.west",), 3),
    Customer("C-106", "silver", "Europe/London", "crm", CLOUD, ("3pl.north", "3pl.south"), 3),
    Customer("C-107", "bronze", _EAST, "crm", CLOUD, ("3pl.south",), 3, collective=True),
    Customer("C-108", "gold", _EAST, "edi", CLOUD, ("3pl.south",), 4, "HARROWCO"),
    Customer("C-201", "gold", "Europe/Berlin", "edi", LEGACY, ("wms.main",), 6, "IONAAPO"),
    Customer("C-202", "bronze", "Europe/Berlin", "edi", LEGACY, ("wms.main",), 4, "JUNIPERT"),
    Customer("C-203", "silver", "Europe/Berlin", "edi", LEGACY, ("wms.main",), 4, "KESTRELW"),
)
SKUS = (
    Sku("A-100", "12.50", 6), Sku("A-200", "48.00"), Sku("A-310", "3.95", 24),
    Sku("B-310", "7.25", 12), Sku("B-420", "22.40", 4), Sku("B-777", "64.00"),
    Sku("C-415", "129.90"), Sku("C-510", "18.75", 2), Sku("C-620", "241.00"),
    Sku("D-520", "19.99", 4), Sku("D-640", "88.00"), Sku("D-905", "5.60", 12),
)  # fmt: skip
SUPPLIERS = ("sup.acme", "sup.brandt", "sup.chen", "sup.dubois", "sup.elm")
SHOP, CRM, DESK, BUS, GATEWAY, TMS = "ecom.web", "crm.main", "desk.main", "mw.bus", "edi.gw", "tms.main"
