"""The second after a rejection in which one more key gives its reason."""

from PySide6.QtCore import QObject, QTimer, Signal

WINDOW_MS = 1000


class ReasonWindow(QObject):
    """Open for a second after X; `closed` when the second is over or a reason was given."""

    closed = Signal()

    def __init__(self, parent: QObject | None = None, duration_ms: int = WINDOW_MS) -> None:
        super().__init__(parent)
        self.box_id: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(duration_ms)
        self._timer.timeout.connect(self.close)

    @property
    def open(self) -> bool:
        return self.box_id is not None

    def begin(self, box_id: int) -> None:
        """This box has just been rejected."""
        self.box_id = box_id
        self._timer.start()

    def close(self) -> None:
        """Back to the usual keys."""
        self._timer.stop()
        if self.box_id is not None:
            self.box_id = None
            self.closed.emit()
