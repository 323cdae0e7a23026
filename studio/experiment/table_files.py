"""The table of an experiment as text, JSON, CSV, XLSX and LaTeX."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from studio.experiment.table import ExperimentTable
from studio.experiment.verdict import cell_words, difference_words, verdict
from studio.tables import neutralise, table_text

FORMATS = ("text", "json", "csv", "xlsx", "latex")
_CELL_COLUMNS = (
    "mix", "test", "model", "repeats", "auc_mean", "auc_sd", "auc", "auc_low", "auc_high",
    "auc_method", "groups", "n_pos", "n_neg", "leaking",
)  # fmt: skip
_COMPARISON_COLUMNS = (
    "mix", "baseline", "model", "test", "difference", "low", "high", "p", "p_holm", "method",
    "tests", "better_on",
)  # fmt: skip
_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--",
    "−": "$-$", "<": r"\textless{}", ">": r"\textgreater{}",
})  # fmt: skip


def cell_rows(table: ExperimentTable) -> list[dict[str, Any]]:
    """A row a cell, as CSV and XLSX have them; None is empty."""
    return [{name: cell.to_dict()[name] for name in _CELL_COLUMNS} for cell in table.cells]


def comparison_rows(table: ExperimentTable) -> list[dict[str, Any]]:
    """A row a comparison; `test` is empty where it is over all test sets."""
    return [
        {name: one.to_dict()[name] for name in _COMPARISON_COLUMNS} for one in table.comparisons
    ]


def grid_rows(table: ExperimentTable, model: str) -> list[list[str]]:
    """The grid as people read it: a row a mix, a column a test set, mean (SD) of the AUC, and the
    mean over the test sets."""
    rows = []
    for mix in table.mixes:
        own = table.over_tests(mix, model)
        mean = sum(cell.auc_mean for cell in own) / len(own) if own else None
        cells = [cell_words(table.cell(mix, test, model)) for test in table.tests]
        rows.append([mix, *cells, "" if mean is None else f"{mean:.3f}"])
    return rows


def csv_text(table: ExperimentTable) -> str:
    """One table: the cells, then the comparisons, told apart by the column `row`."""
    names = ["row", *dict.fromkeys([*_CELL_COLUMNS, *_COMPARISON_COLUMNS])]
    rows = [{"row": "cell", **row} for row in cell_rows(table)]
    rows += [{"row": "comparison", **row} for row in comparison_rows(table)]
    return table_text(names, [[_cell(row.get(name)) for name in names] for row in rows])


def latex_text(table: ExperimentTable) -> str:
    """A `tabular` a model, for booktabs, with the verdict as its note."""
    lines = ["% Needs \\usepackage{booktabs}."]
    for model in table.models:
        head = ["Training", *table.tests, "Mean"]
        lines += [
            f"\\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
            "\\toprule",
            _latex_row(head),
            "\\midrule",
            *(_latex_row(row) for row in grid_rows(table, model)),
            "\\bottomrule",
            "\\end{tabular}",
            f"% {model}; mean (SD) of the AUC over seeds.",
        ]
    lines += [f"% {sentence}" for sentence in verdict(table)]
    return "\n".join(lines) + "\n"


def xlsx_bytes(table: ExperimentTable) -> bytes:
    """A workbook: a grid a model, the cells, the comparisons, and the verdict."""
    sheets: dict[str, Sequence[Sequence[Any]]] = {
        model: [["Training", *table.tests, "Mean"], *grid_rows(table, model)]
        for model in table.models
    }
    for title, found in (("Cells", cell_rows(table)), ("Comparisons", comparison_rows(table))):
        names = list(found[0]) if found else []
        sheets[title] = [names, *([row[name] for name in names] for row in found)]
    sheets["Verdict"] = [[sentence] for sentence in verdict(table)]
    return workbook_bytes(sheets)


def workbook_bytes(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook of sheets by their titles, row by row; no text of it is run as a formula."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        _sheet(book, title, rows)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def plain_text(table: ExperimentTable) -> str:
    """The grid, the comparisons and the verdict, with tabs between the cells of the grid."""
    lines = []
    for model in table.models:
        rows = [[model, *table.tests, "mean"], *grid_rows(table, model)]
        lines += ["\t".join(row) for row in rows]
    return "\n".join([*lines, *comparison_words(table), *verdict(table)]) + "\n"


def table_content(table: ExperimentTable, form: str) -> bytes:
    """The table as one of `FORMATS`."""
    if form == "xlsx":
        return xlsx_bytes(table)
    if form == "json":
        return (
            json.dumps({**table.to_dict(), "verdict": verdict(table)}, indent=1) + "\n"
        ).encode()
    make = {"text": plain_text, "csv": csv_text, "latex": latex_text}[form]
    return make(table).encode("utf-8", "surrogateescape")


def comparison_words(table: ExperimentTable) -> list[str]:
    """A line a comparison, as the command line prints it."""
    return [
        f"{one.mix} − {one.baseline}, {one.test or 'over all test sets'}: {difference_words(one)} "
        f"({one.method})"
        for one in table.comparisons
    ]


def _sheet(book: Any, title: str, rows: Sequence[Sequence[Any]]) -> None:
    bad = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
    sheet = book.create_sheet(title.translate(bad)[:31])
    for row in rows:
        sheet.append([neutralise(cell) for cell in row])


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(cell.translate(_LATEX) for cell in cells) + r" \\"


def _cell(value: Any) -> Any:
    return "" if value is None else value
