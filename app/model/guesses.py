"""How a number may have been damaged on its way: guesses for a person to look at, never links."""

import re
from decimal import Decimal, InvalidOperation

#: Guesses stay at or below this confidence.
_OTHER_SENDER, _ZEROS, _ENDS, _CLOTHES, _SPREADSHEET = 0.4, 0.5, 0.4, 0.3, 0.3
_PADDED = 10
_END = re.compile(r"([-/]\d{1,2}|_R\d{1,2})$")
_BEGIN = re.compile(r"^(#|[A-Z]{1,3}[-#: ])(?=\d)")
_ROUNDED = re.compile(r"\d\.\d{2,8}E\+?\d{1,2}")


def guesses(value: str) -> list[tuple[str, str, float]]:
    """Other spellings that were perhaps meant: (spelling, why, confidence), the number itself first."""
    found = [(value, "the same number of another sender", _OTHER_SENDER)]
    if value.isdecimal():
        found += [
            (value.lstrip("0"), "without its leading zeros", _ZEROS),
            (value.zfill(_PADDED), "with lost zeros", _ZEROS),
        ]
    if (short := _END.sub("", value)) != value:
        found += [(short, f"without {value[len(short) :]} at its end", _ENDS)]
    if (bare := _BEGIN.sub("", value)) != value:
        found += [(bare, f"without {value[: len(value) - len(bare)]} before it", _CLOTHES)]
    seen: dict[str, tuple[str, str, float]] = {}
    for guess in found:
        if guess[0]:
            seen.setdefault(guess[0], guess)
    return list(seen.values())


def rounded(value: str) -> tuple[int, int] | None:
    """The numbers [from, to) that a spreadsheet would have written so: `1.23457E+11`; None for anything else."""
    if not _ROUNDED.fullmatch(value):
        return None
    try:
        said = Decimal(value)
    except InvalidOperation:
        return None
    exponent = said.as_tuple().exponent
    half = Decimal(5) * Decimal(10) ** (int(exponent) - 1)
    return (int(said - half), int(said + half)) if said == said.to_integral_value() else None


#: What such a guess says, and how sure it is.
SPREADSHEET = ("a spreadsheet has rounded it", _SPREADSHEET)
