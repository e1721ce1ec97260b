"""Interchanges for the tests of X12, written from lists of segments, with envelopes that count rightly."""

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from app.model.event import Translation
from app.settings import Source
from tests.collectors.conftest import read

FUNCTIONAL = {
    "850": "PO", "855": "PR", "860": "PC", "865": "CA", "856": "SH", "940": "OW", "943": "AR", "944": "RE", "945": "SW",
    "947": "AW", "846": "IB", "810": "IN", "812": "CD", "820": "RA", "204": "SM", "990": "GF", "214": "QM", "210": "IM",
    "180": "AN", "753": "RF", "754": "RG", "997": "FA", "999": "FA",
}  # fmt: skip
#: DOMAIN 8.2, word for word.
FIXTURE = (
    "ISA*00*          *00*          *ZZ*3PLWEST        *01*123456789      *261120*1437*U*00401*000000905*0*P*>~"
    "GS*SW*3PLWEST*123456789*20261120*1437*905*X*004010~ST*945*0001~W06*F*SO0012345*20261120*SHP-778**PO-5567~"
    "N1*ST*ACME STORE 12*92*0012~N9*BM*BOL998877~G62*11*20261120*W*1437*CT~W27*M*ABCD~LX*1~"
    "MAN*GM*00106141411234567897~W12*CC*10*10*0*EA**VN*SKU-100~LX*2~W12*BP*5*3*2*EA**VN*SKU-200~W03*13~SE*13*0001~"
    "GE*1*905~IEA*1*000000905~"
)
US, NODE = "123456789", "3PLWEST"


def transaction(set_id: str, *segments: str, number: str = "0001") -> str:
    return "~".join([f"ST*{set_id}*{number}", *segments, f"SE*{len(segments) + 2}*{number}"]) + "~"


def group(*transactions: str, kind: str = "", sender: str = NODE, receiver: str = US, number: str = "905") -> str:
    kind = kind or FUNCTIONAL[transactions[0].split("*")[1]]
    head = f"GS*{kind}*{sender}*{receiver}*20261120*1437*{number}*X*004010~"
    return head + "".join(transactions) + f"GE*{len(transactions)}*{number}~"


def interchange(*groups: str, number: str = "000000905", use: str = "P") -> str:
    head = f"ISA*00*{'':10}*00*{'':10}*ZZ*{NODE:15}*01*{US:15}*261120*1437*U*00401*{number}*0*{use}*>~"
    return head + "".join(groups) + f"IEA*{len(groups)}*{number}~"


def sent(
    set_id: str, *segments: str, source: str = "3pl.west", mapping: Source | None = None, **more: str
) -> Translation:
    """What one transaction says, sent by the node to us unless `sender` and `receiver` say otherwise."""
    return read("x12", interchange(group(transaction(set_id, *segments), **more)).encode(), source=mapping, name=source)


def mapped(folder: Path, text: str) -> Source:
    """A source with that mapping."""
    (folder / "partners.yaml").write_text(text, encoding="utf-8")
    return Source(collector="x12", mapping="partners.yaml", base=str(folder), zone="America/New_York")


def types(said: Translation) -> list[str]:
    return said.events["type"].to_list()


def keys(said: Translation, row: int = 0) -> set[str]:
    """The keys of an event as `type:value`, but for `msg`."""
    found = said.mentions.filter((pl.col("item") == said.events["item"][row]) & (pl.col("type") != "msg"))
    return {f"{kind}:{value}" for kind, value in found.select("type", "value").rows()}


def messages(said: Translation, row: int = 0) -> list[tuple[str, str]]:
    """(issuer, value) of the keys `msg` of an event."""
    found = said.mentions.filter((pl.col("item") == said.events["item"][row]) & (pl.col("type") == "msg"))
    return found.select("issuer", "value").rows()


def lines(said: Translation, row: int = 0) -> list[tuple[Any, ...]]:
    """(line, sku, quantity) of an event."""
    return [(one["line"], one["sku"], one["qty"]) for one in said.events["lines"].to_list()[row] or []]


def when(said: Translation, row: int = 0) -> datetime:
    found: datetime = said.events["occurred_at"][row]
    return found
