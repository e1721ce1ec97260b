"""Interfaces as telemetry names them: who is on which side of a call or a message, and at what.

Source of the attribute and metric names: the semantic conventions of OpenTelemetry for HTTP, RPC and messaging, in
their stable and their older form, and the metrics of its Collector's receivers for Kafka and RabbitMQ.
"""

from app.model.taxonomy import PARTNERS, role

#: Sides of an interface. `queue` is what waits between two.
SIDES = ("server", "client", "producer", "consumer", "queue")
#: side -> the attributes that say at what, the first that is there counts. None there: the service as a whole.
AT: dict[str, tuple[str, ...]] = {
    "server": ("http.route", "rpc.service"),
    "client": ("peer.service", "server.address", "net.peer.name", "rpc.service"),
    "producer": ("messaging.destination.name", "messaging.destination"),
    "consumer": ("messaging.destination.name", "messaging.destination"),
    "queue": ("messaging.destination.name", "topic", "rabbitmq.queue.name"),
}
#: Attributes that say how a call ended; `error.type` stands only on those that failed.
FAILED, STATUS = "error.type", ("http.response.status_code", "http.status_code")
#: The least HTTP status that is a failure of the interface, and no answer of its owner.
FAULT = 500
#: The status of a call that was one too many.
LIMITED = 429
#: How often a call had been sent before.
RESENT = ("http.request.resend_count", "http.resend_count")
#: metric -> (side, unit where the metric itself says none). The durations also count the calls.
METRICS: dict[str, tuple[str, str]] = {
    "http.server.request.duration": ("server", "s"), "http.server.duration": ("server", "ms"),
    "http.client.request.duration": ("client", "s"), "http.client.duration": ("client", "ms"),
    "rpc.server.call.duration": ("server", "s"), "rpc.server.duration": ("server", "ms"),
    "rpc.client.call.duration": ("client", "s"), "rpc.client.duration": ("client", "ms"),
    "messaging.process.duration": ("consumer", "s"), "messaging.receive.duration": ("consumer", "s"),
    "messaging.publish.duration": ("producer", "s"), "messaging.client.operation.duration": ("", "s"),
    "kafka.consumer_group.lag": ("queue", ""), "rabbitmq.message.current": ("queue", ""),
}  # fmt: skip
#: `messaging.operation.type` -> side, for the metric that has both.
OPERATIONS = {"create": "producer", "send": "producer", "publish": "producer", "receive": "consumer", "process": "consumer"}  # fmt: skip
#: Units of time in seconds.
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}


def subject(source: str, side: str, interface: str) -> str:
    """The key of an interface as the subject of an exception."""
    return f"{source}:{side}:{interface}" if interface else f"{source}:{side}"


def parted(subject: str, source: str) -> tuple[str, str]:
    """Side and interface out of such a key."""
    side, _, interface = subject.removeprefix(f"{source}:").partition(":")
    return side, interface


def partner_of(source: str, interface: str) -> str | None:
    """The partner that an interface serves: the one at its other end, else the one that tells of itself."""
    return next((name for name in (interface, source) if role(name) in PARTNERS), None)
