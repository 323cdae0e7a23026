"""ROC curves with equal axes: a family that grows by epoch, a band, a point that can be moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QBrush, QPainter, QPen
from PySide6.QtWidgets import QMenu

from studio.results.curves import Curve
from studio.results.scores import Floats, shortened
from studio.stats import Auc, OperatingPoint, RocBand
from studio.ui.plots.interval_words import auc_text, band_text, method_text
from studio.ui.plots.key import Key, KeyLine, KeyStrip
from studio.ui.plots.plot import BOTTOM, LEFT, RIGHT, Plot
from studio.ui.plots.style import PATTERNS, brush, faded, pen
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import FlatButton, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import number

_EDGE = 0.015  # of the axes beyond 0 and 1, so that a curve along them is seen
POINTWISE, WHOLE, NO_BAND = "pointwise", "simultaneous", "none"
_KEY_INSIDE = 360  # px of the plot both ways, from which its labels may lie in it
_KEY_BESIDE = 152  # px beside the plot, from which its labels may stand there
_NAME = 14  # characters of a curve's name where there is no room for all of it
_FIGURE = 560  # px both ways of a saved plot
MOST_OLDER = 24  # curves of earlier epochs that are drawn
_TICKS = [(value / 10, f"{value / 10:.1f}") for value in range(0, 11, 2)]


@dataclass(frozen=True)
class PlottedCurve:
    """A curve with its label. `series` is its colour, `pattern` its line (see PATTERNS).

    `point` marks where a threshold that was chosen elsewhere falls on it.
    """

    name: str
    curve: Curve
    series: int
    pattern: int = 0
    strong: bool = False
    note: str = ""
    point: tuple[float, float] | None = None


def tr(text: str) -> str:
    return QCoreApplication.translate("RocPlot", text)


def _curve_facts(drawn: PlottedCurve) -> dict[str, Any]:
    told = {"curve": drawn.name, **_auc_facts(drawn.curve.auc)}
    if drawn.note:
        told["note"] = drawn.note
    if drawn.point is not None:
        told["point"] = {"fpr": drawn.point[0], "sensitivity": drawn.point[1]}
    return told


def _auc_facts(auc: Auc) -> dict[str, Any]:
    figures = {"auc": auc.value, "low": auc.low, "high": auc.high, "bound": auc.bound}
    known = {key: float(v) if np.isfinite(v) else None for key, v in figures.items()}
    return {**known, "level": auc.level, "method": auc.method or None, "groups": auc.groups or None}


class RocPlot(Plot):
    """`pointed(fpr, tpr)` when somebody clicks or drags in it."""

    pointed = Signal(float, float)

    def __init__(self, theme: Theme, name: str, note: str) -> None:
        self.curves: list[PlottedCurve] = []
        self.older: list[Curve] = []
        self.bands: dict[str, RocBand | None] = {}
        self.band_kind = POINTWISE
        self.band_button: FlatButton | None = None
        self.macro: tuple[Floats, Floats, float] | None = None
        self.point: OperatingPoint | None = None
        self._instead = ""
        self.key: Key | None = None
        super().__init__(theme, name, "1 − specificity", "Sensitivity", note)
        self.strip = KeyStrip(theme, self.holder)
        self.strip.hide()
        self.key = Key(theme, self.view, LEFT, BOTTOM, RIGHT, self._free_width)
        self.box.setRange(xRange=(-_EDGE, 1 + _EDGE), yRange=(-_EDGE, 1 + _EDGE), padding=0)
        for axis in (self.left, self.bottom):
            axis.setTicks([_TICKS])
        self.box.on_point = self.pointed.emit
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.subject = ElidedLabel(role="quiet")
        self.notice = label(note, "small")
        about = row(self.subject, self.notice)
        about.setStretch(0, 1)
        self.column.insertLayout(1, about)
        self.method = ElidedLabel(role="small")
        self.method.hide()
        self.column.insertWidget(2, self.method)
        self.band_button = self._make_band_button()
        self.head.insertWidget(self.head.count() - 3, self.band_button)

    def _make_band_button(self) -> FlatButton:
        """A small button that opens the choices: the header has no space for them."""
        made = FlatButton(self.tr("Band"))
        made.setToolTip(
            self.tr(
                "At each point: holds the true sensitivity at one false positive rate, 95 times "
                "in 100. For the whole curve: holds the whole true curve as often, and is wider."
            )
        )
        made.setAccessibleName(self.tr("Band around the curve"))
        menu, group = QMenu(made), QActionGroup(made)
        for kind, words in (
            (POINTWISE, self.tr("At each point")),
            (WHOLE, self.tr("For the whole curve")),
            (NO_BAND, self.tr("No band")),
        ):
            action = menu.addAction(words, partial(self.use_band, kind))
            action.setCheckable(True)
            action.setChecked(kind == self.band_kind)
            group.addAction(action)
        made.setMenu(menu)
        made.hide()
        return made

    def use_band(self, kind: str) -> None:
        """Draw the band of a kind: POINTWISE, WHOLE or NO_BAND."""
        self.band_kind = kind
        self._draw()

    @property
    def band(self) -> RocBand | None:
        """The band that is drawn."""
        return self.bands.get(self.band_kind)

    # What it shows

    def set_subject(self, name: str) -> None:
        """Say which class the curves are of, against the rest; "" where each names its own."""
        self.subject.set_text(tr("{0} against the rest").format(name) if name else "")

    def show_curves(
        self,
        curves: Sequence[PlottedCurve],
        older: Sequence[Curve] = (),
        band: RocBand | None = None,
        macro: tuple[Floats, Floats, float] | None = None,
        instead: str = "",
        whole_band: RocBand | None = None,
    ) -> None:
        """Draw curves (the first lies on top), those of earlier epochs behind, oldest first.

        `band` (pointwise) and `whole_band` (simultaneous) belong to the first; a person chooses
        which of them is drawn. `instead` says why there is no curve.
        """
        self._instead = instead
        self.curves, self.older = list(curves), list(older)
        self.bands, self.macro = {POINTWISE: band, WHOLE: whole_band}, macro
        if self.band_button is not None:
            self.band_button.setVisible(band is not None and bool(self.curves))
        self._draw()

    def show_point(self, point: OperatingPoint | None) -> None:
        """Mark an operating point with its two coordinates."""
        self.point = point
        self._draw_point()

    def shown_older(self) -> list[Curve]:
        """The earlier curves that are drawn: all, or some that span them and the latest ones."""
        if len(self.older) <= MOST_OLDER:
            return self.older
        half = MOST_OLDER // 2
        early = np.linspace(0, len(self.older) - half - 1, half).round().astype(int)
        return [self.older[i] for i in dict.fromkeys(early.tolist())] + self.older[-half:]

    # Drawing

    def apply_theme(self) -> None:
        super().apply_theme()
        self._draw()

    def fit_figure(self) -> None:
        if self.key is not None:
            self.key.elsewhere = False
            self.key.set_lines(self._key_lines(figure=True))
        self._square(_FIGURE, 0)
        self.lay_out_view()

    def position_parts(self) -> None:
        # Equal axes: the view is cut to a square plot, whatever room there is.
        # Labels lie over the plot where it is large and they cover no curve, else beside or above.
        room = self.holder.rect()
        side, key = _side_in(room.width(), room.height()), self.key
        if key is not None:
            inside = side >= _KEY_INSIDE and key.fits(side, partial(self._free_width, side=side))
            key.elsewhere = bool(key.lines) and not inside
        outside = key is not None and key.elsewhere
        self.strip.setVisible(outside)
        beside = room.width() - side - LEFT - RIGHT - 2 * GRID
        if not outside:
            self._square(side, room.width())
        elif beside >= _KEY_BESIDE:
            self._square(side, 0)
            self.strip.setGeometry(room.width() - beside - GRID, GRID, beside, 0)
        else:
            self.strip.setGeometry(0, 0, room.width(), 0)
            above = self.strip.height_at(room.width())
            self._square(_side_in(room.width(), room.height() - above), room.width(), above)

    def _square(self, side: int, room: int, top: int = 0) -> None:
        """A plot of `side` px both ways, in the middle of a room of that width."""
        width, height = side + LEFT + RIGHT, side + BOTTOM + GRID
        self.view.setGeometry(max(0, (room - width) // 2), top, width, height)
        if self.key is not None:
            self.key.position_parts()

    def _free_width(self, height: int, side: int = 0) -> float:
        """Pixels from the right edge of the plot to the curve that comes nearest, in a strip of
        `height` px above the lower edge. Curves only rise, so one that is above the strip stays.
        Of a plot of `side` px, or as large as it is."""
        side = side or self.view.width() - LEFT - RIGHT
        whole = 1 + 2 * _EDGE
        top = height / max(1, side) * whole - _EDGE
        lines = [(one.curve.fpr, one.curve.tpr) for one in self.curves]
        lines += [(curve.fpr, curve.tpr) for curve in self.shown_older()]
        lines += [self.macro[:2]] if self.macro is not None else []
        ends = [float(x[min(int(np.searchsorted(y, top)), x.size - 1)]) for x, y in lines]
        return float(side * (1 + _EDGE - max(ends, default=0.0)) / whole)

    def set_theme(self, theme: Theme) -> None:
        if self.key is not None:
            self.key.set_theme(theme)
        super().set_theme(theme)

    def heading(self) -> str:
        return " · ".join(part for part in (self.title, self.subject.text()) if part)

    def body_size(self) -> QSize:
        return QSize(self.holder.size()) if self._labels_outside() else super().body_size()

    def _labels_outside(self) -> bool:
        return self.key is not None and self.key.elsewhere

    def paint_body(self, painter: QPainter) -> None:
        if self._labels_outside():
            painter.save()
            painter.translate(self.strip.pos())
            self.strip.paint(painter)
            painter.restore()
            painter.translate(self.view.pos())
        super().paint_body(painter)

    def paint_key(self, painter: QPainter) -> None:
        if self.key is not None and self.key.lines and not self.key.elsewhere:
            painter.translate(self.key.x(), self.key.y())
            self.key.paint(painter)

    def facts(self) -> dict[str, Any]:
        """The AUC of each curve with its interval, and what the band holds."""
        told: dict[str, Any] = {
            "subject": self.subject.text(),
            "curves": [_curve_facts(one) for one in self.curves],
        }
        if self.macro is not None:
            told["macro_auc"] = self.macro[2]
        if self.band is not None:
            told["band"] = {
                "level": self.band.level,
                "simultaneous": self.band.simultaneous,
                "groups": self.band.groups or None,
            }
        if self.point is not None:
            told["point"] = {
                "threshold": self.point.threshold if np.isfinite(self.point.threshold) else None,
                "sensitivity": self.point.sensitivity,
                "specificity": self.point.specificity,
            }
        return told

    def _draw(self) -> None:
        marks, theme = self._marks, self._theme
        marks.clear()
        chance = pen(faded(theme.color("control"), 0.7), 1)
        marks.line(np.array([0, 1]), np.array([0, 1]), chance)
        if self.band is not None and self.curves:
            fill = brush(theme.series(self.curves[0].series), 0.16)
            marks.area(self.band.fpr, self.band.low, self.band.high, fill)
        older = self.shown_older()
        for age, curve in enumerate(older, start=1):
            color = faded(theme.color("quiet"), 0.25 + 0.55 * age / len(older))
            marks.line(curve.fpr, curve.tpr, pen(color, 1))
        if self.macro is not None:
            marks.line(self.macro[0], self.macro[1], self._macro_pen())
        for drawn in reversed(self.curves):
            line = self.pen_of(drawn)
            marks.line(drawn.curve.fpr, drawn.curve.tpr, line)
            if drawn.point is not None:
                marks.dot(*drawn.point, 10, pen(line.color(), 2), QBrush(theme.color("canvas")))
        if self.key is not None:
            self._label(self.key)
        self._draw_point()

    def _label(self, key: Key) -> None:
        lines = self._key_lines()
        key.lines = lines
        self.strip.set_lines(lines)
        made = method_text(self.curves[0].curve.auc) if self.curves else ()
        self.method.set_text(made[0] if made else "")
        self.method.setVisible(bool(made))
        self.view.setAccessibleDescription("; ".join(line.text for line in lines))
        self.position_parts()
        key.set_lines(lines)

    def _draw_point(self) -> None:
        marks = self._point_marks
        marks.clear()
        if self.point is None:
            return
        x, y = self.point.fpr, self.point.sensitivity
        to_axes = np.array([x, x, -_EDGE]), np.array([-_EDGE, y, y])
        marks.line(*to_axes, pen(self._theme.color("control"), 1, Qt.PenStyle.DotLine))
        text = self._theme.color("text")
        marks.dot(x, y, 13, pen(text, 2), QBrush(self._theme.color("canvas")))
        marks.dot(x, y, 4, None, QBrush(text))

    def pen_of(self, drawn: PlottedCurve) -> QPen:
        """The line of a curve."""
        color = self._theme.series(drawn.series)
        return pen(color, 2.5 if drawn.strong else 1.75, PATTERNS[drawn.pattern % len(PATTERNS)])

    def _macro_pen(self) -> QPen:
        return pen(self._theme.color("text"), 1.5, Qt.PenStyle.DashLine)

    def _key_lines(self, figure: bool = False) -> list[KeyLine]:
        """The labels; in a `figure`, which stands alone, with how the interval was made."""
        lines = [KeyLine(self._instead)] if self._instead else []
        for drawn in self.curves:
            parts = [drawn.name, auc_text(drawn.curve.auc, drawn.strong), drawn.note]
            text = " · ".join(part for part in parts if part)
            short = f"{drawn.name} · {drawn.note or auc_text(drawn.curve.auc, whole=False)}"
            auc = number(drawn.curve.auc.value)
            # A long name gives way to its figure.
            name, note = _short_name(drawn.name), drawn.note
            interval = auc_text(drawn.curve.auc, whole=False)
            shorter = (
                short,
                f"{name} · {note or interval}",
                f"{drawn.name} · {auc}",
                f"{name} · {auc}",
            )
            lines.append(KeyLine(text, self.pen_of(drawn), drawn.strong, shorter))
        if self.macro is not None:
            text = f"{self.tr('Macro mean')} · AUC {number(self.macro[2])}"
            lines.append(KeyLine(text, self._macro_pen()))
        if self.older:
            color = faded(self._theme.color("quiet"), 0.5)
            several = (
                self.tr("{0} earlier epochs")
                if len(self.older) > 1
                else self.tr("{0} earlier epoch")
            )
            lines.append(KeyLine(several.format(len(self.older)), pen(color)))
        if self.band is not None:
            fill = pen(brush(self._theme.series(self.curves[0].series), 0.3).color(), 10)
            fill.setCapStyle(Qt.PenCapStyle.FlatCap)
            lines.append(KeyLine(band_text(self.band), fill))
        made = method_text(self.curves[0].curve.auc) if self.curves and figure else ()
        if made:
            lines.append(KeyLine(made[0], shorter=made[1:]))
        return lines

    def remarks(self) -> list[str]:
        made = [line for drawn in self.curves[:1] for line in method_text(drawn.curve.auc)[:1]]
        return [*made, *([band_text(self.band)] if self.band is not None and self.curves else [])]

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows: list[Sequence[object]] = []
        for drawn in self.curves:
            points = zip(drawn.curve.fpr.tolist(), drawn.curve.tpr.tolist(), strict=True)
            rows += [(drawn.name, f"{x:.6g}", f"{y:.6g}", "", "") for x, y in points]
        for age, curve in enumerate(self.shown_older(), start=1):
            points = zip(curve.fpr.tolist(), curve.tpr.tolist(), strict=True)
            rows += [(f"earlier {age}", f"{x:.6g}", f"{y:.6g}", "", "") for x, y in points]
        if self.macro is not None:
            points = zip(self.macro[0].tolist(), self.macro[1].tolist(), strict=True)
            rows += [("macro", f"{x:.6g}", f"{y:.6g}", "", "") for x, y in points]
        if self.band is not None and self.curves:
            band = zip(self.band.fpr, self.band.mean, self.band.low, self.band.high, strict=True)
            whole = " for the whole curve" if self.band.simultaneous else ""
            name = f"{self.curves[0].name}, band{whole}"
            rows += [(name, *(f"{value:.6g}" for value in values)) for values in band]
        return ["curve", "fpr", "tpr", "low", "high"], rows


def _short_name(name: str) -> str:
    """A name where there is no room for all of it: of a run its number."""
    return shortened(name.split(" · ")[0], _NAME)


def _side_in(width: int, height: int) -> int:
    """The side of the square plot that has room in a holder, px."""
    return max(40, min(width - LEFT - RIGHT, height - BOTTOM - GRID))
