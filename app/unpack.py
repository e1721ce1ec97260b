"""Unpacks what arrives packed, and never more of it than was allowed.

A few kilobytes of gzip can hold gigabytes of zeros. Everything here is a stream of small pieces, counted as they
come, so that a bomb costs the limit and nothing more.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import zstandard

from app.errors import BadInput, TooLarge

_PIECE = 64 * 1024
#: One byte of zstd gives at most 32 KiB (a run-length block), so one slice gives at most 16 MiB.
_ZSTD_SLICE = 512
_MAX_LAYERS = 3
_GZIP_MAGIC, _ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def unpacked(body: bytes, encodings: str, limit: int) -> bytes:
    """`body` without the codings of a Content-Encoding header, which may be stacked (`gzip, zstd`).

    Raises TooLarge over `limit` bytes of content, and BadInput for what is corrupt, cut short or unknown.
    """
    names = [name for name in (part.strip().lower() for part in encodings.split(",")) if name not in ("", "identity")]
    if not names and len(body) <= limit:
        return body
    slices = (body[at : at + _PIECE] for at in range(0, len(body), _PIECE))
    return b"".join(pieces(slices, names, limit))


def pieces(chunks: Iterable[bytes], names: list[str], limit: int | None) -> Iterator[bytes]:
    """The same as a stream: the codings are undone from the last to the first. `limit` None is for files."""
    if len(names) > _MAX_LAYERS:
        raise BadInput(f"The content is packed {len(names)} times.", f"Pack it at most {_MAX_LAYERS} times.")
    flow = iter(chunks)
    for name in reversed(names):
        flow = _layer(name)(flow)
    total = 0
    for piece in flow:
        total += len(piece)
        if limit is not None and total > limit:
            raise _too_large(limit)
        yield piece


def opened(path: Path) -> Iterator[bytes]:
    """The content of a file in pieces; gzip and zstd are known by their first bytes, not by the name."""
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        names = ["gzip"] if magic[:2] == _GZIP_MAGIC else ["zstd"] if magic == _ZSTD_MAGIC else []
        yield from pieces(iter(lambda: file.read(_PIECE), b""), names, None)


def _layer(name: str) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    layers = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "zstd": _zstd}
    if name not in layers:
        raise BadInput(f"The content encoding {name[:40]!r} is not known.", "Use gzip, zstd, deflate or none.")
    return layers[name]


def _gzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Gzip with all its members; zero bytes after the last one are padding."""
    engine = zlib.decompressobj(31)
    for chunk in chunks:
        rest = chunk
        while rest:
            if engine.eof:
                rest = rest.lstrip(b"\0")
                engine = zlib.decompressobj(31) if rest else engine
            yield from _inflated(engine, rest)
            rest = engine.unused_data if rest else b""
    _whole(engine.eof, "gzip")


def _deflate(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Deflate as the standard says (zlib), and as some senders mean it (raw)."""
    first = next(chunks, b"")
    zlibbed = len(first) > 1 and first[0] & 15 == 8 and (first[0] * 256 + first[1]) % 31 == 0
    engine = zlib.decompressobj(15 if zlibbed else -15)
    yield from _inflated(engine, first)
    for chunk in chunks:
        yield from _inflated(engine, chunk)
    _whole(engine.eof, "deflate")


def _inflated(engine: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    while chunk and not engine.eof:
        try:
            yield engine.decompress(chunk, _PIECE)
        except zlib.error as fault:
            raise BadInput(f"The packed content is corrupt: {fault}.", "Send it again.") from None
        chunk = engine.unconsumed_tail


def _zstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Zstd frames one after the other, fed in slices small enough that none can burst."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=2**27)
    engine, begun = decompressor.decompressobj(), False
    for chunk in chunks:
        waiting = [chunk[at : at + _ZSTD_SLICE] for at in range(0, len(chunk), _ZSTD_SLICE)][::-1]
        while waiting:
            if engine.eof:
                engine = decompressor.decompressobj()
            begun = True
            try:
                yield engine.decompress(waiting.pop())
            except zstandard.ZstdError as fault:
                raise BadInput(f"The packed content is corrupt: {fault}.", "Send it again.") from None
            if engine.eof and engine.unused_data:
                waiting.append(engine.unused_data)
    _whole(begun and engine.eof, "zstd")


def _whole(ended: bool, name: str) -> None:
    if not ended:
        raise BadInput(f"The {name} content is cut short.", "Send it again, whole.")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The content is larger than {limit:,} bytes.", "Send it in smaller parts.")
