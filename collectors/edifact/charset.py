"""Which character set an interchange is written in: its syntax identifier says so (ISO 9735, data element 0001)."""

import codecs

#: Syntax identifier → codec. UNOA and UNOB are capitals and basic Latin of ISO 646; UNOX is ISO 2022.
CODECS = {
    "UNOA": "ascii", "UNOB": "ascii", "UNOC": "iso-8859-1", "UNOD": "iso-8859-2", "UNOE": "iso-8859-5",
    "UNOF": "iso-8859-7", "UNOG": "iso-8859-3", "UNOH": "iso-8859-4", "UNOI": "iso-8859-6", "UNOJ": "iso-8859-8",
    "UNOK": "iso-8859-9", "UNOL": "iso-8859-15", "UNOW": "utf-8", "UNOX": "iso2022_jp_2", "UNOY": "utf-8",
}  # fmt: skip
#: Byte order marks of UTF-16.
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def unmarked(body: bytes) -> tuple[bytes, str]:
    """(the body without a byte order mark, and the encoding that the mark says or ""); UTF-16 becomes UTF-8."""
    for mark, encoding in _MARKS.items():
        if body.startswith(mark):
            rest = body[len(mark) :]
            return (rest if encoding == "utf-8" else rest.decode(encoding, "replace").encode()), "utf-8"
    return body, ""


def decoded(raw: bytes, identifier: str, marked: str) -> tuple[str, bool]:
    """(the text, whether it is written in the set that it says).

    What is not is taken as UTF-8 where it is that, else as Latin 1, in which every byte is a character.
    """
    named = CODECS.get(identifier, "ascii")
    for encoding in (marked, named, "utf-8"):
        try:
            if encoding:
                return raw.decode(encoding), encoding in (marked, named)
        except UnicodeDecodeError:
            continue
    return raw.decode("iso-8859-1"), False
