"""The mapping of JSON records: that of CSV files, and the list of which each entry is a row of its own."""

from pydantic import Field

from app.settings import Source
from collectors.mapped.language import Mapping, loaded

#: Records of one block when a file is read.
BLOCK_LINES = 5_000
#: How deep a record may be nested, how many values it may have, and rows of one message.
MAX_DEPTH, MAX_VALUES, MAX_ROWS = 20, 2_000, 200_000


class Records(Mapping):
    """How one kind of record is read. Values within values have dotted names: `customer.id`, `lines.0.sku`."""

    each: str = Field("", description="The name of a list: each of its entries is a row, with what stands around it.")


def load(source: Source) -> Records:
    """The mapping of a source. Raises WrongUse when it names none, or one that is wrong."""
    return loaded(source, Records)
