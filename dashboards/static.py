"""Scripts, styles and fonts out of memory, compressed once: the first page is a sixth of what it would be.

A response is captured the first time it is asked for, packed with brotli (or gzip for who knows only that) and kept;
a first, quick packing is replaced by the best one in the background. Nothing else passes through here unread.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio.to_thread
import brotli

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIXES = ("/_dash-component-suites/", "/assets/")
PACKED = ("javascript", "css", "json", "svg", "html", "text/plain")
#: Only what our figures use, a quarter of the whole; built by plotlyjs/build.sh.
PLOTLY = Path(__file__).parent / "plotlyjs" / "plotly.min.js"
YEAR = b"public, max-age=31536000, immutable"
MOST_BYTES = 64 * 2**20


@dataclass(slots=True)
class Kept:
    """A response as it is sent again: its headers, its tag, its body plain and packed."""

    headers: list[tuple[bytes, bytes]]
    tag: bytes
    plain: bytes
    packed: dict[str, bytes] = field(default_factory=dict)


class Static:
    """ASGI middleware for GETs under `PREFIXES`; put it outside the gate that asks who someone is."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.kept: dict[str, Kept] = {}
        self._size = 0
        self._later: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or let the app answer and remember."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not scope["path"].startswith(PREFIXES):
            return await self.app(scope, receive, send)
        key = f"{scope['path']}?{scope.get('query_string', b'').decode('latin-1')}"
        kept = self.kept.get(key) or await self._fetched(key, scope, receive)
        if isinstance(kept, Kept):
            return await self._answer(kept, scope, send)
        for message in kept:
            await send(message)

    async def _fetched(self, key: str, scope: Scope, receive: Receive) -> Kept | list[MutableMapping[str, Any]]:
        """What the app says: kept when it is a plain 200, else its messages to pass on as they are."""
        said: list[MutableMapping[str, Any]] = []

        async def catch(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        # No extensions: with `pathsend` the body would be a file name. No condition: a 304 has no body to keep.
        wanted = [
            (k, v)
            for k, v in scope["headers"]
            if k not in (b"if-none-match", b"if-modified-since", b"range", b"accept-encoding")
        ]
        await self.app({**scope, "method": "GET", "extensions": {}, "headers": wanted}, receive, catch)
        body = b"".join(m.get("body", b"") for m in said if m["type"] == "http.response.body")
        if not said or said[0].get("status") != 200 or not body:
            return said
        if "plotly/package_data/plotly.min" in scope["path"] and PLOTLY.is_file():
            body = await anyio.to_thread.run_sync(PLOTLY.read_bytes)
        kept = Kept(
            _headers(said[0]["headers"], scope), b'"' + hashlib.sha256(body).hexdigest()[:20].encode() + b'"', body
        )
        if _worth(kept):
            await anyio.to_thread.run_sync(_pack, kept, 5)
            self._pack_better(kept)
        self._keep(key, kept)
        return kept

    def _keep(self, key: str, kept: Kept) -> None:
        """Remember it, unless strangers' query strings have filled the memory meant for this."""
        if self._size + len(kept.plain) <= MOST_BYTES:
            self.kept[key] = kept
            self._size += len(kept.plain)

    def _pack_better(self, kept: Kept) -> None:
        task = asyncio.create_task(anyio.to_thread.run_sync(_pack, kept, 9))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _answer(self, kept: Kept, scope: Scope, send: Send) -> None:
        asked = dict(scope["headers"])
        if asked.get(b"if-none-match") == kept.tag:
            await send({"type": "http.response.start", "status": 304, "headers": [*kept.headers, (b"etag", kept.tag)]})
            return await send({"type": "http.response.body", "body": b""})
        accepted = asked.get(b"accept-encoding", b"").decode("latin-1")
        coding = next((c for c in ("br", "gzip") if c in accepted and c in kept.packed), "")
        body = kept.packed.get(coding, kept.plain)
        coded = [(b"content-encoding", coding.encode())] if coding else []
        length = (b"content-length", str(len(body)).encode())
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [*kept.headers, (b"etag", kept.tag), length, *coded],
            }
        )
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _headers(said: list[tuple[bytes, bytes]], scope: Scope) -> list[tuple[bytes, bytes]]:
    """The app's headers without those that we decide; an address with a version in it may be kept for a year."""
    ours = (
        b"content-length",
        b"etag",
        b"last-modified",
        b"content-encoding",
        b"cache-control",
        b"vary",
        b"accept-ranges",
    )
    versioned = b"m=" in scope.get("query_string", b"") or ".v" in scope["path"] or scope["path"].endswith(".woff2")
    rest = [(k.lower(), v) for k, v in said if k.lower() not in ours]
    return [*rest, (b"vary", b"accept-encoding"), (b"cache-control", YEAR if versioned else b"no-cache")]


def _worth(kept: Kept) -> bool:
    """Whether packing helps: text of some size."""
    kind = dict(kept.headers).get(b"content-type", b"").decode("latin-1")
    return len(kept.plain) > 500 and any(k in kind for k in PACKED) and "event-stream" not in kind


def _pack(kept: Kept, quality: int) -> None:
    """Pack with brotli and gzip; the better packing replaces the quick one."""
    kept.packed = {
        "br": brotli.compress(kept.plain, quality=quality),
        "gzip": gzip.compress(kept.plain, min(quality, 9), mtime=0),
    }
