"""Real X12 files of other people, folder by folder, beside counts taken from their text and another program's reading.

The files are not part of the project: without them these tests are skipped.
"""

import io
import logging
import re
from collections import Counter
from pathlib import Path

import pytest
from pyx12.errors import X12Error
from pyx12.x12file import X12Reader

from app.settings import Source
from collectors.x12.envelope import Transaction, parts
from collectors.x12.segments import Fault, Interchange, decoded, interchanges
from collectors.x12.sets import READERS
from tests.collectors.conftest import read

#: Folder -> files, transactions, refusals by reason. Counted by hand from what stands in the files.
FOLDERS = {
    "Inteligenz-X12Parser": (5, 6, {}),
    "apimeister-x12-types": (49, 49, {"bad_envelope": 3, "no_interchange": 2, "control_mismatch": 8, "batch_incomplete": 1, "missing_terminator": 1}),
    "indice-co-EDI.Net": (19, 20, {"missing_segment": 4, "control_mismatch": 6, "missing_terminator": 1}),
    "olmelabs-EdiEngine": (13, 19, {"control_mismatch": 2, "batch_incomplete": 2, "no_interchange": 1}),
    "stedi-bootstrap": (1, 1, {}),
    "unidentified-public-source": (1, 1, {}),
}  # fmt: skip
#: Refusals under which a transaction is lost; the others are reports beside it.
LOST = ("bad_envelope", "no_interchange", "missing_segment")
#: A separator, and what each gives one event beside; a set that is not here gives one for its ST.
_ = r"[*~^]"
EACH = {"214": rf"AT7{_}", "820": rf"RMR{_}", "846": rf"LIN{_}", "947": rf"W19{_}", "856": rf"HL{_}\w*{_}\w*{_}O\b"}
#: Files whose own faults make the other program lose segments: terminators that are missing.
LOSING = ("v004010_940_03.edi", "v004010_940_05.edi", "x12.850.issue135.edi")
WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)


def files(shared: Path, folder: str = "") -> list[Path]:
    found = (shared / "edi-x12" / folder).rglob("*")
    return sorted(file for file in found if file.suffix.lower() in (".edi", ".txt"))


def sets(text: str) -> list[tuple[str, str]]:
    """(set, its text) of each ST, found by nothing but the tag."""
    pieces = re.split(rf"(?<![A-Za-z0-9])ST(?={_}\d{{3}}{_})", text)[1:]
    return [(piece[1:4], re.split(rf"(?<![A-Za-z0-9])SE{_}\d+{_}", piece)[0]) for piece in pieces]


def expected(text: str) -> Counter[str]:
    """Events by set: a payment and each invoice of it, an order of a notice or else the notice, else as EACH says."""
    found: Counter[str] = Counter()
    for set_id, piece in sets(text):
        many = len(re.findall(rf"(?<![A-Za-z0-9]){EACH[set_id]}", piece)) if set_id in EACH else 1
        found[set_id] += many + 1 if set_id == "820" else max(many, 1)
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_is_read_as_counted(shared: Path, tmp_path: Path, folder: str) -> None:
    """Events by set are those that the tags tell; each refusal has its reason; nothing is lost without one."""
    (tmp_path / "m.yaml").write_text("test: true", encoding="utf-8")
    source = Source(collector="x12", mapping="m.yaml", base=str(tmp_path), zone="America/New_York")
    events, told, reasons, flags = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for file in files(shared, folder):
        body = file.read_bytes()
        said = read("x12", body, source=source, name="edi.van")
        lost = sum(one.reason in LOST for one in said.rejections)
        counted = expected(decoded(body))
        told += counted if not lost else Counter()
        # The id of an event names its set: .../ST01/ST02:EVENT:n
        events.update(re.sub(r":[^/]*$", "", native).split("/")[-2] for native in said.events["native_id"])
        reasons.update(one.reason for one in said.rejections)
        flags.update(flag for row in said.events["flags"].to_list() for flag in row)
        assert not (lost and len(said.events)), file
    count, transactions, refusals = FOLDERS[folder]
    print(
        f"\n{folder}: {len(files(shared, folder))} files, {sum(events.values())} events of {dict(events)}, refused {dict(reasons)}, flags {dict(flags)}"
    )
    assert len(files(shared, folder)) == count
    assert sum(len(sets(decoded(file.read_bytes()))) for file in files(shared, folder)) == transactions
    assert reasons == refusals
    assert events == told
    assert flags["mapping_unknown"] == sum(n for set_id, n in events.items() if set_id not in READERS) + (
        folder == "Inteligenz-X12Parser"
    )


def standard(found: Interchange) -> str:
    """The interchange with the delimiters, widths and version that the other program knows."""
    isa = [value.ljust(width)[:width] for value, width in zip(found.isa[1:], WIDTHS, strict=True)]
    isa[10:13], isa[15] = ["U", "00401", found.isa[13]], ">"
    segments = [[re.sub("[*~]", ".", one) for one in found.elements(segment)] for segment in found.segments]
    return "".join("*".join(one) + "~" for one in (["ISA", *isa], *segments))


def test_envelopes_are_judged_as_by_another_program(shared: Path) -> None:
    """Counts and control numbers of transactions, groups and interchanges are wrong where pyx12 finds them wrong."""
    logging.disable(logging.CRITICAL)
    codes = {
        ("st", "4"): "SE01",
        ("st", "3"): "SE02",
        ("gs", "5"): "GE01",
        ("gs", "4"): "GE02",
        ("isa", "021"): "IEA01",
        ("isa", "001"): "IEA02",
    }
    seen, agreed = 0, Counter[str]()
    for file in files(shared):
        for found in interchanges(decoded(file.read_bytes())):
            if isinstance(found, Fault):
                continue
            reader = X12Reader(io.StringIO(standard(found)))
            assert sum(1 for _ in reader) == len(found.segments) + 1
            theirs = {codes[error[0], error[1]] for error in reader.pop_errors() if (error[0], error[1]) in codes}
            if int(found.isa[13]) == int(found.elements(found.segments[-1])[2]):
                theirs -= {"IEA02"}  # a number without its padding is the same number
            ours = set[str]()
            for part in parts(found):
                if isinstance(part, Transaction):
                    ours |= {{"count_mismatch": "SE01", "control_mismatch": "SE02"}[flag] for flag in part.flags}
                elif isinstance(part, Fault):
                    ours |= set(re.findall(r" ((?:GE|IEA)0[12]) says", part.detail))
            assert ours == theirs, file
            seen += 1
            agreed.update(ours)
    logging.disable(logging.NOTSET)
    print(f"\n{seen} interchanges, wrong in both: {dict(agreed)}")
    assert seen == 83
    assert agreed["SE01"] > 20


def test_segments_are_those_of_another_program(shared: Path) -> None:
    """A file that pyx12 can read as it is has the same segments; it drops a last one without a terminator."""
    logging.disable(logging.CRITICAL)
    same = 0
    for file in files(shared):
        if "malformed" in file.parent.name or file.name in LOSING:
            continue
        text = decoded(file.read_bytes())
        try:
            theirs = [segment.format("~", "*", ":") for segment in X12Reader(io.StringIO(text))]
        except X12Error:
            continue
        read = (found for found in interchanges(text) if isinstance(found, Interchange))
        ours = ["*".join(one.elements(segment)) for one in read for segment in (one.head(), *one.segments)]
        ours, theirs = ([re.sub(r" *([*~]) *", r"\1", one) for one in some] for some in (ours, theirs))
        plain = [[re.sub("[*:>|~ ]+$", "", one) for one in (some)][1:] for some in (ours, theirs)]
        assert plain[0][: len(plain[1])] == plain[1], file
        assert len(ours) - len(theirs) in (0, 1), file
        same += 1
    logging.disable(logging.NOTSET)
    print(f"\n{same} files read alike")
    assert same == 38
