"""The curves of a GAN training: KID, losses, ADA, penalties."""

import numpy as np
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.opening import finite
from studio.results.gan_run import GanRun
from studio.results.training_log import NetworkSnapshot
from studio.ui.plots.kimg_plot import KimgPlot
from studio.ui.plots.line_plot import Series
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.words import plain_tip
from studio.wording import significant

_NAN = float("nan")


class RunPlots(QWidget):
    """Four plots over kimg, one below the other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        note = self.tr("Synthetic pictures, research use")
        self.kid = KimgPlot(theme, self.tr("KID"), note, ".4f")
        self.loss = KimgPlot(theme, self.tr("Losses"), note, ".2f")
        self.ada = KimgPlot(theme, self.tr("ADA"), note, ".2f")
        self.penalty = KimgPlot(theme, self.tr("R1 and path length"), note, ".2g", log=True)
        self.penalty.caption.setText(self.tr("Penalties"))
        self.penalty.caption.setToolTip(self.tr("R1 of D, path length (PL) of G"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, 0, 0, 0)
        layout.setSpacing(GRID)
        for plot in self.all():
            plot.setMinimumSize(200, 92)
            plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            layout.addWidget(plot, 1)

    def all(self) -> tuple[KimgPlot, ...]:
        return self.kid, self.loss, self.ada, self.penalty

    def clear(self) -> None:
        """No curve, until those of another run are known."""
        for plot in self.all():
            plot.target = plot.ring = plot.cursor_at = None
            plot.show_lines([], 1.0)
        self.kid.caption.setText(self.tr("KID"))
        self.ada.caption.setText(self.tr("ADA"))
        for plot in (self.kid, self.ada):
            plot.caption.setToolTip("")

    def show_run(self, run: GanRun) -> None:
        """Draw a run as far as it is."""
        x, end = run.column("kimg"), run.total_kimg or run.kimg
        end = max(end, run.kimg)
        self.loss.show_lines(
            [
                Series(self.tr("G"), x, run.column("loss_g"), 0, dots=False),
                Series(self.tr("D"), x, run.column("loss_d"), 1, 1, dots=False),
            ],
            end,
        )
        self.penalty.show_lines(
            [
                Series(self.tr("R1"), x, run.column("r1"), 0, dots=False),
                Series(self.tr("PL"), x, run.column("pl"), 1, 1, dots=False),
            ],
            end,
        )
        self._show_ada(run, end)
        self._show_kid(run, end)

    def _show_ada(self, run: GanRun, end: float) -> None:
        x, aug = run.column("kimg"), run.options.get("aug", "ada")
        target = finite(run.options.get("target")) if aug == "ada" else None
        self.ada.target = target
        words = {"none": self.tr("No ADA"), "fixed": self.tr("Fixed p")}
        self.ada.caption.setText(words.get(str(aug), self.tr("ADA")))
        led = self.tr("p moves so that the signal, the dashed curve, comes to {0}.")
        self.ada.caption.setToolTip("" if target is None else led.format(significant(target)))
        p = Series(self.tr("p"), x, run.column("ada_p"), 0, dots=False)
        signal = Series(self.tr("signal"), x, run.column("ada_signal"), 1, 1, dots=False)
        self.ada.show_lines([p, signal], end)

    def _show_kid(self, run: GanRun, end: float) -> None:
        snapshots = [snapshot for snapshot in run.snapshots if snapshot.kid is not None]
        x = np.array([one.kimg for one in snapshots], np.float64)
        value = np.array([one.kid for one in snapshots], np.float64)
        bounds = np.array([one.interval or (_NAN, _NAN) for one in snapshots]).reshape(-1, 2)
        best = run.best
        self.kid.ring = (best.kimg, best.kid) if best is not None and best.kid is not None else None
        space = next((str(s.metrics["space"]) for s in snapshots if s.metrics.get("space")), "")
        short = space.partition(" (")[0]
        self.kid.caption.setText(self.tr("KID, {0}").format(short) if space else self.tr("KID"))
        self.kid.caption.setToolTip(plain_tip(space))
        self.kid.show_lines([Series("", x, value, 2, low=bounds[:, 0], high=bounds[:, 1])], end)

    def show_snapshot(self, snapshot: NetworkSnapshot | None) -> None:
        """Mark the snapshot that is looked at."""
        for plot in self.all():
            plot.set_cursor(snapshot.kimg if snapshot is not None else None)
