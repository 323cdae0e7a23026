"""Long results of a query, fetched as one value.

The sqlite3 module lets go of the interpreter at each row, and a thread that draws a window may keep
it for milliseconds each time: at 132,673 rows that was a minute. Here SQLite writes all of them
into one JSON text, in a single step and apart from the interpreter. For whole numbers, texts and
None; fractions lose their last digits.
"""

import json
from array import array
from typing import Any

from sqlalchemy import Connection, Select, func, select

from studio.project.records import WrongValue


def ids_of(connection: Connection, query: "Select[Any]") -> "array[int]":
    """The whole numbers in the first column of `query`, in its order. Raises WrongValue for what
    is not one."""
    try:
        return array("q", values_of(connection, query))
    except (TypeError, OverflowError) as error:
        raise WrongValue("an id is not a whole number") from error


def values_of(connection: Connection, query: "Select[Any]") -> list[Any]:
    """The values in the first column of `query`, in its order."""
    rows = query.subquery()
    return _read(connection, select(func.json_group_array(rows.c[0])))


def rows_of(connection: Connection, query: "Select[Any]") -> list[list[Any]]:
    """The rows of `query`, in its order."""
    rows = query.subquery()
    return _read(connection, select(func.json_group_array(func.json_array(*rows.c))))


def _read(connection: Connection, query: "Select[Any]") -> list[Any]:
    # SQLite keeps the order of a query that it gathers: an aggregate may depend on it.
    found: list[Any] = json.loads(connection.scalar(query) or "[]")
    return found
