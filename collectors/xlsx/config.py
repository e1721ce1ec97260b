"""The mapping of a workbook: that of CSV files, which sheet it is, and where its header stands."""

from pydantic import Field

from app.settings import Source
from collectors.mapped.language import Mapping, loaded

#: Bytes of a workbook unpacked, its parts, rows and columns that are read.
MAX_UNPACKED, MAX_PARTS, MAX_ROWS, MAX_COLUMNS = 128 * 2**20, 2_000, 200_000, 500


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
