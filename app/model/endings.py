"""What the ends (and beginnings) of a partner's numbers mean, as its settings say: a split, a revision, or nothing.

`4711-1` may be the first part of order 4711, `4711_R2` its second revision, `SO-4711` the same number in other clothes.
Without a rule nothing is cut off: a suffix is then part of the number.
"""

import json
from collections.abc import Mapping

import polars as pl

#: partner code -> regular expression -> split, revision or noise
Endings = Mapping[str, Mapping[str, str]]
#: Numbers of documents; tracking numbers and the like have no parts.
_DOCUMENTS = ("so", "fo", "xo", "ch", "sh", "cpo", "inv", "rma", "po")
#: A split is read when everything else is off.
_TURN = ("noise", "revision", "split")
_AT_THE_NODE = ("fo", "xo", "sh")


def read_endings(
    events: pl.DataFrame, mentions: pl.DataFrame, endings: Endings, on: tuple[str, ...]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Events and mentions as they read under the rules of the partner that sends or is named; values come normalised.

    Noise is stripped; a revision is stripped and noted on the event unless it says another; a split number keeps its end
    and names the order before it as well (a sales order with such an end is a fulfillment order of it). The number as it was sent stays in `attrs` under `as_sent`.
    """
    whose = events.select(*on, "source", "partner")
    told = mentions.join(whose, on=on, how="left", maintain_order="left").with_columns(
        sent="value", revision=pl.lit(None, pl.String)
    )
    bases = []
    for partner, rules in endings.items():
        sends, named_there = (
            pl.col("source") == partner,
            (pl.col("partner") == partner) & pl.col("type").is_in(_AT_THE_NODE),
        )
        theirs = (sends | named_there).fill_null(False) & pl.col("type").is_in(_DOCUMENTS)
        for pattern, meaning in sorted(rules.items(), key=lambda rule: _TURN.index(rule[1])):
            whole = f"(?i){pattern}"
            hit = theirs & pl.col("value").str.contains(whole) & (pl.col("value").str.replace(whole, "") != "")
            if meaning == "split":
                bases.append(_orders(told.filter(hit & pl.col("type").is_in(["fo", "sh"])), whole))
                bases.append(told.filter(hit & (pl.col("type") == "so")).with_columns(type=pl.lit("fo")))
                hit = hit & (pl.col("type") == "so")
            if meaning == "revision":
                number = pl.col("value").str.extract(f"({whole})", 1).str.extract(r"(\d{1,4})\D*$", 1)
                told = told.with_columns(revision=pl.when(hit).then(number).otherwise("revision"))
            told = told.with_columns(value=pl.when(hit).then(pl.col("value").str.replace(whole, "")).otherwise("value"))
    named = pl.concat([told.select(mentions.columns), *(base.select(mentions.columns) for base in bases)])
    return _noted(events, told, on), named.unique(maintain_order=True)


def _orders(split: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """The orders that split numbers belong to."""
    return split.with_columns(
        type=pl.lit("so"), value=pl.col("value").str.replace(pattern, ""), issuer=pl.lit(None, pl.String)
    )


def _noted(events: pl.DataFrame, told: pl.DataFrame, on: tuple[str, ...]) -> pl.DataFrame:
    """Revisions that numbers told, and the numbers as they were sent."""
    changed = told.filter(pl.col("value") != pl.col("sent"))
    if changed.is_empty():
        return events
    sent = changed.group_by(on).agg(
        found=pl.col("revision").cast(pl.Int32).max(), sent=pl.concat_str("type", pl.lit(":"), "sent").sort()
    )
    both = events.join(sent, on=on, how="left", maintain_order="left")
    attrs = pl.struct("attrs", "sent").map_elements(_with_sent, return_dtype=pl.String)
    return both.with_columns(
        revision=pl.coalesce("revision", "found"),
        attrs=pl.when(pl.col("sent").is_not_null()).then(attrs).otherwise("attrs"),
    ).drop("found", "sent")


def _with_sent(row: dict[str, object]) -> str:
    known = json.loads(str(row["attrs"])) if row["attrs"] else {}
    return json.dumps(known | {"as_sent": row["sent"]}, ensure_ascii=False)
