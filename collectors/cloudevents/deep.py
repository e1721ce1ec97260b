"""Cuts an array of events into its items without decoding them, for when one is nested deeper than a decoder goes.

So the item alone is refused, and not the good ones beside it.
"""

import re

from collectors.cloudevents.config import MAX_COMMAS, MAX_ITEMS

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{]++|[\]}]++|,', re.DOTALL)
_SIGNS = (b"[", b"{", b",", b'"')


def items(text: bytes) -> list[bytes]:
    """The items of the array `text`; raises RecursionError where it is not closed or too much to be looked at."""
    if sum(text.count(sign) for sign in _SIGNS) > MAX_COMMAS:
        raise RecursionError
    found: list[bytes] = []
    depth, start = 0, 1
    for token in _TOKEN.finditer(text):
        sign = token[0][:1]
        depth += len(token[0]) * ((sign in b"[{") - (sign in b"]}"))
        if depth <= 0 or (sign == b"," and depth == 1):
            end = token.end() - 1
            found.append(text[start:end])
            start = end + 1
        if depth <= 0:
            break
    if depth or start != len(text) or len(found) > MAX_ITEMS:
        raise RecursionError
    return found
