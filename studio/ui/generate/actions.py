"""What can be done in the Generate workspace, by name."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action

if TYPE_CHECKING:
    from studio.ui.generate.workspace import GenerateWorkspace

FINE, COARSE = 0.01, 0.1
Run = Callable[[], object]


def tr(text: str) -> str:
    return QCoreApplication.translate("MorphActions", text)


def morph_actions(workspace: "GenerateWorkspace") -> list[Action]:
    """Opening, walking the path, the seeds, keeping."""
    here, view, controller = tr("Generate"), workspace.view, workspace.controller
    export, seeds = workspace.sides.export, workspace.seeds

    def ready() -> bool:
        return workspace.ready

    def walking() -> bool:  # in the grid of seeds, these keys walk the grid
        return workspace.ready and workspace.mode == "generate"

    def make(name: str, title: str, run: Run, bar: str = "", repeats: bool = False) -> Action:
        return Action(
            f"generate.{name}",
            title,
            run,
            here,
            "generate",
            ready,
            repeats=repeats,
            bar=bar,
        )

    def walk(name: str, title: str, run: Run, bar: str = "", repeats: bool = False) -> Action:
        return replace(make(name, title, run, bar, repeats), enabled=walking)

    def seed(name: str, title: str, run: Run) -> Action:
        return Action(f"generate.{name}", title, run, here, "generate.seeds", ready)

    def mixing(name: str, title: str, run: Run) -> Action:
        return Action(f"generate.{name}", title, run, here, "generate.mix", ready)

    return [
        Action(
            "generate.open", tr("Open network file"), workspace.choose_network, here, "generate"
        ),
        Action(
            "generate.open_sample",
            tr("Try the sample network"),
            workspace.open_sample,
            here,
            "generate",
        ),
        Action(
            "generate.open_session", tr("Open session"), workspace.choose_session, here, "generate"
        ),
        make("save", tr("Save session"), workspace.choose_save),
        make("export", tr("Export the morph"), export.request),
        make("picture", tr("Save this picture"), workspace.choose_picture),
        make("copy_command", tr("Copy the command"), export.copy),
        walk("play", tr("Play the path, or stop"), view.player.toggle, tr("Play")),
        walk("to_source", tr("To the source"), lambda: view.move_to(0.0), tr("Source")),
        walk("to_target", tr("To the target"), lambda: view.move_to(1.0), tr("Target")),
        walk("back", tr("A little back"), lambda: view.step(-FINE), repeats=True),
        walk("forward", tr("A little forward"), lambda: view.step(FINE), tr("Forward"), True),
        walk("back_far", tr("Back"), lambda: view.step(-COARSE), repeats=True),
        walk("forward_far", tr("Forward"), lambda: view.step(COARSE), repeats=True),
        make("swap", tr("Exchange the two ends"), controller.swap, tr("Swap")),
        make("apart", tr("Shape, pattern and colour apart"), workspace.toggle_apart),
        make("seeds", tr("Walk the seeds"), workspace.walk_seeds, tr("Seeds")),
        make("style_mix", tr("Mix styles"), workspace.mix_styles),
        seed("seed_source", tr("Use as A"), lambda: seeds.use("source")),
        seed("seed_target", tr("Use as B"), lambda: seeds.use("target")),
        seed("seed_style", tr("Use its colours"), seeds.use_style),
        seed("seeds_leave", tr("Back to the morph"), workspace.leave_seeds),
        mixing("mix_save", tr("Save the matrix"), workspace.mixes.choose_save),
        mixing("mix_copy", tr("Copy the command of the matrix"), workspace.mixes.copy),
        mixing("mix_leave", tr("Back to the morph"), workspace.leave_seeds),
    ]
