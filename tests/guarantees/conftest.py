"""One server for all tests that need no server of their own, and one bomb for those that throw it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guarantees.server import Server, running, zeros

CONFIG = """
sources:
  erp.main: {erp: erp.main}
  3pl.east: {collector: csv, mapping: east.yaml, zone: UTC}
  3pl.south: {collector: csv, mapping: south.yaml, zone: UTC}
  mw.otlp: {collector: otlp, mapping: otlp.yaml}
  3pl.north: {collector: csv, mapping: east.yaml, pull: {kind: sql, url: "sqlite:///north.db", table: moves, watermark: at, tie: [record], every: 1}}
partners:
  3pl.west: {name: Westport Logistics, owner: west-desk}
"""
MAPPING = """
about: the status file of a warehouse
id: [record]
events:
  - {name: ack, type: fulfillment.acknowledged, time: at, when: {code: ACK}, keys: {so: order, fo: fo}, fields: {partner: "text:3pl.east"}}
  - {name: ship, type: shipment.dispatched, time: at, when: {code: SHIP}, keys: {so: order, fo: fo, tr: tracking}, fields: {partner: "text:3pl.east"}}
"""
NAMES = "events: {Freigabe: order.released}\nkeys: {auftrag: so}\n"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an ERP, a warehouse that sends CSV, and middleware; anything else may send undeclared."""
    folder = tmp_path_factory.mktemp("guarantees")
    for name in ("east", "south"):
        (folder / f"{name}.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "otlp.yaml").write_text(NAMES, encoding="utf-8")
    with running(folder, CONFIG) as made:
        yield made


@pytest.fixture(scope="session")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 1 MB that unpack to 1 GB of zeros."""
    return zeros(tmp_path_factory.mktemp("bomb") / "zeros.json.gz")
