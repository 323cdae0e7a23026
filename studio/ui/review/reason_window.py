"""When a key gives the reason of a rejection: a second long after it, or when it is asked for."""

from PySide6.QtCore import QObject, QTimer, Signal

WINDOW_MS = 1000


class ReasonWindow(QObject):
    """Open for a second after X, or until it is answered; `closed` when that is over."""

    closed = Signal()

    def __init__(self, parent: QObject | None = None, duration_ms: int = WINDOW_MS) -> None:
        super().__init__(parent)
        self.box_id: int | None = None
        self.lasting = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(duration_ms)
        self._timer.timeout.connect(self.close)

    @property
    def open(self) -> bool:
        return self.box_id is not None

    def begin(self, box_id: int, *, lasting: bool = False) -> None:
        """This box has just been rejected; `lasting` waits for an answer as long as it takes."""
        self.box_id, self.lasting = box_id, lasting
        self._timer.stop()
        if not lasting:
            self._timer.start()

    def close(self) -> None:
        """Back to the usual keys."""
        self._timer.stop()
        if self.box_id is not None:
            self.box_id = None
            self.closed.emit()
