"""Why each event belongs to its order, what people said of it, and which events belong to none."""

from datetime import datetime
from typing import Any

from app.clock import written
from app.errors import Ambiguous, NotFound
from app.model.guesses import SPREADSHEET, guesses, rounded
from app.model.keys import ALIAS, RELATION, SHARED, TYPES, parts
from app.store.questions.asking import Asking, Row
from app.store.questions.resolve import resolved, spellings

#: What people call the numbers of each type.
NUMBERS = {
    "so": "sales order", "fo": "fulfillment order", "xo": "the partner's order number", "ch": "shop order",
    "crm": "CRM record", "corr": "correlation id", "sh": "shipment", "pk": "package", "tr": "tracking number",
    "pro": "freight number", "sscc": "package code", "inv": "invoice", "cm": "credit memo", "rma": "return",
    "ticket": "ticket", "cpo": "customer's order number", "po": "purchase order", "asn": "shipping notice",
    "rc": "receipt", "bol": "bill of lading", "ld": "load", "trace": "trace",
}  # fmt: skip
_GROUP = {
    kind: name for name, kinds in (("alias", ALIAS), ("relation", RELATION), ("shared", SHARED)) for kind in kinds
}
_SUGGESTED, _EVER = 5, datetime(9999, 1, 1)
_FAMILIES = ("order", "fulfillment", "shipment", "return", "invoice")

#: The events without an order that are judged unmatched.
_STRAY = (
    "with key_at as (select subject, since, hash(subject) as key from judgement where kind = 'unmatched' union"
    " select j.subject, j.since, n.meant from judgement j join node n on hash(j.subject) = n.key where j.kind = 'unmatched'),"
    " near as (select k.since, lo.seq from key_at k join loose lo on k.key = lo.key union"
    " select k.since, l.seq from key_at k join node n on k.key = n.key join link l on n.order_no = l.order_no),"
    " stray as (select seq, min(since) as since from near anti join (select l.seq from link l join orders o"
    " on l.order_no = o.order_no) using (seq) group by seq),"
    f" found as (select e.*, s.since from stray s join event e on s.seq = e.seq where split_part(e.type, '.', 1) in {_FAMILIES} and e.occurred_at <= $upto)"
)


def links(reader: Asking, order_id: str) -> list[Row]:
    """Each event of the order with the key that brought it here, the rule, how sure it is, and why in words."""
    order_no = resolved(reader, order_id)["order_no"]
    found = reader.rows(
        "select format('{:016x}', e.event_id) as event_id, e.type, e.source, e.occurred_at as at, e.keys,"
        " l.rule, l.confidence, coalesce(list_filter(e.keys, lambda k: hash(k) = l.key)[1],"
        " list_filter(e.keys, lambda k: starts_with(k, l.rule || ':'))[1]) as key, m.text as meant"
        " from link l join event e using (seq) left join node n on l.key = n.key left join node m on n.meant = m.key"
        " where l.order_no = $no order by e.occurred_at, e.event_id",
        {"no": order_no},
    )
    givers = _givers(found)
    words = {row["event_id"]: row for row in _said_of(reader, order_no) if row["act"] == "link" and row["event_id"]}
    return [_link(row, givers, words) for row in found]


def said(reader: Asking, order_no: int) -> list[Row]:
    """What people linked to this order, cut from it or called distinct and did not take back, oldest first: link_id, act,
    a_text (a key, of the other order where it is distinct) or event_id, b_text (a number of the order), reason, person,
    said_at."""
    return [_times(row) for row in sorted(_said_of(reader, order_no), key=lambda row: (row["said_at"], row["link_id"]))]


def unmatched(reader: Asking, offset: int, limit: int, upto: datetime | None = None) -> tuple[list[Row], int]:
    """Events that should belong to an order and do not, longest first: id, type, source, at, keys, since, suggestions."""
    had = {"upto": upto or _EVER}
    total = reader.rows(f"{_STRAY} select count(*) as n from found", had)[0]["n"]
    rows = reader.rows(
        f"{_STRAY} select format('{{:016x}}', event_id) as id, type, source, partner, occurred_at as at,"
        " received_at as arrived_at, keys, since from found order by since, occurred_at, event_id limit $limit offset $offset",
        had | {"limit": limit, "offset": offset},
    )
    likely = _suggested(reader, rows)
    return [_times(row) | {"suggestions": likely.get(row["id"], [])} for row in rows], total


def unmatched_by_source(reader: Asking) -> dict[str, int]:
    """How many events of each source wait for an order."""
    rows = reader.rows(f"{_STRAY} select source, count(*) as n from found group by source", {"upto": _EVER})
    return {row["source"]: row["n"] for row in rows}


def full_key(reader: Asking, said_key: str) -> str:
    """The whole text (type, issuer, value) of the number that `said_key` means; raises NotFound or Ambiguous."""
    kind, _, rest = said_key.partition(":")
    if kind not in TYPES or not rest:
        raise NotFound(f"{said_key[:200]!r} names no type of number.", "Write it as `tr:ups:1Z9` or `fo:4711-1`.")
    issuer, colon, value = rest.partition(":")
    whole = [f"{kind}:{issuer}:{one}" for one in spellings(value, [kind])] if colon else []
    held = "select key, text from node union select key, text from reach"
    found = reader.rows(
        f"select distinct text from ({held}) where list_contains($whole::varchar[], text)", {"whole": whole}
    )
    if not found and whole and reader.rows("select 1 from loose where key = hash($text) limit 1", {"text": whole[0]}):
        return whole[0]
    if not found:
        found = reader.rows(
            "select distinct text from (select value, text, kind from node union select value, text, kind from reach)"
            " where kind = $kind and value in (select hash(unnest($values::varchar[]))) order by text limit 20",
            {"kind": kind, "values": spellings(rest, [kind])},
        )
    if not found:
        raise NotFound(f"No message has named {said_key[:200]!r}.", "Give the number with its issuer, as `tr:ups:1Z9`.")
    if len(found) > 1:
        raise Ambiguous(f"{said_key[:200]!r} means {len(found)} numbers.", "Choose one.", candidates=found)
    return str(found[0]["text"])


def anchor(reader: Asking, order: str) -> str:
    """The strongest number of the order that `order` means, whole: what a person's word holds on to."""
    no = resolved(reader, order)["order_no"]
    rows = reader.rows("select text, kind from node where order_no = $no and hub = 0", {"no": no})
    return str(min(rows, key=lambda row: (ALIAS.index(row["kind"]), row["text"]))["text"])


def word(reader: Asking, link_id: str) -> Row:
    """What a person said under this id, whether or not it was taken back; raises NotFound."""
    number = int(link_id, 16) if len(link_id) == 16 and set(link_id) <= set("0123456789abcdef") else None
    found = reader.rows(
        "select type, attrs from event where event_id = $id and source = 'people' and type in ('link.added', 'link.cut', 'suspicion.dismissed')"
        " and attrs->>'undoes' is null", {"id": number},
    ) if number is not None else []  # fmt: skip
    if not found:
        raise NotFound(f"Nobody has linked or cut anything as {link_id[:40]!r}.", "Take the id from the answer to it.")
    return found[0]


def has_event(reader: Asking, event_id: str) -> bool:
    """Is an event stored under this id (16 hexadecimal digits)?"""
    if len(event_id) != 16 or not set(event_id) <= set("0123456789abcdef"):
        return False
    return bool(reader.rows("select 1 from event where event_id = $id limit 1", {"id": int(event_id, 16)}))


def event_id(reader: Asking, source: str, native_id: str) -> str:
    """The id under which an event of this source and native id is stored."""
    found = reader.rows(
        "select format('{:016x}', md5_number_lower($source || chr(31) || $native)) as id",
        {"source": source, "native": native_id},
    )
    return str(found[0]["id"])


def _said_of(reader: Asking, order_no: int) -> list[Row]:
    return reader.rows(
        "select distinct link_id, act, a_text, b_text, case when event_id is not null then format('{:016x}', event_id) end as event_id,"
        " reason, person, said_at from said_link where act <> 'undo' and not undone"
        " and b in (select key from node where order_no = $no)",
        {"no": order_no},
    ) + _distinct_of(reader, order_no)


def _distinct_of(reader: Asking, order_no: int) -> list[Row]:
    return reader.rows(
        "with said as (select format('{:016x}', event_id) as link_id, attrs ->> '$.order' as one, attrs ->> '$.other' as other,"
        " attrs ->> '$.undoes' as undoes, attrs ->> '$.reason' as reason, attrs ->> '$.person' as person, occurred_at as said_at"
        " from link l join event using (seq) where l.order_no = $no and type = 'suspicion.dismissed' and source = 'people'),"
        " mine as (select text from node where order_no = $no)"
        " select distinct link_id, 'distinct' as act, if(one in (from mine), other, one) as a_text, if(one in (from mine), one, other) as b_text,"
        " null as event_id, reason, person, said_at from said where undoes is null and link_id not in (select undoes from said where undoes is not null)",
        {"no": order_no},
    )


def _givers(found: list[Row]) -> dict[str, Row]:
    """Per key, the first event of the order that names it and was brought here by another."""
    givers: dict[str, Row] = {}
    for row in found:
        for key in row["keys"]:
            if key != row["key"]:
                givers.setdefault(key, row)
    return givers


def _link(row: Row, givers: dict[str, Row], words: dict[str, Row]) -> Row:
    plain = {name: row[name] for name in ("event_id", "type", "source", "at", "key", "confidence")}
    rule = f"{_GROUP[row['rule']]}:{row['rule']}" if row["rule"] in _GROUP else row["rule"]
    return _times(plain | {"rule": rule, "reason": _reason(row, givers, words)})


def _reason(row: Row, givers: dict[str, Row], words: dict[str, Row]) -> str:
    rule, key = row["rule"], row["key"]
    if rule == "said":
        word = words.get(row["event_id"], {})
        return f"{word.get('person') or 'A person'} linked it: {word.get('reason') or 'no reason given'}"
    if _GROUP.get(rule) == "alias":
        other = f", of which {row['meant']} is the only one" if row["confidence"] < 1 and row["meant"] != key else ""
        return f"names {key}{other}"
    giver = givers.get(key)
    by = f"was given to this order by {giver['source']} {giver['type']}" if giver else "belongs to this order"
    alone = ", and to no other" if _GROUP.get(rule) == "shared" else ""
    return f"its {NUMBERS.get(rule, rule)} {key} {by}{alone}"


def _suggested(reader: Asking, rows: list[Row]) -> dict[str, list[Row]]:
    """Orders that have a number which differs from one of the event's only as numbers get damaged: guesses, no links."""
    values = [(row["id"], parts(key)[2]) for row in rows for key in row["keys"]]
    spelled = [(event, *guess) for event, value in values for guess in guesses(value)]
    spans = [(event, *span, *SPREADSHEET) for event, value in values if (span := rounded(value))]
    found = _near(reader, "g.spelled = h.value", ("id", "spelled", "why", "confidence"), spelled) if spelled else []
    found += (
        _near(reader, "h.number >= g.low and h.number < g.high", ("id", "low", "high", "why", "confidence"), spans)
        if spans
        else []
    )
    likely: dict[str, list[Row]] = {}
    for row in found:
        likely.setdefault(row.pop("id"), []).append(row)
    return {event: some[:_SUGGESTED] for event, some in likely.items()}


def _near(reader: Asking, fits: str, columns: tuple[str, ...], said: list[tuple[Any, ...]]) -> list[Row]:
    """The orders with a number that fits a guess, most likely first."""
    lists = dict(zip(columns, map(list, zip(*said, strict=True)), strict=True))
    guess = ", ".join(f"unnest(${name}) as {name}" for name in columns)
    if "spelled" in columns:
        guess, number = guess.replace("unnest($spelled) as spelled", "hash(unnest($spelled)) as spelled"), "null"
    else:
        number = "try_cast(split_part(text, ':', 3) as hugeint)"
    return reader.rows(
        f"with guess as materialized (select {guess}), held as (select value, text, order_no, {number} as number from node where hub = 0"
        f" union select value, text, order_no, {number} from reach)"
        f" select g.id, o.order_id, o.so, min(h.text) as key, arg_max(g.why, g.confidence) as why, max(g.confidence) as confidence"
        f" from guess g join held h on {fits} join orders o using (order_no) group by all"
        f" order by confidence desc, o.so, o.order_id",
        lists,
    )


def _times(row: Row) -> Row:
    return {name: written(value) if isinstance(value, datetime) else value for name, value in row.items()}
