"""The actions of the Study workspace as a table; their keys are in `resources/keymaps`."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action
from studio.ui.study.reading_controller import ReadingState
from studio.ui.study.words import rating_words

if TYPE_CHECKING:
    from studio.ui.study.workspace import StudyWorkspace

READ = "study.read"


def tr(text: str) -> str:
    return QCoreApplication.translate("StudyActions", text)


def study_actions(work: "StudyWorkspace") -> list[Action]:
    """Studies and their results, then what is done while reading."""
    here, mode = tr("Study"), "study"
    return [
        Action("study.read", tr("Read this study"), work.read, here, mode, work.can_read,
               bar=tr("Read")),
        Action("study.new", tr("New reader study"), work.new, here, mode, work.can_make,
               bar=tr("New study")),
        Action("study.open", tr("Open the folder of a study"), work.choose_folder, here, mode,
               work.has_project, bar=tr("Open")),
        Action("study.next", tr("Next study"), partial(work.step, 1), here, mode, work.has_studies),
        Action("study.previous", tr("Previous study"), partial(work.step, -1), here, mode,
               work.has_studies),
        Action("study.copy", tr("Copy the result"), work.copy, here, mode, work.has_result),
        Action("study.export", tr("Export the answers as CSV"), work.export, here, mode,
               work.has_result, bar=tr("Export")),
        *_reading(work),
    ]  # fmt: skip


def _reading(work: "StudyWorkspace") -> list[Action]:
    here, controller = tr("Reading"), work.controller

    def in_state(*states: ReadingState) -> bool:
        return controller.state in states

    rating = partial(in_state, ReadingState.RATE)
    return [
        *(
            Action(f"study.rate_{n}", words.capitalize(), partial(controller.rate, n), here, READ,
                   rating)
            for n, words in rating_words().items()
        ),
        Action("study.left", tr("Mark further to real"), partial(controller.move, -1), here, READ,
               rating, bar=tr("To real")),
        Action("study.right", tr("Mark further to synthetic"), partial(controller.move, 1), here,
               READ, rating, bar=tr("To synthetic")),
        Action("study.confirm", tr("Answer by the mark"), controller.confirm, here, READ, rating),
        Action("study.undo", tr("Take the last answer back"), controller.undo, here, READ,
               partial(in_state, ReadingState.RATE, ReadingState.ASK, ReadingState.END),
               bar=tr("Back")),
        Action("study.pause", tr("Pause"), controller.pause, here, READ,
               partial(in_state, ReadingState.RATE, ReadingState.ASK)),
        *(
            Action(f"study.choice_{n}", tr("Answer {0}").format(n), partial(controller.choose, n),
                   here, f"{READ}.ask", partial(in_state, ReadingState.ASK))
            for n in range(1, 10)
        ),
        Action("study.resume", tr("Go on reading"), controller.resume, here, f"{READ}.paused",
               partial(in_state, ReadingState.PAUSED)),
        Action("study.leave", tr("Leave for now"), controller.leave, here, f"{READ}.paused",
               partial(in_state, ReadingState.PAUSED)),
        Action("study.finish", tr("Finish"), controller.finish, here, f"{READ}.end",
               partial(in_state, ReadingState.END)),
    ]  # fmt: skip
