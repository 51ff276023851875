"""How much of an uploaded file is read, and how much a reader may use. Pure.

Sizes are bytes, times seconds. docs/howto/upload-a-workbook.md tells hosts the first four (tested).
"""

MEBIBYTE = 2**20

MOST_ROWS = 20_000  # filled rows of all sheets together: forty times the largest hackathon we know
MOST_COLUMNS = 60  # beside the two of a workbook with remarks
MOST_CELL_CHARACTERS = 32_767  # what Excel itself allows in a cell
MOST_SHEETS = 30
# These two bound what the parent holds: about 25 bytes a cell and 2 bytes a character of Thai, twice while it decodes.
MOST_CELLS = 500_000
MOST_CHARACTERS = 10_000_000
# Merged ranges beyond this are not kept in the workbook that comes back: openpyxl makes an object of each cell.
MOST_MERGED_CELLS = 100_000

# A workbook is a zip archive. Real ones have some twenty entries, and XML shrinks ten to thirty times.
MOST_ENTRIES = 200
MOST_UNPACKED = 50 * MEBIBYTE
MOST_RATIO = 100

READERS = 2  # child processes at a time: the smallest machine we support has two cores
WAIT_S = 3.0  # for a free one, before the caller is told to come back
MEMORY = 512 * MEBIBYTE  # beyond what the child has when it starts
CPU_S = 45  # twice what remarks in the largest workbook that is allowed take
WALL_S = 90.0
NO_MEMORY = 77  # exit code of a child that went beyond MEMORY
OUTPUT = 96 * MEBIBYTE
