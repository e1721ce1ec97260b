"""When an order will be done at the usual pace, and since when that has been later than promised: at risk, slow.

The forecast (design of the rules, section 5): what remains of the running step is its p80 less what has elapsed, and never
less than the median of what remained in cases that had already lasted that long (where none has, half of what is usual); then
come the p80 of the steps ahead, each on its own calendar. It is at risk where that ends after the promise at two looks in a row, ten minutes apart, and no longer
where it has not for thirty minutes. Looks fall on whole ten minutes of event time.

Nobody looks every ten minutes. Of a running step the end foretold only moves later, so the moment from which it is too late
follows from the facts. Walking back from the promise over the steps ahead gives the last moment L at which the running step
may end; a is the working time from its beginning to L. If p80 > a it is too late at once. Else it is when the median of the
cases that lasted t is above a: with F the distribution of all cases, that is (1 + F(t)) / 2 > F(a), from t = Q(2 F(a) - 1)
on, Q being its quantiles. Where no case lasted longer than a, it is when half of what is usual no longer fits before L. Between two facts (a step ends, a promise moves) one such moment counts;
looks are counted on the whole chain of them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.contracts import Clocks
from app.model import judgements as known
from app.model.event import INSTANT
from app.store.work import Work
from rules.lengths import span
from rules.rule import Resolved

LOOK = 600_000_000
#: How many looks must find it too late in a row, and how many of the other kind end it: thirty minutes, both ends counted.
RAISED, DROPPED = 2, 4
_LAST = len(known.STEPS) - 1
_MICRO, _NEVER = 1_000_000, 2**62
Numbers = NDArray[np.float64]


class Forecast:
    """The steps with the target and the calendar of the rule that measures each; asks no clock what time it is."""

    def __init__(self, rules: Sequence[Any], clocks: Clocks) -> None:
        """`rules` as they are in force; the newest version of each comes last."""
        self._clocks = clocks
        mine = {rule.id: rule for rule in rules if isinstance(rule, Resolved)}
        told = [_target(place, mine.get(step[6])) for place, step in enumerate(known.STEPS)]
        self._targets = pl.DataFrame(told, schema=_TARGET, orient="row")
        calendars = next((rule.partner_calendars for rule in mine.values() if rule.partner_calendars), {})
        self._partners = pl.DataFrame(
            list(calendars.items()), schema={"actor": pl.String, "theirs": pl.String}, orient="row"
        )

    def judge(self, work: Work) -> None:
        """Of the touched orders: `slow` since when, `said` of the last promise, `room` for what else threatens it."""
        work.run("state/stretch", samples=known.SAMPLES)
        stretches = self._paced(work.ask("state/stretches"))
        late = self._late(stretches, self._walked(work.ask("state/walks"))) if len(stretches) else _NOTHING
        work.hold("slow", _slow(late))
        work.hold(
            "said", stood(late.filter("last"), ["order_no"]).group_by("order_no").agg(said_at=pl.col("since").min())
        )
        open_ = late.filter(pl.col("open") & pl.col("last"))
        before = self._clocks.add_days(open_["latest"], pl.repeat(-1, len(open_), eager=True), open_["calendar"])
        work.hold("room", open_.select("order_no", since=before))

    def measure(self, steps: pl.DataFrame) -> pl.DataFrame:
        """Steps that were taken, with the working time that each took (`worked`, seconds)."""
        named = self._named(steps.join(self._targets, on="place"), "entered_at")
        took = self._clocks.elapsed(named["entered_at"], named["left_at"], named["calendar"])
        return named.select(
            "step", "at_node", "lane", "weekday", "passed", worked=took.dt.total_microseconds() / _MICRO
        )

    def _paced(self, rows: pl.DataFrame) -> pl.DataFrame:
        """With the pace where one is known, else the target, in working `seconds`, and with the calendar."""
        at = "from_at" if "from_at" in rows.columns else "promised_at"
        told = self._named(rows.join(self._targets, on="place", maintain_order="left"), at)
        day = self._clocks.elapsed(
            told[at], self._clocks.add_days(told[at], told["days"], told["calendar"]), told["calendar"]
        )
        target = pl.col("seconds") + pl.lit(day.dt.total_seconds())
        return told.with_columns(seconds=pl.coalesce("p80", target))

    def _named(self, rows: pl.DataFrame, at: str) -> pl.DataFrame:
        """With the calendar of each step as it is in force at that moment."""
        actor = pl.when("carried").then(pl.concat_str(pl.lit("carrier."), "carrier")).otherwise("partner")
        told = rows.with_columns(actor=actor).join(self._partners, on="actor", how="left", maintain_order="left")
        named = told.with_columns(
            calendar=pl.when("theirs_count").then(pl.coalesce("theirs", pl.lit("default"))).otherwise("fixed")
        )
        running = pl.repeat(None, len(named), dtype=INSTANT, eager=True)
        return named.with_columns(calendar=self._clocks.in_force(named["calendar"], named[at], running))

    def _walked(self, walks: pl.DataFrame) -> pl.DataFrame:
        """Per walk and step the last moment at which it may end (`latest`) for what follows to fit before the promise."""
        paced, found = self._paced(walks), []
        ends = pl.Series(dtype=INSTANT)
        for place in range(_LAST, -1, -1):
            rows = paced.filter(place=place)
            ends = rows["promised_at"] if place == _LAST else ends
            found.append(rows.select("walk", "place", latest=ends))
            ends = self._before(ends, rows["seconds"], rows["calendar"])
        return pl.concat(found)

    def _before(self, ends: pl.Series, seconds: pl.Series, calendars: pl.Series) -> pl.Series:
        """The moments so much working time earlier; what takes no time does not wait for an opening."""
        return self._clocks.add(ends, -seconds, calendars).zip_with(seconds != 0, ends)

    def _late(self, stretches: pl.DataFrame, walked: pl.DataFrame) -> pl.DataFrame:
        """The stretches with the first instant from which the end foretold is too late (`late_from`), if it comes in time."""
        rows = stretches.join(walked, on=["walk", "place"], how="left", maintain_order="left")
        room = (
            self._clocks.elapsed(rows["entered_at"], rows["latest"], rows["calendar"]).dt.total_microseconds() / _MICRO
        )
        median = self._clocks.add(rows["entered_at"], outlasting(rows["quantiles"], room), rows["calendar"])
        longest = rows.select(pl.coalesce(pl.col("quantiles").list.last(), "seconds")).to_series()
        unheard = self._clocks.add(rows["entered_at"], longest, rows["calendar"])
        half = self._before(rows["latest"], rows["seconds"] // 2, rows["calendar"])
        beyond = pl.max_horizontal(pl.lit(unheard), pl.lit(half))
        onset = pl.min_horizontal("latest", pl.coalesce(pl.lit(median), beyond))
        after = pl.max_horizontal("from_at", onset + pl.duration(microseconds=1))
        at_once = pl.col("seconds") > pl.lit(room)
        return rows.with_columns(late_from=pl.when(at_once).then("from_at").otherwise(after))


def outlasting(quantiles: pl.Series, room: pl.Series) -> pl.Series:
    """Seconds after which the median of the cases that lasted so long is above the room that there is: Q(2 F(room) - 1).

    Null where no cases are known, or none of them lasted longer than that.
    """
    wide = quantiles.is_not_null().arg_true()
    found = pl.repeat(None, len(room), dtype=pl.Float64, eager=True)
    if not len(wide):
        return found
    q = np.array(quantiles.gather(wide).to_list(), dtype=np.float64)
    share = _share(q, room.gather(wide).to_numpy())
    back = _quantile(q, np.maximum(2 * share - 1, 0))
    return found.scatter(wide, pl.Series(np.where(share < 1, back, np.nan)).fill_nan(None))


def _share(q: Numbers, x: Numbers) -> Numbers:
    """F: the share of cases that lasted at most x, straight between the quantiles."""
    at, parts = (q <= x[:, None]).sum(axis=1), q.shape[1] - 1
    low = np.clip(at - 1, 0, parts - 1)
    rows = np.arange(len(q))
    width = np.maximum(q[rows, low + 1] - q[rows, low], 1e-9)
    inside = (low + (x - q[rows, low]) / width) / parts
    return np.where(at == 0, 0.0, np.where(at > parts, 1.0, inside))


def _quantile(q: Numbers, share: Numbers) -> Numbers:
    """Q: how long that share of cases lasted at most."""
    parts, rows = q.shape[1] - 1, np.arange(len(q))
    at = np.minimum((share * parts).astype(np.int64), parts - 1)
    answer: Numbers = q[rows, at] + (share * parts - at) * (q[rows, at + 1] - q[rows, at])
    return answer


def stood(late: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """When the mark was raised and dropped (`since`, `until`, none: stands): one row per time that it stood.

    `late` are stretches of [`late_from`, `to_at`), oldest first, as the looks of each of `by` found them.
    """
    first = (pl.col("late_from").cast(pl.Int64) + LOOK - 1) // LOOK
    last = ((pl.col("to_at").cast(pl.Int64) + LOOK - 1) // LOOK - 1).fill_null(_NEVER)
    looks = late.select(*by, first=first, last=last).filter(pl.col("first") <= pl.col("last"))
    gap = pl.col("first") - pl.col("last").shift(1).over(by)
    chains = looks.with_columns(
        run=(gap != 1).fill_null(True).cum_sum(), chain=(gap > DROPPED).fill_null(True).cum_sum()
    )
    runs = chains.group_by(*by, "chain", "run", maintain_order=True).agg(pl.col("first").min(), pl.col("last").max())
    raised = pl.col("first") + RAISED - 1
    times = runs.group_by(*by, "chain", maintain_order=True).agg(
        since=raised.filter(raised <= pl.col("last")).min(), until=pl.col("last").max()
    )
    ended = pl.when(pl.col("until") < _NEVER).then((pl.col("until") + DROPPED) * LOOK)
    return times.drop_nulls("since").select(
        *by, since=(pl.col("since") * LOOK).cast(INSTANT), until=ended.cast(INSTANT)
    )


def _slow(late: pl.DataFrame) -> pl.DataFrame:
    """The marks of open orders that stand or will, also the one that was not dropped before the running stretch began."""
    open_ = late.filter(pl.col("open") & pl.col("last") & ~pl.col("off"))
    mine = late.join(open_.select("order_no", now_from="from_at"), on="order_no", maintain_order="left")
    marks = stood(mine, ["order_no", "now_from"])
    return marks.filter(pl.col("until").is_null() | (pl.col("until") > pl.col("now_from"))).drop("now_from")


def _target(place: int, rule: Resolved | None) -> tuple[Any, ...]:
    """place, seconds, days, whose calendar: of the carrier, of the partner (else a fixed one), and which fixed one."""
    _, _, _, _, _, pace, _, usual = known.STEPS[place]
    if rule is None:
        return place, usual // known.SECOND, 0, pace == "carrier", pace == "carrier", ""
    asked = rule.clock != "E" and rule.calendar in ("node", "partner")
    fixed = "" if rule.clock == "E" else rule.owner if rule.calendar == "team" else rule.calendar or "default"
    length = span(rule.target or "1 working day")
    return place, length.seconds, length.days, pace == "carrier", asked, fixed


_TARGET: dict[str, Any] = {
    "place": pl.Int32, "seconds": pl.Int64, "days": pl.Int64, "carried": pl.Boolean, "theirs_count": pl.Boolean, "fixed": pl.String,
}  # fmt: skip
_NOTHING = pl.DataFrame(
    schema={
        "order_no": pl.Int64, "promise": pl.Int64, "last": pl.Boolean, "open": pl.Boolean, "off": pl.Boolean, "from_at": INSTANT,
        "to_at": INSTANT, "late_from": INSTANT, "latest": INSTANT, "calendar": pl.String,
    }
)  # fmt: skip
