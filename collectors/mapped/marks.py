"""How a block of a file says where in it it begins, so that the rows of every block are counted as in the file."""

#: Begins the line that stands before a block: `#line 5002`.
MARK = b"#line "


def marked(number: int) -> bytes:
    """The line before a block whose first row is that of the file."""
    return b"%s%d\n" % (MARK, number)


def unmarked(text: bytes) -> tuple[bytes, int]:
    """(the block without its mark, the number of its first row in the file; 0 where nobody says)."""
    if not text.startswith(MARK):
        return text, 0
    line, _, rest = text.partition(b"\n")
    number = line.removeprefix(MARK)
    return (rest, int(number)) if number.isdigit() and len(number) < 12 else (text, 0)
