"""A small plot of figures by epoch: loss, learning rate, AUC with its interval."""

from collections.abc import Sequence

from studio.ui.plots.line_plot import LinePlot, Series, Ticks


class EpochPlot(LinePlot):
    """Lines over whole epochs."""

    x_name = "epoch"

    def show_lines(self, lines: Sequence[Series], end: float) -> None:
        super().show_lines(lines, max(1.0, end))

    def ticks(self, end: float) -> Ticks:
        epochs = round(end)
        step = max(1, -(-epochs // 5))
        return [(e, str(e)) for e in range(0, epochs + 1, step)]
