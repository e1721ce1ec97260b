"""Burn rates: how fast an error budget is spent, and which windows say so in time.

A rate of 1 spends the budget exactly by the end of the period. An alert has a long window, which shows that a share of
the budget is gone, and a short one of a twelfth, which shows that it still burns; both must be strictly above the
factor. Factors follow from period, share and window and are never typed. Durations are seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

#: The usual alerts of a period of 28 days: name, for, long, short (seconds), factor. They scale with the period.
_USUAL = (
    ("fast", 120, 3_600, 300, 14),
    ("medium", 900, 21_600, 1_800, 7),
    ("slow", 3_600, 86_400, 7_200, 2),
    ("long", 10_800, 345_600, 21_600, 1),
)
_OF = 28 * 86_400
#: So many must be bad before anything is said to burn.
LEAST_BAD = 3


@dataclass(frozen=True, slots=True)
class Window:
    """An alert: both windows above `factor` raise it. `hold` is how long that must last first."""

    name: str
    long: int
    short: int
    factor: Fraction
    severity: str = ""
    hold: int = 0

    def limit(self, objective: Fraction) -> Fraction:
        """The share of bad ones that must be exceeded."""
        return self.factor * (1 - objective)


def factor(period: int, share: Fraction, long: int) -> Fraction:
    """The rate at which `share` of the budget of the period is gone within the long window."""
    return share * period / long


def short_of(long: int) -> int:
    """The short window: a twelfth."""
    return long // 12


def usual(period: int) -> tuple[Window, ...]:
    """The usual alerts for a period: every duration scaled from 28 days to whole minutes, halves up."""
    return tuple(
        Window(name, _scaled(long, period), _scaled(short, period), Fraction(times), hold=_scaled(hold, period))
        for name, hold, long, short, times in _USUAL
    )


def _scaled(seconds: int, period: int) -> int:
    return floor(Fraction(seconds * period, _OF * 60) + Fraction(1, 2)) * 60


def reachable(objective: Fraction, times: Fraction) -> bool:
    """Whether a complete failure burns faster than the factor."""
    return 1 / (1 - objective) > times


def in_reach(windows: Iterable[Window], objective: Fraction) -> tuple[tuple[Window, ...], tuple[str, ...]]:
    """The alerts that can fire at all, and a sentence about each that cannot."""
    told = tuple(windows)
    kept = tuple(window for window in told if reachable(objective, window.factor))
    most = float(1 / (1 - objective))
    left = [
        f"{window.name}: a factor of {float(window.factor):g} is out of reach; this objective burns {most:g} times at most"
        for window in told
        if window not in kept
    ]
    return kept, tuple(left)


def least_total(objective: Fraction, times: Fraction, bad: int = LEAST_BAD) -> int:
    """From so many Dues on in a window, `bad` of them alone no longer exceed the factor."""
    return ceil(bad / (times * (1 - objective)))


def fires(long: Fraction, short: Fraction, objective: Fraction, times: Fraction) -> bool:
    """Whether the shares of bad ones in both windows are strictly above the factor."""
    return min(long, short) > times * (1 - objective)


def exhausts(period: int, rate: Fraction) -> Fraction:
    """After how many seconds at this rate the budget is gone."""
    return period / rate


def spent(objective: Fraction, period: int, bad: Fraction, seconds: int) -> Fraction:
    """The share of the budget that `bad` (a share) costs in so many seconds of even traffic."""
    return bad / (1 - objective) * seconds / period


def detected(objective: Fraction, bad: Fraction, long: int, times: Fraction) -> Fraction | None:
    """Seconds until a window that was clean exceeds the factor at this share of bad ones; None for never."""
    limit = times * (1 - objective)
    return long * limit / bad if bad > limit else None


def silent_after(objective: Fraction, windows: Iterable[Window]) -> int:
    """How long no count at all may come before that is as bad as the fastest alert; whole minutes."""
    fast = min(windows, key=lambda window: window.long)
    return floor((fast.limit(objective) * fast.long + fast.hold) / 60 + Fraction(1, 2)) * 60
