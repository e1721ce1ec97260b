"""The examples of a mapping: documents and what must become of them, so that a change that breaks one is told."""

from datetime import datetime
from typing import Any

import msgspec

from app.model.event import Message, Translation
from app.settings import Source
from collectors.webhook.config import Example, load
from collectors.webhook.documents import packed
from collectors.webhook.translate import translate

#: Examples are read as if they had just arrived, long after whatever they tell.
_ARRIVED = datetime(2100, 1, 1)


def faults(source: Source) -> list[str]:
    """One line per example of a source's mapping that gives something else. Raises WrongUse for a wrong mapping."""
    told = []
    for at, example in enumerate(load(source).examples):
        given = _given(source, example)
        if [one.split() for one in example.gives] != _asked(example, given):
            told.append(f"mapping: examples.{at}: gives {_shown(given)}, not {'; '.join(example.gives) or 'nothing'}")
    return told


def _given(source: Source, example: Example) -> list[list[str]]:
    """Per event its type and keys, per refusal its reason."""
    headers = {name.lower(): text for name, text in example.headers.items()}
    body = packed(headers, msgspec.json.encode(_plain(example.document)))
    said = translate(Message("example", "webhook", "", body, _ARRIVED), source)
    return [*_events(said), *(["refused", one.reason] for one in said.rejections)]


def _events(said: Translation) -> list[list[str]]:
    keys = said.mentions.select("item", "type", "value").rows()
    return [
        [type_, *(f"{kind}:{value}" for at, kind, value in keys if at == item)]
        for item, type_ in said.events.select("item", "type").rows()
    ]


def _plain(document: Any) -> Any:
    """The document as JSON: YAML reads bare dates and times as such."""
    return msgspec.to_builtins(document, str_keys=True)


def _asked(example: Example, given: list[list[str]]) -> list[list[str]]:
    """What was given, as far as the example says it: keys that it does not name are passed over."""
    if len(given) != len(example.gives):
        return given
    wanted = [set(one.split()) for one in example.gives]
    kept = [[word for word in words if word in wants] for words, wants in zip(given, wanted, strict=True)]
    return [sorted(words, key=said.split().index) for words, said in zip(kept, example.gives, strict=True)]


def _shown(given: list[list[str]]) -> str:
    return "; ".join(" ".join(words) for words in given)[:300] or "nothing"
