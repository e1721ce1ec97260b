"""Reads the identifiers of EPCIS, as EPC URN and as GS1 Digital Link, into the numbers that people print and scan.

Source: GS1 EPC Tag Data Standard (URN forms), GS1 Digital Link (application identifiers), CBV 2.0 (words, documents).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

_DIGITS = r"([0-9]{1,14})"
_URN = re.compile(rf"urn:epc:(?:id|class|idpat):([a-z]{{2,8}}):{_DIGITS}\.([0-9]*)(?:\.(.*))?", re.DOTALL)
_LINK = re.compile(r"https?://[^/\s]+/(?:[^?#]*/)?(00|01|414|417)/([0-9]{13,18})(?:/254/([^/?#]+))?(?:[/?#].*)?")
_WORD = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp|btt|er|sdt):|(?:https?://ref\.gs1\.org/cbv/|cbv:|gs1:)(?:BizStep|Disp|BTT|ER|SDT)-)"
    r"([A-Za-z_]+)"
)
_DOCUMENT = re.compile(r"urn:epcglobal:cbv:bt:([0-9]{13}):(.+)", re.DOTALL)
_DOCUMENT_LINK = re.compile(r"https?://[^/\s]+/(?:[^?#]*/)?253/([0-9]{13})([^/?#]+)(?:[/?#].*)?")


@dataclass(frozen=True, slots=True)
class Identity:
    """What an identifier names: `sscc` of 18 digits, `gtin` of 14, `gln` of 13 with any extension, or "" for others."""

    kind: str
    value: str


def identity(text: str) -> Identity:
    """What an EPC, EPC class or place names."""
    if found := _URN.fullmatch(text):
        return _of_urn(found[1], found[2], found[3], found[4] or "") or Identity("", text)
    if found := _LINK.fullmatch(text):
        return _of_link(found[1], found[2], unquote(found[3] or "")) or Identity("", text)
    return Identity("", text)


def _of_urn(scheme: str, prefix: str, reference: str, rest: str) -> Identity | None:
    if scheme == "sscc" and reference:
        return _checked("sscc", reference[0] + prefix + reference[1:], 17)
    if scheme in ("sgtin", "lgtin") and reference:
        return _checked("gtin", reference[0] + prefix + reference[1:], 13)
    if scheme in ("sgln", "pgln"):
        place = _checked("gln", prefix + reference, 12)
        return Identity("gln", f"{place.value}.{rest}") if place and rest not in ("", "0", "*") else place
    return None


def _checked(kind: str, digits: str, length: int) -> Identity | None:
    """The number with its check digit, which URNs leave out."""
    return Identity(kind, digits + check_digit(digits)) if len(digits) == length else None


def _of_link(application: str, digits: str, extension: str) -> Identity | None:
    kind, length = {"00": ("sscc", 18), "01": ("gtin", 14)}.get(application, ("gln", 13))
    if len(digits) != length:
        return None
    return Identity(kind, f"{digits}.{extension}" if extension else digits)


@lru_cache(maxsize=65_536)
def check_digit(digits: str) -> str:
    """The digit that GS1 adds at the end: weights 3 and 1 from the right, up to the next ten."""
    total = 3 * sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def word(text: str) -> str:
    """A word of the vocabulary without its URN or web address; a word of anybody else as it is."""
    found = _WORD.fullmatch(text)
    return found[1] if found else text


def document(text: str) -> tuple[str, str]:
    """(number, GLN of who gave it or "") of a business transaction.

    A private address or URN is read by its last part: `http://shop.example/po/4711` is 4711.
    """
    if found := _DOCUMENT.fullmatch(text):
        return found[2], found[1]
    if text.startswith("urn:epc:id:gdti:"):
        return text.removeprefix("urn:epc:id:gdti:"), ""
    if found := _DOCUMENT_LINK.fullmatch(text):
        return found[1] + unquote(found[2]), ""
    if "://" in text:
        return unquote(re.split("[?#]", text, maxsplit=1)[0].rstrip("/").rpartition("/")[2]), ""
    return (text.rpartition(":")[2] if text.startswith("urn:") else text), ""
