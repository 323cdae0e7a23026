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

    def showing(self, x: float, y: float, view_width: float, view_height: float) -> "ViewTransform":
        """Panned, if need be, so that image point (x, y) lies on the canvas."""
        vx, vy = self.to_view(x, y)
        if 0 <= vx <= view_width and 0 <= vy <= view_height:
            return self
        return self.panned(view_width / 2 - vx, view_height / 2 - vy)
