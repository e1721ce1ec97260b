"""Packed content is undone, and no bomb goes off."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from app.errors import BadInput, TooLarge
from app.unpack import opened, pieces, unpacked

MIB = 2**20
_RAW = zlib.compressobj(wbits=-15)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
TEXT = b'{"specversion":"1.0"}' * 10_000


@pytest.mark.parametrize("name", PACKERS)
def test_every_coding_is_undone(name: str) -> None:
    """What was packed comes out again."""
    assert unpacked(PACKERS[name](TEXT), name, MIB) == TEXT


def test_raw_deflate_is_understood() -> None:
    """Some senders mean the bare stream when they say deflate."""
    assert unpacked(_RAW.compress(TEXT) + _RAW.flush(), "deflate", MIB) == TEXT


def test_codings_may_be_stacked() -> None:
    """The last one named was applied last."""
    body = gzip.compress(zstandard.ZstdCompressor().compress(zlib.compress(TEXT)))
    assert unpacked(body, "deflate, zstd , GZIP", MIB) == TEXT


def test_members_and_frames_follow_one_another() -> None:
    """Concatenated gzip members, with padding after them, and concatenated zstd frames are one content."""
    assert unpacked(gzip.compress(b"ab") + gzip.compress(b"cd") + bytes(512), "gzip", 10) == b"abcd"
    frames = zstandard.ZstdCompressor().compress(b"ab") * 3
    assert unpacked(frames, "zstd", 10) == b"ababab"


@pytest.mark.parametrize("encodings", ["", "identity", " , "])
def test_nothing_packed_is_left_alone(encodings: str) -> None:
    """Without a coding the body is the content, and the limit still holds."""
    assert unpacked(b"abc", encodings, 3) == b"abc"
    with pytest.raises(TooLarge):
        unpacked(b"abcd", encodings, 3)


@pytest.mark.parametrize("name", PACKERS)
def test_the_limit_is_exact(name: str) -> None:
    """A content of just the limit passes, one byte more does not."""
    body = PACKERS[name](bytes(MIB))
    assert len(unpacked(body, name, MIB)) == MIB
    with pytest.raises(TooLarge):
        unpacked(body, name, MIB - 1)


@pytest.mark.parametrize("name", ["gzip", "zstd", "deflate", "gzip, zstd"])
def test_a_gigabyte_of_zeros_costs_the_limit(name: str) -> None:
    """1 GB of zeros (16 members, or frames) stops at 8 MiB: memory stays near the limit, however well it was packed."""
    part = PACKERS[name.partition(",")[0]](bytes(64 * MIB))
    body = part * 16 if name != "deflate" else part
    body = zstandard.ZstdCompressor().compress(body) if "," in name else body
    tracemalloc.start()
    with pytest.raises(TooLarge):
        unpacked(body, name, 8 * MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 48 * MIB


@pytest.mark.parametrize("name", ["gzip", "zstd", "deflate"])
@pytest.mark.parametrize("harm", [lambda b: b[:-5], lambda b: b[: len(b) // 2], lambda b: b"\x00" * 20, lambda b: b""])
def test_corrupt_content_is_bad_input(name: str, harm: Callable[[bytes], bytes]) -> None:
    """Cut short, overwritten or empty: a clear refusal."""
    with pytest.raises(BadInput):
        unpacked(harm(PACKERS[name](TEXT)), name, MIB)


def test_unknown_and_endless_codings_are_bad_input() -> None:
    """A coding nobody knows, and more layers than anybody needs."""
    with pytest.raises(BadInput, match="not known"):
        unpacked(b"x", "br", MIB)
    with pytest.raises(BadInput, match="packed 4 times"):
        list(pieces([b"x"], ["gzip"] * 4, MIB))


def test_files_are_opened_by_what_they_are(tmp_path: Path) -> None:
    """A file is unpacked by its first bytes, whatever it is called."""
    for name, packer in PACKERS.items():
        file = tmp_path / "orders.csv"
        file.write_bytes(TEXT if name == "deflate" else packer(TEXT))
        assert b"".join(opened(file)) == TEXT
