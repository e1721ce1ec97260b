"""How the made-up company has set Orderscope up: its sources, partners, calendars, and what it agreed with whom."""

from pathlib import Path
from typing import Any

from app.demo.world.company import CARRIERS, CUSTOMERS, NODES, NORTH, OFFICE, SOUTH, SUPPLIERS, TRACKED, WORKSHOP
from app.demo.world.hours import HOUR
from app.demo.world.signing import SIGNERS
from app.demo.world.stage import NUMBERED

_OWNERS = {"erp": "integration", "erp_legacy": "integration", "crm": "crm-integration", "3pl": "partner", "wms": "warehouse",
           "carrier": "carrier-desk", "tms": "carrier-desk", "desk": "service", "sup": "buyer"}  # fmt: skip
_SOURCES: dict[str, dict[str, Any]] = {
    "erp.cloud": {"erp": "erp.cloud"},
    "erp_legacy.sap": {"collector": "idoc", "mapping": "legacy-idoc.yaml", "zone": "Europe/Berlin", "erp": "erp_legacy"},
    "erp_legacy.extract": {"collector": "csv", "mapping": "legacy-extract.yaml", "zone": "Europe/Berlin", "erp": "erp_legacy"},
    "crm.main": {"collector": "webhook", "mapping": "salesforce.yaml"},
    "ecom.web": {"collector": "webhook", "mapping": "shopify"},
    "desk.main": {"collector": "webhook", "mapping": "desk.yaml"},
    "mw.bus": {},
    "tms.main": {},
    "mw.otlp": {"collector": "otlp"},
    "mw.erp-adapter": {"collector": "otlp"},
    "mw.gateway": {"collector": "otlp"},
    "3pl.west-stock": {"collector": "csv", "mapping": "stock.yaml", "erp": "erp.cloud"},
    "wms.main-stock": {"collector": "csv", "mapping": "stock.yaml", "erp": "erp_legacy"},
    "erp.cloud-stock": {"collector": "csv", "mapping": "stock.yaml", "erp": "erp.cloud"},
    "edi.gw": {"collector": "x12", "mapping": "edi.yaml"},
    "3pl.west": {"collector": "webhook", "mapping": "westport.yaml", "erp": "erp.cloud"},
    "3pl.south": {"collector": "x12", "mapping": "lonestar.yaml", "zone": "America/Chicago", "erp": "erp.cloud", "sends": sorted({*SOUTH.tells, "pick.shorted"})},
    "3pl.north": {"collector": "csv", "mapping": "maasvlakte.yaml", "zone": "Europe/Amsterdam", "erp": "erp.cloud"},
    "wms.main": {"erp": "erp_legacy"},
    "carrier.track": {"collector": "webhook", "mapping": "easypost"},
    "carrier.frl": {"collector": "x12", "mapping": "freightline.yaml"},
    "carrier.dhl": {"collector": "edifact", "mapping": "dhl.yaml", "zone": "Europe/Berlin"},
}  # fmt: skip

#: Where the secrets of those who sign lie, one a file, beside the configuration.
SECRETS = "secrets"
#: What the interfaces are to the house: one 3PL's files shall give way to webhooks, and the legacy ERP is wrapped.
_REGISTER: dict[str, dict[str, Any]] = {
    "erp.cloud": {"version": "12.4", "priority": "critical", "latency": "15m", "contract": "ERP events, wiki page 7"},
    "erp_legacy.sap": {"version": "ECC 6.0", "priority": "critical", "latency": "1h", "plan": "wrap"},
    "erp_legacy.extract": {"version": "2", "priority": "high", "latency": "1h", "plan": "replace"},
    "crm.main": {"version": "v61", "priority": "high", "latency": "15m"},
    "3pl.west": {"version": "3", "priority": "high", "latency": "1h", "replaces": "3pl.north"},
    "3pl.south": {"version": "004010", "priority": "high", "latency": "4h", "contract": "Implementation guide, June"},
    "3pl.north": {"version": "1", "latency": "4h", "plan": "retire"},
    "carrier.track": {"version": "v2", "latency": "2h"},
}
#: Who is asked about what, beside the owners that the rules name.
_ROUTES = (
    {"when": {"owner": "credit"}, "team": "credit", "owner": "credit"},
    {"when": {"code": ["release_overdue", "delivery_late", "node_rejected"]}, "team": "order-desk"},
)
#: How often each is agreed to be heard.
_EVERY = {"carrier.track": f"{TRACKED // HOUR}h", "desk.main": "7d", "carrier.dhl": "7d"}


def settings(data: Path) -> dict[str, Any]:
    """The whole configuration, as YAML writes it."""
    partners = {code: {"name": node.name, "calendar": code, "owner": _owner(code)} for code, node in NODES.items()}
    suppliers = {code: {"name": code[4:].title(), "calendar": "suppliers", "owner": "buyer"} for code in SUPPLIERS}
    carriers = {
        one.partner: {"name": one.name, "calendar": one.partner, "owner": _owner(one.partner)}
        for one in CARRIERS.values()
    }
    calendars = {code: node.hours.said() for code, node in NODES.items()}
    calendars |= {one.partner: one.hours.said() for one in CARRIERS.values()}
    return {
        "data": str(data),
        "server": {"grpc_port": 0, "open_loopback": True},
        "sources": {code: _source(code, said) for code, said in (_SOURCES | _suppliers()).items()},
        "partners": partners | suppliers | carriers,
        "calendars": {"default": OFFICE.said(), "suppliers": WORKSHOP.said()} | calendars,
        "routes": list(_ROUTES),
        "slas": _slas(),
    }  # fmt: skip


def _slas() -> dict[str, Any]:
    """What this company has agreed otherwise than the catalogue takes for granted."""
    by_edi, in_files = [one.number for one in CUSTOMERS if one.channel == "edi"], [SOUTH.code, NORTH.code]
    return {
        # A customer who orders by EDI is promised an hour, whatever the order says of its channel.
        "S01": {"override": [{"when": {"customer": by_edi}, "target": "60m"}]},
        # This partner answers with the shipping notice only: what it owes is the truck of the day.
        "S06": {"override": [{"when": {"partner": SOUTH.code}, "target": "18h"}]},
        "S08": {"override": [{"when": {"partner": in_files}, "target": "4h"}]},
    }


def _source(code: str, said: dict[str, Any]) -> dict[str, Any]:
    """A source with its owner and how often it is heard at the least; of a small company some are quiet for days."""
    signed = {"secret": f"file:{SECRETS}/{code}"} if code in SIGNERS else {}
    listed = {"interface": _REGISTER[code]} if code in _REGISTER else {}
    return (
        said
        | signed
        | listed
        | {
            "owner": _owner(code),
            "expects": {
                "every": _EVERY.get(code, "14d" if code.startswith("sup.") else "3d"),
                "numbered": code == NUMBERED,
            },
        }
    )


def _suppliers() -> dict[str, dict[str, Any]]:
    return {code: {"collector": "x12", "mapping": "suppliers.yaml", "erp": "erp.cloud"} for code in SUPPLIERS}


def _owner(code: str) -> str:
    return _OWNERS.get(code.split(".", maxsplit=1)[0], "integration")
