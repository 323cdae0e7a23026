"""Cells of the tables that generation leaves, safe to open in a spreadsheet."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: object) -> object:
    """A text that a spreadsheet would run gets an apostrophe in front: names come from anywhere."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
