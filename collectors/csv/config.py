"""What is fixed about CSV files; how one is read stands in its mapping (`collectors/mapped/language.py`)."""

#: Rows of one block when a file is read.
BLOCK_ROWS = 5_000
