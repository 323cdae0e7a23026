"""What the keys of looking do: zoom, panning, and the tools that last as long as their key."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from studio.ui.context import StudioContext
from studio.ui.review.layout import ReviewLayout
from studio.ui.review.session import ReviewSession

KEEP_ZOOM = "review.keep_zoom"  # the setting


class LookCommands(QObject):
    """Changes how the image is shown; `notify(sentence, kind)` reports a change."""

    def __init__(
        self,
        context: StudioContext,
        view: ReviewLayout,
        notify: Callable[[str, str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._view, self._notify = context, view, notify
        self.session: ReviewSession | None = None
        view.canvas.keep_zoom = bool(context.settings.get(KEEP_ZOOM, False))
        view.canvas.view_changed.connect(self._show_zoom)

    def hold(self, tool: str, on: bool) -> None:
        """A looking tool for as long as its key is down."""
        if tool == "loupe":
            self._view.canvas.set_loupe(on)
        elif tool == "hide":
            self._view.canvas.set_boxes_hidden(on)
        elif self.session:
            self.session.presenter.set_aid(tool if on else None)

    def zoom(self, factor: float) -> None:
        self._view.canvas.zoom(factor)

    def fit(self) -> None:
        self._view.canvas.fit()

    def fit_box(self) -> None:
        self._view.canvas.fit_box()

    def zoom_to_pixels(self) -> None:
        self._view.canvas.zoom_to_pixels()

    def pan(self, right: int, down: int) -> None:
        self._view.canvas.pan(right, down)

    def toggle_keep_zoom(self) -> None:
        """Keep the zoom over boxes and pictures, or fit each picture."""
        canvas = self._view.canvas
        canvas.keep_zoom = not canvas.keep_zoom
        self._context.settings.set(KEEP_ZOOM, canvas.keep_zoom)
        self._show_zoom()
        words = self.tr("Each picture is fitted again.")
        if canvas.keep_zoom:
            words = self.tr("The zoom is kept over boxes and pictures, about the current box.")
        self._notify(words, "hint")

    def _show_zoom(self) -> None:
        canvas = self._view.canvas
        percent = canvas.view.scale * canvas.devicePixelRatioF() * 100
        self._view.header.set_zoom(canvas.zoom_kind.value, percent, canvas.keep_zoom)

    def on_screen(self) -> dict[str, Any]:
        """What is kept with a decision about how the single image was looked at."""
        session, canvas = self.session, self._view.canvas
        shown: dict[str, Any] = {"mode": "single", "zoom": round(canvas.view.scale, 4)}
        if session is None:
            return shown
        shown["boxes"] = len(session.navigator.visible_boxes())
        if session.presenter.aid:
            shown["aid"] = session.presenter.aid
        shown |= canvas.held_tools()
        if session.editor.pending_title:
            shown["square"] = session.editor.pending_title
        return shown
