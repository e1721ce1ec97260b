"""One figure of a benchmark beside its floor; a ratio can be compared between machines, a rate cannot."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """Ours and the floor's in the same unit. `higher` says which way is better."""

    name: str
    ours: float
    floor: float
    unit: str
    budget: str
    higher: bool = True

    @property
    def ratio(self) -> float:
        """Ours as a multiple of the floor."""
        return self.ours / self.floor
