"""A condition on what a table says of images, such as `framing == 'close-up' and age >= 40`.

Columns of the table are names; values stand in quotation marks or are numbers. There are == != < <=
> >=, in and not in with a list, and, or, not, and parentheses. Nothing else is understood, and
nothing is ever run.
"""

import ast
import contextlib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.datasets.group_table import plain_name
from studio.dialects import parse_number
from studio.errors import UsageError
from studio.opening import shown_text

_LONGEST = 1_000
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
Row = Mapping[str, str]
_Test = Callable[[Row], bool | None]


@dataclass(frozen=True)
class Condition:
    """`columns` are those that it names, in small letters; calling it says whether a row fits."""

    text: str
    columns: frozenset[str]
    _fits: "_Test"

    def __call__(self, row: Row) -> bool:
        """`row` has a cell for each of `columns`, "" where nothing is known. Of an unknown value no
        comparison but that with '' can be told, nor what is not so (Kleene's logic, as SQL has it):
        such a row does not fit."""
        return self._fits(row) is True


def parse_condition(text: str) -> Condition:
    """Raises UsageError, which says what is not understood."""
    if len(text) > _LONGEST:
        raise UsageError(f"A condition has at most {_LONGEST:,} characters.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _not_understood(text, text) from None
    columns: set[str] = set()
    fits = _made(tree, text, columns)
    return Condition(text, frozenset(columns), fits)


def _made(node: ast.expr, text: str, columns: set[str]) -> _Test:
    if isinstance(node, ast.BoolOp):
        parts = [_made(one, text, columns) for one in node.values]
        decides = isinstance(node.op, ast.Or)  # one such part is enough, whatever the others are
        return lambda row: _joined([part(row) for part in parts], decides)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = _made(node.operand, text, columns)
        return lambda row: None if (found := inner(row)) is None else not found
    if isinstance(node, ast.Compare):
        return _comparison(node, text, columns)
    raise _not_understood(ast.unparse(node), text)


def _comparison(node: ast.Compare, text: str, columns: set[str]) -> _Test:
    if len(node.ops) != 1 or not isinstance(node.left, ast.Name):
        raise _not_understood(ast.unparse(node), text)
    column = plain_name(node.left.id)
    columns.add(column)
    kind, right = node.ops[0], node.comparators[0]
    if isinstance(kind, ast.In | ast.NotIn):
        if not isinstance(right, ast.List | ast.Tuple | ast.Set):
            raise _not_understood(ast.unparse(node), text)
        values = [_value(one, text) for one in right.elts]
        wanted = isinstance(kind, ast.In)

        def is_in(row: Row) -> bool | None:
            found = _joined([_compare(row[column], operator.eq, one) for one in values], True)
            return None if found is None else found is wanted

        return is_in
    compare = _COMPARISONS.get(type(kind))
    if compare is None:
        raise _not_understood(ast.unparse(node), text)
    value = _value(right, text)
    return lambda row: _compare(row[column], compare, value)


def _value(node: ast.expr, text: str) -> str | float:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            with contextlib.suppress(OverflowError):  # hundreds of digits
                return float(sign * value)
        if isinstance(value, str) and sign == 1:
            return value
    raise _not_understood(ast.unparse(node), text)


def _joined(parts: Sequence[bool | None], decides: bool) -> bool | None:
    """ "or" where True decides, "and" where False does; None where what is unknown would decide."""
    if decides in parts:
        return decides
    return None if None in parts else not decides


def _compare(cell: str, compare: Callable[[Any, Any], bool], value: str | float) -> bool | None:
    """Texts without regard to capitals; numbers as numbers, where the cell is one."""
    cell = cell.strip()
    if not cell and value != "":
        return None
    if isinstance(value, str):
        return compare(cell.casefold(), value.strip().casefold())
    try:
        return compare(parse_number(cell), value)
    except ValueError:  # a text is no number, and neither less nor more than one
        return {operator.eq: False, operator.ne: True}.get(compare)


def _not_understood(part: str, text: str) -> UsageError:
    of = "" if part == text else f" of {shown_text(text, 100)}"
    return UsageError(
        f"The condition {shown_text(part, 100)}{of} is not understood: write a column, one of == "
        "!= < <= > >= in, and a value in quotation marks or a number, such as "
        "framing == 'close-up' and age >= 40."
    )
