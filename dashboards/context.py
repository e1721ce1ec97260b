"""What the pages ask of the rest of the product, in one place, so that a page can be tried without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

import anyio.to_thread
import polars as pl

from app.cases import Board, Cases, Identity
from app.cases.answered import Answered
from app.contracts import Wanted
from rules.degradation.limits import Limit

Row = dict[str, Any]
T = TypeVar("T")


class Reader(Protocol):
    """The named questions of the record store. All of them block: ask them through `asked`."""

    def blocked(
        self, board: pl.DataFrame, view: str, where: Row, sort: list[tuple[str, str]], offset: int, limit: int
    ) -> tuple[list[Row], int]:
        """Open exceptions with their orders, and how many match."""
        ...

    def orders(
        self, where: Row, sort: list[tuple[str, str]], offset: int, limit: int, now: datetime | None = None
    ) -> tuple[list[Row], int]:
        """Orders by what is judged of them: `where` has at_risk, diverged, silent, owner, q."""
        ...

    def order(self, key: str, board: pl.DataFrame, now: datetime) -> Row:
        """One order by any key. Raises NotFound or Ambiguous."""
        ...

    def timeline(self, order_id: str, now: datetime) -> list[Row]:
        """Events, traces and clocks of an order."""
        ...

    def links(self, order_id: str) -> list[Row]:
        """Why each event belongs to the order."""
        ...

    def trace(self, trace_id: str) -> list[Row]:
        """The spans of a trace, children under their parents."""
        ...

    def traces(self, order_id: str) -> list[Row]:
        """The traces that touched the order."""
        ...

    def attainment(self, rule: str, frm: datetime | None, to: datetime | None, by: str, now: datetime) -> list[Row]:
        """Counts of one SLA by partner, day, or both."""
        ...

    def attainment_totals(self, frm: datetime | None, to: datetime | None, now: datetime) -> dict[str, Row]:
        """Counts per SLA."""
        ...

    def budget(self, sla: Row, now: datetime) -> Row | None:
        """What is left of the error budget of an SLA, by its definition; None without an objective."""
        ...

    def past_order(self, key: str, as_of: datetime | None, known_at: datetime | None) -> Any:
        """One order at another time: `order`, `timeline`, `links`, `traces` and the `ids` of today."""
        ...

    def past(self, as_of: datetime | None, known_at: datetime | None) -> Any:
        """A reader of another time, or how far the making of it has come (`done`, `total`)."""
        ...

    def board(self) -> pl.DataFrame:
        """The open cases that this reader answers with."""
        ...

    def kpis(self, now: datetime) -> Row:
        """The figures at the head of the pages."""
        ...

    def revenue(self, now: datetime, by: str = "") -> Row:
        """Revenue at risk with numerator and denominator per currency, and its parts."""
        ...

    def forecast(self, now: datetime) -> Row:
        """How often at risk came true: the forecast's own record, the whole and per partner."""
        ...

    def penalties(
        self, now: datetime, frm: datetime | None = None, to: datetime | None = None, by: str = ""
    ) -> list[Row]:
        """What missed clocks have cost and are expected to, per side and currency."""
        ...

    def penalty_of(self, case: Row, now: datetime) -> list[Row]:
        """What the clocks behind an exception have cost so far."""
        ...

    def unmatched(self, offset: int, limit: int) -> tuple[list[Row], int]:
        """Events without an order, oldest first."""
        ...

    def positions(
        self, where: Row, sort: list[tuple[str, str]], offset: int, limit: int, now: datetime
    ) -> tuple[list[Row], int]:
        """Stock positions with what each system says of them, and how many match."""
        ...

    def purchases(
        self, where: Row, sort: list[tuple[str, str]], offset: int, limit: int, now: datetime
    ) -> tuple[list[Row], int]:
        """Purchase orders, and how many match."""
        ...

    def purchase(self, key: str, now: datetime) -> Row:
        """One purchase order by its key or number. Raises NotFound or Ambiguous."""
        ...

    def sources(self, now: datetime) -> list[Row]:
        """Every source with its state, watermark and counts, those first of which somebody should look."""
        ...

    def register(self, opened: Mapping[str, int], now: datetime) -> list[Row]:
        """Every interface as declared and as it does, those first that cause the most open exceptions."""
        ...

    def verdicts(self, now: datetime, source: str = "") -> list[Row]:
        """How each interface stands, since when, and by which numbers."""
        ...

    def course(self, source: str, since: datetime, until: datetime) -> list[Row]:
        """What the interfaces of a source did by the quarter of an hour, beside what was usual."""
        ...

    def endangered(self, source: str, side: str, interface: str, partner: str, now: datetime) -> Row:
        """The open orders whose path uses an interface, with their running clocks and money."""
        ...

    def endangered_by(self, case: Row, now: datetime) -> Row | None:
        """The same for an exception of an interface; None for any other."""
        ...

    def extracts(self) -> list[Row]:
        """The newest comparisons of full extracts."""
        ...

    def dead_letters(self, where: Row, offset: int, limit: int) -> tuple[list[Row], int]:
        """Dead letters, newest first: `where` has source, reason, status, from, to, q."""
        ...

    def dead_letter(self, id: str) -> Row:
        """One of them with its message around the fault, and its history. Raises NotFound."""
        ...

    def letter_kinds(self) -> list[Row]:
        """Open dead letters counted by source and reason."""
        ...

    def freshness(self) -> list[Row]:
        """Per source, when it was last heard."""
        ...


class Live(Protocol):
    """What a tab waits for: a version and a few figures, computed once for all tabs."""

    @property
    def version(self) -> int:
        """Grows with every change."""
        ...

    @property
    def kpis(self) -> Row:
        """What `Reader.kpis` said at that version."""
        ...

    async def wait(self, version: int) -> tuple[int, Row]:
        """The next version and its figures, as soon as there is one."""
        ...


class Ties(Protocol):
    """What a person says of links; every word is kept with who said it, and can be taken back. All of it blocks."""

    def say(self, act: str, order: str, event: str, reason: str, who: Identity, key: str = "") -> str:
        """`link` or `cut` an event (by its id) and an order (by any key), or call it `distinct` from the order of `key`;
        gives the id to take it back by."""
        ...

    def undo(self, link: str, reason: str, who: Identity) -> None:
        """Take back what was said."""
        ...


class Replays(Protocol):
    """Puts dead letters through again, in a person's name; a dry run only says what would come of it. All of it blocks."""

    def many(self, wanted: Wanted, who: Identity) -> Row:
        """The messages that are wanted: counts, `items` for each message, how many are `left`."""
        ...

    def edited(self, id: str, body: str, wanted: Wanted, who: Identity) -> Row:
        """The message of one letter as the person has written it."""
        ...

    def body(self, id: str) -> str:
        """The message of a letter as text."""
        ...


class Rules(Protocol):
    """The rules in force: read, written anew, tried on history, published. All of it blocks."""

    def listed(self) -> list[Row]:
        """Every rule in force, by its id."""
        ...

    def notes(self) -> list[Row]:
        """What is left out, and why: file, line, what, mend."""
        ...

    def limits(self, source: str, interface: str, side: str) -> Mapping[str, Limit]:
        """The hard limits of an interface, by measure."""
        ...

    def one(self, id: str) -> Row:
        """One rule whole. Raises NotFound."""
        ...

    def examined(self, text: str) -> Row:
        """The `faults` of a text with their lines, what is in the way of `publishing` it, and how `examples` turn out."""
        ...

    def publish(self, text: str, comment: str, who: Identity, via: str, seen: int | None = None) -> Row:
        """Put one rule in force in a person's name. Raises BadInput with its faults, Conflict or Stale."""
        ...

    def withdraw(self, id: str, comment: str, who: Identity, via: str, seen: int | None = None) -> Row:
        """Take back what was published. Raises NotFound, Conflict or Stale."""
        ...

    def begin(self, text: str, frm: datetime | None, to: datetime | None, who: Identity) -> Row:
        """Try a rule on history in the background: `id` of the trial. Raises BadInput with its faults, or Busy."""
        ...

    def trial(self, id: str) -> Row:
        """How far it has come: state, done, of, fault, and its `answer`. Raises NotFound."""
        ...

    def stop(self, id: str) -> Row:
        """End a trial."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a page may ask for. `whoami` gives None where nobody is signed in.

    `slas` gives the definitions in force: id, code, title, clock, target, objective (None or a share), basis, rated,
    unrated_reason; counts come from the reader. `partners` maps the codes of partners to their names. Without `ties` nobody links by hand,
    without `replays` nobody puts letters through again, without `rules` nobody sees them. `answered` gives S27 and S28, how
    soon exceptions are answered.
    """

    reader: Reader
    cases: Cases
    board: Board
    live: Live
    whoami: Callable[[], Identity | None]
    slas: Callable[[], list[Row]]
    partners: Mapping[str, str] = field(default_factory=dict)
    teams: tuple[str, ...] = ()
    ties: Ties | None = None
    replays: Replays | None = None
    rules: Rules | None = None
    answered: Answered | None = None


_here: list[Context] = []


def use(context: Context) -> None:
    """Make `context` the one that pages ask; called once when the app is built."""
    _here[:] = [context]


def here() -> Context:
    """The context in use."""
    return _here[0]


async def asked(question: Callable[..., T], *args: Any) -> T:
    """The answer of a blocking question, asked off the event loop."""
    return await anyio.to_thread.run_sync(lambda: question(*args))
