"""What the middleware says of itself: every hop of a hand-over as a span, made by the real OpenTelemetry SDK."""

import base64
import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from app.demo.world.order import Fact
from app.demo.world.wires.sent import Sent

SOURCE = "mw.otlp"
#: Who is heard by these messages: the one that hands them over, and the services that speak in them.
SOURCES = (SOURCE, "mw.erp-adapter", "mw.bus", "mw.gateway")
_SECOND = 1_000_000_000
#: (service, what it does, kind, milliseconds from the beginning and how long)
_HOPS = (
    ("erp-adapter", "order.release", SpanKind.PRODUCER, 0, 900),
    ("bus", "route {type}", SpanKind.CONSUMER, 120, 700),
    ("gateway", "translate", SpanKind.INTERNAL, 180, 260),
    ("gateway", "POST {partner}", SpanKind.CLIENT, 460, 330),
)
#: Where a trace breaks that goes into a file, and what is known behind that.
_INTO_FILE, _OF_NODE = ("gateway", "translate"), ("o2c.fulfillment.number", "o2c.partner.code")
_SPOKEN = ("fulfillment.requested", "fulfillment.change_requested", "fulfillment.cancel_requested", "message.retried",
           "message.dead_lettered")  # fmt: skip


class _Ids(IdGenerator):
    """Ids by the dice of the world, so that a seed gives the same traces again."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def generate_span_id(self) -> int:
        """A span id, never zero."""
        return self._dice.getrandbits(64) | 1

    def generate_trace_id(self) -> int:
        """A trace id, never zero."""
        return self._dice.getrandbits(128) | 1


class Telemetry:
    """The tracers of the middleware's services, and what they have exported."""

    def __init__(self, seed: int) -> None:
        self._exporter = InMemorySpanExporter()
        ids = _Ids(random.Random(seed))
        self._providers = {service: self._provider(service, ids) for service in dict.fromkeys(hop[0] for hop in _HOPS)}

    def _provider(self, service: str, ids: IdGenerator) -> TracerProvider:
        provider = TracerProvider(
            resource=Resource({"service.name": service}), id_generator=ids, shutdown_on_exit=False
        )
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        return provider

    def hops(self, fact: Fact) -> list[ReadableSpan]:
        """The spans of one hand-over; the last hop fails where the message did."""
        above, known = _batch(fact), _attributes(fact)
        for service, name, kind, begin, length in _HOPS:
            if fact.data.get("torn") and (service, name) == _INTO_FILE:
                above, known = None, {key: said for key, said in known.items() if key in _OF_NODE}
            start = fact.at * _SECOND + begin * 1_000_000
            tracer = self._providers[service].get_tracer("orderscope.demo")
            span = tracer.start_span(
                name.format(type=fact.type, partner=fact.data.get("partner", "")), context=above, kind=kind,
                attributes=known, start_time=start,
            )  # fmt: skip
            if kind is SpanKind.CLIENT and fact.type.startswith("message."):
                span.set_status(Status(StatusCode.ERROR, str(fact.data.get("reason", ""))))
            span.end(end_time=start + length * 1_000_000)
            above = set_span_in_context(span)
        made = list(self._exporter.get_finished_spans())
        self._exporter.clear()
        return made


def _batch(fact: Fact) -> Context | None:
    """The job that hands over a whole batch in one trace; its own span never comes."""
    if not (name := fact.data.get("batch")):
        return None
    dice = random.Random(f"batch {name}")
    ids = dice.getrandbits(128) | 1, dice.getrandbits(64) | 1
    return set_span_in_context(NonRecordingSpan(SpanContext(*ids, is_remote=True, trace_flags=TraceFlags(1))))


def _attributes(fact: Fact) -> dict[str, str]:
    named = {"o2c.order.number": fact.so, "o2c.fulfillment.number": str(fact.keys.get("fo", ""))}
    named |= {
        "o2c.partner.code": str(fact.data.get("partner", "")),
        "messaging.message.id": str(fact.keys.get("msg", "")),
    }
    return {name: value for name, value in named.items() if value}


def messages(facts: Iterable[Fact], seed: int) -> Iterator[Sent]:
    """One export per hand-over, as OTLP writes it in JSON."""
    telemetry = Telemetry(seed)
    for fact in facts:
        if fact.type in _SPOKEN:
            document = MessageToDict(encode_spans(telemetry.hops(fact)), use_integers_for_enums=True)
            body = json.dumps(_hexed(document), separators=(",", ":")).encode() + b"\n"
            yield Sent(SOURCE, fact.arrives + 5, body, ".jsonl")


def _hexed(part: Any) -> Any:
    """OTLP's JSON has ids in hex where protobuf's own has base64."""
    if isinstance(part, dict):
        return {
            key: _id(said) if key in ("traceId", "spanId", "parentSpanId") else _hexed(said)
            for key, said in part.items()
        }
    return [_hexed(one) for one in part] if isinstance(part, list) else part


def _id(text: str) -> str:
    return base64.b64decode(text).hex()
