"""Adversarial key graphs: events that name keys of few values at several issuers, at many times, and people who differ.

`apart` is a plain model of DECISIONS 1.2 and 1.3, slow and written for reading, that the engine is held against.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from random import Random
from typing import Any

import polars as pl

from app.engine.correlate import correlate
from app.engine.news import News
from app.model.event import EVENT, MENTION, Message, Translation
from app.model.keys import ALIAS
from app.store.database import Database
from app.store.intake import Intake
from app.store.work import Work

Event = dict[str, Any]
BASE = datetime(2026, 11, 2, 8)
#: type -> the (issuer, value) that events of one world may name
_VALUES: dict[str, list[tuple[str, str]]] = {
    "so": [(i, v) for i in ("DE", "FR", "erp") for v in "AB"], "fo": [("w", "1"), ("w", "2"), ("e", "1")],
    "ch": [("a", "W"), ("b", "W"), ("", "W"), ("a", "V"), ("", "V")], "corr": [("", "K"), ("", "L")],
    "crm": [("c", "1")], "xo": [("w", "9")], "tr": [("ups", "T"), ("dhl", "T"), ("", "T"), ("ups", "U")],
    "sh": [("w", "S")], "inv": [("e", "I")], "cpo": [("c", "P")], "trace": [("", "AA")], "bol": [("", "B")],
}  # fmt: skip
_NAMED = (
    "so fo", "so ch", "so", "fo", "fo corr", "ch crm", "ch corr", "fo xo", "xo", "tr", "tr", "tr fo", "tr so", "tr sh",
    "sh so", "sh inv", "inv", "cpo", "cpo so", "trace", "trace so", "bol sh", "bol tr", "so so", "so tr trace", "fo crm",
)  # fmt: skip
_TYPES = ("order.created", "fulfillment.acknowledged", "shipment.in_transit", "invoice.posted", "order.captured")
_DAYS = (0, 0, 1, 50, 100, 119, 120, 121, 150, 230, 240, 241, 300)


def galaxy(seed: int, worlds: int = 25, people: bool = True) -> list[Event]:
    """The events of so many worlds, which share no number; in some of them people speak too."""
    return [event for n in range(worlds) for event in _world(Random(f"{seed}/{n}"), f"Z{n}Q", people)]


def _world(dice: Random, mark: str, people: bool) -> list[Event]:
    events: list[Event] = []
    for n in range(dice.randint(3, 14)):
        keys = [(kind, *dice.choice(_VALUES[kind])) for kind in dice.choice(_NAMED).split()]
        at = BASE + timedelta(days=dice.choice(_DAYS) - 400, minutes=n)
        keys = [
            (kind, issuer, mark + value if kind != "trace" else (mark + value).lower()) for kind, issuer, value in keys
        ]
        events.append(
            {
                "source": "erp.main",
                "native_id": f"{mark}/{n}",
                "type": dice.choice(_TYPES),
                "occurred_at": at,
                "keys": keys,
            }
        )
    return events + (_words(dice, mark, len(events)) if people and dice.random() < 0.5 else [])


def said_in_turn(seed: int, worlds: int = 25) -> list[list[Event]]:
    """The events of so many worlds; then, batch by batch, what people say of their orders afterwards, a word of each world."""
    spoken = [_words_of_orders(Random(f"{seed}/{n}/orders"), f"Z{n}Q") for n in range(worlds)]
    turns = [[words[at] for words in spoken if at < len(words)] for at in range(max(map(len, spoken)))]
    return [galaxy(seed, worlds, people=False), *turns]


def _words_of_orders(dice: Random, mark: str) -> list[Event]:
    """Sales orders tied to each other and parted, mostly, and numbers of both; some of it taken back."""
    said: list[Event] = []
    for n in range(dice.randint(1, 5)):
        kind = dice.choice(("so", "so", "so", "fo", "ch"))
        (issuer, value), (whose, number) = dice.choice(_VALUES[kind]), dice.choice(_VALUES["so"])
        told = {"key": f"{kind}:{issuer}:{mark}{value}", "order": f"so:{whose}:{mark}{number}"}
        said.append(_word(f"{mark}/o{n}", dice.choice(("link.added", "link.added", "link.cut")), told, 100 + n))
        if dice.random() < 0.3:
            taken = dice.randrange(n + 1)
            said.append(_word(f"{mark}/p{n}", "link.cut", {"undoes": event_id("people", f"{mark}/o{taken}")}, 150 + n))
    return said


def _words(dice: Random, mark: str, events: int) -> list[Event]:
    said: list[Event] = []
    for n in range(dice.randint(1, 3)):
        kind, order = dice.choice(("fo", "corr", "ch", "tr", "sh", "so", "cpo")), dice.choice(("so", "so", "fo"))
        (issuer, value), (whose, number) = dice.choice(_VALUES[kind]), dice.choice(_VALUES[order])
        told = {"order": f"{order}:{whose}:{mark}{number}"}
        if dice.random() < 0.4:
            told["event_id"] = event_id("erp.main", f"{mark}/{dice.randrange(events)}")
        else:
            told["key"] = f"{kind}:{issuer}:{mark}{value}"
        said.append(_word(f"{mark}/w{n}", dice.choice(("link.added", "link.cut")), told, n))
        if dice.random() < 0.3:
            said.append(_word(f"{mark}/u{n}", "link.cut", {"undoes": event_id("people", f"{mark}/w{n}")}, 50 + n))
    return said


def _word(native_id: str, kind: str, told: dict[str, str], minute: int) -> Event:
    at, attrs = BASE + timedelta(minutes=minute), json.dumps(told | {"reason": "x", "person": "kim"})
    return {"source": "people", "native_id": native_id, "type": kind, "occurred_at": at, "keys": [], "attrs": attrs}


def event_id(source: str, native_id: str) -> str:
    """The id under which the event is stored: the lower half of a digest, read from its end."""
    return md5(f"{source}\x1f{native_id}".encode()).digest()[:7:-1].hex()


def translation(events: Iterable[Event]) -> Translation:
    """Events as a collector would hand them over."""
    rows, mentions = [], []
    for item, event in enumerate(events):
        rows.append({"item": item, **{name: value for name, value in event.items() if name != "keys"}})
        mentions += [
            {"item": item, "type": kind, "issuer": issuer, "value": value} for kind, issuer, value in event["keys"]
        ]
    return Translation(pl.DataFrame(rows, schema=EVENT), pl.DataFrame(mentions, schema=MENTION))


def linked(*batches: list[Event]) -> pl.DataFrame:
    """What the engine makes of these batches: part, order (by its first key), what it says; free of internal numbers."""
    database = Database(None, threads=1)
    work, intake = Work(database), Intake(database, {})
    try:
        for batch in batches:
            seq = work.number("select max(seq) from event")
            intake.put(Message("x", "x", "x", b"", BASE), translation(batch)).result()
            with work.transaction():
                correlate(work, News.of(work, work.ask(f"select seq from event where seq > {seq} order by seq")))
        return work.ask(_PICTURE)
    finally:
        intake.close()
        work.close()
        database.close()


_PICTURE = """
with named as (select order_no, min(text) as name from node where order_no is not null group by order_no)
select 'link' as part, o.name as "order", concat_ws(' ', e.native_id, l.rule, l.key, l.confidence) as says
from link l join event e using (seq) left join named o using (order_no)
union all
select 'node', coalesce(o.name, ''), concat_ws(' ', n.text, n.hub, m.text)
from node n left join named o using (order_no) left join node m on n.meant = m.key
union all
select distinct 'reach', o.name, text from reach left join named o using (order_no) where from_at is null
order by all
"""


@dataclass(slots=True)
class Apart:
    """Plain model: keys and ties of the alias keys that events name."""

    ties: set[frozenset[str]] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    hubs: set[str] = field(default_factory=set)

    def kind(self, key: str) -> str:
        return key.split(":", maxsplit=1)[0]

    def neighbours(self, key: str) -> set[str]:
        return {other for tie in self.ties if key in tie for other in tie - {key}} - self.hubs

    def part(self, key: str) -> set[str]:
        """Everything connected with a key, without hubs."""
        found, front = {key}, [key]
        while front:
            new = self.neighbours(front.pop()) - found
            found |= new
            front += new
        return found

    def sales_orders(self, part: set[str]) -> int:
        return sum(self.kind(key) == "so" for key in part)


def apart(events: list[Event]) -> tuple[dict[str, frozenset[str]], set[str]]:
    """Per key the keys of its order, and the hubs: by the words of DECISIONS 1.2 and 1.3."""
    named = [{":".join(key) for key in event["keys"] if key[0] in ALIAS} for event in events]
    means = {key: _meaning(key, set().union(*named)) for key in set().union(*named)}
    model = Apart(keys=set(means.values()))
    for keys in named:  # an event that names several sales orders pairs nothing
        if sum(key.startswith("so:") for key in keys) < 2:
            model.ties |= {frozenset((means[a], means[b])) for a in keys for b in keys if means[a] != means[b]}
    beside = {
        key: [n for n in model.neighbours(key) if model.kind(n) == "so"]
        for key in model.keys
        if model.kind(key) != "so"
    }
    model.hubs = {key for key, orders in beside.items() if len(orders) > 1}
    while crowded := next(
        (p for k in sorted(model.keys - model.hubs) if model.sales_orders(p := model.part(k)) > 1), None
    ):
        path = set(crowded)
        while ends := {k for k in path if model.kind(k) != "so" and len(model.neighbours(k) & path) < 2}:
            path -= ends
        weakest = max(ALIAS.index(model.kind(k)) for k in path if model.kind(k) != "so")
        model.hubs |= {k for k in path if ALIAS.index(model.kind(k)) == weakest}
    parts = {key: frozenset(model.part(key)) for key in model.keys - model.hubs}
    return {key: parts[meant] for key, meant in means.items() if meant in parts}, {
        k for k, m in means.items() if m in model.hubs
    }


def _meaning(key: str, known: set[str]) -> str:
    """A number without its issuer is that of the only issuer that has it."""
    kind, issuer, value = key.split(":", 2)
    if issuer != {"so": "erp", "ch": ""}.get(kind):
        return key
    others = [k for k in known if k.split(":", 2)[0] == kind and k.split(":", 2)[2] == value and k != key]
    return others[0] if len(others) == 1 else key
