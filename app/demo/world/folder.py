"""The world on disk: a folder per source with what it sent, its configuration, and the list of what came when."""

import json
import random
import secrets
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import yaml

from app.demo.world import installation
from app.demo.world.company import BUS, GATEWAY, SUPPLIERS
from app.demo.world.hours import DAY, HOUR, naive
from app.demo.world.order import Fact
from app.demo.world.signing import SIGNERS
from app.demo.world.wires import (
    easypost,
    edifact,
    events,
    idoc,
    metrics,
    rest,
    salesforce,
    shopify,
    spans,
    tables,
    x12,
    zendesk,
)
from app.demo.world.wires.sent import PAGE, Sent, Wire

MAPPINGS = Path(__file__).parent / "mappings"
#: Where in its data the configuration of a served world lies.
INSTALLED = "world"
WIRES: dict[str, Wire] = {
    "erp.cloud": events.cloud, "tms.main": events.messages, "mw.metrics": metrics.messages, "mw.bus": events.messages, "wms.main": events.messages, "crm.main": salesforce.messages,
    "ecom.web": shopify.messages, "3pl.west": rest.messages, "3pl.south": x12.messages, "3pl.north": tables.status_file,
    "erp_legacy.sap": idoc.messages, "erp_legacy.extract": tables.extract, "edi.gw": x12.messages,
    "carrier.frl": x12.messages, "carrier.dhl": edifact.messages, "carrier.track": easypost.messages, "desk.main": zendesk.messages,
    **dict.fromkeys(SUPPLIERS, x12.messages),
    **dict.fromkeys(tables.STOCK, tables.count),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """Messages of one source that are handed over together; the last of them arrived at `arrives`."""

    source: str
    arrives: int
    suffix: str
    body: bytes


def messages(facts: Iterable[Fact], until: int, seed: int = 0) -> list[Sent]:
    """What all systems sent and what had arrived by then, in the order of arrival; `seed` makes the ids of traces."""
    by_source: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.copies and min(fact.arrives, fact.data.get("broken_at", fact.arrives)) <= until:
            by_source[fact.source].append(fact)
    made: list[Sent] = []
    for source, told in sorted(by_source.items()):
        told.sort(key=lambda fact: (fact.arrives, fact.number))
        made += WIRES[source](told)
    middleware = [fact for source in (BUS, GATEWAY) for fact in by_source[source]]
    made += spans.messages(middleware, seed)
    return sorted((one for one in made if one.arrives <= until), key=lambda one: one.arrives)


def repeated(sent: Collection[Sent], share: float, until: int, seed: int) -> list[Sent]:
    """The same with a share of the messages sent a second time, byte for byte, within two hours."""
    dice = random.Random(seed)
    again = [
        replace(one, arrives=min(until, one.arrives + dice.randrange(2 * HOUR))) for one in sent if dice.random() < share
    ]  # fmt: skip
    return sorted([*sent, *again], key=lambda one: one.arrives)


def bundled(sent: Iterable[Sent], every: int = 1) -> Iterator[Bundle]:
    """Messages that arrive within the same `every` seconds and look alike, as one; in the order of arrival."""

    def slot(one: Sent) -> tuple[int, str, bytes, str]:
        return one.arrives // every, one.source, one.head, one.suffix

    for (_, source, head, suffix), some in groupby(sorted(sent, key=slot), slot):
        held = list(some)
        yield Bundle(source, held[-1].arrives, suffix, head + _joined([one.body for one in held], suffix))


def alone(one: Sent) -> Bundle:
    """A message as it is sent, with no other."""
    return Bundle(one.source, one.arrives, one.suffix, one.head + one.body)


def _joined(bodies: list[bytes], suffix: str) -> bytes:
    if suffix == PAGE:
        return b"[" + b",".join(body[1:-1] for body in bodies) + b"]"
    whole = b"".join(bodies)
    return b"<IDOCS>\n" + whole + b"</IDOCS>\n" if suffix == ".xml" and len(bodies) > 1 else whole


def configured(folder: Path, data: Path) -> Path:
    """The configuration of the company's installation, with its mappings beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in MAPPINGS.glob("*.yaml"):
        shutil.copy(file, folder / file.name)
    for code in SIGNERS:
        _secret(folder / installation.SECRETS / code)
    file = folder / "orderscope.yaml"
    file.write_text(yaml.safe_dump(installation.settings(data), sort_keys=False, width=120), encoding="utf-8")
    return file


def _secret(file: Path) -> None:
    """A new secret, that only its owner reads."""
    file.parent.mkdir(exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(secrets.token_urlsafe(24), encoding="utf-8")


def secrets_in(folder: Path) -> dict[str, str]:
    """The secrets of those who sign, by source; of an installation that is not here none."""
    files = sorted((folder / installation.SECRETS).glob("*"))
    return {file.name: file.read_text(encoding="utf-8") for file in files if file.name in SIGNERS}


def written(folder: Path, sent: Iterable[Sent]) -> list[tuple[str, Path]]:
    """Files by source and day; gives (source, file) in the order to load them."""
    files, lines = [], []
    for number, bundle in enumerate(bundled(sent, DAY)):
        place = folder / bundle.source
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"{naive(bundle.arrives):%Y%m%d}-{number:05}{bundle.suffix}"
        file.write_bytes(bundle.body)
        files.append((bundle.source, file))
        lines.append(json.dumps({"source": bundle.source, "file": str(file.relative_to(folder))}))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return files
