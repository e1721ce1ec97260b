"""Whether what a source sends is what was agreed with it: seen where it is stored, so that nothing slips by.

A fault is a flag or a refusal that a collector has given (a status that no map knows, a trailer that counts otherwise,
a column that is gone), an event type that was not agreed, another schema than the one agreed upon, a gap that a stream
tells of, or a time that lies in the future.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from app.model.event import INSTANT, Rejection
from app.settings import Source
from app.store.waiting import Waiting, letter_id

#: What each fault is in the words of rules of kind `agreement`. A time in the future is noticed by
#: the hour instead; what a follower has not taken is no message, and found where agreements are judged.
KINDS = {
    "schema_changed": "schema", "mapping_unknown": "mapping", "batch_incomplete": "batch", "sequence_gap": "sequence",
    "stream_gap": "stream", "unsynced": "customer",
}  # fmt: skip
#: The faults that collectors flag, and what refusals mean one.
CODES = ("schema_changed", "mapping_unknown", "batch_incomplete", "sequence_gap")
#: What a collector flags where a time lies in the future, and the event that tells of lost changes, with their codes.
AHEAD, GAP = ("clamped", "clock_or_zone_error"), ("batch.missing", "stream_gap")
REFUSALS = {code: code for code in CODES} | {"missing_columns": "schema_changed", "truncated": "batch_incomplete"}
#: The refusals of what was cut off.
CUT = tuple(reason for reason, code in REFUSALS.items() if code == "batch_incomplete")
FAULT: dict[str, Any] = {
    "source": pl.String, "code": pl.String, "raw_id": pl.Int64, "item": pl.Int32, "named": pl.String, "items": pl.Int64,
    "detail": pl.String, "at_first": INSTANT,
}  # fmt: skip
NUMBER: dict[str, Any] = {"source": pl.String, "number": pl.Int64, "received_at": INSTANT}
_TOLD = {name: kind for name, kind in FAULT.items() if name not in ("items", "at_first")} | {"received_at": INSTANT}
_NAMED = ("dataschema", "schemaversion")


def broken(events: pl.DataFrame, batch: Iterable[Waiting], declared: Mapping[str, Source]) -> pl.DataFrame:
    """The faults of these messages, one row per message and code (columns of FAULT)."""
    found = [
        _flagged(events),
        _ahead(events),
        _torn(events),
        *(_foreign(events, code, source) for code, source in declared.items()),
    ]
    odd = [part for part in found if part is not None and len(part)]
    refused = [_refused(waiting) for waiting in batch if waiting.said.rejections]
    if not odd and not refused:
        return pl.DataFrame(schema=FAULT)
    # Of what arrived at one instant the least id is the first, so that it is the same however it was put into messages.
    told = pl.concat(odd or [pl.DataFrame(schema=_TOLD)]).sort("raw_id", "received_at", "named")
    faults = told.group_by("source", "code", "raw_id", maintain_order=True).agg(
        pl.first("item"), pl.first("named"), pl.len().cast(pl.Int64).alias("items"), pl.first("detail"),
        at_first=pl.min("received_at"),
    )  # fmt: skip
    return pl.concat([faults.select(*FAULT), *refused])


def numbers(events: pl.DataFrame, declared: Mapping[str, Source]) -> pl.DataFrame:
    """The numbers of events whose sources number what they send (columns of NUMBER)."""
    counting = [code for code, source in declared.items() if source.expects.numbered]
    if not counting:
        return pl.DataFrame(schema=NUMBER)
    said = events.filter(pl.col("source").is_in(counting)).select(
        "source",
        number=pl.col("attrs").str.json_path_match("$.sequence").cast(pl.Int64, strict=False),
        received_at="received_at",
    )
    return said.drop_nulls("number")


def _flagged(events: pl.DataFrame) -> pl.DataFrame | None:
    """Events that their collector has flagged."""
    if not set(CODES) & set(events["flags"].explode().unique().to_list()):
        return None
    each = events.select("source", "raw_id", "item", "event_id", "type", "received_at", code="flags").explode("code")
    return _shaped(each.filter(pl.col("code").is_in(CODES)), pl.col("type"))


def _ahead(events: pl.DataFrame) -> pl.DataFrame | None:
    """Events that happened in the future, as their sender says."""
    flag, code = AHEAD
    ahead = events.filter(pl.col("flags").list.contains(flag), pl.col("source").is_not_null())
    if ahead.is_empty():
        return None
    return _shaped(ahead.with_columns(code=pl.lit(code)), pl.col("attrs").str.json_path_match("$.occurred_at_raw"))


def _torn(events: pl.DataFrame) -> pl.DataFrame | None:
    """Events by which a stream tells that changes were lost."""
    kind, code = GAP
    gaps = events.filter(pl.col("type") == kind)
    return _shaped(gaps.with_columns(code=pl.lit(code)), pl.col("status")) if len(gaps) else None


def _foreign(events: pl.DataFrame, code: str, source: Source) -> pl.DataFrame | None:
    """Events of a source whose type or schema was not agreed."""
    expects = source.expects
    if not (expects.types or expects.version):
        return None
    version = pl.coalesce(pl.col("attrs").str.json_path_match(f"$.{name}") for name in _NAMED)
    odd_type = ~pl.col("type").is_in(expects.types) if expects.types else pl.lit(False)
    odd_schema = (version != expects.version).fill_null(False) if expects.version else pl.lit(False)
    odd = events.filter(pl.col("source") == code, odd_type | odd_schema).with_columns(code=pl.lit("schema_changed"))
    return _shaped(odd, pl.coalesce(pl.when(odd_schema).then(version), "type"))


def _shaped(events: pl.DataFrame, detail: pl.Expr) -> pl.DataFrame:
    named = events["event_id"].map_elements(lambda id: f"{id:016x}", pl.String)
    return events.with_columns(detail=detail, named=named).select(
        pl.col(name).cast(kind) for name, kind in _TOLD.items()
    )


def _refused(waiting: Waiting) -> pl.DataFrame:
    """The refusals of a message that mean a broken agreement."""
    found: dict[str, list[Rejection]] = {}
    for one in waiting.said.rejections:
        if one.reason in REFUSALS:
            found.setdefault(REFUSALS[one.reason], []).append(one)
    rows = [
        (waiting.source, code, waiting.raw_id, ones[0].item, letter_id(waiting.raw_id, ones[0].item), len(ones), ones[0].detail[:300], waiting.message.received_at)
        for code, ones in found.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FAULT, orient="row")
