"""The only place that looks at the clock.

`now()` is the domain's time: it decides what is due, and `freeze` stops it for historical data; `play` pushes it through
a story as if it were now. `wall()` is real time: sessions, tokens, retries. Both are aware UTC; `instant()` gives the naive microseconds that frames hold.
"""

from datetime import UTC, datetime

from app.errors import BadInput

_frozen: datetime | None = None
_played: datetime | None = None


def freeze(at: datetime | None) -> None:
    """Stop the domain's clock at `at` (aware), or let it run again with None."""
    global _frozen
    _frozen = at.astimezone(UTC) if at else None


def frozen() -> datetime | None:
    """The instant at which the domain's clock stands, or None while it runs."""
    return _frozen


def play(at: datetime | None) -> None:
    """Let the domain's clock show `at` (aware) as if it were now, or run again with None. Nothing is frozen by it."""
    global _played
    _played = at.astimezone(UTC) if at else None


def wall() -> datetime:
    """Real time, aware UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The domain's time, aware UTC: real time unless it was frozen or is played."""
    return _frozen or _played or wall()


def instant(at: datetime | None = None) -> datetime:
    """`at`, or now, as frames and the record store hold it: naive UTC."""
    return (at or now()).astimezone(UTC).replace(tzinfo=None)


def asked(at: datetime) -> datetime:
    """A time that somebody wrote, as frames hold it; one without a zone is UTC. Raises BadInput where it lies beyond all clocks."""
    try:
        return instant(at if at.tzinfo else at.replace(tzinfo=UTC))
    except OverflowError:
        raise BadInput("No clock ever shows that time.", "Give a date of this century.") from None


def aware(at: datetime) -> datetime:
    """A naive UTC instant out of a frame as an aware one."""
    return at.replace(tzinfo=UTC)


def written(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with Z, as JSON carries it; takes naive UTC or aware."""
    if at is None:
        return None
    plain = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return plain.isoformat(timespec="milliseconds" if plain.microsecond else "seconds") + "Z"
