"""EDIFACT's envelope and syntax: separators, counts, references, character sets, and what is cut short or not EDIFACT."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import TooLarge
from app.main.loading import wire_of
from app.model.event import Translation
from app.settings import Settings, Source
from collectors.edifact import COLLECTOR, blocks, times
from collectors.edifact.syntax import DEFAULT, Service, segments, service
from tests.collectors.conftest import read
from tests.collectors.edi import interchange, message, rows, said

ONE = message("ORDERS", "BGM+220+PO-1+9\nLIN+1++A-1:SA\nQTY+21:10:PCE")
TWO = message("ORDERS", "BGM+220+PO-2+9\nLIN+1++A-1:SA\nQTY+21:3:PCE", ref="2")
HEAD = "UNB+UNOC:3+4098765000003:14+4012345000009:14+261120:1035+R1'"


def names(told: Translation) -> list[str]:
    """The orders that were read."""
    return sorted(value for kind, value in told.mentions.select("type", "value").rows() if kind == "cpo")


def reasons(told: Translation) -> list[str]:
    """Why things were refused."""
    return [one.reason for one in told.rejections]


def test_any_separators() -> None:
    """UNA may change every one of them; the decimal mark of a number may be either."""
    body = interchange(ONE.replace("21:10", "21:10,5"), TWO).decode()
    odd = body.translate(str.maketrans("+:'", "|^~")).replace("10,5", "10.5")
    assert names(said(f"UNA^|,? ~{odd}".encode())) == ["PO-1", "PO-2"]
    assert rows(said(body.encode()))[0]["rows"] == rows(said(f"UNA^|,? ~{odd}".encode()))[0]["rows"]


@pytest.mark.parametrize(
    "mangled",
    [
        lambda body: body.replace(b"'", b"'\r\n"),
        lambda body: body.replace(b"'", b"'\n  \t"),
        lambda body: b"\xef\xbb\xbf\r\n" + body,
        lambda body: b"\xff\xfe" + body.decode("latin-1").encode("utf-16-le"),
        lambda body: body.replace(b"'", b"\r\n"),
        lambda body: b"UNA:+.? '" + body,
        lambda body: b"UNA:+.? '\r\n" + body + b"\r\n\r\n",
        lambda body: b"\n".join(body[at : at + 80] for at in range(0, len(body), 80)),
    ],
)
def test_layout_does_not_matter(mangled) -> None:  # type: ignore[no-untyped-def]
    """Line ends after segments, in the midst of them or instead of apostrophes, indents, byte order marks, UTF-16."""
    body = interchange(ONE, TWO)
    told = said(mangled(body))
    assert told.rejections == ()
    assert told.events.drop("item").equals(said(body).events.drop("item"))


def test_many_interchanges_in_one_file() -> None:
    """Each has its own separators and references; one without UNA after one with odd separators is read by the standard."""
    first = interchange(ONE, ref="A").decode().translate(str.maketrans("+:'", "|^~"))
    told = said(
        f"UNA^|.? ~{first}\n".encode()
        + interchange(TWO, ref="B")
        + b"\n"
        + interchange(ONE.replace("PO-1", "PO-3"), ref="C")
    )
    assert names(told) == ["PO-1", "PO-2", "PO-3"]
    assert told.rejections == ()
    assert told.events["item"].is_unique().all()


@pytest.mark.parametrize(
    ("identifier", "codec", "name", "flags"),
    [
        ("UNOC", "iso-8859-1", "Zürich", []), ("UNOD", "iso-8859-2", "Łódź", []), ("UNOE", "iso-8859-5", "Москва", []),
        ("UNOF", "iso-8859-7", "Αθήνα", []), ("UNOK", "iso-8859-9", "İzmir", []), ("UNOL", "iso-8859-15", "Œuvre€", []),
        ("UNOY", "utf-8", "東京", []), ("UNOA", "iso-8859-1", "Zürich", ["charset_mismatch"]),
        ("UNOB", "utf-8", "Łódź", ["charset_mismatch"]), ("UNOY", "iso-8859-1", "Zürich", ["charset_mismatch"]),
    ],
)  # fmt: skip
def test_the_character_set_is_the_one_named(identifier: str, codec: str, name: str, flags: list[str]) -> None:
    """By the syntax identifier; what is written in another one is read as far as can be, and flagged."""
    body = HEAD.replace("UNOC", identifier) + ONE.replace("A-1", name) + "UNZ+1+R1'"
    event = rows(said(body.encode(codec), name="ecom.b2b"))[0]
    assert (event["rows"][0][1], event["flags"][:1]) == (name, flags or ["time_of_interchange"])


@pytest.mark.parametrize(
    ("body", "orders", "why"),
    [
        (HEAD + ONE + TWO + "UNZ+3+R1'", ["PO-1", "PO-2"], ["count_mismatch"]),
        (HEAD + ONE + TWO + "UNZ+2+R9'", ["PO-1", "PO-2"], ["reference_mismatch"]),
        (HEAD + ONE + TWO, ["PO-1", "PO-2"], ["truncated"]),
        (HEAD + ONE + TWO[:-20], ["PO-1"], ["truncated", "truncated"]),
        (HEAD + ONE[: ONE.index("UNT")] + TWO + "UNZ+2+R1'", ["PO-2"], ["truncated"]),
        (HEAD + "BGM+220+X'" + ONE + "UNZ+1+R1'", ["PO-1"], ["stray_segment"]),
        (HEAD + "UNG+ORDERS+A+B+261120:1035+G1+UN+D:96A'" + ONE + TWO + "UNE+2+G1'UNZ+1+R1'", ["PO-1", "PO-2"], []),
        (HEAD + "UNG+ORDERS+A+B+261120:1035+G1+UN+D:96A'" + ONE + "UNE+2+G2'UNZ+2+R1'", ["PO-1"], ["count_mismatch", "count_mismatch"]),
        (HEAD + ONE.replace("10:PCE", "ten:PCE") + TWO + "UNZ+2+R1'", ["PO-1", "PO-2"], ["bad_quantity"]),
        (HEAD + ONE.replace("ORDERS", "QUOTES") + TWO + "UNZ+2+R1'", ["PO-2"], ["unknown_message"]),
        (HEAD + HEAD + ONE + "UNZ+1+R1'", ["PO-1"], ["truncated"]),
        (HEAD[:-1] + "++++++1'" + ONE + "UNZ+1+R1'", [], ["test_data"]),
        ("rubbish" + HEAD + ONE + "UNZ+1+R1'", ["PO-1"], ["not_edifact"]),
    ],
)  # fmt: skip
def test_no_fault_loses_the_others(body: str, orders: list[str], why: list[str]) -> None:
    """Counts, references, ends that are missing, groups, strays: each is told with its place, and the rest stands."""
    told = said(body.encode())
    assert (names(told), reasons(told)) == (orders, why)
    assert all(one.detail.startswith("segment ") for one in told.rejections if one.reason != "not_edifact")


def test_a_trailer_that_does_not_add_up_is_flagged_or_refused(tmp_path: Path) -> None:
    """UNT with another count or reference: the event says so; a mapping may ask that such messages are refused."""
    bad = ONE.replace("UNT+5+1", "UNT+9+7")
    assert said(interchange(bad), name="ecom.b2b").events["flags"].to_list() == [
        ["segment_count_mismatch", "reference_mismatch", "time_of_interchange"]
    ]
    (tmp_path / "m.yaml").write_text("default: {counts: reject, side: customer}", encoding="utf-8")
    strict = said(interchange(bad, TWO), source=Source(collector="edifact", mapping="m.yaml", base=str(tmp_path)))
    assert (names(strict), reasons(strict)) == (["PO-2"], ["count_mismatch"])


def test_two_messages_of_one_number_are_two() -> None:
    """A control reference that is used twice is flagged, and neither message is taken for the other."""
    told = said(interchange(ONE, ONE))
    assert told.events["native_id"].n_unique() == 2
    assert "reference_repeated" in told.events["flags"][1]


def test_a_resend_is_known_again() -> None:
    """The same interchange gives the same ids in another file; another document under its numbers gives others."""
    first, again = said(interchange(ONE)), said(interchange(TWO, ref="R0") + interchange(ONE))
    assert first.events["native_id"][0] in again.events["native_id"].to_list()
    other = said(interchange(ONE.replace("PO-1", "PO-9")))
    assert first.events["native_id"][0] != other.events["native_id"][0]


@pytest.mark.parametrize(
    ("body", "reason", "says"),
    [
        (b"", "empty", "no content"), (b" \r\n", "empty", "no content"),
        (b"STX=ANA:1+5000000000000:X+5:Y+940321:102639'", "not_edifact", "TRADACOMS"),
        (b"ISA*00*          *00*", "not_edifact", "X12"), (b"UIB+UNOA:4'", "not_edifact", "interactive"),
        (b"UNH+1+ORDERS:D:96A:UN'", "no_envelope", "UNB is missing"), (b"UNA++++++", "not_edifact", "UNA"),
        (b'{"a": 1}', "not_edifact", "No interchange"),
    ],
)  # fmt: skip
def test_what_is_not_edifact_is_refused_whole(body: bytes, reason: str, says: str) -> None:
    """With a reason that says what it is."""
    told = said(body)
    assert [(one.item, one.reason) for one in told.rejections] == [(-1, reason)]
    assert says in told.rejections[0].detail


@pytest.mark.parametrize(
    ("text", "layout", "zone", "utc", "basis"),
    [
        ("20261120", "102", "Europe/Berlin", "2026-11-19 23:00", "partner_default"),
        ("202611201030", "203", "UTC", "2026-11-20 10:30", "partner_default"),
        ("20261120103015", "204", "UTC", "2026-11-20 10:30", "partner_default"),
        ("261120", "101", "UTC", "2026-11-20 00:00", "partner_default"),
        ("2611201030", "201", "UTC", "2026-11-20 10:30", "partner_default"),
        ("202611201030CET", "303", "UTC", "2026-11-20 09:30", "explicit"),
        ("202611201030+02", "303", "UTC", "2026-11-20 08:30", "explicit"),
        ("202611201030-0530", "205", "UTC", "2026-11-20 16:00", "explicit"),
        ("202611201030EST", "303", "UTC", "2026-11-20 10:30", "partner_default"),
        ("20261120-20261122", "718", "UTC", "2026-11-20 00:00", "partner_default"),
        ("2026112020261122", "718", "UTC", "2026-11-20 00:00", "partner_default"),
        ("202611200000202611220000", "719", "UTC", "2026-11-20 00:00", "partner_default"),
        ("20112026", "4", "UTC", "2026-11-20 00:00", "partner_default"),
        ("202603290230", "203", "Europe/Berlin", "2026-03-29 01:00", "partner_default"),
        ("202611201030", "102", "UTC", "2026-11-20 10:30", "partner_default"),
    ],
)  # fmt: skip
def test_dates(text: str, layout: str, zone: str, utc: str, basis: str) -> None:
    """Formats with and without a zone, periods by their beginning, a time that the clock change skips."""
    made = times.moment(text, layout, zone)
    assert made is not None
    assert (datetime.fromisoformat(times.iso(made.at)).strftime("%Y-%m-%d %H:%M"), made.basis) == (utc, basis)
    assert ("zone_unknown" in made.flags) == ("EST" in text)
    assert ("date_format_mismatch" in made.flags) == (layout == "102" and len(text) == 12)


@pytest.mark.parametrize(
    ("text", "layout"),
    [("", "102"), ("20261320", "102"), ("x", "203"), ("26", "804"), ("9" * 5000, "102"), ("٢٠٢٦١١٢٠", "102")],
)
def test_what_is_no_date_is_none(text: str, layout: str) -> None:
    """An impossible day, a duration, a number without end, digits of another script that only look like a number."""
    assert times.moment(text, layout, "UTC") is None or text.isdigit()


VALUES = st.text(st.sampled_from("ab 1?+:'.,é\"<"), max_size=6).map(str.strip)


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(st.lists(VALUES, min_size=1, max_size=3), max_size=4),
    una=st.sampled_from([":+.? '", "^|,!*~", "ab:+.?"]),
)
def test_what_is_written_is_read(parts: list[list[str]], una: str) -> None:
    """Values with separators and release characters in them come back as they were, whatever the separators are."""
    spoken = service(una) or DEFAULT
    raw = spoken.element.join(["TAG", *(spoken.component.join(map(spoken.written, values)) for values in parts)])
    text = f"{raw}{spoken.terminator}END{spoken.terminator}"
    read_back = list(segments(text, spoken))
    assert [one.tag for one in read_back] == ["TAG", "END"]
    assert read_back[0].parts == [["TAG"], *parts]


def _mutated(body: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, put in cuts:
        at = place % (len(body) + 1)
        body = body[:at] + put + body[at + length :]
    return body


SAMPLE = interchange(
    ONE,
    message(
        "DESADV",
        "BGM+351+D-1+9\nDTM+11:202611191800:203\nRFF+ON:1\nCPS+1\nGIN+BJ+3401\nLIN+1\nQTY+12:1\nRFF+ON:2:3",
        ref="2",
    ),
    message("IFTSTA", "CNI+1+C\nSTS+1+21\nDTM+334:202611191800:203", ref="3"),
    message("CONTRL", "UCI+R77+A+B+7\nUCM+1+ORDERS:D:96A:UN+4+12", ref="4"),
    message("INVRPT", "BGM+35+I\nLIN+1++A\nQTY+145:4", ref="5"),
)


@settings(max_examples=150, deadline=None)
@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, 2000),
            st.integers(0, 12),
            st.sampled_from(
                [b"", b"'", b"+", b":", b"?", b"\xff", b"UNZ", b"UNB+", b"UNA", b"\n", b"CPS+1+1'", b"9" * 40]
            ),
        ),
        max_size=6,
    )
)
def test_no_mutation_makes_it_fail(cuts: list[tuple[int, int, bytes]]) -> None:
    """Whatever is cut out of an interchange or put into it: events and refusals, each item once, keys of events only."""
    told = read("edifact", _mutated(SAMPLE, cuts), name="edi.main")
    items = told.events["item"].to_list()
    assert len(set(items)) == len(items)
    assert set(told.mentions["item"]) <= set(items)
    assert all(one.reason and one.detail for one in told.rejections)


@settings(max_examples=25, deadline=None)
@given(seed=st.lists(st.sampled_from(["one", "two", "group", "odd"]), min_size=1, max_size=6))
def test_a_file_in_pieces_says_what_it_says_whole(seed: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """However small the pieces: the same events, no refusal that the whole does not give."""
    group = "UNG+ORDERS+A+B+261120:1035+G1+UN+D:96A'" + ONE + TWO + TWO + "UNE+3+G1'"
    kinds = {
        "one": interchange(ONE, TWO, TWO),
        "two": interchange(TWO),
        "group": (HEAD + group + group + "UNZ+2+R1'").encode(),
    }
    kinds["odd"] = b"UNA^|.? ~" + interchange(ONE, TWO).translate(bytes.maketrans(b"+:'", b"|^~"))
    body = b"\n".join(kinds[name] for name in seed)
    file = tmp_path_factory.mktemp("edi") / "a.edi"
    file.write_bytes(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "PIECE", 150)
        pieces = list(COLLECTOR.split(file, Source(collector="edifact")))
    told = [said(piece) for piece in pieces]
    whole = said(body)
    assert len(pieces) > 1 or not {"one", "group"} & set(seed)
    assert [one.reason for part in told for one in part.rejections] == reasons(whole) == []
    assert sum(len(part.events) for part in told) == len(whole.events)
    assert sorted(name for part in told for name in names(part)) == names(whole)


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_pieces_keep_separators_and_encoding(tmp_path: Path, mark: str) -> None:
    """Each piece of a file with a byte order mark and its own separators is read as the whole is."""
    order = ONE.replace("A-1", "Zürich")
    body = "UNA^|.? ~" + (HEAD + order * 4 + "UNZ+4+R1'").translate(str.maketrans("+:'", "|^~"))
    file = tmp_path / "a.edi"
    file.write_bytes(body.encode(mark))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "PIECE", 150)
        told = [said(piece) for piece in COLLECTOR.split(file, Source(collector="edifact"))]
    assert len(told) > 1 and not any(part.rejections for part in told)
    assert [event["rows"][0][1] for part in told for event in rows(part)] == ["Zürich"] * 4


def test_a_missing_message_is_told_though_the_file_was_cut(tmp_path: Path) -> None:
    """The count of UNZ is that of all pieces together."""
    file = tmp_path / "a.edi"
    file.write_bytes((HEAD + ONE * 3 + "UNZ+4+R1'").encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "PIECE", 150)
        told = [said(piece) for piece in COLLECTOR.split(file, Source(collector="edifact"))]
    assert [one.detail for part in told for one in part.rejections] == ["segment 7: UNZ says 4 messages, there are 3."]


def test_hostile_size_costs_no_more_than_its_length() -> None:
    """Releases without end, a deep chain of packages, thousands of orders with thousands of references: bounded."""
    released = HEAD + "FTX+" + "?'" * 20_000 + "'" + ONE + "UNZ+1+R1'"
    assert names(said(released.encode())) == ["PO-1"]
    chain = "".join(f"CPS+{n + 1}+{n}'GIN+BJ+{n:018d}'LIN+{n}'RFF+ON:{n}'" for n in range(1_000))
    told = said((HEAD + f"UNH+1+DESADV:D:96A:UN'BGM+351+D'{chain}UNT+12003+1'UNZ+1+R1'").encode())
    assert len(told.events) == 1_000
    many = "".join(f"RFF+ON:{n}'" for n in range(1_000)) + "".join(f"LIN+{n}'RFF+ON:X{n}'" for n in range(1_000))
    told = said((HEAD + f"UNH+1+DESADV:D:96A:UN'BGM+351+D'{many}UNT+6003+1'UNZ+1+R1'").encode())
    assert reasons(told) == ["too_many_keys"]
    package = (
        "CPS+1'GIN+BJ"
        + "".join(f"+{n}" for n in range(400))
        + "'"
        + "".join(f"LIN+{n}'RFF+ON:{n}'" for n in range(400))
    )
    told = said((HEAD + f"UNH+1+DESADV:D:96A:UN'BGM+351+D'{package}UNT+805+1'UNZ+1+R1'").encode())
    assert reasons(told) == ["too_many_keys"]
    statuses = "".join(f"RFF+CN:{n}'" for n in range(1_000)) + "STS+1+21'" * 101
    told = said((HEAD + f"UNH+1+IFTSTA:D:96A:UN'{statuses}UNT+1+1'UNZ+1+R1'").encode())
    assert reasons(told) == ["too_many_keys"]


def test_faults_without_end_are_counted() -> None:
    """Thousands of broken lines are told by the first of them and a number; strays in a row by the first."""
    lines = "".join(f"LIN+{n}'QTY+21:x'" for n in range(12_000))
    told = said((HEAD + f"UNH+1+ORDERS:D:96A:UN'BGM+220+PO-1'{lines}UNT+24003+1'UNZ+1+R1'").encode())
    assert (len(told.rejections), told.rejections[-1].detail) == (10_001, "2,000 more were refused.")
    assert reasons(said((HEAD + "ABC+1'" * 5_000 + ONE + "UNZ+1+R1'").encode())) == ["stray_segment"]


def test_many_small_interchanges_cost_their_length() -> None:
    """Each of thousands is found where the last one ends."""
    told = said(interchange(ONE) * 2_000)
    assert (len(told.events), told.rejections) == (2_000, ())


def test_a_segment_without_end_stops_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Release characters that never let a segment end cost one look each, and then the file is refused."""
    file = tmp_path / "a.edi"
    file.write_bytes(HEAD.encode() + b"FTX+" + b"?'" * 750_000)
    monkeypatch.setattr(blocks, "BLOCK_LIMIT", 2**20 + 2**18)
    with pytest.raises(TooLarge):
        list(COLLECTOR.split(file, Source(collector="edifact")))


@pytest.mark.parametrize("start", [b"UNA:+.? '\r\n", b"", b"\xef\xbb\xbf\n"])
def test_a_file_is_known_by_how_it_begins(tmp_path: Path, start: bytes) -> None:
    """Whatever it is called: `.edi` is used for other standards, too."""
    file = tmp_path / "a.edi"
    file.write_bytes(start + interchange(ONE))
    assert wire_of(Settings(), "edi.main", file)[0] is COLLECTOR


def test_separators_that_cannot_be_told_apart_are_none() -> None:
    """Letters, digits and doubles are no separators; a blank for the release character means that there is none."""
    assert service(":+.? '") == DEFAULT
    assert [service(una) for una in ("::.? '", "a+.? '", ":+.?", "")] == [None] * 4
    assert service(":+.  '") == Service(release=" ")
