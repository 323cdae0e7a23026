"""Everything that reviewing one open project needs, wired together."""

from PySide6.QtCore import QObject
from sqlalchemy import select

from studio.project import Project
from studio.project.schema import box as box_table
from studio.review import Reviewer, reviewers_of
from studio.ui.imageloader import ImageLoader
from studio.ui.review.decision_controller import DecisionController
from studio.ui.review.editor import BoxEditor
from studio.ui.review.layout import ReviewLayout
from studio.ui.review.prefetch import Prefetch
from studio.ui.review.presenter import ReviewPresenter
from studio.ui.review.queue_navigator import QueueNavigator


class ReviewSession(QObject):
    """One project under review by one person, whose name may still be asked for.

    `close` before the project closes.
    """

    def __init__(
        self,
        project: Project,
        reviewer: str,
        view: ReviewLayout,
        loader: ImageLoader,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.project = project
        self.navigator = QueueNavigator(project)
        self.controller = DecisionController(
            self.navigator, Reviewer(project, reviewer) if reviewer else None, self
        )
        self.navigator.read_as(self.reviewer)
        self.editor = BoxEditor(view.canvas, self.controller, self)
        self.prefetch = Prefetch(project, self.navigator.rows, loader)
        self.presenter = ReviewPresenter(
            view, self.controller, self.editor, self.prefetch, loader, self
        )

    @property
    def reviewer(self) -> str:
        """The name under which decisions are filed, empty before it is given."""
        return self.controller.reviewer.name if self.controller.reviewer is not None else ""

    def set_reviewer(self, name: str) -> None:
        """Another person decides from now on."""
        self.controller.reviewer = Reviewer(self.project, name)
        self.navigator.read_as(self.reviewer)

    def close(self) -> None:
        self.editor.close()
        self.presenter.close()
        self.deleteLater()


def filter_choices(project: Project) -> tuple[list[str], list[str]]:
    """Where the boxes of a project came from, and who has decided boxes."""
    with project.connect() as connection:
        origins = sorted(connection.scalars(select(box_table.c.origin).distinct()))
    return origins, reviewers_of(project)
