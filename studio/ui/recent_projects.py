"""The projects of last time as rows: three of their photographs, name, size, date and folder."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from studio.opening import is_regular
from studio.ui.background import Task
from studio.ui.theme import Theme
from studio.ui.theme.tokens import BODY, GRID, SMALL
from studio.ui.widgets import label
from studio.ui.words import plain_tip
from studio.wording import counted, day

_HEIGHT = 64  # px of a row
_SIDE = _HEIGHT - 2 * GRID  # px of a thumbnail
_THUMBS = 3
_TRIED = 9  # files at most, where some cannot be decoded
_MOST = 100_000  # originals that are counted; beyond, a start page need not know


def tr(text: str) -> str:
    return QCoreApplication.translate("RecentProjects", text)


@dataclass(frozen=True)
class ProjectGlance:
    """What can be seen of a project without opening it."""

    path: Path
    photographs: int
    changed: float  # seconds since the epoch; 0 where it is not known
    thumbs: tuple[QImage, ...] = ()

    def facts(self) -> str:
        """Its size and date in a line."""
        parts = []
        if 0 < self.photographs < _MOST:
            parts.append(counted(self.photographs, tr("{0} photograph"), tr("{0} photographs")))
        if self.changed:
            parts.append(day(datetime.fromtimestamp(self.changed)))
        return " · ".join(parts)


def glance(path: Path) -> ProjectGlance:
    """Look at a project's folder from outside; nothing in it is opened but three photographs.

    What cannot be read is left out: this is a look, and opening the project says what is wrong.
    """
    count, thumbs = 0, list[QImage]()
    for number, file in enumerate(_originals(path / "originals")):
        count += 1
        if number < _TRIED and len(thumbs) < _THUMBS:
            thumb = read_thumb(file)
            if not thumb.isNull():
                thumbs.append(thumb)
        if count >= _MOST:
            break
    return ProjectGlance(path, count, _changed(path), tuple(thumbs))


def read_thumb(file: Path, side: int = 2 * _SIDE) -> QImage:
    """A square of `side` px from the middle of a picture; a null image where it has none."""
    if not is_regular(file):
        return QImage()
    reader = QImageReader(str(file))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        return image
    image = image.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )  # fmt: skip
    return image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side)


def _originals(folder: Path) -> Iterator[Path]:
    """The originals of a project, always in the same order, which is that of no person."""
    for part in _inside(folder):
        yield from _inside(part)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _changed(path: Path) -> float:
    times = []
    for name in ("project.db", "project.db-wal"):
        try:
            times.append((path / name).stat().st_mtime)
        except OSError:
            continue
    return max(times, default=0.0)


class RecentRow(QAbstractButton):
    """One project; a click opens it."""

    def __init__(self, theme: Theme, path: Path) -> None:
        super().__init__()
        self._theme = theme
        self.seen = ProjectGlance(path, 0, 0.0)
        self.setText(path.name)
        self.setAccessibleName(path.name)
        self.setToolTip(plain_tip(str(path)))
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def show_seen(self, seen: ProjectGlance) -> None:
        """Show what was seen of the project."""
        self.seen = seen
        self.setAccessibleDescription(seen.facts())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.underMouse() or self.isDown():
            painter.fillRect(self.rect(), theme.color("hover"))
        for number in range(_THUMBS):
            place = QRect(number * (_SIDE + GRID // 2), GRID, _SIDE, _SIDE)
            if number < len(self.seen.thumbs):
                painter.drawImage(place, self.seen.thumbs[number])
            else:
                painter.fillRect(place, theme.color("panel"))
        left = _THUMBS * (_SIDE + GRID // 2) + GRID
        place = QRect(left, GRID, self.width() - left - GRID, _SIDE)
        lines = (
            (BODY, True, "text", self.text(), Qt.TextElideMode.ElideMiddle),
            (SMALL, False, "quiet", self.seen.facts(), Qt.TextElideMode.ElideRight),
            (SMALL, False, "quiet", str(self.seen.path.parent), Qt.TextElideMode.ElideMiddle),
        )
        written = [line for line in lines if line[3]]
        height = _SIDE // max(len(written), 2)
        for number, (size, strong, role, words, mode) in enumerate(written):
            painter.setFont(theme.font(size, strong))
            painter.setPen(theme.color(role))
            line = QRect(place.left(), place.top() + number * height, place.width(), height)
            cut = painter.fontMetrics().elidedText(words, mode, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, cut)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()


class RecentProjects(QWidget):
    """A row for each project of last time whose folder is still there, newest first."""

    def __init__(self, theme: Theme, on_open: Callable[[Path], object]) -> None:
        super().__init__()
        self._theme, self._on_open = theme, on_open
        self.rows: list[RecentRow] = []
        self._shown = 0  # rows that there is room for
        self.setAccessibleName(self.tr("Recent projects"))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(label(self.tr("Recent"), "caption"))

    def show_projects(self, paths: Sequence[Path]) -> None:
        """Show these projects, and look at each off the Qt thread."""
        if [row.seen.path for row in self.rows] != list(paths):
            for old in self.rows:
                self._layout.removeWidget(old)
                old.hide()
                old.deleteLater()
            self.rows = []
            for path in paths:
                row = RecentRow(self._theme, path)
                row.clicked.connect(partial(self._on_open, path))
                self._layout.addWidget(row)
                self.rows.append(row)
        self._show_rows()
        if paths:
            task = Task(lambda _: [glance(path) for path in paths])
            task.done.connect(self._seen)
            task.start()

    def make_room(self, height: int) -> None:
        """Show as many whole rows as `height` px hold."""
        self._shown = max(0, (height - 3 * GRID) // _HEIGHT)
        self._show_rows()

    def _seen(self, found: list[ProjectGlance]) -> None:
        by_path = {seen.path: seen for seen in found}
        for row in self.rows:
            if row.seen.path in by_path:
                row.show_seen(by_path[row.seen.path])

    def _show_rows(self) -> None:
        for number, row in enumerate(self.rows):
            row.setVisible(number < self._shown)
        self.setVisible(bool(self.rows) and self._shown > 0)
