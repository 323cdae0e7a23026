"""What happens to a crop at the edge of its picture, in words."""

from PySide6.QtCore import QCoreApplication

from studio.imaging import Square, fit_square


def tr(text: str) -> str:
    return QCoreApplication.translate("Review", text)


def edge_notice(square: Square, width: float, height: float) -> str:
    """A sentence when the crop that will be exported is not the square as drawn, else ""."""
    fitted = fit_square(square, int(width), int(height))
    shifted = max(abs(fitted.cx - square.cx), abs(fitted.cy - square.cy))
    shrunk = square.side - fitted.side
    if shrunk >= 0.5:
        words = tr("Larger than the picture: shrunk from {:.0f} to {:.0f} px.")
        return words.format(square.side, fitted.side)
    if shifted >= 0.5:
        return tr("Over the edge: shifted inwards by {:.0f} px.").format(shifted)
    return ""
