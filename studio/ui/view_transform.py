"""How picture pixels land on the canvas: one scale and one offset, never a rotation.

"Image" coordinates are pixels of the upright picture at full resolution, whichever tier is being
drawn; "view" coordinates are the canvas's own (device independent) pixels.
"""

from dataclasses import dataclass

MAX_SCALE = 16.0  # view pixels for one image pixel
KEEP_IN_SIGHT = 48.0  # view pixels of the picture that panning cannot push off the canvas


@dataclass(frozen=True)
class ViewTransform:
    """`view = image * scale + (dx, dy)`; scale > 0."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    @classmethod
    def fit(
        cls, width: float, height: float, view_width: float, view_height: float, margin: float = 12
    ) -> "ViewTransform":
        """The whole picture, centred, as large as fits; small pictures grow to twice at most."""
        room_x = max(view_width - 2 * margin, 1.0)
        room_y = max(view_height - 2 * margin, 1.0)
        scale = min(room_x / max(width, 1.0), room_y / max(height, 1.0), 2.0)
        return cls(scale, (view_width - width * scale) / 2, (view_height - height * scale) / 2)

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.dx, y * self.scale + self.dy

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.dx) / self.scale, (y - self.dy) / self.scale

    def panned(self, dx: float, dy: float) -> "ViewTransform":
        """Moved by view pixels."""
        return ViewTransform(self.scale, self.dx + dx, self.dy + dy)

    def zoomed(self, factor: float, at_x: float, at_y: float, smallest: float) -> "ViewTransform":
        """Scaled by `factor` with the image point under view point (at_x, at_y) kept there.

        The scale stays between `smallest` and MAX_SCALE.
        """
        scale = min(max(self.scale * factor, smallest), max(MAX_SCALE, smallest))
        x, y = self.to_image(at_x, at_y)
        return ViewTransform(scale, at_x - x * scale, at_y - y * scale)

    def bounded(
        self, width: float, height: float, view_width: float, view_height: float
    ) -> "ViewTransform":
        """Panned back so that some of the picture stays in sight."""
        keep = KEEP_IN_SIGHT
        dx = min(max(self.dx, keep - width * self.scale), view_width - keep)
        dy = min(max(self.dy, keep - height * self.scale), view_height - keep)
        return ViewTransform(self.scale, dx, dy)

    def showing(
        self,
        corners: tuple[float, float, float, float],
        view_width: float,
        view_height: float,
        margin: float = 16,
    ) -> "ViewTransform":
        """Panned, no further than need be, so that a rectangle of the image lies on the canvas.

        `corners` are (x0, y0, x1, y1) in image pixels. Where the rectangle is larger than the
        canvas, its middle comes into the middle.
        """
        x0, y0 = self.to_view(*corners[:2])
        x1, y1 = self.to_view(*corners[2:])
        return self.panned(_into(x0, x1, view_width, margin), _into(y0, y1, view_height, margin))

    def centred(self, x: float, y: float, view_width: float, view_height: float) -> "ViewTransform":
        """Panned so that image point (x, y) lies in the middle of the canvas."""
        vx, vy = self.to_view(x, y)
        return self.panned(view_width / 2 - vx, view_height / 2 - vy)

    def share_in_sight(
        self,
        corners: tuple[float, float, float, float],
        view_width: float,
        view_height: float,
    ) -> float:
        """How much of a rectangle of the image is on the canvas, 0..1.

        1 is as much as can be at this scale: all of it, or a canvas full of it.
        """
        x0, y0 = self.to_view(*corners[:2])
        x1, y1 = self.to_view(*corners[2:])
        wide = max(min(x1, view_width) - max(x0, 0.0), 0.0)
        high = max(min(y1, view_height) - max(y0, 0.0), 0.0)
        most = min(x1 - x0, view_width) * min(y1 - y0, view_height)
        return wide * high / most if most > 0 else 0.0


def _into(low: float, high: float, room: float, margin: float) -> float:
    """How far to move an interval of view pixels so that it lies within the room."""
    if high - low > room - 2 * margin:
        return room / 2 - (low + high) / 2
    if low < margin:
        return margin - low
    return min(room - margin - high, 0.0)
