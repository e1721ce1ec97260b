"""Every rule shows what it means: its examples are run as stories, with no store and no clock.

A story is one order. An event concerns the subjects of a type whose keys it names, and all of them when it names
none.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import polars as pl

from app import stories
from app.calendar import Calendars
from app.contracts import MOMENT, Kind
from app.errors import OrderscopeError
from app.model.event import Translation
from app.model.keys import keyed
from app.model.taxonomy import CRM_STAGE, DOCUMENTS, EVENTS, HOLDS, RANK, ROLES, role
from rules import scenes
from rules.book import Entry, Listened, read, resolve
from rules.degradation import shown as degraded
from rules.degradation.rule import Degrading, Spell
from rules.finding import Finding, Scene
from rules.heard import otherwise as heard_otherwise
from rules.kinds import KINDS
from rules.kinds.agreement import Broken
from rules.kinds.freshness import Silence
from rules.kinds.outage import Told
from rules.moments import judged
from rules.objective.rule import Objective, Tally
from rules.objective.shown import otherwise
from rules.rule import Deadline, Example, Rule, Shown
from rules.scenes import Play
from rules.source import Fault
from rules.verdict import state

#: The subject of type order in moments made from a story.
ORDER = "order"
#: More events than any story has.
_MOST = 1_000_000
#: The steps whose amount is the order's value.
_VALUED = ("order.captured", "order.created", "order.changed")


def check(
    entries: Iterable[Entry] | None = None, kinds: Mapping[str, Kind] = KINDS, play: Play | None = None
) -> list[Fault]:
    """The faults of all examples: rules without both sides, and examples that turn out otherwise.

    Without `entries` it is the catalogue that is checked, with the faults that keep its files from being read. `play`
    tells the engine the examples of rules over findings, which are not run without.
    """
    unread: list[Fault] = []
    if entries is None:
        entries, unread = read(kinds)
    entries = list(entries)
    return unread + faults(entries, outcomes(entries, play, kinds))


def outcomes(entries: Sequence[Entry], play: Play | None = None, kinds: Mapping[str, Kind] = KINDS) -> list[list[str]]:
    """Of each rule how each of its examples turned out otherwise than it says; "" where it did not."""
    told = [[_otherwise(example, entry.rule) for example in entry.rule.examples] for entry in entries]
    for (rule, example), what in _deadlines(entries, kinds).items():
        told[rule][example] = what
    for (rule, example), what in (scenes.otherwise(entries, play) if play else {}).items():
        told[rule][example] = what
    return told


def faults(entries: Sequence[Entry], told: Sequence[Sequence[str]]) -> list[Fault]:
    """The faults of the examples of rules, of which it was `told` how they turned out otherwise."""
    return [fault for entry, said in zip(entries, told, strict=True) for fault in _faults(entry, said)]


def _deadlines(entries: Sequence[Entry], kinds: Mapping[str, Kind]) -> dict[tuple[int, int], str]:
    """(rule, example) of deadlines -> how it turned out otherwise: those of one calendar are judged together.

    Where one of them cannot be judged, each is judged by itself, so that the fault is told of the one that has it.
    """
    together: dict[tuple[str, int], dict[tuple[int, int], tuple[Example, Deadline]]] = {}
    namesakes = Counter[str]()
    for n, entry in enumerate(entries):
        for m, one in enumerate(entry.rule.examples):
            if isinstance(entry.rule, Deadline) and isinstance(one, Example):
                said = one.calendar.model_dump_json() if one.calendar else ""
                together.setdefault((said, namesakes[entry.rule.id]), {})[n, m] = one, entry.rule
        namesakes[entry.rule.id] += 1
    found: dict[tuple[int, int], str] = {}
    for some in together.values():
        try:
            found |= _differing(some, kinds)
        except OrderscopeError:
            for place, alone in some.items():
                try:
                    found |= _differing({place: alone}, kinds)
                except OrderscopeError as fault:
                    found[place] = fault.detail
    return found


def _differing(
    some: Mapping[tuple[int, int], tuple[Example, Deadline]], kinds: Mapping[str, Kind]
) -> dict[tuple[int, int], str]:
    """How examples of one calendar turned out otherwise, each an order by itself; no two rules have the same id."""
    told, rules = list(some.values()), {rule.id: rule for _, rule in some.values()}
    calendar = told[0][0].calendar
    clocks = Calendars({"default": calendar} if calendar else {})
    flat = moments(*(stories.parse(example.story) for example, _ in told))
    dues = judged(flat, resolve(rules.values()), clocks, kinds["deadline"])
    return {
        place: _differs(example, _chosen(dues.filter(order_no=n, rule=rule.id), example))
        for n, (place, (example, rule)) in enumerate(some.items(), 1)
    }


def _chosen(dues: pl.DataFrame, example: Example) -> pl.DataFrame:
    """The Dues of an example with their `state` at its `now`, limited to the subject and occurrence that it names."""
    dues = dues.with_columns(state(stories.instant(example.now)))
    if example.subject:
        dues = dues.filter(pl.col("subject").str.ends_with(f":{example.subject}"))
    if example.occurrence in ("first", "last"):
        in_order = dues.sort("started_at", "start_event")
        return in_order.head(1) if example.occurrence == "first" else in_order.tail(1)
    return dues.filter(pl.col("occurrence") == example.occurrence) if example.occurrence else dues


def moments(*stories_told: Translation) -> pl.DataFrame:
    """The moments of stories for every type of subject; each story is one order, numbered from 1."""
    numbered = [(pl.lit(n, pl.Int64).alias("order_no"), one) for n, one in enumerate(stories_told, 1)]
    events = pl.concat([one.events.with_columns(number) for number, one in numbered])
    mentions = pl.concat([one.mentions.with_columns(number) for number, one in numbered])
    events = _ranked(keyed(events, mentions, {}, on=("order_no", "item")))
    everything = events.with_columns(subject_type=pl.lit("order"), subject=pl.lit(ORDER))
    frames = [everything, *(_by_key(events, kind) for kind in ("fo", "sh", "inv", "rma", "po")), _by_hold(events)]
    return pl.concat([frame.select(pl.col(name).cast(kind) for name, kind in MOMENT.items()) for frame in frames])


def _ranked(events: pl.DataFrame) -> pl.DataFrame:
    """The columns of moments that a story does not write; who the customer is, and by which channel, the order says."""
    stages = {name: RANK.get(stage) for name, (_, stage) in EVENTS.items()}
    status = pl.col("status").str.to_lowercase().replace_strict(CRM_STAGE, default=None, return_dtype=pl.String)
    seen = status.replace_strict(RANK, default=None, return_dtype=pl.Int32)
    rank = pl.col("type").replace_strict(stages, default=None, return_dtype=pl.Int32)
    sources = events["source"].unique().to_list()
    places = {source: ROLES.index(role(source)) + 1 if role(source) in ROLES else len(ROLES) for source in sources}
    return events.with_columns(
        *(pl.coalesce(name, _of_order(name)) for name in ("tier", "channel", "entity", "customer")),
        arrived_at="received_at",
        source_rank=pl.col("source").replace_strict(places, default=0, return_dtype=pl.Int32),
        event_id=(pl.col("order_no") - 1) * _MOST + pl.col("item"),
        stage_rank=pl.when(pl.col("type") == "crm.order_status_updated").then(seen).otherwise(rank),
        revision=pl.col("revision").fill_null(1),
        node="location",
        hold=_hold_kind(),
        message=pl.coalesce(_named_by(word, kind) for word, kind in DOCUMENTS.items()),
        value=pl.col("amount")
        .filter(pl.col("type").is_in(_VALUED))
        .cast(pl.Float64, strict=False)
        .last()
        .over("order_no"),
        kind=_said("kind").drop_nulls().last().over("order_no").fill_null("standard"),
        mode=_said("mode"),
        document=_said("document"),
    )


def _of_order(name: str) -> pl.Expr:
    return pl.col(name).filter(pl.col("type").is_in(_VALUED)).drop_nulls().last().over("order_no")


def _said(name: str) -> pl.Expr:
    """A field of an event that no column has."""
    return pl.col("attrs").str.json_path_match(f"$.{name}")


def _hold_kind() -> pl.Expr:
    """The kind of a hold as the fold of orders names it."""
    names = {"fulfillment.held": "warehouse", "order.hold_placed": "other"}
    usual = pl.col("type").replace_strict(names, default="", return_dtype=pl.String)
    credit = pl.col("type").str.starts_with("order.credit_")
    kind = pl.when(credit).then(pl.lit("credit")).otherwise(pl.coalesce("hold_kind", usual))
    return pl.when(pl.col("type").is_in(list(HOLDS))).then(kind)


def _named_by(word: str, kind: str) -> pl.Expr:
    """The first key of that kind, of events of that word."""
    own = (
        pl.col("keys").list.eval(pl.element().filter(pl.element().str.starts_with(f"{kind}:"))).list.sort().list.first()
    )
    said = own if kind == "msg" else own.str.splitn(":", 3).struct.field("field_2")
    return pl.when(pl.col("type").str.starts_with(f"{word}.")).then(said)


def _by_hold(events: pl.DataFrame) -> pl.DataFrame:
    """One row per event and hold: what places a hold concerns it, a release those that fit, anything else all of them."""
    placing = pl.col("type").replace_strict(HOLDS, default=None, return_dtype=pl.Boolean)
    of_node = pl.col("type").str.starts_with("fulfillment.")
    told = events.with_columns(placing=placing, node_=of_node, id_=pl.col("hold_id").fill_null(""))
    name = pl.concat_str(
        pl.lit(f"hold:{ORDER}:"), "hold", pl.when(pl.col("id_") != "").then(":" + pl.col("id_")), ignore_nulls=True
    )
    holds = (
        told.filter("placing").select("order_no", subject=name, node_of="node_", kind_of="hold", id_of="id_").unique()
    )
    pairs = told.join(holds, on="order_no")
    same = pl.col("node_") == pl.col("node_of")
    begins = same & (pl.col("id_") == pl.col("id_of")) & (pl.col("hold") == pl.col("kind_of"))
    by_id = (pl.col("id_") == "") | (pl.col("id_of") == "") | (pl.col("id_") == pl.col("id_of"))
    ends = same & by_id & ((pl.col("hold") == "") | (pl.col("hold") == pl.col("kind_of")))
    fits = pl.when(pl.col("placing").is_null()).then(True).when("placing").then(begins).otherwise(ends)
    return pairs.filter(fits).with_columns(subject_type=pl.lit("hold"))


def _by_key(events: pl.DataFrame, kind: str) -> pl.DataFrame:
    """One row per event and subject of one key type."""
    own = pl.col("keys").list.eval(pl.element().filter(pl.element().str.starts_with(f"{kind}:")))
    named = events.with_columns(subject=own)
    every = named.select("order_no", every="subject").explode("every").drop_nulls().unique().sort("every")
    named = named.join(every.group_by("order_no", maintain_order=True).agg("every"), on="order_no", how="left")
    all_of_them = pl.when(pl.col("subject").list.len() == 0).then("every")
    spread = named.with_columns(subject=all_of_them.otherwise("subject")).explode("subject")
    return spread.filter(pl.col("subject").is_not_null()).with_columns(subject_type=pl.lit(kind))


def _faults(entry: Entry, told: Sequence[str]) -> list[Fault]:
    found, states = [], {example.state for example in entry.rule.examples}
    if "breached" not in states or states == {"breached"}:
        what, mend = "needs an example that breaches and one that does not", "Add the missing one under `examples`."
        found.append(entry.fault(what, mend, "examples"))
    mend = "Correct the example, or the rule if the example is right."
    wrong = [(n, what) for n, what in enumerate(told) if what]
    return found + [entry.fault(f"example {n + 1}: {what}", mend, "examples", n) for n, what in wrong]


def _otherwise(example: Shown, rule: Rule) -> str:
    """How an example turned out, when that is not what it says; "" when it is, and where many are judged together."""
    if isinstance(rule, Objective) and isinstance(example, Tally):
        return otherwise(example, rule)
    if isinstance(rule, Listened) and isinstance(example, Silence | Told | Broken):
        return heard_otherwise(example, rule)
    if isinstance(rule, Degrading) and isinstance(example, Spell):
        return degraded.otherwise(example, rule)
    if isinstance(rule, Finding) and isinstance(example, Scene):
        return ""
    if isinstance(rule, Deadline) and isinstance(example, Example):
        return ""
    return f"kind {rule.kind} has no such example"


def _differs(example: Example, found: pl.DataFrame) -> str:
    if len(found) != 1:
        listed = ", ".join(f"{row['subject']} {row['occurrence']}" for row in found.to_dicts()) or "none"
        return f"there must be one Due to look at, and there are {len(found)} ({listed})"
    due = found.row(0, named=True)
    if due["state"] != example.state:
        return f"is {due['state']} and not {example.state} (due {_written(due['due_at'])})"
    if example.due and due["due_at"] != stories.instant(example.due):
        return f"is due {_written(due['due_at'])} and not {example.due}"
    return ""


def _written(at: datetime | None) -> str:
    return at.isoformat(sep=" ") if at else "never"
