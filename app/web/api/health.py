"""Alive, ready, and in numbers: what a supervisor and Prometheus ask. No prefix, no sign-in, nothing confidential."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from app.cases import Board, Cases
from app.web.answers import Answer
from app.web.door import HttpDoor
from app.web.parts import Row, asked

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


def router(readiness: Callable[[], Row], cases: Cases, board: Board, door: HttpDoor) -> APIRouter:
    """`/healthz`, `/readyz`, `/metrics`."""
    made = APIRouter(tags=["health"])

    @made.get("/healthz", summary="The process answers")
    async def alive() -> Response:
        return Answer({"alive": True})

    @made.get("/readyz", summary="Everything stored is correlated, folded, judged and swept")
    async def ready() -> Response:
        said = await asked(readiness)
        return Answer(said, 200 if said["ready"] else 503)

    @made.get("/metrics", summary="Prometheus text")
    async def metrics() -> Response:
        text = await asked(lambda: exposition(readiness(), cases.counts(), board.version, door.counted))
        return PlainTextResponse(text, media_type=_TEXT)

    return made


def exposition(said: Row, counts: dict[str, int], version: int, items: dict[tuple[str, str], int]) -> str:
    """The figures in Prometheus' text format."""
    families: list[tuple[str, str, str, list[tuple[dict[str, Any], float]]]] = [
        ("orderscope_ready", "gauge", "Whether everything stored is judged.", [({}, int(said["ready"]))]),
        ("orderscope_lag_events", "gauge", "Events stored and not yet judged.", [({}, said["lag_events"])]),
        ("orderscope_lag_seconds", "gauge", "Age of the oldest of them.", [({}, said["lag_seconds"])]),
        ("orderscope_exceptions", "gauge", "Exceptions by status.", [({"status": s}, n) for s, n in counts.items()]),
        ("orderscope_case_changes_total", "counter", "Changes of exceptions, ever.", [({}, version)]),
        ("orderscope_ingest_items_total", "counter", "Items received over HTTP since the start.", _items(items)),
    ]
    return "\n".join(line for family in families for line in _family(*family)) + "\n"


def _items(items: dict[tuple[str, str], int]) -> list[tuple[dict[str, Any], float]]:
    return [({"collector": wire, "result": result}, n) for (wire, result), n in sorted(items.items())]


def _family(name: str, kind: str, what: str, samples: list[tuple[dict[str, Any], float]]) -> list[str]:
    lines = [f"# HELP {name} {what}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        said = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"{name}{{{said}}} {value}" if said else f"{name} {value}")
    return lines
