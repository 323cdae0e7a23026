"""Editing the square: handles and keys, alternatives, a new box; all in the upright frame."""

from enum import Enum

from PySide6.QtCore import QObject, Signal

from studio.imaging import Square
from studio.review import SCALES, alternatives
from studio.ui.review.canvas import Canvas
from studio.ui.review.decision_controller import DecisionController
from studio.ui.review.rows import upright, upright_size

NEW_SIDE = 0.25  # of the short side of the picture


class Tool(Enum):
    """What the mouse and the arrow keys are for."""

    LOOK = "review"
    EDIT = "review.edit"
    NEW = "review.new"


class BoxEditor(QObject):
    """Connects the canvas's squares with the controller's pending square."""

    tool_changed = Signal(object)  # Tool
    pending_changed = Signal()
    placing_moved = Signal()  # the outline of a new box, before it is placed
    label_requested = Signal(object)  # Square of a new box that was placed

    def __init__(
        self, canvas: Canvas, controller: DecisionController, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._canvas, self._controller = canvas, controller
        self.tool = Tool.LOOK
        self._step = 0
        canvas.square_changed.connect(self._square_changed)
        canvas.square_placed.connect(self._placed)
        controller.settled.connect(self.leave)

    def close(self) -> None:
        """Disconnect from the canvas."""
        self._canvas.square_changed.disconnect(self._square_changed)
        self._canvas.square_placed.disconnect(self._placed)

    @property
    def pending_title(self) -> str:
        """What the pending square is, for the name plate."""
        if self._controller.pending is None:
            return ""
        return (
            f"×{SCALES[self._step]:g}"
            if self._step and self.tool is Tool.LOOK
            else self.tr("edited")
        )

    def _set_tool(self, tool: Tool) -> None:
        if tool is not self.tool:
            self.tool = tool
            self.tool_changed.emit(tool)

    def _square_changed(self, square: Square) -> None:
        if self.tool is Tool.EDIT:
            self._controller.pending = square
            self.pending_changed.emit()
        elif self.tool is Tool.NEW:
            self.placing_moved.emit()

    def _saved_square(self) -> Square | None:
        box, image = self._controller.navigator.current, self._controller.navigator.image
        return upright(box.square, image) if box is not None and image is not None else None

    # --- edit ---------------------------------------------------------------------------------

    def start_edit(self) -> None:
        """Show handles on the current box; begin a new box where there is none."""
        square = self._controller.pending or self._saved_square()
        if self.tool is Tool.EDIT:
            self.keep()
        elif square is None:
            self.start_new()
        else:
            self._set_tool(Tool.EDIT)
            self._canvas.set_editing(square)

    def keep(self) -> None:
        """Save the edited square and end the edit (Enter)."""
        self.leave()
        self._controller.keep_square()

    def restore(self) -> None:
        """Restore the saved square and end the edit (Escape)."""
        self._controller.pending = None
        self.leave()
        self.pending_changed.emit()

    def leave(self) -> None:
        """Remove the handles; a pending square stays pending."""
        self._step = 0
        self._canvas.set_editing(None)
        self._canvas.stop_placing()
        self._set_tool(Tool.LOOK)

    def finish_edit(self) -> None:
        """Save an edit, or give up a new box, before another image or box comes."""
        if self.tool is Tool.EDIT:
            self.keep()
        elif self.tool is Tool.NEW:
            self.leave()
        self._step = 0

    def reset(self) -> None:
        """Begin again for another image or box."""
        self.leave()

    def nudge(self, dx: float, dy: float) -> None:
        self._canvas.move_active(dx, dy)

    def resize(self, factor: float) -> None:
        self._canvas.resize_active(factor)

    # --- alternatives and new boxes -----------------------------------------------------------

    def next_alternative(self) -> None:
        """Propose the same place at the next of the sizes ×1, ×1.6 and ×2.6."""
        saved, image = self._saved_square(), self._controller.navigator.image
        if saved is None or image is None:
            return
        sizes = alternatives(saved, *upright_size(image))
        self._step = (self._step + 1) % len(sizes)
        self._controller.pending = sizes[self._step] if self._step else None
        if self.tool is Tool.EDIT:
            self._canvas.set_editing(sizes[self._step])
        self.pending_changed.emit()

    def start_new(self) -> None:
        """Begin a new box: click its centre, turn the wheel for its size, click again."""
        image = self._controller.navigator.image
        if image is None or self._controller.unreadable:
            return
        self.finish_edit()
        self._controller.pending = None
        self.pending_changed.emit()
        self._set_tool(Tool.NEW)
        self._canvas.start_placing(NEW_SIDE * min(image.width, image.height))
        self.placing_moved.emit()

    def confirm_new(self) -> None:
        """Place the new box where it is now (Enter)."""
        if self._canvas.placing is not None:
            self._placed(self._canvas.placing)

    def _placed(self, square: Square) -> None:
        self.leave()
        self.label_requested.emit(square)
