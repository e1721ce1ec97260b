"""Public holidays by ISO 3166 code, as the `holidays` package knows them, kept by year."""

from datetime import date
from functools import lru_cache

import holidays

from app.errors import WrongUse


@lru_cache(maxsize=4096)
def public(place: str, year: int, observed: bool = True) -> frozenset[date]:
    """The public holidays of a country or, after a dash, a part of it; none for no place.

    `observed` adds the days off that stand for a holiday on a weekend. Raises WrongUse for an unknown place.
    """
    country, _, region = place.partition("-")
    if not country:
        return frozenset()
    try:
        days = holidays.country_holidays(country, subdiv=region or None, years=year, observed=observed)
    except NotImplementedError:
        raise WrongUse(
            f"{place!r} is not a known country or part of one", "Write an ISO 3166 code such as DE, DE-BW or US-CA."
        ) from None
    return frozenset(day for day in days if day.year == year)
