"""The shape of OTLP in JSON, as types: what fits them is decoded at once."""

from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

Whole = int | str
One = TypeVar("One")


class Array(Struct, gc=False):
    """A list of values."""

    values: "list[Value]" = []


class Pairs(Struct, gc=False):
    """A mapping of values."""

    values: "list[Pair]" = []


class Value(Struct, gc=False):
    """One of its fields is set."""

    stringValue: str | None = None
    intValue: Whole | float | None = None
    boolValue: bool | None = None
    doubleValue: float | str | None = None
    arrayValue: Array | None = None
    kvlistValue: Pairs | None = None
    bytesValue: str | None = None


class Pair(Struct, gc=False):
    """An attribute."""

    key: str = ""
    value: Value | None = None


class Link(Struct, gc=False):
    """Another span that this one continues."""

    traceId: str = ""
    spanId: str = ""


class Happening(Struct, gc=False):
    """An event inside a span."""

    timeUnixNano: Whole = 0
    name: str = ""
    attributes: list[Pair] = []


class Status(Struct, gc=False):
    """How a span ended."""

    code: Whole | None = 0
    message: str = ""


class Span(Struct, gc=False):
    """A span."""

    traceId: str = ""
    spanId: str = ""
    parentSpanId: str | None = ""
    name: str = ""
    kind: Whole | None = 0
    startTimeUnixNano: Whole = 0
    endTimeUnixNano: Whole = 0
    attributes: list[Pair] | None = None
    status: Status | None = None
    links: list[Link] | None = None
    events: list[Happening] | None = None


class Scope(Struct, Generic[One], gc=False):
    """The spans of one instrumentation."""

    spans: list[One] = []


class Resource(Struct, gc=False):
    """Who wrote the spans."""

    attributes: list[Pair] = []


class Written(Struct, Generic[One], gc=False):
    """The spans of one resource."""

    resource: Resource | None = None
    scopeSpans: list[Scope[One]] = []


class Request(Struct, Generic[One], gc=False):
    """A request; those of the other signals are read apart."""

    resourceSpans: list[Written[One]] | None = None
    resourceLogs: msgspec.Raw = msgspec.Raw()
    resourceMetrics: msgspec.Raw = msgspec.Raw()


class Record(Struct, gc=False):
    """A log record."""

    timeUnixNano: Whole | None = 0
    observedTimeUnixNano: Whole | None = 0
    severityNumber: Whole | None = 0
    severityText: str | None = ""
    eventName: str | None = ""
    body: Value | None = None
    attributes: list[Pair] | None = None
    traceId: str | None = ""
    spanId: str | None = ""


class Logs(Struct, gc=False):
    """The log records of one instrumentation."""

    logRecords: list[msgspec.Raw] = []


class LogResource(Struct, gc=False):
    """The logs of one resource."""

    resource: Resource | None = None
    scopeLogs: list[Logs] = []


class Buckets(Struct, gc=False):
    """Buckets of an exponential histogram."""

    offset: int = 0
    bucketCounts: list[Whole] = []


class Point(Struct, gc=False):
    """A data point of any of the five kinds."""

    attributes: list[Pair] | None = None
    startTimeUnixNano: Whole | None = 0
    timeUnixNano: Whole | None = 0
    asInt: Whole | None = None
    asDouble: float | str | None = None
    count: Whole | None = None
    sum: float | str | None = None
    max: float | str | None = None
    bucketCounts: list[Whole] | None = None
    explicitBounds: list[float] | None = None
    scale: int = 0
    zeroCount: Whole | None = 0
    zeroThreshold: float | None = 0.0
    positive: Buckets | None = None


class Points(Struct, gc=False):
    """The data points of a metric."""

    dataPoints: list[msgspec.Raw] = []
    aggregationTemporality: Whole | None = 0


class Metric(Struct, gc=False):
    """A metric of one of five kinds."""

    name: str = ""
    unit: str | None = ""
    gauge: Points | None = None
    sum: Points | None = None
    histogram: Points | None = None
    exponentialHistogram: Points | None = None
    summary: Points | None = None


class Metrics(Struct, gc=False):
    """The metrics of one instrumentation."""

    metrics: list[Metric] = []


class MetricResource(Struct, gc=False):
    """The metrics of one resource."""

    resource: Resource | None = None
    scopeMetrics: list[Metrics] = []
