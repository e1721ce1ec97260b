"""What a message of X12 carried and became nothing, as a person reads it; and how a file is known to be X12."""

from datetime import datetime
from pathlib import Path

import pytest

from app.main.loading import wire_of
from app.model.event import Message
from app.settings import Settings, Source
from collectors.x12 import COLLECTOR
from tests.collectors.interchange import FIXTURE, group, interchange, mapped, transaction


def unread(set_id: str, *segments: str, mapping: Source | None = None, **envelope: str) -> list[str]:
    body = interchange(group(transaction(set_id, *segments), **envelope)).encode()
    message = Message("3pl.west", "x12", COLLECTOR.media, body, datetime(2026, 11, 24, 12))
    return COLLECTOR.unread(message, mapping or Source(collector="x12"))


def test_all_of_the_example_is_read() -> None:
    """The trade's own example leaves nothing unread."""
    message = Message("3pl.west", "x12", COLLECTOR.media, FIXTURE.encode(), datetime(2026, 11, 24, 12))
    assert COLLECTOR.unread(message, Source(collector="x12")) == []


def test_what_became_nothing_is_told() -> None:
    """References of no key type, dates of no known kind, quantities nobody asked for: each with its value."""
    found = unread(
        "945",
        "W06*F*4711*20261120*SH-1",
        "N9*ZZ*4711",
        "N9*BM*BOL-1",
        "G62*99*20261121",
        "LX*1",
        "W12*CC*1*1**EA**VN*A",
        "QTY*38*7",
        "N9*DP*",
    )
    assert found == [
        "945 0001: N9*ZZ reference 4711: no key type",
        "945 0001: G62*99 date 20261121: no known kind of date",
        "945 0001: QTY*38 quantity 7: not read",
    ]


def test_a_mapping_makes_it_something(tmp_path: Path) -> None:
    """The reference that the mapping calls the sales order is unread no longer; one that it takes away is."""
    source = mapped(tmp_path, "partners: {3PLWEST: {references: {ZZ: so, BM: ''}}}")
    found = unread("945", "W06*F*4711*20261120*SH-1", "N9*ZZ*4711", "N9*BM*BOL-1", mapping=source)
    assert found == ["945 0001: N9*BM reference BOL-1: no key type"]


def test_sets_that_are_not_read_and_those_that_were_refused() -> None:
    """An unknown set is one line; a refused transaction is told by its refusal alone; a wrong mapping is told."""
    assert unread("832", "LIN*1*VN*A", kind="SC") == ["832 0001: this set is not read"]
    assert unread("945", "N9*ZZ*4711") == []
    assert unread("945", "N9*ZZ*1", mapping=Source(collector="x12", mapping="none.yaml"))[0].startswith("mapping: ")


@pytest.mark.parametrize(
    ("set_id", "segments"),
    [
        ("850", ("BEG*00*SA*PO-1*R1*20261120", "REF*PO*PO-2", "DTM*002*20261201", "PO1*1*1*EA*2**VN*A", "SDQ*EA*92*S*1", "AMT*TT*2", "CTT*1")),
        ("855", ("BAK*00*AC*4500*20261120*1***S-1*20261120", "PO1*1*1*EA*2**BP*A", "ACK*IA*1*EA*068*20261201", "CTT*1")),
        ("860", ("BCH*04*SA*4500*1*2*20261101****20261119*20261120", "POC*1*QD*1*1*EA*2**VN*A")),
        ("940", ("W05*N*1*2**3", "G62*10*20261201*1*1200*ET", "W66*PP*M***X*****UPSN", "W01*1*EA**VN*A", "W76*1")),
        ("944", ("W17*F*20261120*RC*PO*SH", "W07*1*EA**VN*A*UP*1*L", "W13*1*EA*01", "W14*1*2*1")),
        ("846", ("BIA*00*SI*R*20261120*0900", "LIN**VN*A", "QTY*17*5*EA")),
        ("810", ("BIG*20261120*I*20261101*4500***DI", "IT1*1*1*EA*2**VN*A", "TDS*200", "CTT*1")),
        ("820", ("BPR*I*1*C*CHK************20261120", "TRN*1*T", "RMR*IV*I*PO*1*1*0", "ADX*1*59*CM*I")),
        ("214", ("B10*P*S*UPSN", "L11*B*BM", "AT7*D1*NS***20261120*0900*ET", "MS1*A*TX*US")),
        ("210", ("B3**F*S*TP**20261119*100**20261118*035*UPSN",)),
        ("997", ("AK1*OW*1", "AK2*940*0001", "AK5*A", "AK9*A*1*1*1")),
    ],
)  # fmt: skip
def test_what_is_read_is_not_called_unread(set_id: str, segments: tuple[str, ...]) -> None:
    """What a set tells by its tables is read in full."""
    left = unread(set_id, *segments)
    assert left == (
        [] if set_id != "860" else ["860 0001: BCH date 20261101: not read", "860 0001: POC quantity left 1: not read"]
    )


@pytest.mark.parametrize(("name", "start"), [("a.edi", ""), ("b.txt", "\ufeff  \n"), ("c", "\n")])
def test_a_file_is_known_by_its_beginning(tmp_path: Path, name: str, start: str) -> None:
    """An ISA segment makes a file of an undeclared source X12, whatever its name; a word that begins so does not."""
    file = tmp_path / name
    file.write_text(start + FIXTURE, encoding="utf-8")
    assert wire_of(Settings(), "3pl.west", file)[0].name == "x12"
    file.write_text("ISABELLA wrote this", encoding="utf-8")
    assert wire_of(Settings(), "3pl.west", file)[0].name == "cloudevents"
