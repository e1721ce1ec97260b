"""Interchanges that other people wrote: read segment by segment as another library reads them, and counted by hand.

The files are not part of the project: without them these tests are skipped (`shared`).
"""

import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydifact.segmentcollection import RawSegmentCollection

from app.model.event import Translation
from collectors.edifact import charset
from collectors.edifact.envelope import cut
from collectors.edifact.syntax import segments
from tests.collectors.edi import agreed, said

#: What pydifact does not read: an empty sender; line ends for apostrophes; a UNB in the midst (it cannot be told from data).
UNREADABLE = {"Apperak_edi_out_issue235.edi", "edifact.D01B.IFCSUM.NewLines.EDI"}
#: Counted in the files by hand: events by type, refusals by reason. Most of the files hold one message of a kind that is
#: not read here, and most of their trailers are wrong.
EVENTS = {
    "indice-co-EDI.Net": {"purchase_order.acknowledged": 2, "message.acknowledged": 1, "supplier_invoice.received": 1},
    "nerdocs-pydifact": {"order.captured": 3, "supplier_invoice.received": 2, "message.rejected": 4},
}
REFUSED = {
    "indice-co-EDI.Net": {"unknown_message": 18, "reference_mismatch": 5, "no_key": 2, "count_mismatch": 1, "truncated": 1, "no_envelope": 1, "test_data": 1, "not_edifact": 6},
    "nerdocs-pydifact": {"truncated": 2, "reference_mismatch": 1, "unknown_message": 1},
}  # fmt: skip


@pytest.fixture
def files(shared: Path) -> list[Path]:
    """All files of the folder, however they are called."""
    return sorted(file for file in (shared / "edi-edifact").rglob("*") if file.is_file())


def messages(body: bytes) -> int:
    """How many messages begin in a file, counted in its text: UNH at the beginning or after a segment's end."""
    return len(re.findall(rb"(?:^|['\n])\s*UNH\+", body)) if not body.startswith(b"STX") else 0


def test_each_folder_is_read_as_counted(files: list[Path]) -> None:
    """Every message is an event or a refusal; both are those that a person counts in the files."""
    for folder, expected in EVENTS.items():
        told = {file: said(file.read_bytes()) for file in files if folder in file.parts}
        begun = sum(messages(file.read_bytes()) for file in told)
        events = Counter(kind for one in told.values() for kind in one.events["type"])
        refused = Counter(one.reason for part in told.values() for one in part.rejections)
        print(f"\n{folder}: {len(told)} files, {begun} messages\n  events {dict(events)}\n  refused {dict(refused)}")
        assert events == expected
        assert refused == REFUSED[folder]
        whole = ("unknown_message", "no_key", "test_data", "no_envelope")
        assert begun == sum(events.values()) + sum(refused[reason] for reason in whole)


def test_tradacoms_is_told_from_edifact(files: list[Path]) -> None:
    """Files of the British standard that EDIFACT took over from are refused whole, and the refusal names it."""
    others = [said(file.read_bytes()) for file in files if "tradacoms" in file.parts]
    assert len(others) == 6
    assert {one.detail for told in others for one in told.rejections} == {"This is TRADACOMS, not EDIFACT."}


def test_segments_are_those_of_another_library(files: list[Path]) -> None:
    """Tag for tag and value for value as pydifact reads them, indents taken off, which it does not bear."""
    read = [file.read_bytes() for file in files if "tradacoms" not in file.parts and file.name not in UNREADABLE]
    read = [body for body in read if not body.startswith(b"UNH")]
    compared = 0
    for body in read:
        ours = _ours(body)
        assert ours == _theirs(body)
        compared += len(ours)
    ended = sum(len(re.findall(rb"(?<![?])'", re.sub(rb"UNA.{6}", b"", body))) for body in read)
    print(f"\n{compared} segments of {len(read)} files are the same")
    assert compared == ended


def _ours(body: bytes) -> list[list[Any]]:
    text, _ = charset.unmarked(body)
    return [
        _filled([_filled(values) for values in one.parts])
        for raw, spoken in cut(text)
        if spoken
        for one in segments(raw.decode("utf-8", "replace"), spoken)
    ]


def _theirs(body: bytes) -> list[list[Any]]:
    text = "\n".join(line.strip() for line in body.decode("utf-8-sig", "replace").splitlines())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = RawSegmentCollection.from_str(text).segments
    return [
        _filled([[one.tag], *(_filled(_listed(value)) for value in one.elements)]) for one in found if one.tag != "UNA"
    ]


def _listed(value: Any) -> list[str]:
    return [part.strip() for part in (value if isinstance(value, list) else [value])]


def _filled(values: list[Any]) -> list[Any]:
    """Without the empty ones at the end, which mean nothing."""
    kept = list(values)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def test_an_error_code_that_is_none(files: list[Path], tmp_path: Path) -> None:
    """These partners send an error segment with each answer; told which code is no error, the answers are as their texts say."""
    source = agreed(tmp_path, 'default: {errors: {"1": accepted}}')
    told: dict[str, Translation] = {
        file.name: said(file.read_bytes(), source=source) for file in files if "aperak" in file.name
    }
    kinds = {name: one.events["type"][0] for name, one in told.items() if name.startswith("v")}
    assert kinds == {name: "message.rejected" if "rejected" in name else "message.acknowledged" for name in kinds}
    assert len(kinds) == 4
