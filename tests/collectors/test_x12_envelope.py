"""The text of X12: delimiters, layouts, envelopes that lie, files that are cut, and whatever else arrives."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.errors import TooLarge, WrongUse
from app.settings import Source
from collectors.x12 import COLLECTOR, files
from collectors.x12.segments import Interchange, interchanges
from tests.collectors.conftest import read
from tests.collectors.interchange import FIXTURE, NODE, US, group, interchange, messages, sent, transaction, types

ORDER = ("W05*N*4711-1*PO-1", "LX*1", "W01*10*EA**VN*A", "W76*10")
MANY = "".join(
    interchange(*(group(*[transaction("940", f"W05*N*{i}-{g}-{t}", *ORDER[1:], number=f"{t:04}") for t in range(3)], number=str(g), sender=US, receiver=NODE) for g in (1, 2)), number=f"{i:09}")
    for i in range(1, 5)
)  # fmt: skip


def layouts() -> list[tuple[str, str]]:
    other = FIXTURE.translate(str.maketrans("*~>", "|}^"))
    squeezed = "*".join(part.strip() for part in FIXTURE.split("*"))
    return [
        ("one segment per line", FIXTURE.replace("~", "~\n")),
        ("Windows lines", FIXTURE.replace("~", "~\r\n")),
        ("indented, with a byte order mark", "\ufeff  " + FIXTURE.replace("~", "~\n    ")),
        ("lines end segments", FIXTURE.replace("~", "\n")),
        ("lines end segments, the last one missing", FIXTURE.replace("~", "\n").rstrip()),
        ("wrapped at 80", "\n".join(FIXTURE[at : at + 80] for at in range(0, len(FIXTURE), 80))),
        ("other delimiters", other),
        ("an ISA without its padding", squeezed),
        ("no component separator", FIXTURE.replace("*>~", "*~").replace("~", "~\n")),
        ("padded with zeros", FIXTURE + "\0" * 60 + "\x1a"),
        ("a terminator lost", FIXTURE.replace("~", "~\n").replace("BOL998877~", "BOL998877")),
    ]


@pytest.mark.parametrize(("name", "text"), layouts(), ids=[name for name, _ in layouts()])
def test_the_layout_changes_nothing(name: str, text: str) -> None:
    """However it is laid out and delimited, the trade's own example says the same."""
    plain, said = read("x12", FIXTURE.encode()), read("x12", text.encode())
    assert said.events.equals(plain.events)
    assert said.mentions.equals(plain.mentions)
    assert [one.reason for one in said.rejections] == (["missing_terminator"] if name == "a terminator lost" else [])


@pytest.mark.parametrize(
    ("old", "new", "reasons", "flags"),
    [
        ("SE*13*0001", "SE*14*0001", [], ["count_mismatch"]),
        ("SE*13*0001", "SE*13*0002", [], ["control_mismatch"]),
        ("SE*13*0001~", "", ["truncated"], None),
        ("GE*1*905", "GE*2*905", ["batch_incomplete"], []),
        ("GE*1*905", "GE*1*906", ["control_mismatch"], []),
        ("GE*1*905~", "", ["truncated"], []),
        ("IEA*1*", "IEA*2*", ["batch_incomplete"], []),
        ("IEA*1*000000905", "IEA*1*905", [], []),
        ("IEA*1*000000905", "IEA*1*906", ["control_mismatch"], []),
        ("IEA*1*000000905~", "", ["truncated"], []),
        ("GE*1*905~", "REF*XX*1~GE*1*905~", ["stray_segments"], []),
        ("W03*13", "W03*15", [], ["count_mismatch"]),
        (
            "GS*SW*3PLWEST*123456789*20261120*1437*905*X*004010~",
            "",
            ["control_mismatch", "batch_incomplete"],
            ["no_group"],
        ),
        ("ISA*00", "junk ISA*00", ["stray_text"], []),
        ("*0*P*>", "*0*T*>", ["test_data"], None),
        ("*U*00401", "", ["bad_envelope"], None),
        ("W06*F", "W07*F", ["missing_segment"], None),
        ("ST*945", "ST*999", ["missing_segment"], None),
        ("ST*945", "ST*832", [], ["mapping_unknown"]),
        ("20261120*1437*905", "2026112X*1437*905", [], []),
        ("ISA", "XYZ", ["no_interchange"], None),
    ],
)
def test_what_an_envelope_gets_wrong(old: str, new: str, reasons: list[str], flags: list[str] | None) -> None:
    """A fault is told with where it is; what can be read is read, and says what is wrong with it."""
    said = read("x12", FIXTURE.replace(old, new, 1).encode())
    assert [one.reason for one in said.rejections] == reasons
    assert all(one.detail for one in said.rejections)
    assert (said.events["flags"].to_list()[-1] if len(said.events) else None) == flags


def test_one_bad_transaction_loses_no_other() -> None:
    """Of three orders the middle one has no number; its refusal names its control number and segment."""
    body = interchange(
        group(*[transaction("940", f"W05*N*{key}", number=f"000{n}") for n, key in enumerate(("A", "", "C"), 1)])
    )
    said = read("x12", body.encode())
    assert types(said) == ["fulfillment.requested"] * 2
    assert [(one.item, one.reason) for one in said.rejections] == [(1, "missing_key")]
    assert "940/0002 at segment 6" in said.rejections[0].detail
    assert said.events["item"].to_list() == [0, 2]


def test_interchanges_of_different_delimiters_in_one_message() -> None:
    """Each interchange speaks with its own delimiters, and each event knows its control numbers."""
    other = FIXTURE.translate(str.maketrans("*~>", "|}^")).replace("905", "906")
    said = read("x12", (FIXTURE + "\n" + other).encode())
    assert types(said) == ["pick.shorted", "shipment.dispatched"] * 2
    assert [messages(said, row)[1][1] for row in (0, 2)] == ["SW:905", "SW:906"]
    assert said.events["native_id"][1] == "3PLWEST/123456789/000000905/SW/905/20261120/945/0001:shipment.dispatched:1"


def test_test_data_is_taken_where_the_mapping_says_so(tmp_path: Path) -> None:
    """ISA15 T is refused once for the interchange, unless `test` is set."""
    (tmp_path / "m.yaml").write_text("test: true", encoding="utf-8")
    source = Source(collector="x12", mapping="m.yaml", base=str(tmp_path))
    assert len(read("x12", FIXTURE.replace("*P*>", "*T*>").encode(), source=source).events) == 2


def test_old_dates_and_odd_times() -> None:
    """Six-digit dates, times with seconds and hundredths, 2400, and a local time that the clock change skips."""
    found = {
        form: sent("945", "W06*F*4711*20261120*SH-1", f"G62*11*{form}").events["occurred_at"][0].isoformat()
        for form in (
            "20261119*1*2400*UT",
            "261119*1*143059*UT",
            "261119*1*14305955*UT",
            "20260308*1*0230*ET",
            "991231*1*1200*GM",
        )
    }
    assert list(found.values()) == [
        "2026-11-20T00:00:00",
        "2026-11-19T14:30:59",
        "2026-11-19T14:30:59",
        "2026-03-08T07:00:00",
        "1999-12-31T12:00:00",
    ]


@pytest.mark.parametrize("size", [200, 700, 1_500, 100_000])
def test_a_file_is_cut_and_says_the_same(tmp_path: Path, size: int) -> None:
    """Whatever the size of a piece, its messages together say what the file says, and their envelopes are right."""
    file = tmp_path / "orders.edi"
    file.write_bytes(MANY.replace("~", "~\r\n").encode())
    whole = read("x12", file.read_bytes())
    pieces = list(files.cut((file.read_bytes()[at : at + 97] for at in range(0, file.stat().st_size, 97)), size))
    said = [read("x12", piece) for piece in pieces]
    assert sorted(one for part in said for one in part.events["native_id"]) == sorted(whole.events["native_id"])
    assert [one for part in said for one in part.rejections] == []
    assert (len(pieces) > 4) == (size < 1_000)
    assert list(COLLECTOR.split(file, Source(collector="x12"))) == [file.read_bytes()]


def test_a_wrong_count_survives_the_cutting() -> None:
    """A group that promises one more is still incomplete when it is read in pieces; and only once."""
    body = MANY.replace("GE*3*2~", "GE*4*2~", 1).encode()
    said = [read("x12", piece) for piece in files.cut([body], 250)]
    assert [one.reason for part in said for one in part.rejections] == ["batch_incomplete"]


def test_what_is_no_file_of_interchanges(tmp_path: Path) -> None:
    """An empty file is one refusal; megabytes without a transaction are not held; a bad mapping stops at once."""
    assert [read("x12", one).rejections[0].reason for one in files.cut([])] == ["empty"]
    with pytest.raises(TooLarge):
        list(files.cut(b"x" * 2**20 for _ in range(40)))
    (tmp_path / "m.yaml").write_text("own: 7: 8", encoding="utf-8")
    with pytest.raises(WrongUse):
        list(COLLECTOR.split(tmp_path / "m.yaml", Source(collector="x12", mapping="m.yaml", base=str(tmp_path))))


ELEMENT = st.text(st.sampled_from("AB19 .-"), max_size=4).map(str.strip)
SEGMENT = st.builds(
    lambda tag, elements: "*".join((tag, *elements)),
    st.sampled_from(["W05", "N9", "LX", "REF"]),
    st.lists(ELEMENT, max_size=4),
)


@settings(max_examples=80, deadline=None)
@given(
    segments=st.lists(SEGMENT.filter(lambda one: one == one.strip()), max_size=6),
    ends=st.sampled_from(["~", "~\n", "\n", "'\r\n"]),
)
def test_what_is_written_is_read(segments: list[str], ends: str) -> None:
    """Reading what was written gives the segments that were written, and writing that again the same text."""
    text = FIXTURE.split("~")[0] + ends + "".join(one + ends for one in ("GS*OW*A*B", *segments, "IEA*1*000000905"))
    (found,) = interchanges(text)
    assert isinstance(found, Interchange)
    assert found.segments == ["GS*OW*A*B", *segments, "IEA*1*000000905"]
    (again,) = interchanges("".join(one + ends for one in (found.head(), *found.segments)))
    assert isinstance(again, Interchange)
    assert (again.segments, again.isa, again.delimiters) == (found.segments, found.isa, found.delimiters)


SETS = (
    "850",
    "855",
    "860",
    "865",
    "856",
    "940",
    "943",
    "944",
    "945",
    "947",
    "846",
    "810",
    "812",
    "820",
    "204",
    "990",
    "214",
    "210",
    "180",
    "753",
    "754",
    "997",
    "999",
)
TAGS = ["BEG", "BAK", "BCH", "BCA", "BSN", "HL", "PRF", "LIN", "SN1", "MAN", "W05", "W06", "W12", "W17", "W07", "W13", "W14", "W15", "W19", "BIA", "QTY", "SDQ", "BIG", "IT1", "TDS", "BCD", "CDD", "BPR", "TRN", "RMR", "ADX", "B2", "B2A", "S5", "B1", "B10", "LX", "AT7", "MS1", "B3", "BGN", "RDR", "BLI", "AK1", "AK2", "AK3", "AK5", "IK5", "AK9", "PO1", "POC", "ACK", "DTM", "G62", "N1", "REF", "N9", "L11", "TD5", "CTT", "W03", "TA1", "ST", "SE", "GS", "GE"]  # fmt: skip
VALUES = st.sampled_from(
    [
        "",
        "0",
        "1",
        "-3",
        "10.5",
        "1e9",
        "x",
        "00",
        "01",
        "I",
        "O",
        "P",
        "GM",
        "IV",
        "20261120",
        "261120",
        "99999999",
        "1437",
        "2500",
        "ET",
        "LT",
        "VN",
        "A",
        "R",
        "945",
        "0001",
        " ",
    ]
)
PARTS = st.builds(
    lambda tag, elements: "*".join((tag, *elements)), st.sampled_from(TAGS), st.lists(VALUES, max_size=12)
)


@settings(max_examples=150, deadline=None)
@given(set_id=st.sampled_from(SETS), parts=st.lists(PARTS, max_size=10), sender=st.sampled_from([US, NODE]))
@example(set_id="856", parts=["BSN*00*1*20261120", "HL*1*1*P", "HL*1**O", "HL*2*1*I"], sender=NODE)
def test_no_transaction_makes_it_fail(set_id: str, parts: list[str], sender: str) -> None:
    """Any segments in any set give events or refusals, each with its own number, and keys of events only."""
    for name in ("3pl.west", "erp.main", "sup.acme"):
        said = sent(set_id, *parts, source=name, kind="XX", sender=sender)
        numbers = [*said.events["item"], *(one.item for one in said.rejections)]
        assert len(set(numbers)) == len(numbers) > 0
        assert set(said.mentions["item"]) <= set(said.events["item"])
        assert said.events["occurred_at"].null_count() == 0


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_no_mutation_makes_it_fail(data: st.DataObject) -> None:
    """Interchanges with bytes changed, dropped or doubled are read or refused, and can be cut and told about."""
    body = bytearray((FIXTURE + MANY[:1200]).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(
            st.sampled_from(
                [b"", b"~", b"*", b"\n", b">", b"ISA*", b"\xff", b"GS*", b"~SE*1*1~", b"00", bytes(body[at : at + 40])]
            )
        )
        body[at : at + data.draw(st.integers(0, 30))] = piece
    said = read("x12", bytes(body))
    assert len(said.events) or said.rejections
    assert b"".join(files.cut([bytes(body)], 10**9)) == bytes(body)
    assert all(read("x12", piece) for piece in files.cut([bytes(body)], 300))


@pytest.mark.parametrize(
    ("closed", "arrived"),
    [
        ("261120*1502", datetime(2026, 11, 20, 15, 2)),
        ("261120*1436", None),  # before what it tells of
        ("991120*1437", None),  # not yet
        ("261120*", None),
        ("nonsense*1437", None),
    ],
)
def test_history_arrived_when_its_envelope_was_closed(closed: str, arrived: datetime | None) -> None:
    """Unless that cannot be; what comes live has arrived when it comes."""
    text = interchange(group(transaction("997", "AK1*OW*905", "AK9*A*1*1*1"))).replace("261120*1437", closed, 1)
    said = read("x12", text.encode())
    assert said.events["occurred_at"].to_list() == [datetime(2026, 11, 20, 14, 37)]
    assert said.events["received_at"].to_list() == [arrived]
    assert said.arrived_now().events["received_at"].to_list() == [None]
