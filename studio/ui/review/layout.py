"""The widgets of the review workspace and where they stand; no behaviour."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.ui.context import StudioContext
from studio.ui.imageloader import ImageLoader
from studio.ui.review.bars import CommentBar, GoToBar, MissingBar, NameBar, NoBoxesBar
from studio.ui.review.canvas import Canvas
from studio.ui.review.crop_panel import CropPanel
from studio.ui.review.filmstrip import FilmRow, FilmStrip
from studio.ui.review.filter_bar import FilterBar
from studio.ui.review.header import ReviewHeader
from studio.ui.review.sheet_view import SheetView
from studio.ui.widgets import EmptyState, NextStep, Separator, fix_side, row

FILM = 136  # px of the film strip


class ReviewLayout(QWidget):
    """ReviewHeader and filter over film strip, canvas (or sheet, or empty state) and crop panel."""

    def __init__(
        self, context: StudioContext, loader: ImageLoader, film_row: Callable[[int], FilmRow]
    ) -> None:
        super().__init__()
        theme = context.theme
        self.header = ReviewHeader(theme)
        self.filter_bar = FilterBar()
        self.film = FilmStrip(theme, film_row)
        self.canvas = Canvas()
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.canvas.setProperty("studioKeys", True)
        self.comment = CommentBar()
        self.no_boxes = NoBoxesBar()
        self.name_bar, self.missing, self.go_to = NameBar(), MissingBar(), GoToBar()
        self.sheet = SheetView(theme, loader)
        self.empty = EmptyState("", "", self.tr("Begin"))
        self.panel = CropPanel(theme)
        self.pages = QStackedWidget()
        self.next_step = NextStep()
        self.single = QWidget()
        self._compose()

    def _compose(self) -> None:
        picture = QWidget()
        inner = QVBoxLayout(picture)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.canvas, 1)
        for bar in (self.no_boxes, self.comment):
            inner.addWidget(bar)
            bar.hide()
        self.film.setFixedWidth(FILM)
        fix_side(self.panel)
        parts = row(self.film, picture, Separator(vertical=True), self.panel, gap=0)
        parts.setStretch(1, 1)
        self.single.setLayout(parts)
        for page in (self.single, self.sheet, self.empty):
            self.pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.header)
        for line in (self.filter_bar, self.missing, self.name_bar, self.go_to):
            outer.addWidget(line)
            line.hide()
        outer.addWidget(self.pages, 1)
        outer.addWidget(self.next_step)

    def show_empty_state(
        self, title: str, text: str, button: str, on_click: Callable[[], object] | None
    ) -> None:
        """Show the empty state with one button, or none."""
        fresh = EmptyState(title, text, button, on_click)
        self.pages.removeWidget(self.empty)
        self.empty.deleteLater()
        self.empty = fresh
        self.pages.addWidget(fresh)
        self.pages.setCurrentWidget(fresh)

    def set_panels_visible(self, visible: bool) -> None:
        for part in (self.header, self.film, self.panel):
            part.setVisible(visible)
