"""The Generate workspace: drag from one lesion to another and see all that follows."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.ui.actions import Action
from studio.ui.background import Control, Task
from studio.ui.context import StudioContext
from studio.ui.focus import first_usable
from studio.ui.generate.actions import morph_actions
from studio.ui.generate.classifier_runs_panel import trained_runs
from studio.ui.generate.controller import MorphController
from studio.ui.generate.endpoints_panel import EndpointsPanel
from studio.ui.generate.morph_view import MorphView
from studio.ui.generate.pages import MORPH, GeneratePages, page_actions
from studio.ui.generate.path_analysis import PathAnalysis
from studio.ui.generate.projections import Projections
from studio.ui.generate.seeds_page import SeedsPage
from studio.ui.generate.style_mix_page import StyleMixPage
from studio.ui.generate.unsaved_dialog import UnsavedDialog
from studio.ui.widgets import Button, EmptyState, ErrorState, label, row
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from studio.project import Project

LAST = "generate.network"  # the setting that remembers the network


class GenerateWorkspace(Workspace):
    """Left: the two ends and what changes the path. Middle: the morph. Right: what is measured."""

    id, title, icon_name = "generate", "Generate", "generate"

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._project: Project | None = None
        self._restored = False
        self._what = ""  # the file that is being opened
        self._handed: Path | None = None  # a run that another workspace wants to be seen here
        self.controller = MorphController(self)
        self.analyst = PathAnalysis(self.controller, self)
        self.view = MorphView(context, self.controller, self.analyst)
        self.seeds = SeedsPage(context.theme, self.controller)
        self.mixes = StyleMixPage(context, self.controller)
        self.sides = EndpointsPanel(context, self.controller, self.analyst)
        self.projections = Projections(context, self.controller, self.analyst, self.sides.ends)
        self._build()
        self._connect()
        context.guards.append(self)

    # Building

    def _build(self) -> None:
        self.middle = QStackedWidget()
        self.middle.addWidget(self.view)
        self.middle.addWidget(self.seeds)
        self.middle.addWidget(self.mixes)
        self.morph = QWidget()
        across = row(self.sides.left, self.middle, self.sides.right, gap=0)
        across.setStretch(1, 1)
        self.morph.setLayout(across)
        self.empty = EmptyState(
            self.tr("Explore what a generator has learnt"),
            self.tr(
                "Open a StyleGAN2 network: ours (.safetensors), or an official .pkl such as those "
                "published with the paper, which is read without running anything in it. Then drag "
                "from one synthetic lesion to another, and see what a classifier makes of the way. "
                "The sample network has learnt from pictures that the studio renders itself."
            ),
            self.tr("Try the sample network"),
            self.open_sample,
        )
        self.empty.add_button(self.tr("Open network file…"), self.choose_network)
        self.empty.add_button(self.tr("Open session…"), self.choose_session)
        self.again = Button("", self._open_last)
        self.empty.below.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.error = ErrorState(
            "",
            "",
            self.tr("Open another file…"),
            self.choose_network,
        )
        self.save_broken = self.error.add_button(self.tr("Save the morph…"), self.choose_save)
        self.morph_stack = QStackedWidget()
        for page in (self.empty, self._make_busy(), self.error, self.morph):
            self.morph_stack.addWidget(page)
        self.pages = GeneratePages(self.context, self.morph_stack)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)

    def _make_busy(self) -> QWidget:
        self.busy_text = label("", "title")
        self.busy_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.busy_text.setWordWrap(True)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedWidth(240)
        bar.setAccessibleName(self.tr("Opening"))
        self.waiting = QWidget()
        layout = QVBoxLayout(self.waiting)
        layout.addStretch(2)
        layout.addWidget(self.busy_text)
        layout.addWidget(bar, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        return self.waiting

    def _connect(self) -> None:
        controller = self.controller
        controller.opening.connect(self._opening)
        controller.opened.connect(self._opened)
        controller.failed.connect(self._failed)
        controller.broken.connect(self._broken)
        controller.refused.connect(self._refused)
        controller.path_changed.connect(self.sides.clear_errors)
        self.analyst.failed.connect(lambda text: self.context.toast(text, "error"))
        self.seeds.left.connect(self.leave_seeds)
        self.mixes.left.connect(self.leave_seeds)
        self.sides.layers.mixing.clicked.connect(self.mix_styles)
        self.sides.export.requested.connect(self._export)
        self.sides.export.save_requested.connect(self.choose_save)
        self.sides.export.open_requested.connect(self.choose_session)
        self.sides.export.picture_requested.connect(self.choose_picture)
        self.sides.seeds_button.clicked.connect(self.walk_seeds)
        self.sides.network_button.clicked.connect(self.choose_network)
        self.pages.entered.connect(self._entered)
        self.pages.hints_changed.connect(self.hints_changed)
        self.pages.network_chosen.connect(self.open_network)
        self.context.generate_requested.connect(self.accept_handover)

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # Qt's own list is not used
        pages = page_actions(self.pages.show_page, self.tr("Generate"))
        return [*morph_actions(self), *pages]

    @property
    def mode(self) -> str:
        page = self.pages.current
        return self._mode if page is None else page.mode

    def hints(self) -> list[str]:
        if self.pages.current is not None:
            return self.pages.current.hints()
        if self.mode == "generate.seeds":
            return [
                "generate.seed_source",
                "generate.seed_target",
                "generate.seed_style",
                "generate.seeds_leave",
                "help.keys",
            ]
        if self.mode == "generate.mix":
            return ["generate.mix_save", "generate.mix_copy", "generate.mix_leave", "help.keys"]
        if not self.ready:
            return ["generate.open", "generate.open_session", "palette.open", "help.keys"]
        return [
            "generate.forward",
            "generate.to_target",
            "generate.play",
            "generate.seeds",
            "generate.swap",
            "help.keys",
        ]

    def gestures(self) -> list[tuple[str, str]]:
        return self.pages.current.gestures() if self.pages.current is not None else []

    @property
    def ready(self) -> bool:
        """Whether there is a morph to be seen."""
        return self.pages.name == MORPH and self.morph_stack.currentWidget() is self.morph

    @property
    def busy(self) -> bool:
        if self.pages.current is not None:
            return self.pages.current.busy
        return self.controller.busy or self.analyst.busy or self.seeds.grid.busy or self.mixes.busy

    def set_project(self, project: "Project | None") -> None:
        self._project = project
        self.controller.close()
        self._handed = None
        self.projections.set_project(project)
        self.morph_stack.setCurrentWidget(self.empty)
        last = self._last()
        self.again.setText(self.tr("Open {0} again").format(last.name) if last else "")
        self.again.setVisible(last is not None)
        self.sides.export.suggest()
        self._offer_runs()
        self.pages.set_project(project)
        if not self._restored:  # only now are the actions registered
            self._restored = True
            self.pages.restore()

    def home(self) -> QWidget | None:
        if self.pages.current is not None:
            return self.pages.current.home()
        grids = {"generate.seeds": self.seeds.grid, "generate.mix": self.mixes.grid}
        front: QWidget = grids.get(self.mode, self.view.slider)
        return first_usable(self.empty.button, self.error.button, front)

    def activate(self) -> None:
        if self.pages.current is not None:
            self.pages.current.activate()
            return
        self._offer_runs()
        self._focus()

    def deactivate(self) -> None:
        self.view.player.stop()
        if self.pages.current is not None:
            self.pages.current.deactivate()

    def set_panels_visible(self, visible: bool) -> None:
        self.pages.set_panels_visible(visible)
        self.sides.left.setVisible(visible)
        self.sides.right.setVisible(visible)

    def close_workspace(self) -> None:
        self.view.player.stop()
        self.controller.close()
        self.analyst.close()
        self.pages.close_pages()

    def _entered(self, _name: str) -> None:
        self.view.player.stop()
        self.mode_changed.emit(self.mode)
        self.hints_changed.emit()
        self.activate()

    # What would be lost

    @property
    def unsaved(self) -> bool:
        """Whether the morph that is open has changes that are in no file."""
        return self.controller.unsaved

    def ask_unsaved(self, go_on: Callable[[], object]) -> None:
        """Ask whether to save the morph; `go_on` once it is saved or given up."""

        def save() -> None:
            file = self.controller.session_file
            if self.save_session(Path(file)) if file else self.choose_save():
                go_on()

        def discard() -> None:
            self.controller.give_up()
            go_on()

        self.context.go_to(self.id)
        self.pages.show_page(MORPH)
        dialog = UnsavedDialog(self.window(), self.controller.session_file)
        dialog.saved.connect(save)
        dialog.discarded.connect(discard)
        dialog.open()

    def _leave(self, go_on: Callable[[], object]) -> None:
        """Do what closes this morph, after asking where something of it would be lost."""
        if self.unsaved:
            self.ask_unsaved(go_on)
        else:
            go_on()

    # The network and the session

    def choose_network(self) -> None:
        """Ask for a network file and open it."""
        found, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Open a network"),
            str((self._last() or Path.home()).parent),
            self.tr("Networks (*.safetensors *.pkl *.pickle);;All files (*)"),
        )
        if found:
            self.open_network(Path(found))

    def open_network(self, path: Path) -> None:
        """Open a network file, converting an official one first. The classifier that was handed
        over, or else the project's newest, judges its path."""
        newest = [run for run, _ in trained_runs(self._project)[:1]]
        runs = [str(self._handed)] if self._handed is not None else newest
        self._leave(lambda: self.controller.open(path, runs))

    def open_sample(self) -> None:
        """Open the network that comes with the studio."""
        from studio.generate.files.named import SAMPLE, resolve_network_path

        try:
            self.open_network(resolve_network_path(SAMPLE))
        except StudioError as error:
            self.context.toast(str(error), "error")

    def accept_handover(self, what: "dict[str, Any]") -> None:
        """A run from another workspace: the path that is open, or else the network that was open
        last or the sample's, is judged by it first."""
        self._handed = Path(what["run"])
        self._offer_runs()
        self.pages.show_page(MORPH)
        if self.controller.session is not None:
            self._take_run()
        elif not self.controller.busy:
            last = self._last()
            if last is not None:
                self.open_network(last)
            else:
                self.open_sample()

    def _take_run(self) -> None:
        if self._handed is not None:
            self.sides.runs.put_first(self._handed)
            self._handed = None

    def choose_session(self) -> None:
        """Ask for a session file and open it."""
        found, _ = QFileDialog.getOpenFileName(
            self, self.tr("Open a session"), "", self.tr("Sessions (*.morph.json)")
        )
        if found:
            self.open_session(Path(found))

    def open_session(self, path: Path) -> None:
        """Open a session file and the network that it names."""
        self._leave(lambda: self.controller.open_session(path))

    def choose_save(self) -> bool:
        """Ask where to save the session, and save it; whether it is saved."""
        start = self.controller.session_file or str(
            (self._project.path if self._project else Path.home()) / "session.morph.json"
        )
        found, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save the session"), start, self.tr("Sessions (*.morph.json)")
        )
        if not found:
            return False
        if not found.endswith(".morph.json"):
            found += ".morph.json"
        return self.save_session(Path(found))

    def choose_picture(self) -> None:
        """Ask where to save the picture that is shown, and save it."""
        if not self.ready:
            return
        folder = self._project.exports_dir if self._project else Path.home()
        start = str(folder / f"picture-t{self.controller.t:.3f}.png")
        found, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save this picture"), start, self.tr("PNG pictures (*.png)")
        )
        if found:
            self.save_picture(Path(found if found.lower().endswith(".png") else f"{found}.png"))

    def save_picture(self, path: Path) -> None:
        """Write the picture at the present place with what it was made of, and say so."""
        network, session, pictures = (
            self.controller.network,
            self.controller.session,
            self.controller.pictures,
        )
        if network is None or session is None or pictures is None:
            return
        asked = pictures.at(session.t)

        def work(_control: object) -> None:
            from studio.generate.outputs.picture import write_picture

            write_picture(path, asked.result(), network, session, pictures.path)

        task = Task(work)
        task.done.connect(lambda _: self.context.toast(self.tr("{0} is saved.").format(path.name)))
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.start()

    def save_session(self, path: Path) -> bool:
        """Write the session and say so; whether it is written."""
        try:
            self.controller.save_session(path)
        except StudioError as error:
            self.context.toast(str(error), "error")
            return False
        self.context.toast(self.tr("{0} is saved.").format(path.name))
        return True

    def _last(self) -> Path | None:
        text = self.context.settings.get(LAST)
        return Path(text) if isinstance(text, str) and Path(text).is_file() else None

    def _open_last(self) -> None:
        last = self._last()
        if last is not None:
            self.open_network(last)

    def _opening(self, what: str) -> None:
        self._what = what.partition(": ")[0]
        self.busy_text.setText(self.tr("Opening {0}…").format(what))
        self.morph_stack.setCurrentWidget(self.waiting)
        self.pages.show_page(MORPH)
        self.hints_changed.emit()

    def _opened(self) -> None:
        session, network = self.controller.session, self.controller.network
        if session is None or network is None:
            return
        self.context.settings.set(LAST, session.network)
        self.sides.show_network(session, network)
        self._take_run()
        self.leave_seeds()
        self.morph_stack.setCurrentWidget(self.morph)
        self.hints_changed.emit()
        self._focus()

    def _failed(self, sentence: str) -> None:
        if self.controller.network is not None:  # what was open stays open
            self.morph_stack.setCurrentWidget(self.morph)
            self.context.toast(sentence, "error")
        else:
            self._show_error(self.tr("{0} could not be opened.").format(self._what), sentence)
        self.hints_changed.emit()

    def _broken(self, sentence: str) -> None:
        self._show_error(self.tr("The rendering ended."), sentence)
        self.save_broken.setVisible(self.controller.unsaved)
        self.hints_changed.emit()

    def _show_error(self, title: str, sentence: str) -> None:
        self.save_broken.hide()
        self.error.title.setText(title)
        self.error.text.setText(sentence)
        self.morph_stack.setCurrentWidget(self.error)
        self._focus()

    def _refused(self, sentence: str) -> None:
        if not self.sides.show_refusal(sentence):
            self.context.toast(sentence, "error")

    # Doing

    def walk_seeds(self) -> None:
        """Show the grid of seeds."""
        if self.ready:
            self.view.player.stop()
            self.middle.setCurrentWidget(self.seeds)
            self.set_mode("generate.seeds")
            self.seeds.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def mix_styles(self) -> None:
        """Show the page of mixed styles."""
        if self.ready:
            self.view.player.stop()
            self.middle.setCurrentWidget(self.mixes)
            self.set_mode("generate.mix")
            self.mixes.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave_seeds(self) -> None:
        """Back to the morph."""
        self.middle.setCurrentWidget(self.view)
        self.set_mode("generate")
        self._focus()

    def toggle_apart(self) -> None:
        """Let the layer groups move apart, or together again."""
        self.sides.layers.apart.toggle()

    def _export(self, out: str) -> None:
        project, session = self._project, self.controller.session
        if project is None or session is None:
            return

        def work(_control: Control) -> Path:
            from studio.jobs.kinds import MORPH as MORPH_JOB
            from studio.workflows.generate.jobs import start_morph

            run_dir = project.runs.new_folder(MORPH_JOB.name, f"Morph to {Path(out).name}")
            start_morph(run_dir, session, Path(out))
            return run_dir

        def started(run_dir: Path) -> None:
            title = self.tr("Morph to {0}").format(Path(out).name)
            self.context.jobs.watch(run_dir, title)
            self.sides.export.suggest()

        task = Task(work)
        task.done.connect(started)
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.start()

    def _offer_runs(self) -> None:
        self.sides.runs.offer(trained_runs(self._project))

    def _focus(self) -> None:
        if self.isVisible() or self.ready:
            self.focus_home()
