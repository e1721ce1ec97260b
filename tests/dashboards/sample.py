"""A small world for trying the pages: real cases on a real board, and a reader that answers from lists in memory.

Deterministic for a given moment: the same orders, clocks, cases and traces every time.
"""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from app import clock
from app.cases import Board, Cases, Identity, Intent, Store
from app.clock import written
from app.errors import Ambiguous, NotFound
from app.store.past import Making, PastOrder, Times
from dashboards.context import Context
from rules.objective.budget import figures
from rules.objective.burn import usual
from rules.objective.exact import exact
from tests.dashboards import letters, records, register, rules
from tests.dashboards.orders import BLOCKING, PARTNERS, intent, order

Row = dict[str, Any]
SLAS = (
    ("S01", "Order entry", "E", "60m", None), ("S02", "Order release", "B", "2h", 0.95), ("S04", "Instruction sent", "E", "5m", 0.99),
    ("S06", "3PL acknowledgement", "B", "4h", 0.97), ("S14", "On-time delivery", "E", "promise", 0.95), ("S17", "CRM update", "E", "15m", 0.9),
    ("S20", "Invoice after shipment", "B", "1 working day", None),
)  # fmt: skip
OPERATIONS = Identity(
    "Alex Costa", title="Operations manager", roles=frozenset({"operations"}), teams=("3pl-desk", "order-desk")
)
EXECUTIVE = Identity("Erin Park", title="Executive", roles=frozenset({"executive"}))


@dataclass
class Sample(register.Connected):
    """The reader's answers: orders and spans made once."""

    now: datetime
    orders_: list[Row] = field(default_factory=list)
    asked: int = 0
    shown: pl.DataFrame = field(default_factory=pl.DataFrame)

    @classmethod
    def made(cls, now: datetime, count: int = 240) -> "Sample":
        """`count` orders in all stages."""
        chance = random.Random(7)
        return cls(now, [order(n, now, chance) for n in range(count)])

    def intents(self) -> list[Intent]:
        """What the engine would have raised."""
        return [intent(seq, o, self.now) for seq, o in enumerate((o for o in self.orders_ if o["fault"]), 1)]

    def blocked(
        self, board: pl.DataFrame, view: str, where: Row, sort: list[tuple[str, str]], offset: int, limit: int
    ) -> tuple[list[Row], int]:
        """As the store answers it."""
        found = board.filter(pl.col("folded_under").is_null())
        found = found.filter(
            pl.col("code").is_in({"blocked": BLOCKING, "late": ("delivery_late",)}.get(view, found["code"].to_list()))
        )
        for name in ("severity", "system", "owner", "partner", "code", "status"):
            if where.get(name):
                found = found.filter(pl.col(name).is_in(where[name]))
        for name, said in (where.get("grid") or {}).items():
            found = found.filter(
                pl.col(name).str.to_lowercase().str.contains(str(said["filter"]).lower(), literal=True)
            )
        by = [("severity_rank" if c == "severity" else c, d == "desc") for c, d in sort] or [
            ("severity_rank", False),
            ("since", False),
        ]
        page = found.sort([c for c, _ in by] + ["case_id"], descending=[d for _, d in by] + [False]).slice(
            offset, limit
        )
        stages = {o["order_id"]: o for o in self.orders_}
        return [
            r | {"stage": stages[r["order_id"]]["stage"], "promised_at": None} for r in page.to_dicts()
        ], found.height

    def orders(
        self, where: Row, sort: Any, offset: int, limit: int, now: datetime | None = None
    ) -> tuple[list[Row], int]:
        """Orders by a mark: every fourth has systems that disagree, every sixth is at risk, none is silent."""
        every = {"diverged": (4, 1), "at_risk": (6, 2), "silent": (1, 1)}
        size, left = next(every[name] for name in every if where.get(name))
        found = [
            o for n, o in enumerate(self.orders_) if n % size == left and where.get("q", "").lower() in o["so"].lower()
        ]
        return [o | {"last_at": self.now, "owners": ["order-desk"]} for o in found[offset : offset + limit]], len(found)

    def kpis(self, now: datetime, board: pl.DataFrame | None = None) -> Row:
        """The head's figures."""
        board = self.shown if board is None else board
        shown = board.filter(pl.col("folded_under").is_null())
        stuck = shown.filter(pl.col("code").is_in(BLOCKING))
        return {
            "orders": len(self.orders_), "open": sum(o["stage"] != "delivered" for o in self.orders_), "blocked": stuck["order_id"].n_unique(),
            "late": shown.filter(pl.col("code") == "delivery_late").height, "unacknowledged": shown.filter(pl.col("status") == "new").height,
            "value_at_risk": [{"currency": "EUR", "value": str(stuck["value"].cast(pl.Float64).sum())}],
        }  # fmt: skip

    def revenue(self, now: datetime, by: str = "") -> Row:
        """Two currencies, one of them with parts."""
        parts = {"weighted": "78.30", "late": "60.00", "blocked": "30.50", "at_risk": "0.00"}
        one = {"currency": "EUR", "orders": 2, "numerator": "90.50"} | parts
        return {
            "figures": [one | {"of_orders": 3, "denominator": "290.50", "share": 0.3115}], "rows": [one | {by: "3pl.west"}] if by else [],
            "rates": [{"currency": "USD", "rate": "0.9", "date": "2026-11-01"}], "returned_not_credited": [],
            "shipped_not_invoiced": [{"currency": "EUR", "value": "40.00", "orders": 1, "unpriced": 2}],
        }  # fmt: skip

    def forecast(self, now: datetime) -> Row:
        """One partner whose alarms are mostly false, one of whom nothing was said."""

        def told(promises: int, broken: int, said: int, hits: int, lead: int | None) -> Row:
            counts = {"promises": promises, "broken": broken, "said": said, "hits": hits, "lead_seconds": lead}
            shares = {"precision": (hits, said), "recall": (hits, broken)}
            return counts | {
                k: {"numerator": n, "denominator": d, "share": n / d if d else None} for k, (n, d) in shares.items()
            }

        rows = [
            told(60, 6, 36, 4, 86400) | {"partner": "3pl.west", "off": True},
            told(9, 0, 0, 0, None) | {"partner": "3pl.east", "off": False},
        ]
        return {"days": 90, "least_cases": 30, "figures": told(69, 6, 36, 4, 86400), "rows": rows}

    def penalties(
        self, now: datetime, frm: datetime | None = None, to: datetime | None = None, by: str = ""
    ) -> list[Row]:
        """What we owe of one partner's clocks, and what another owes us."""
        one = {"currency": "EUR", "threatened": "5.00", "missed": 2, "growing": 1, "running": 1, "unpriced": 0}
        return [
            one | {"pays": "us", "accrued": "25.00", "expected": "28.00", by: "3pl.west"},
            one | {"pays": "partner", "accrued": "7.00", "expected": "7.00", by: "3pl.east"},
        ]

    def penalty_of(self, case: Row, now: datetime) -> list[Row]:
        """A late delivery costs something."""
        return [{"pays": "us", "currency": "EUR", "amount": "12.50"}] if case["code"] == "delivery_late" else []

    def order(self, key: str, board: pl.DataFrame, now: datetime) -> Row:
        """One order by any of its keys."""
        bare = key.rsplit(":", maxsplit=1)[-1]
        found = [
            o for o in self.orders_ if bare == o["order_id"] or any(bare in values for values in o["keys"].values())
        ]
        if not found:
            raise NotFound(f"No order is known by {key!r}.", "Check the number.")
        if len(found) > 1:
            raise Ambiguous(
                f"{key!r} means {len(found)} orders.",
                candidates=[{k: o[k] for k in ("order_id", "so", "customer", "stage")} for o in found[:20]],
            )
        cases = board.filter((pl.col("order_id") == found[0]["order_id"]) & pl.col("code").is_in(BLOCKING))
        stuck = [
            {"cause": c["cause"], "since": written(c["since"]), "system": c["system"], "owner": c["owner"]}
            for c in cases.to_dicts()
        ]
        return found[0] | {"blocked": stuck}

    def timeline(self, order_id: str, now: datetime) -> list[Row]:
        """What was seen."""
        found: list[Row] = next(o for o in self.orders_ if o["order_id"] == order_id)["timeline"]
        return found

    def links(self, order_id: str) -> list[Row]:
        """Why."""
        so = next(o for o in self.orders_ if o["order_id"] == order_id)["so"]
        seen = [r for r in self.timeline(order_id, self.now) if r["kind"] == "event"]
        return [
            {
                "event_id": r["event_id"],
                "type": r["type"],
                "source": r["system"],
                "at": r["at"],
                "key": f"so:erp:{so}",
                "rule": "alias:so",
                "confidence": 1.0,
            }
            for r in seen
        ]

    def traces(self, order_id: str) -> list[Row]:
        """Two traces for every order."""
        return [
            {
                "trace_id": f"{n}f3a{order_id[-4:]}c21e",
                "spans": 12,
                "errors": 2 - 2 * n,
                "started_at": written(self.now),
                "duration_ms": 2210.0,
                "root": ("order.submit", "shipment.sync")[n],
            }
            for n in (0, 1)
        ]

    def trace(self, trace_id: str) -> list[Row]:
        """The spans of a hand-over, the same for every trace; none for what is no trace id."""
        if not trace_id.isalnum():
            return []
        rows = (("order.submit", "crm", 0, 2210, 0), ("POST /orders", "crm", 10, 368, 1), ("credit.check", "erp", 60, 240, 2), ("edi.translate 850", "edi", 400, 780, 1),
                ("map.lookup partner", "edi", 420, 280, 2), ("map.retry", "edi", 720, 440, 2), ("so.create", "erp", 1200, 520, 1), ("price.validate", "erp", 1230, 420, 2),
                ("rule PRC-12", "erp", 1400, 240, 3), ("wms.release", "3pl", 1740, 440, 1), ("POST /waves", "3pl", 1760, 280, 2), ("ack 997", "edi", 2060, 110, 2))  # fmt: skip
        bad = ("map.retry", "rule PRC-12") if trace_id.startswith("0") else ()
        return [{"trace_id": trace_id, "span_id": str(n), "parent_id": "", "name": name, "system": s, "kind": "internal", "offset_ms": o, "duration_ms": d, "depth": depth,
                 "status": "error" if name in bad else "ok", "message": "no item code in map v12" if name == "map.retry" else "", "attrs": {}} for n, (name, s, o, d, depth) in enumerate(rows)]  # fmt: skip

    def attainment(self, rule: str, frm: datetime | None, to: datetime | None, by: str, now: datetime) -> list[Row]:
        """Counts that look like a life, the same for every call."""
        days = [now - timedelta(days=d) for d in range(30) if frm is None or now - timedelta(days=d) >= frm]
        cells = [cell(rule, p, d) for p in PARTNERS for d in days if (d.day + len(p)) % 11]
        keys = {"partner": ("partner",), "day": ("day",), "partner_day": ("partner", "day"), "none": ()}[by]
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for one in cells:
            groups.setdefault(tuple(one[k] for k in keys), []).append(one)
        return [dict(zip(keys, key, strict=True)) | added(rows) for key, rows in groups.items()]

    def attainment_totals(self, frm: datetime | None, to: datetime | None, now: datetime) -> dict[str, Row]:
        """One row per SLA; nothing fell due for S20."""
        return {id: self.attainment(id, frm, to, "none", now)[0] for id, *_ in SLAS if id != "S20"}

    def budget(self, sla: Row, now: datetime) -> Row | None:
        """The budget of the last 28 days, from the same counts, with one window that burns."""
        if sla["objective"] is None:
            return None
        frm, aim = now - timedelta(days=28), exact(sla["objective"])
        rows = self.attainment(sla["id"], frm, None, "partner", now)
        counts = [{"partner": r["partner"], "good": r["met"], "total": r["met"] + r["breached"]} for r in rows]
        each = figures(pl.DataFrame(counts), aim).to_dicts()
        whole = figures(pl.DataFrame(counts).select(pl.col("good", "total").sum()), aim).row(0, named=True)
        windows = [
            {"window": w.name, "severity": "high", "long_s": w.long, "short_s": w.short, "factor": float(w.factor), "bad_long": 9, "total_long": 60,
             "bad_short": 2, "total_short": 5, "burn_long": 15.0, "burn_short": 40.0, "detected_s": 1451.5, "burning": w.name == "fast"}
            for w in usual(28 * 86_400)
        ]  # fmt: skip
        partners = [row | {"burning": ["fast"] if n == 0 else []} for n, row in enumerate(each)]
        course = [{"at": frm + timedelta(days=n), "remaining": 1 - 0.05 * n, "ideal": 1 - n / 28} for n in range(1, 29)]
        return {"burn_down": course, "rule": "", "objective": sla["objective"], "from": frm, "to": now, **whole, "min_total": 30, "notices": ["slow: out of reach"], "burn": windows, "partners": partners}  # fmt: skip

    def past_order(self, key: str, as_of: datetime | None, known_at: datetime | None) -> PastOrder:
        """As it is now, with the events up to then; nothing was there a month ago."""
        times = Times(as_of, known_at)
        if times.told < self.now - timedelta(days=30):
            raise NotFound("Nothing of this order was there at that time.")
        one = self.order(key, self.shown, self.now)
        until = [r for r in self.timeline(one["order_id"], self.now) if (r["at"] or "") <= (written(times.now) or "")]
        return PastOrder(one, until, self.links(one["order_id"]), [], times, [one["order_id"]])

    def past(self, as_of: datetime | None, known_at: datetime | None) -> "Sample | Making":
        """Being made when it is asked for the first time, there from the second on."""
        self.asked += 1
        return Making(400, 1000) if self.asked == 1 else self

    def board(self) -> pl.DataFrame:
        """The cases of that time."""
        return self.shown

    def unmatched(self, offset: int, limit: int) -> tuple[list[Row], int]:
        """Three events."""
        found = records.strays(self.now)
        return found[offset : offset + limit], len(found)

    def positions(self, where: Row, sort: Any, offset: int, limit: int, now: datetime) -> tuple[list[Row], int]:
        """Stock, as the store answers it."""
        found = [p for p in records.positions(self.now) if not where.get("drift") or "inventory_drift" in p["codes"]]
        found = [p for p in found if set(where.get("code") or p["codes"]) <= set(p["codes"])]
        for name in ("sku", "location"):
            found = [p for p in found if p[name] in where.get(name, [p[name]])]
        return found[offset : offset + limit], len(found)

    def purchases(self, where: Row, sort: Any, offset: int, limit: int, now: datetime) -> tuple[list[Row], int]:
        """Purchase orders."""
        found = [p for p in records.purchases(self.now) if p["stage"] in where.get("stage", [p["stage"]])]
        found = [
            p
            for p in found
            if set(p["match"]) & set(where.get("match") or p["match"])
            and where.get("q", "").lower() in p["key"].lower()
        ]
        return found[offset : offset + limit], len(found)

    def purchase(self, key: str, now: datetime) -> Row:
        """One purchase order."""
        for one in records.purchases(self.now):
            if key in (one["key"], one["number"]):
                return one
        raise NotFound(f"No purchase order is known by {key!r}.")

    def sources(self, now: datetime) -> list[Row]:
        """One source of each state."""
        return letters.sources(self.now)

    def dead_letters(self, where: Row, offset: int, limit: int) -> tuple[list[Row], int]:
        """Three letters, one of them done."""
        found = [r for r in letters.letters(self.now) if where.get("status") in ("all", r["status"])]
        found = [r for r in found if r["reason"] in where.get("reason", [r["reason"]])]
        return found[offset : offset + limit], len(found)

    def dead_letter(self, id: str) -> Row:
        """One with its message."""
        return letters.letter(id, self.now)

    def letter_kinds(self) -> list[Row]:
        """What waits."""
        return letters.kinds(self.now)

    def freshness(self) -> list[Row]:
        """All heard within the hour."""
        return [
            {"source": s, "last_event_at": self.now - timedelta(minutes=7 * n), "last_seen_at": self.now, "events": 900}
            for n, s in enumerate(("erp.main", "3pl.west", "carrier.ups", "crm.main"))
        ]


def cell(rule: str, partner: str, day: datetime) -> Row:
    """One partner's day of one SLA."""
    chance = random.Random(f"{rule}{partner}{day:%F}")
    total = chance.randint(12, 60)
    bad = min(total, int(total * chance.choice((0, 0, 0.02, 0.04, 0.08, 0.5 if partner == "3pl.iona" else 0.1))))
    return {
        "partner": partner,
        "day": day.replace(hour=0, minute=0, second=0, microsecond=0),
        "met": total - bad,
        "breached": bad,
        "breached_open": bad // 3,
        "running": 2,
        "void": 1,
    }


def added(rows: list[Row]) -> Row:
    """Counts added, the share from the sums."""
    sums = {k: sum(r[k] for r in rows) for k in ("met", "breached", "breached_open", "running", "void")}
    judged = sums["met"] + sums["breached"]
    return sums | {
        "numerator": sums["met"],
        "denominator": judged,
        "attainment": sums["met"] / judged if judged else None,
    }


class Live:
    """A version that follows the board."""

    def __init__(self, board: Board, sample: Sample) -> None:
        self._board, self._sample = board, sample
        self.kpis: Row = sample.kpis(sample.now, board.frame())

    @property
    def version(self) -> int:
        """The board's."""
        return self._board.version

    async def wait(self, version: int) -> tuple[int, Row]:
        """Until the board is another."""
        while self._board.version == version:
            await asyncio.sleep(0.2)
        self.kpis = await asyncio.to_thread(lambda: self._sample.kpis(self._sample.now, self._board.frame()))
        return self._board.version, self.kpis


def sampled(folder: Path, who: Identity | None = OPERATIONS, count: int = 240) -> Context:
    """A context on the sample, its cases in a new store under `folder`."""
    sample = Sample.made(clock.instant(), count)
    store = Store(f"sqlite:///{folder / 'workflow.sqlite'}")
    cases, board = Cases(store), Board(store)
    cases.apply(sample.intents())
    sample.shown = board.frame()
    slas = [
        {
            "id": i,
            "title": t,
            "clock": c,
            "target": g,
            "objective": o,
            "basis": "instant" if i == "S14" else "",
            "rated": i != "S20",
            "unrated_reason": "no source reports invoices" if i == "S20" else "",
        }
        for i, t, c, g, o in SLAS
    ]
    return Context(
        sample,
        cases,
        board,
        Live(board, sample),
        lambda: who,
        lambda: slas,
        PARTNERS,
        ("3pl-desk", "order-desk", "finance"),
        records.Ties(),
        letters.Replays(),
        rules.ruled(folder, store, board, sample.now),
    )
