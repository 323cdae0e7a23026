"""The middle of the workspace: picture, slider, strip and curves over one t axis."""

from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from studio.results.run_identity import RunIdentity, identity_of
from studio.ui.context import StudioContext
from studio.ui.generate.controller import MorphController
from studio.ui.generate.curve_plot import CurvePlot
from studio.ui.generate.path_analysis import PathAnalysis
from studio.ui.generate.path_measurement import STRIP_TIER
from studio.ui.generate.picture_view import PictureView
from studio.ui.generate.player import Player
from studio.ui.generate.renderer import RenderedImage, to_image
from studio.ui.generate.strip import PathStrip
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import IconButton, Slider, column, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import number

if TYPE_CHECKING:
    from studio.generate.network import Pictures

TICKS = 1000
_AXIS = 28  # px; where the strip and the plot's area begin
_HANDLE = 16  # px; of the slider, in the style sheet


class MorphView(QWidget):
    """Shows the controller's picture and path; the slider moves along it."""

    _tile = Signal(object, float, object)  # pictures, t, QImage; from the rendering thread

    def __init__(
        self, context: StudioContext, controller: MorphController, analyst: PathAnalysis
    ) -> None:
        super().__init__()
        self.context, self.controller, self.analyst = context, controller, analyst
        self.player = Player(controller, analyst, self)
        theme = context.theme
        self.picture = PictureView(theme)
        self.slider = Slider()
        self.slider.setRange(0, TICKS)
        self.slider.setSingleStep(TICKS // 100)
        self.slider.setPageStep(TICKS // 10)
        self.slider.setMinimumHeight(32)
        self.slider.setProperty("studioKeys", True)  # Space plays; the arrows are actions
        self.slider.setAccessibleName(self.tr("Position t on the path"))
        self.play_button = IconButton(theme, "play", self.tr("Play the path"), self.player.toggle)
        self.strip = PathStrip(theme)
        self.plot = CurvePlot(theme)
        self.notice = label(self.tr("Model output, not a diagnosis."), "small")
        self.show_data = IconButton(
            theme, "grid", self.tr("Show the data of the curves"), self.plot.show_data, size=16
        )
        self.copy_picture = IconButton(
            theme, "copy", self.tr("Copy the curves as a picture"), self.plot.copy_picture, size=16
        )
        self.save_figure = IconButton(
            theme, "save", self.tr("Save the curves as a figure"), self.plot.save, size=16
        )
        self.curves = QWidget()
        self.crossing = ElidedLabel(role="small")
        copying = (self.copy_picture, self.show_data, self.save_figure)
        head = row(self.crossing, self.notice, *copying)
        head.setStretch(0, 1)
        curves = column(head, self.plot, gap=0)
        curves.setContentsMargins(0, 0, 0, 0)
        self.curves.setLayout(curves)
        self.curves.hide()
        self._slider_row = row(self.play_button, self.slider, gap=0)
        layout = column(
            self.picture,
            self._slider_row,
            row(_AXIS, self.strip, gap=0),
            self.curves,
        )
        layout.setContentsMargins(PADDING, GRID, PADDING, GRID)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._played = 0.0
        self._identities: dict[str, RunIdentity] = {}  # of the runs whose curves are shown
        self._connect()

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self._slid)
        self.strip.chosen.connect(self.move_to)
        self.strip.fits_changed.connect(lambda _: self._fill_strip())
        self.strip.ends_changed.connect(self._align)
        self.plot.chosen.connect(self.move_to_fraction)
        self.controller.moved.connect(self._show_t)
        self.controller.shown.connect(self._show)
        self.controller.opened.connect(self._opened)
        self.controller.path_changed.connect(self._fill_strip)
        self.controller.closed.connect(self._clear)
        self.analyst.changed.connect(self._found)
        self.player.frame.connect(self._play)
        self.player.changed.connect(self._playing)
        self._tile.connect(self._take_tile, Qt.ConnectionType.QueuedConnection)

    # Position

    def _align(self, inset: float) -> None:
        """One axis for slider, strip and curve: t runs from the middle of the first tile to that
        of the last, `inset` px from the ends of the strip."""
        beside = max(0, round(inset - _HANDLE / 2))
        self._slider_row.setSpacing(_AXIS + beside - self.play_button.sizeHint().width())
        self._slider_row.setContentsMargins(0, 0, beside, 0)
        self.plot.set_inset(inset)

    def move_to(self, t: float) -> None:
        """To a t of the path, as the slider would."""
        self.player.stop()
        self.controller.move_to(t)

    def move_to_fraction(self, length_fraction: float) -> None:
        """To where this part of the path's length is behind, in the chosen spacing."""
        self.move_to(self.analyst.spacing.t_at(length_fraction))

    def step(self, by: float) -> None:
        """A little along the path, as even as the spacing makes it."""
        self.move_to_fraction(self.analyst.spacing.length_fraction(self.controller.t) + by)

    def _slid(self, value: int) -> None:
        self.move_to_fraction(value / TICKS)

    def _show_t(self) -> None:
        if self.controller.session is not None and not self.player.playing:
            self._place(self.controller.t)
            self._caption()

    def _place(self, t: float) -> None:
        """Slider, strip and curve at t, without asking for anything."""
        fraction = self.analyst.spacing.length_fraction(t)
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(round(fraction * TICKS))
        self.slider.blockSignals(blocked)
        self.strip.set_t(t)
        self.plot.set_length_fraction(fraction)

    # Pictures

    def _show(self, made: RenderedImage) -> None:
        if not self.player.playing:
            self.picture.show_image(made.image, made.final)

    def _play(self, t: float, image: QImage, final: bool) -> None:
        self.picture.show_image(image, final)
        self.picture.set_note(f"t {number(t)}")
        self._place(t)
        self._played = t

    def _playing(self, on: bool) -> None:
        self.play_button.set_icon_name("stop" if on else "play")
        if not on and self.controller.path is not None:
            self.controller.move_to(self._played)
            self._show_t()
            self.controller.request_image()

    def _opened(self) -> None:
        network = self.controller.network
        self.picture.resolution = network.config.resolution if network is not None else 0
        self._identities.clear()

    def _clear(self) -> None:
        self.picture.clear()
        self.strip.set_ts([])
        self.plot.set_curves([])

    def _fill_strip(self) -> None:
        pictures, session = self.controller.pictures, self.controller.session
        if pictures is None or session is None:
            return
        ts = self.analyst.even_ts(min(session.steps, self.strip.fits))
        if ts != self.strip.ts:
            self.strip.set_ts(ts)

        def arrived(t: float, future: "Future[Pictures]") -> None:
            if not future.cancelled() and future.exception() is None:
                self._tile.emit(pictures, t, to_image(future.result()))

        for t in ts:
            pictures.at(t, STRIP_TIER, 2).add_done_callback(partial(arrived, t))

    def _take_tile(self, pictures: object, t: float, image: QImage) -> None:
        if pictures is self.controller.pictures:
            self.strip.set_image(t, image)

    # Findings

    def _found(self, what: str) -> None:
        if what in {"spacing", "idle"}:
            self._fill_strip()
        if what == "spacing":
            self._show_t()
        if what in {"curves", "spacing"}:
            self._show_curves()
        if what == "here":
            self._caption()

    def _show_curves(self) -> None:
        session, found = self.controller.session, self.analyst.found
        runs = [] if session is None else session.runs
        named = [(Path(run).name, found.curves[run]) for run in runs if run in found.curves]
        for run in runs:
            if run not in self._identities:
                self._identities[run] = identity_of(Path(run))
        looks = {Path(run).name: self._identities[run] for run in runs}
        self.plot.set_curves(named, self.analyst.spacing, looks)
        self.curves.setVisible(bool(runs))
        places = [number(t) for _, curve in named for t in curve.crossings]
        words = self.tr("p({0})").format(self.analyst.positive) if named else ""
        if places:  # the figures first: the name may be cut
            words = f"{self.tr('½ at {0}').format(', '.join(places))} · {words}"
        self.crossing.set_text(words or self.tr("Scoring the path…"))

    def _caption(self) -> None:
        """Where the picture is, and what the first classifier makes of it."""
        session, here = self.controller.session, self.analyst.found.here
        if session is None or self.player.playing:
            return
        places = session.group_ts
        words = f"t {number(self.controller.t)}"
        if len(set(places.values())) > 1:
            words = self.tr("shape {0}, pattern {1}, colour {2}").format(
                *(number(places[group], 2) for group in ("shape", "pattern", "colour"))
            )
        if here is not None:
            words += " · " + self.tr("probability of {0}: {1}").format(
                self.analyst.positive, number(here)
            )
        self.picture.set_note(words)
