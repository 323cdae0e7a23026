"""What a stage begins from and what it learns from, as fields."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.ui.background import Task
from studio.ui.generate.training.plan_model import PlanModel
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, Field, PathField, column
from studio.wording import count
from studio.workflows.generate.stages import Stage, StageData, Start

_MOST_CLASSES = 60


class StartFields(QWidget):
    """`changed(Start)` when a person chose another beginning."""

    changed = Signal(object)

    def __init__(self, model: PlanModel) -> None:
        super().__init__()
        self._model = model
        self._wanted = ""
        self.what = Choice()
        self.file = PathField(self.tr("Network file"), "file", ".safetensors, .pkl",
                              "Networks (*.safetensors *.pkl *.pickle);;All files (*)")  # fmt: skip
        self.result = Choice([("latest", self.tr("its latest")), ("best", self.tr("its best"))])
        self.what_field = Field(self.tr("Begins from"), self.what)
        self.file_field = Field(self.tr("Network file"), self.file)
        self.result_field = Field(self.tr("Which network"), self.result)
        self.setLayout(column(self.what_field, self.file_field, self.result_field, gap=GRID))
        self.what.chosen.connect(lambda _: self._emit_changed())
        self.result.chosen.connect(lambda _: self._emit_changed())
        self.file.changed.connect(lambda _: self._emit_changed())

    def show_stage(self, stage: Stage) -> None:
        """Show a stage's beginning; its own descendants are not offered."""
        start, model = stage.start, self._model
        others = [one.name for one in model.plan.stages if not self._descends(one, stage)]
        options = [(("nothing", ""), self.tr("Random weights"))]
        options += [(("network", ""), self.tr("A network file"))]
        options += [(("stage", name), self.tr("Result of {0}").format(name)) for name in others]
        self._wanted = start.wanted
        for part in (self.what, self.result, self.file):
            part.blockSignals(True)
        self.what.set_options(options)
        self.what.set_value((start.kind, start.stage if start.kind == "stage" else ""))
        self.result.set_value(start.result)
        if self.file.text() != start.file:
            self.file.set_text(start.file)
        for part in (self.what, self.result, self.file):
            part.blockSignals(False)
        self.file_field.setVisible(start.kind == "network")
        self.result_field.setVisible(start.kind == "stage")
        missing = start.kind == "network" and not start.file
        self.file_field.set_help(self._wanted if missing else "")

    def _descends(self, one: Stage | None, stage: Stage) -> bool:
        while one is not None:
            if one.name == stage.name:
                return True
            one = self._model.plan.parent(one)
        return False

    def _emit_changed(self) -> None:
        value = self.what.value()
        if value is None:
            return
        kind, stage = value
        file = self.file.text() if kind == "network" else ""
        self.changed.emit(
            Start(
                kind=kind,
                stage=stage,
                file=file,
                result=self.result.value(),
                wanted=self._wanted,
            )
        )


class DataFields(QWidget):
    """`changed(StageData)` when a person chose other pictures."""

    changed = Signal(object)

    def __init__(self, model: PlanModel) -> None:
        super().__init__()
        self._model = model
        self._data = StageData()
        self._listed: tuple[str, list[str]] = ("", [])
        self.what = Choice()
        self.path = PathField(self.tr("Folder or zip of pictures"), "folder")
        self.only = Choice()
        self.what_field = Field(self.tr("Learns from"), self.what)
        self.path_field = Field(self.tr("Folder of pictures, of class folders, or zip"), self.path)
        self.only_field = Field(self.tr("Of it"), self.only)
        self.setLayout(column(self.what_field, self.path_field, self.only_field, gap=GRID))
        self.what.chosen.connect(lambda _: self._emit_changed())
        self.only.chosen.connect(lambda _: self._emit_changed())
        self.path.changed.connect(lambda _: self._emit_changed())

    def show_stage(self, stage: Stage) -> None:
        """Show where a stage's pictures come from."""
        data = self._data = stage.data
        self._show()
        if self.path.text() != data.path:
            blocked = self.path.blockSignals(True)
            self.path.set_text(data.path)
            self.path.blockSignals(blocked)
        self.path_field.setVisible(data.kind == "folder")
        none = data.kind == "none" or (data.kind == "folder" and not data.path)
        self.what_field.set_help(data.wanted if none else "")
        self._list_folder()

    def offer(self) -> None:
        """The pictures that there are to choose from now; an open list stays as it hangs."""
        if not self.what.open and not self.only.open:
            self._show()

    def _show(self) -> None:
        data, crops = self._data, sum(self._model.crops.values())
        options = [
            (("none", ""), self.tr("Nothing yet")),
            (("folder", ""), self.tr("A folder or zip")),
            (("project", ""), self.tr("This project's crops ({0})").format(count(crops))),
            *((("snapshot", n), self.tr("Snapshot {0}").format(n)) for n in self._snapshots()),
            (("sample", ""), self.tr("Synthetic sample crops")),
        ]
        for part in (self.what, self.only):
            part.blockSignals(True)
        self.what.set_options(options)
        self.what.set_value((data.kind, data.snapshot))
        self._offer_classes()
        for part in (self.what, self.only):
            part.blockSignals(False)

    def _snapshots(self) -> list[str]:
        named = self._data.snapshot
        known = self._model.snapshots
        return [*known, *([named] if named and named not in known else [])]

    def _offer_classes(self) -> None:
        data = self._data
        names = sorted(name for name in self._model.crops if name)
        if data.kind == "folder":
            names = self._listed[1] if self._listed[0] == data.path else []
        if data.only and data.only not in names:
            names = [*names, data.only]
        options = [("", self.tr("All pictures"))]
        options += [(name, self.tr("Only {0}").format(name)) for name in names]
        self.only.set_options(options)
        self.only.set_value(data.only)
        shown = data.kind in ("folder", "project") and len(options) > 1
        self.only_field.setVisible(shown)

    def _list_folder(self) -> None:
        """Class folders of the chosen folder, read in the background."""
        path = self._data.path if self._data.kind == "folder" else ""
        if not path or self._listed[0] == path:
            return
        task = Task(lambda _: (path, _class_folders(Path(path))))
        task.done.connect(self._have_list)
        task.start()

    def _have_list(self, found: tuple[str, list[str]]) -> None:
        self._listed = found
        if self._data.kind == "folder" and self._data.path == found[0]:
            blocked = self.only.blockSignals(True)
            self._offer_classes()
            self.only.blockSignals(blocked)

    def _emit_changed(self) -> None:
        value = self.what.value()
        if value is None:
            return
        kind, snapshot = value
        same = kind == self._data.kind and self.path.text() == self._data.path
        self.changed.emit(
            StageData(
                kind=kind,
                snapshot=snapshot,
                path=self.path.text() if kind == "folder" else "",
                only=(self.only.value() or "") if same and kind in ("folder", "project") else "",
                wanted=self._data.wanted,
            )
        )


def _class_folders(path: Path) -> list[str]:
    if not path.is_dir():
        return []
    try:
        names = sorted(one.name for one in path.iterdir() if one.is_dir())
    except OSError:
        return []
    return [name for name in names if not name.startswith(".")][:_MOST_CLASSES]
