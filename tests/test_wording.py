"""Figures as people read them. The right values are written by hand."""

import ast
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio import wording
from studio.datasets.formats.records import RowReason
from studio.imaging import Reason
from studio.workflows.importing.report import LABEL_CONFLICT

NAN = math.nan
STUDIO = Path(wording.__file__).parent


@pytest.fixture
def _zone(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC-01:00")  # POSIX: an hour east of Greenwich
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0"), (999, "999"), (2395, "2,395"), (132673, "132,673"), (-4, "−4")]
)
def test_count(n: int, text: str) -> None:
    assert wording.count(n) == text


def test_counted() -> None:
    assert wording.counted(1, "file") == "1 file"
    assert wording.counted(2000, "file") == "2,000 files"
    assert wording.counted(2, "copy", "copies") == "2 copies"
    assert wording.counted(1, "{0} image kept", "{0} images kept") == "1 image kept"
    assert wording.counted(1200, "{0} image kept", "{0} images kept") == "1,200 images kept"


def test_progress() -> None:
    assert wording.progress(80, 4000, "images") == "80 of 4,000 images"
    assert wording.progress(80, 0, "images") == "80 images"
    assert wording.progress(1, 2, "") == "1 of 2"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5254, 3, "0.525"),
        (-0.0521, 3, "−0.052"),
        (-0.0004, 3, "−0.0004"),
        (0.00003, 3, "0.00003"),
        (-1e-12, 3, "0.000"),
        (1e-12, 1, "0.0"),
        (1234.56, 1, "1,234.6"),
        (0.99949, 3, "0.999"),
        (0.9995, 3, "0.9995"),
        (0.99996, 3, "0.99996"),
        (1 - 1e-12, 3, "1.000"),
        (1, 3, "1.000"),
        (None, 3, "–"),
        (NAN, 3, "–"),
        (math.inf, 3, "∞"),
        (-math.inf, 3, "−∞"),
    ],
)
def test_number(value: float | None, digits: int, text: str) -> None:
    assert wording.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.056, "+0.056"),
        (-0.052, "−0.052"),
        (0.0, "0.000"),
        (0.0001, "+0.0001"),
        (1e-11, "0.000"),
        (NAN, "–"),
    ],
)
def test_signed(value: float, text: str) -> None:
    assert wording.signed(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.000502, 3, "0.000502"),
        (0.5, 3, "0.5"),
        (0.00005, 3, "5 × 10⁻⁵"),
        (-5.024e-7, 3, "−5.02 × 10⁻⁷"),
        (12345.0, 4, "12,345"),
        (12.3456, 4, "12.35"),
        (999.96, 4, "1,000"),
        (1e12, 3, "1 × 10¹²"),
        (0.0, 3, "0"),
        (None, 3, "–"),
    ],
)
def test_significant(value: float | None, digits: int, text: str) -> None:
    assert wording.significant(value, digits) == text


def test_intervals() -> None:
    assert wording.interval(0.525, 0.349, 0.695) == "0.525 (0.349–0.695)"
    assert wording.interval(0.525, None, 0.695) == "0.525"
    assert wording.interval(0.525, NAN, NAN) == "0.525"
    assert wording.interval(NAN, 0.1, 0.2) == "–"
    assert wording.interval(-0.052, -0.16, 0.056) == "−0.052 (−0.160 to 0.056)"
    assert wording.signed_interval(-0.052, -0.16, 0.056) == "−0.052 (−0.160 to 0.056)"
    assert wording.signed_interval(0.1, 0.05, 0.15, 2) == "+0.10 (0.05–0.15)"
    assert wording.percent(0.0002) == "0.02 %"
    assert wording.bounds(0.349, 0.695) == "0.349–0.695"
    assert wording.bounds(-0.16, 0.056) == "−0.160 to 0.056"
    assert wording.percent_interval(0.567, 0.441, 0.684) == "56.7 % (44.1–68.4)"
    assert wording.percent_interval(0.567, NAN, NAN, 0) == "57 %"
    assert wording.percent_bounds(0.441, 0.684) == "44.1–68.4 %"
    assert wording.percent_bounds(-0.021, 0.05) == "−2.1 to 5.0 %"
    assert wording.bounds(0.97, 0.9998) == "0.970–0.9998"
    assert wording.percent(0.9998) == "99.98 %"
    assert wording.percent(1) == "100.0 %"
    assert wording.percent(None) == "–"
    assert wording.percent(0.8912) == "89.1 %"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.3114, "p = 0.311"),
        (0.001, "p = 0.001"),
        (0.0004, "p < 0.001"),
        (0.9996, "p > 0.999"),
        (1.0, "p > 0.999"),
        (NAN, "–"),
        (None, "–"),
    ],
)
def test_p_value(p: float | None, text: str) -> None:
    assert wording.p_value(p) == text


@pytest.mark.usefixtures("_zone")
def test_times_are_local() -> None:
    at = datetime(2026, 11, 30, 16, 36, tzinfo=UTC)
    assert wording.moment(at) == "30 Nov 2026, 17:36"
    assert wording.moment("2026-11-30T16:36:59Z") == "30 Nov 2026, 17:36"
    assert wording.day("2026-11-30T23:30:00+00:00") == "1 Dec 2026"
    assert wording.moment("some day in May") == "some day in May"
    assert wording.day("") == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "under 1 s"),
        (40, "40 s"),
        (89.6, "2 min"),
        (720, "12 min"),
        (89.6 * 60, "1 h 30 min"),
        (11100, "3 h 05 min"),
        (NAN, "–"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


def test_megabytes() -> None:
    assert wording.megabytes(0) == "0 MB"
    assert wording.megabytes(30_000) == "under 0.1 MB"
    assert wording.megabytes(1_234_567) == "1.2 MB"
    assert wording.megabytes(340_400_000) == "340 MB"
    assert wording.megabytes(4_120_000_000) == "4,120 MB"


def test_every_code_has_a_word() -> None:
    codes = {*Reason, *RowReason, LABEL_CONFLICT}
    assert {str(code) for code in codes} <= set(wording.REASON_WORDS)
    assert {"wrong_value", "contradiction"} <= set(wording.REASON_WORDS)  # of tables
    assert not [word for word in wording.REASON_WORDS.values() if "_" in word]
    assert wording.reason_word("not_image") == "no image"
    assert wording.reason_word("of another version") == "other"
    assert wording.reason_word(None) == ""


# Formats that are not for people: files that programs read, names of files, keys of mappings.
NOT_READ = {
    "cli/output.py",  # widths of a terminal
    "cli/commands/learning_rate.py",  # values to be given to an option
    "results/export.py",
    "results/scores.py",  # a table of scores
    "results/tables.py",
    "study/answers.py",
    "study/folder.py",
    "study/power.py",
    "ui/evaluate/calibration_page.py",  # the table of a plot, to be copied
    "ui/evaluate/decision_page.py",
    "ui/evaluate/image_pages.py",  # a list of images that is saved
    "ui/generate/curve_plot.py",
    "ui/generate/workspace.py",  # the name of a file
    "ui/plots/kimg_plot.py",
    "ui/plots/line_plot.py",
    "ui/plots/roc_plot.py",
    "ui/plots/run_plots.py",
    "ui/review/editor.py",  # a scale, "×0.5"
    "ui/study/accuracy_plot.py",
    "ui/window.py",  # a key of the settings
}
ROOMS = ("cli", "results", "study", "ui")
A_FORMAT = re.compile(r"[,%]|\.\d*[fge%]|[fge]$|^\+")


def formats(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, format) of the figures that a module writes without `wording`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "strftime":
            yield node.lineno, "strftime"
        elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(ast.unparse(node.format_spec)[2:-1])
            if A_FORMAT.search(spec):
                yield node.lineno, spec
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for spec in re.findall(r"\{\w*:([^{}]+)\}", node.value):
                if A_FORMAT.search(spec):
                    yield node.lineno, spec


def test_figures_are_written_by_one_module() -> None:
    found = [
        f"{name}:{line}: {spec}"
        for room in ROOMS
        for path in sorted((STUDIO / room).rglob("*.py"))
        if (name := path.relative_to(STUDIO).as_posix()) not in NOT_READ
        for line, spec in formats(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_another_way_to_write_a_figure_is_found() -> None:
    text = (
        'a = f"{x:,}"; b = f"{x:.3f}"; c = "{0:,.1f}"; d = t.strftime("%d"); e = f"{x:>3} {y:02d}"'
    )
    found = {spec for _, spec in formats(ast.parse(text))}
    assert found == {",", ".3f", ",.1f", "strftime"}


@pytest.mark.parametrize(("low", "high"), [(None, None), (math.nan, 0.5), (0.5, None)])
def test_a_range_with_an_unknown_end_is_a_dash(low: float | None, high: float | None) -> None:
    assert wording.bounds(low, high) == wording.percent_bounds(low, high) == "–"


def test_a_duration_without_an_end_is_a_dash() -> None:
    assert wording.duration(math.inf) == "–"
