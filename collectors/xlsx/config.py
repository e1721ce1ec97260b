"""The mapping of a workbook: that of CSV files, which sheet it is, and where its header stands."""

from pydantic import Field

from app.settings import Source
from collectors.mapped.language import Mapping, loaded

#: Bytes of a workbook unpacked, and its parts.
MAX_UNPACKED, MAX_PARTS = 128 * 2**20, 2_000
#: Rows that a sheet can have, those of them that may hold something, and columns among which the header is looked for.
LAST_ROW, MAX_ROWS, MAX_COLUMNS = 1_048_576, 200_000, 500


class Sheet(Mapping):
    """How one kind of workbook is read."""

    sheet: str = Field("", description="The name of the sheet; empty for the first.")
    header_row: int = Field(1, ge=1, le=1_000, description="The row of the names, as people count.")
    fill_down: tuple[str, ...] = Field(
        (), description="Columns whose empty cells, as those of merged ones, hold what stands above them."
    )


def load(source: Source) -> Sheet:
    """The mapping of a source. Raises WrongUse when it names none, or one that is wrong."""
    return loaded(source, Sheet)
