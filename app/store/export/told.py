"""What a long export says of itself: how far it has come, and at the end how many rows it wrote."""

from collections.abc import Callable

#: Called with what is being written, how much of it is done, and of how much; 0 where that is not known.
Told = Callable[[str, int, int], None]
#: Name of a table or of a part of a log -> rows written.
Rows = dict[str, int]
