"""Figures as PNG, SVG and PDF files, each with its data beside it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QIODevice,
    QMarginsF,
    QRect,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.errors import StudioError
from studio.files import write_bytes, write_json, write_text
from studio.opening import FileRefused, read_json
from studio.tables import table_text
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL
from studio.ui.widgets.toast import announce

FORMATS = ("png", "svg", "pdf")
Paint = Callable[[QPainter], None]
_DPI = 96  # of the screen: figures have the size that they have there
_PNG_DPI = 300
_MM = 25.4  # in an inch
_FOOT = 24  # px of the line above and the line under a drawing
_FILTERS = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"


class Drawing(Protocol):
    """A plot that can become a figure; see `PlotFrame`, which most of them are."""

    @property
    def note(self) -> str: ...
    def heading(self) -> str: ...
    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]: ...
    def remarks(self) -> list[str]: ...
    def facts(self) -> dict[str, Any]: ...
    def as_figure(self, theme: Theme, scale: float) -> AbstractContextManager[None]: ...
    def figure_size(self) -> QSize: ...
    def paint_figure(self, painter: QPainter) -> None: ...


def framed_size(body: QSize, margin: int = GRID) -> QSize:
    """The size of a drawing with its heading, its note and a margin at both sides."""
    return body + QSize(2 * margin, 2 * _FOOT)


def paint_framed(
    painter: QPainter,
    body: QSize,
    theme: Theme,
    heading: str,
    note: str,
    paint: Paint,
    margin: int = GRID,
) -> None:
    """Paint a drawing of size `body` between its heading and its note, from the origin."""
    size = framed_size(body, margin)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRect(0, 0, size.width(), size.height()), theme.color("canvas"))
    painter.save()
    painter.translate(margin, _FOOT)
    paint(painter)
    painter.restore()
    foot = size.height() - _FOOT
    for top, text, strong, color in ((0, heading, True, "text"), (foot, note, False, "quiet")):
        painter.setFont(theme.font(SMALL, strong=strong))
        painter.setPen(theme.color(color))
        across = size.width() - 2 * GRID
        words = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, across)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(GRID, top, across, _FOOT), int(left), words)


def ask_and_save(widget: QWidget, plot: Drawing) -> None:
    """Ask for a file, write the figure with its data, and say so in the window of `widget`."""
    found, chosen = QFileDialog.getSaveFileName(
        widget, tr("Save the figure with its data"), "", _FILTERS
    )
    if not found:
        return
    path = Path(found)
    if path.suffix.lower().removeprefix(".") not in FORMATS:
        path = path.with_name(f"{path.name}.{chosen[:3].lower() or FORMATS[0]}")
    save_and_announce(widget, plot, path)


def save_and_announce(widget: QWidget, plot: Drawing, path: Path) -> None:
    """Write the figure with its data, and say so, or why not, in the window of `widget`."""
    try:
        files = save_figure(plot, path)
    except StudioError as error:
        announce(widget, str(error), "error")
        return
    names = ", ".join(file.name for file in files)
    announce(widget, tr("{0} written to {1}.").format(names, path.parent))


def tr(text: str) -> str:
    return QCoreApplication.translate("FigureFiles", text)


def save_figure(plot: Drawing, path: Path, *, beside: bool = False) -> list[Path]:
    """Write a plot as `path`, and `.csv` and `.json` of the same name with its data and its facts.

    The suffix chooses the format; without one all three of `FORMATS` are written. A figure is drawn
    on white, for paper. Returns the files. `path` itself is replaced where it is there, which
    whoever asked for it has confirmed, and with it the data and facts that were written beside it;
    other files only with `beside`. Raises StudioError for another suffix, for a file in the way,
    and where nothing can be written.
    """
    suffix = path.suffix.lower().removeprefix(".")
    if suffix and suffix not in FORMATS:
        raise StudioError(
            f"A figure is written as .png, .svg or .pdf: {path.name} ends in .{suffix}."
        )
    stem = path.with_suffix("") if suffix else path
    formats = (suffix,) if suffix else FORMATS
    files = [stem.with_name(f"{stem.name}.{one}") for one in (*formats, "csv", "json")]
    in_the_way = [file for file in files if file.exists() and file != path]
    if in_the_way and not beside and not (suffix and path.exists() and _belong_to_figure(files)):
        raise StudioError(f"{in_the_way[0]} is there already: choose another name.")
    drawn = {form: _drawn(plot, form) for form in formats}
    headers, rows = plot.table()
    facts = {
        "figure": plot.heading(),
        "notice": plot.note,
        "remarks": plot.remarks(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": files[-2].name,
        **plot.facts(),
    }
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, drawn.values(), strict=False):
            write_bytes(file, content)
        write_text(files[-2], table_text(headers, rows), errors="surrogateescape")
        write_json(files[-1], facts)
    except OSError as error:
        raise StudioError(f"{files[0]} cannot be written: {error.strerror}.") from error
    return files


def _belong_to_figure(files: Sequence[Path]) -> bool:
    """Whether the table and the facts, the last two, were written with a figure of that name."""
    try:
        facts = read_json(files[-1])
    except FileRefused:
        return False
    return isinstance(facts, dict) and "figure" in facts and facts.get("data") == files[-2].name


def _drawn(plot: Drawing, form: str) -> bytes:
    with plot.as_figure(_paper(), _PNG_DPI / _DPI if form == "png" else 1.0):
        return _render(plot.paint_figure, plot.figure_size(), form, plot.heading(), plot.note)


def _paper() -> Theme:
    """The light theme on white."""
    theme = Theme("light")
    theme.tokens = replace(theme.tokens, canvas="#ffffff")
    return theme


def _render(paint: Paint, size: QSize, form: str, title: str, note: str) -> bytes:
    """The bytes of a figure of `size` px at 96 an inch that `paint` draws, in one of `FORMATS`."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if form == "png":
        QImageWriter(buffer, QByteArray(b"png")).write(_png(paint, size, title, note))
    elif form == "svg":
        _svg(buffer, paint, size, title, note)
    else:
        _pdf(buffer, paint, size, title)
    buffer.close()
    return bytes(data.data())


def _png(paint: Paint, size: QSize, title: str, note: str) -> QImage:
    scale = _PNG_DPI / _DPI
    image = QImage(
        round(size.width() * scale), round(size.height() * scale), QImage.Format.Format_RGB32
    )
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    paint(painter)
    painter.end()
    image.setDevicePixelRatio(1)
    dots = round(_PNG_DPI / _MM * 1000)
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    image.setText("Title", title)
    image.setText("Description", note)
    return image


def _svg(buffer: QBuffer, paint: Paint, size: QSize, title: str, note: str) -> None:
    from PySide6.QtSvg import QSvgGenerator

    writer = QSvgGenerator()
    writer.setOutputDevice(buffer)
    writer.setSize(size)
    writer.setViewBox(QRect(0, 0, size.width(), size.height()))
    writer.setResolution(_DPI)
    writer.setTitle(title)
    writer.setDescription(note)
    painter = QPainter(writer)
    paint(painter)
    painter.end()


def _pdf(buffer: QBuffer, paint: Paint, size: QSize, title: str) -> None:
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("CAN Studio")
    writer.setResolution(_DPI)
    page = QSizeF(size.width() / _DPI * _MM, size.height() / _DPI * _MM)
    writer.setPageSize(QPageSize(page, QPageSize.Unit.Millimeter, "figure"))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    painter = QPainter(writer)
    paint(painter)
    painter.end()
