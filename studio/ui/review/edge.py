"""What happens to a crop at the edge of its picture, in words."""

from studio.imaging import Square, fit_square


def edge_notice(square: Square, width: float, height: float) -> str:
    """A sentence when the crop that will be exported is not the square as drawn, else ""."""
    fitted = fit_square(square, int(width), int(height))
    shifted = max(abs(fitted.cx - square.cx), abs(fitted.cy - square.cy))
    shrunk = square.side - fitted.side
    if shrunk >= 0.5:
        return f"Larger than the picture: shrunk from {square.side:.0f} to {fitted.side:.0f} px."
    if shifted >= 0.5:
        return f"Over the edge: shifted inwards by {shifted:.0f} px."
    return ""
