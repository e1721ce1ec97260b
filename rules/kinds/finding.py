"""From findings to judgements: which of them count, from when on, how badly, and whose they are. All rules at once.

A rule takes the findings of its fact, leaves out those for which its `when` does not hold, and adds its grace to the
moment from which each is so. Where two rules say the same of a subject, the worse severity counts.
"""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from app.contracts import Clocks
from rules import condition
from rules.finding import Finding, Unlike
from rules.lengths import span

_TEXT = pl.String
#: What a statement says of each fault that it found. `known_at`: from when on it is so, before any grace. `owner`: who
#: answers, where the fact itself says it.
FINDING: dict[str, pl.DataType | type[pl.DataType]] = {
    "order_no": pl.Int64, "kind": _TEXT, "fact": _TEXT, "cause": _TEXT, "field": _TEXT, "direction": _TEXT,
    "subject_type": _TEXT, "subject": _TEXT, "occurrence": _TEXT, "known_at": pl.Datetime("us"), "system": _TEXT,
    "other": _TEXT, "partner": _TEXT, "owner": _TEXT, "detail": _TEXT,
}  # fmt: skip
#: A judgement as the store keeps it.
JUDGEMENT = (
    "order_no", "kind", "code", "cause", "subject_type", "subject", "occurrence", "since", "system", "other", "partner",
    "owner", "severity", "detail", "rule", "rule_version",
)  # fmt: skip
#: Rules whose condition cannot be told of a subject leave a judgement of this kind, without a code.
UNKNOWN = "unknown"
_SEVERITIES = ("critical", "high", "medium", "low")
_SAME = ("code", "subject_type", "subject", "occurrence")
#: Who answers for what happens at the partner, and who for what happens in the ERP.
_AT_PARTNER, _AT_ERP = ("partner", "warehouse"), ("integration", "finance", "credit", "order-desk")


def judged(
    found: pl.DataFrame,
    rules: Sequence[Finding],
    clocks: Clocks,
    unfed: Collection[str] = (),
    calendars: Mapping[str, str] | None = None,
    apart: bool = False,
) -> pl.DataFrame:
    """The judgements (columns `JUDGEMENT`) of findings (columns `FINDING`, and `order.*` for labels and conditions).

    `unfed` are event types that no source delivers: a rule that needs one of them says nothing without. `calendars` is
    whose calendar each partner keeps. With `apart` every rule speaks, also where another says the same.
    """
    by_fact = {fact: part for (fact,), part in found.partition_by("fact", as_dict=True).items()}
    rated = [rule for rule in rules if rule.fact in by_fact and not (rule.needs and set(rule.needs) <= set(unfed))]
    parts = [_of_rule(by_fact[rule.fact], rule, clocks, calendars or {}) for rule in rated]
    if not parts:
        return _of_nothing()
    rows = pl.concat(parts)
    return (rows if apart else _one_each(_first_blocks(rows))).select(JUDGEMENT)


def _of_nothing() -> pl.DataFrame:
    kinds = {name: FINDING.get(name, _TEXT) for name in JUDGEMENT} | {"since": FINDING["known_at"]}
    return pl.DataFrame(schema=kinds)


def _of_rule(part: pl.DataFrame, rule: Finding, clocks: Clocks, calendars: Mapping[str, str]) -> pl.DataFrame:
    """What one rule says of the findings of its fact."""
    applies = _applies(part, rule)
    counts, unknown = part.filter(applies), part.filter(applies.is_null())
    frame = pl.concat([counts, unknown]).with_columns(
        _chosen(rule, "severity", pl.lit(rule.plain("severity"))).alias("severity"),
        _chosen(rule, "owner", pl.lit(rule.plain("owner"))).alias("owner"),
        _chosen(rule, "grace", pl.lit(rule.grace)).alias("grace"),
        code=pl.when(pl.col("cause").is_in(rule.told)).then(None).otherwise(pl.lit(rule.code)),
        rule=pl.lit(rule.id),
        rule_version=pl.lit(rule.rule_version),
    )
    frame = frame.with_columns(since=_after_grace(frame, rule, clocks, calendars), system=_system())
    cannot = pl.int_range(pl.len()) >= len(counts)
    return (
        frame.with_columns(pl.when(cannot).then(None).otherwise(name).alias(name) for name in ("code", "owner"))
        .with_columns(kind=pl.when(cannot).then(pl.lit(UNKNOWN)).otherwise("kind"))
        .select("fact", *JUDGEMENT)
    )


def _applies(part: pl.DataFrame, rule: Finding) -> pl.Series:
    if not rule.when:
        return pl.Series("holds", [True]).new_from_index(0, len(part))
    return condition.holds(rule.when, part.rename({name: f"finding.{name}" for name in FINDING}))


def _chosen(rule: Finding, field: str, plain: pl.Expr) -> pl.Expr:
    """The first override that has the field and matches, else what the fact itself says, else the rule, by cause or plain."""
    said = _first(rule.by_cause, field, plain)
    return _first(rule.override, field, pl.coalesce(field, said) if field in FINDING else said)


def _first(overrides: Sequence[Unlike], field: str, answer: pl.Expr) -> pl.Expr:
    for unlike in reversed(overrides):
        if value := getattr(unlike, field):
            answer = pl.when(_matches(unlike)).then(pl.lit(value)).otherwise(answer)
    return answer


def _matches(unlike: Unlike) -> pl.Expr:
    wanted = {label: [said] if isinstance(said, str) else list(said) for label, said in unlike.when.items()}
    return pl.all_horizontal(_label(label, values) for label, values in wanted.items())


def _label(label: str, values: list[str]) -> pl.Expr:
    if label != "about":
        column = label if label in FINDING else f"order.{label}"
        return pl.col(column).is_in(values).fill_null(False)
    about = (pl.col("cause"), pl.col("cause").str.split(":").list.first(), pl.col("field"), pl.col("direction"))
    return pl.any_horizontal(one.is_in(values).fill_null(False) for one in about)


def _after_grace(frame: pl.DataFrame, rule: Finding, clocks: Clocks, calendars: Mapping[str, str]) -> pl.Series:
    """When each finding counts: the grace on the rule's clock after it became known."""
    known = frame["known_at"]
    if not (frame["grace"] != "").any():
        return known
    spans = {grace: span(grace) for grace in frame["grace"].unique() if grace}
    seconds = frame["grace"].replace_strict({g: s.seconds for g, s in spans.items()}, default=0, return_dtype=pl.Int64)
    days = frame["grace"].replace_strict({g: s.days for g, s in spans.items()}, default=0, return_dtype=pl.Int64)
    named = _calendar(frame, rule, calendars)
    since = clocks.add(known, seconds, named)
    some = days > 0
    return since.scatter(some.arg_true(), clocks.add_days(known.filter(some), days.filter(some), named.filter(some)))


def _calendar(frame: pl.DataFrame, rule: Finding, calendars: Mapping[str, str]) -> pl.Series:
    if rule.clock == "E":
        return pl.Series("calendar", [""], pl.String).new_from_index(0, len(frame))
    if rule.calendar == "partner":
        return frame["partner"].replace_strict(calendars, default="default", return_dtype=pl.String)
    return frame["owner"] if rule.calendar == "team" else frame.select(pl.lit(rule.calendar or "default")).to_series()


def _system() -> pl.Expr:
    """The system whose step is awaited, where the fact does not say it: that of whoever answers."""
    at_home = pl.when(pl.col("owner").is_in(_AT_ERP)).then(pl.lit("erp"))
    awaited = pl.when(pl.col("owner").is_in(_AT_PARTNER)).then("partner").otherwise(at_home)
    return pl.when(pl.col("system").is_null() & (pl.col("kind") == "ledger")).then(awaited).otherwise("system")


def _first_blocks(rows: pl.DataFrame) -> pl.DataFrame:
    """Of several causes that block an order the first carries the exception, and the others are shown beside it."""
    ordered = rows.sort("since", "cause", "detail", "system", "subject", "rule", nulls_last=True, maintain_order=True)
    several = (pl.col("fact") == "blocked") & pl.col("code").is_not_null()
    later = pl.int_range(pl.len()).over("order_no", "code", several) > 0
    return ordered.with_columns(code=pl.when(several & later).then(None).otherwise("code"))


def _one_each(rows: pl.DataFrame) -> pl.DataFrame:
    """One judgement per code, subject and occurrence: the worst, of the first rule."""
    worst = pl.col("severity").replace_strict({s: n for n, s in enumerate(_SEVERITIES)}, return_dtype=pl.Int8)
    coded = rows.filter(pl.col("code").is_not_null()).sort(worst, "rule", "since", "cause", nulls_last=True)
    return pl.concat([coded.unique(_SAME, keep="first", maintain_order=True), rows.filter(pl.col("code").is_null())])
