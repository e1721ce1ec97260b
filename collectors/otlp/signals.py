"""Logs and metrics: read far enough to say how many there were, and no further."""

from collections.abc import Callable
from typing import Literal

from app.model.event import Message, Translation
from app.settings import Source
from collectors.otlp import json, protobuf
from collectors.otlp.protobuf import Unreadable
from collectors.otlp.translate import is_json
from collectors.reading import whole

Signal = Literal["logs", "metrics"]


def counting(signal: Signal, count: list[int]) -> Callable[[Message, Source], Translation]:
    """A `translate` that finds nothing to store, and adds to `count[0]` how many records there were."""

    def translate(message: Message, source: Source) -> Translation:
        wire = json if is_json(message.media, message.body) else protobuf
        counter = wire.log_records if signal == "logs" else wire.data_points
        try:
            count[0] += counter(message.body)
        except Unreadable as fault:
            return Translation(rejections=(whole("malformed", str(fault), message.body),))
        return Translation()

    return translate
