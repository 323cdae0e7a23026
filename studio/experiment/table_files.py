"""The table of an experiment as text, JSON, CSV, XLSX and LaTeX."""

import io
import json
from collections.abc import Mapping, Sequence
from itertools import chain, product
from typing import Any

from studio.experiment.comparisons import MACRO
from studio.experiment.table import ExperimentTable
from studio.experiment.verdict import cell_words, difference_words, seeds_words, verdict
from studio.tables import neutralise, table_text
from studio.wording import interval, number

FORMATS = ("text", "json", "csv", "xlsx", "latex")
_CELL_COLUMNS = (
    "mix", "test", "model", "repeats", "auc_mean", "auc_sd", "auc", "auc_low", "auc_high",
    "auc_method", "groups", "n_pos", "n_neg", "leaking",
)  # fmt: skip
_MACRO_COLUMNS = ("macro_mean", "macro_sd", "macro", "macro_low", "macro_high")
_CLASS_COLUMNS = (
    "mix", "test", "model", "class", "n", "auc_mean", "auc_sd", "auc", "auc_low", "auc_high",
)  # fmt: skip
CLASS_HEADS = ("mix", "test", "class", "images", "mean (SD)", "AUC of averaged scores")
_COMPARISON_COLUMNS = (
    "mix", "baseline", "model", "test", "of", "difference", "low", "high", "p", "p_holm", "method",
    "tests", "better_on",
)  # fmt: skip
_WITHOUT = {
    "auc": "auc_without_leaking", "auc_low": "low_without_leaking",
    "auc_high": "high_without_leaking", "macro": "macro_without_leaking",
    "macro_low": "macro_low_without_leaking", "macro_high": "macro_high_without_leaking",
    "difference": "difference_without_leaking", "low": "low_without_leaking",
    "high": "high_without_leaking", "p": "p_without_leaking", "p_holm": "p_holm_without_leaking",
}  # fmt: skip
_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--",
    "−": "$-$", "<": r"\textless{}", ">": r"\textgreater{}",
})  # fmt: skip


def cell_rows(table: ExperimentTable) -> list[dict[str, Any]]:
    """A row a cell, as CSV and XLSX have them; None is empty. Columns of the macro AUC are there
    with more than two classes, those without leaking images where there are any."""
    columns = (*_CELL_COLUMNS, *(_MACRO_COLUMNS if table.several else ()))
    kept = ["auc", "auc_low", "auc_high"]
    kept += ["macro", "macro_low", "macro_high"] if table.several else []
    return _rows([cell.to_dict() for cell in table.cells], columns, kept)


def class_rows(table: ExperimentTable) -> list[dict[str, Any]]:
    """A row for each class of each cell, against the rest; none of two classes."""
    return [
        {name: {**cell, "class": of, **figures}[name] for name in _CLASS_COLUMNS}
        for cell in (one.to_dict() for one in table.cells)
        for of, figures in cell["classes"].items()
    ]


def comparison_rows(table: ExperimentTable) -> list[dict[str, Any]]:
    """A row a comparison; `test` is empty where it is over all test sets."""
    kept = ("difference", "low", "high", "p", "p_holm")
    return _rows([one.to_dict() for one in table.comparisons], _COMPARISON_COLUMNS, kept)


def _rows(
    documents: Sequence[Mapping[str, Any]], columns: Sequence[str], kept: Sequence[str]
) -> list[dict[str, Any]]:
    """`columns` of each and, where any has figures without leaking images, `kept` of these."""
    leaking = any(one["without_leaking"] for one in documents)
    return [
        {name: one[name] for name in columns}
        | ({_WITHOUT[n]: (one["without_leaking"] or {}).get(n) for n in kept} if leaking else {})
        for one in documents
    ]


def grid_rows(table: ExperimentTable, model: str, *, macro: bool = False) -> list[list[str]]:
    """The grid as people read it: a row a mix, a column a test set, mean (SD) of the AUC of the
    positive class or of the macro AUC, and the mean over the test sets."""
    rows = []
    for mix in table.mixes:
        own = [one.over_seeds(macro=macro) for one in table.over_tests(mix, model)]
        means = [one.mean for one in own if one is not None and one.aucs]
        cells = [cell_words(table.cell(mix, test, model), macro=macro) for test in table.tests]
        rows.append([mix, *cells, number(sum(means) / len(means)) if means else ""])
    return rows


def class_grid(table: ExperimentTable, model: str) -> list[list[str]]:
    """A row for each class of each cell of a model as people read it, under `CLASS_HEADS`."""
    return [
        [
            cell.mix,
            cell.test,
            name,
            str(n),
            seeds_words(found),
            interval(found.auc.value, found.auc.low, found.auc.high),
        ]
        for cell in table.cells
        if cell.model == model
        for name, n, found in cell.by_class
    ]


def measures(table: ExperimentTable) -> list[tuple[str, bool]]:
    """What the grids of a table are of, each with whether it is the macro AUC."""
    positive = f"AUC of {table.positive}"
    return (
        [(positive, False), ("macro AUC over classes", True)]
        if table.several
        else [(positive, False)]
    )


def csv_text(table: ExperimentTable) -> str:
    """One table: the cells, with more than two classes each class of them, then the comparisons,
    told apart by the column `row`."""
    rows: list[dict[str, Any]] = []
    for kind, found in (
        ("cell", cell_rows(table)),
        ("class", class_rows(table)),
        ("comparison", comparison_rows(table)),
    ):
        rows += [{"row": kind, **row} for row in found]
    columns = (_CELL_COLUMNS, _COMPARISON_COLUMNS, *rows)
    names = ["row", *(name for name in dict.fromkeys(chain(*columns)) if name != "row")]
    return table_text(names, [[_cell(row.get(name)) for name in names] for row in rows])


def latex_text(table: ExperimentTable) -> str:
    """A `tabular` a model and measure, for booktabs, with the verdict as its note."""
    lines = ["% Needs \\usepackage{booktabs}."]
    for model, (measure, macro) in product(table.models, measures(table)):
        head = ["Training", *table.tests, "Mean"]
        lines += [
            f"\\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
            "\\toprule",
            _latex_row(head),
            "\\midrule",
            *(_latex_row(row) for row in grid_rows(table, model, macro=macro)),
            "\\bottomrule",
            "\\end{tabular}",
            f"% {model}; {measure}, mean (SD) over seeds.",
        ]
    lines += [f"% {sentence}" for sentence in verdict(table)]
    return "\n".join(lines) + "\n"


def xlsx_bytes(table: ExperimentTable) -> bytes:
    """A workbook: a grid a model and measure, the cells, with more than two classes each class of
    them, the comparisons, and the verdict."""
    sheets: dict[str, Sequence[Sequence[Any]]] = {
        f"{MACRO} {model}" if macro else model: [
            ["Training", *table.tests, "Mean"],
            *grid_rows(table, model, macro=macro),
        ]
        for model, (_, macro) in product(table.models, measures(table))
    }
    rows = {"Cells": cell_rows(table), "Classes": class_rows(table)}
    for title, found in {**rows, "Comparisons": comparison_rows(table)}.items():
        if title == "Classes" and not found:
            continue
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
    for model, (measure, macro) in product(table.models, measures(table)):
        head = f"{model}, {measure}" if table.several else model
        rows = [[head, *table.tests, "mean"], *grid_rows(table, model, macro=macro)]
        lines += ["\t".join(row) for row in rows]
    for model in table.models if table.several else ():
        lines += ["\t".join(row) for row in ([*CLASS_HEADS], *class_grid(table, model))]
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
        f"{one.mix} − {one.baseline}, {'macro AUC, ' if one.of == MACRO else ''}"
        f"{one.test or 'over all test sets'}: {difference_words(one)} "
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
