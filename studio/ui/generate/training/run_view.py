"""One training as it learns: header, the grid with its scrubber, the curves."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.jobs.kinds import NETWORK_LATEST
from studio.results.gan_run import REALS, GanRun
from studio.results.training_log import NetworkSnapshot
from studio.ui.context import StudioContext
from studio.ui.generate.training.grid_view import GridView
from studio.ui.generate.training.grids import Grids
from studio.ui.generate.training.run_header import GanHeader
from studio.ui.generate.training.run_plots import RunPlots
from studio.ui.generate.training.scrubber import Scrubber
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import RememberedSplitter, column

_AHEAD = 2  # snapshots decoded before anybody goes to them


class GanRunView(QWidget):
    """Follows the newest snapshot until a person goes to another one.

    `open_asked(Path)` when a network is to be opened in Morph.
    """

    open_asked = Signal(object)

    def __init__(self, context: StudioContext) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        theme = context.theme
        self.run: GanRun | None = None
        self._reals = False
        self.header = GanHeader()
        self.grids = Grids(self)
        self.grid = GridView(theme)
        self.scrubber = Scrubber(theme)
        self.plots = RunPlots(theme)
        left = QWidget()
        inner = column(self.grid, self.scrubber)
        inner.setContentsMargins(0, 0, PADDING, 0)
        left.setLayout(inner)
        left.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.splitter = RememberedSplitter(context.settings, "generate.training.run")
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.plots)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.restore([640, 336])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, GRID, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addWidget(self.header)
        layout.addWidget(self.splitter, 1)
        self.scrubber.moved.connect(lambda _: self._load_grids())
        self.scrubber.open_asked.connect(self.open_snapshot)
        self.grids.ready.connect(self._show_picture)
        self.grid.finer_wanted.connect(self._want_full)
        self.header.best_asked.connect(self.open_best)
        self.header.latest_asked.connect(self.open_latest)

    # The run

    def forget(self) -> None:
        """Another run comes."""
        self.run, self._reals = None, False
        self.scrubber.show_reals(False)
        self.scrubber.show_snapshots((), 0)
        self.header.clear()
        self.plots.clear()
        self.grid.clear()

    def show_run(self, run: GanRun) -> None:
        """Show a run as it is now."""
        before, self.run = self.run, run
        old = before.snapshots if before is not None else ()
        self.header.show_run(run)
        index = self._index_in(run, old)
        if run.snapshots != old:
            self.scrubber.show_snapshots(run.snapshots, index)
            self._load_grids()
        elif not run.snapshots:
            self.grid.clear(self._no_grid(run))
        self.plots.show_run(run)

    def _index_in(self, run: GanRun, old: tuple[NetworkSnapshot, ...]) -> int:
        """The newest where the newest was shown, else the one that was."""
        snapshot = self.scrubber.snapshot
        if snapshot is None or (old and snapshot.images == old[-1].images):
            return max(len(run.snapshots) - 1, 0)
        kept = (n for n, one in enumerate(run.snapshots) if one.images == snapshot.images)
        return next(kept, max(len(run.snapshots) - 1, 0))

    def _no_grid(self, run: GanRun) -> str:
        if run.status.state in ("queued", "running"):
            return self.tr("The first grid comes before the first step.")
        return self.tr("This run has no grid of pictures.")

    # Snapshots

    @property
    def snapshot(self) -> NetworkSnapshot | None:
        """The snapshot that is looked at."""
        return self.scrubber.snapshot

    def step(self, by: int) -> None:
        self.scrubber.step(by)

    def first(self) -> None:
        self.scrubber.show_index(0)

    def last(self) -> None:
        self.scrubber.show_index(len(self.scrubber.snapshots) - 1)

    def best(self) -> None:
        """Go to the snapshot with the lowest KID."""
        best = self.run.best if self.run is not None else None
        if best is not None:
            found = [n for n, s in enumerate(self.scrubber.snapshots) if s.images == best.images]
            self.scrubber.show_index(found[0] if found else self.scrubber.index)

    def show_reals(self, on: bool) -> None:
        """The real pictures in place of the grid, as long as the key is down."""
        self._reals = on and self.run is not None and self.run.file(REALS) is not None
        self._load_grids()

    def open_snapshot(self) -> None:
        """Open the snapshot's network in Morph."""
        snapshot = self.snapshot
        if snapshot is not None:
            self._open(snapshot.network)

    def open_best(self) -> None:
        best = self.run.best if self.run is not None else None
        if best is not None:
            self._open(best.network)

    def open_latest(self) -> None:
        self._open(NETWORK_LATEST)

    def _open(self, name: str) -> None:
        path = self.run.file(name) if self.run is not None else None
        if path is not None:
            self.open_asked.emit(path)

    def _place(self) -> tuple[Path, int] | None:
        """The picture that is looked at, and when it last changed."""
        run, snapshot = self.run, self.snapshot
        if run is None:
            return None
        if self._reals:
            return run.run_dir / REALS, 0
        return None if snapshot is None else (run.run_dir / snapshot.grid, snapshot.stamp)

    def _load_grids(self) -> None:
        run, place = self.run, self._place()
        if run is None or place is None:
            return
        index, snapshots = self.scrubber.index, self.scrubber.snapshots
        order = [index + by for n in range(1, _AHEAD + 1) for by in (n, -n)]
        near = [
            (run.run_dir / snapshots[i].grid, snapshots[i].stamp)
            for i in order
            if 0 <= i < len(snapshots)
        ]
        self.grids.request(*place, near)
        self.plots.show_snapshot(self.snapshot)
        self._show_picture()

    def _show_picture(self) -> None:
        place = self._place()
        if place is None:
            return
        preview, whole = self.grids.preview(*place), self.grids.whole(*place)
        if preview is None:
            # What is there stays until the other one is decoded, but not for one that never is.
            if trouble := self.grids.error(*place):
                self.grid.clear(trouble)
            return
        width, height = self.grids.size(*place)
        self.grid.show_picture(width or preview.width(), height or preview.height(), preview, whole)
        self.scrubber.show_reals(self._reals)
        real = self.tr("Real pictures of the training set")
        self.grid.setAccessibleName(
            real if self._reals else self.tr("Grid of synthetic pictures, fixed latents")
        )

    def _want_full(self) -> None:
        place = self._place()
        if place is not None:
            self.grids.want_full(*place)

    def focus(self) -> None:
        """Put the keys on the grid."""
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
