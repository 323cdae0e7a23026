"""What every plot has around it: its name, and buttons that copy it, show its data, save it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QPoint, QSize
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter
from PySide6.QtWidgets import QMenu, QWidget

from studio.ui.plots.data_window import show_data
from studio.ui.plots.figure_files import ask_and_save, framed_size, paint_framed
from studio.ui.plots.style import pens_for
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import IconButton, column, label, row, set_role
from studio.ui.widgets.toast import copy_image

_COPY_SCALE = 2


class Shared(Protocol):
    """A plot that gives away its picture and its data."""

    def copy_picture(self) -> None: ...
    def show_data(self) -> None: ...
    def save(self) -> None: ...


def open_plot_menu(widget: QWidget, plot: Shared, at: QPoint) -> QMenu:
    """Open the menu of a plot at a place of the screen; what it offers has buttons too."""
    menu = QMenu(widget)
    for words, work in (
        (QCoreApplication.translate("PlotFrame", "Copy as picture"), plot.copy_picture),
        (QCoreApplication.translate("PlotFrame", "Show the data"), plot.show_data),
        (QCoreApplication.translate("PlotFrame", "Save as a figure…"), plot.save),
    ):
        menu.addAction(words, work)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
    return menu


class PlotFrame(QWidget):
    """Subclasses put their drawing into `holder`, paint it anew into figures, and give its data."""

    def __init__(self, theme: Theme, name: str, note: str = "") -> None:
        super().__init__()
        self._theme, self.note = theme, note
        self.title = name
        self._margin = 0  # px at the sides; the window has its own
        self.caption = label(name, "strong")
        self.copy_picture_button = IconButton(
            theme, "copy", self.tr("Copy as picture: {0}").format(name), self.copy_picture, size=16
        )
        self.data_button = IconButton(
            theme, "grid", self.tr("Show the data: {0}").format(name), self.show_data, size=16
        )
        self.save_button = IconButton(
            theme, "save", self.tr("Save as a figure: {0}").format(name), self.save, size=16
        )
        self.holder = QWidget()
        self.head = row(
            self.caption, None, self.copy_picture_button, self.data_button, self.save_button,
            gap=0,
        )  # fmt: skip
        self.column = column(self.head, gap=0)
        self.column.addWidget(self.holder, 1)
        self.setLayout(self.column)
        self.switch: QWidget | None = None
        theme.changed.connect(self.apply_theme)

    def put_switch(self, switch: QWidget) -> None:
        """Take a switch between this and other plots, which stands in the place of the name."""
        self.switch = switch
        self.head.insertWidget(0, switch)
        switch.hide()

    def use_switch(self, used: bool) -> None:
        """Show the switch, or the name."""
        if self.switch is not None:
            self.switch.setVisible(used)
            self.caption.setVisible(not used)

    def show_focus(self, focused: bool) -> None:
        """Show by its name, or by the switch there, whether the plot has the keys."""
        set_role(self.caption, focused=focused)
        if self.switch is not None:
            set_role(self.switch, focused=focused)

    # What subclasses say

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """(headers, rows) of what is drawn."""
        return [], []

    def remarks(self) -> list[str]:
        """Sentences that stand below the copied rows: how intervals were made."""
        return []

    def facts(self) -> dict[str, Any]:
        """What has no place in the table, as JSON: figures, intervals and how they were made."""
        return {}

    def apply_theme(self) -> None:
        """Draw in the colours of the theme."""

    def heading(self) -> str:
        """What stands above a figure."""
        return self.title

    def body_size(self) -> QSize:
        """The size of the drawing, px."""
        return self.holder.size()

    def paint_body(self, painter: QPainter) -> None:
        """Paint the drawing into a figure, from the painter's origin."""
        raise NotImplementedError

    # Figures

    @property
    def theme(self) -> Theme:
        """The theme that it is drawn in at the moment."""
        return self._theme

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of another theme."""
        self._theme = theme
        self.apply_theme()

    @contextmanager
    def as_figure(self, theme: Theme, scale: float = 1.0) -> Iterator[None]:
        """Be drawn in another theme, at the size of a figure, for the length of the block.

        `scale` is how many pixels of the figure one of its size has.
        """
        kept = self._theme
        try:
            with pens_for(scale):
                self.set_theme(theme)
                self.fit_figure()
                self._margin = GRID
                yield
        finally:
            self._margin = 0
            self.set_theme(kept)
            self.position_parts()

    def fit_figure(self) -> None:
        """Take the size of a figure, whatever room the window leaves."""

    def position_parts(self) -> None:
        """Fit the drawing into its holder."""

    def figure_size(self) -> QSize:
        """The size of the figure, px: the drawing between its heading and its note."""
        return framed_size(self.body_size(), self._margin)

    def paint_figure(self, painter: QPainter) -> None:
        """Paint the drawing with its heading and its note, from the painter's origin."""
        paint_framed(
            painter,
            self.body_size(),
            self._theme,
            self.heading(),
            self.note,
            self.paint_body,
            self._margin,
        )

    def picture(self) -> QImage:
        """The figure at twice its size on the screen."""
        size = self.figure_size()
        image = QImage(size * _COPY_SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_COPY_SCALE)
        painter = QPainter(image)
        with pens_for(_COPY_SCALE):
            self.apply_theme()
            self.paint_figure(painter)
        painter.end()
        self.apply_theme()
        return image

    # Copying and saving

    def show_data(self) -> None:
        """Open what is drawn as a table."""
        show_data(self, self)

    def copy_picture(self) -> None:
        """Put the plot on the clipboard as a picture, with its name and the notice."""
        copy_image(self, self.picture())

    def save(self) -> None:
        """Ask for a file and write the figure with its data."""
        ask_and_save(self, self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        open_plot_menu(self, self, event.globalPos())
