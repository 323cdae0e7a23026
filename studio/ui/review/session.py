"""What one open project needs to be reviewed: deck, desk, editor and presenter, wired together."""

from PySide6.QtCore import QObject
from sqlalchemy import select

from studio.project import Project
from studio.project.schema import box as box_table
from studio.review import Reviewer, reviewers_of
from studio.ui.imageloader import ImageLoader
from studio.ui.review.deck import Deck
from studio.ui.review.desk import Desk
from studio.ui.review.editor import Editor
from studio.ui.review.layout import ReviewLayout
from studio.ui.review.prefetch import Prefetch
from studio.ui.review.presenter import Presenter


class Session(QObject):
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
        self.deck = Deck(project)
        self.desk = Desk(self.deck, Reviewer(project, reviewer) if reviewer else None, self)
        self.editor = Editor(view.canvas, self.desk, self)
        self.prefetch = Prefetch(project, self.deck.rows, loader)
        self.presenter = Presenter(view, self.desk, self.editor, self.prefetch, loader, self)

    @property
    def reviewer(self) -> str:
        """The name under which decisions are filed, empty before it is given."""
        return self.desk.reviewer.name if self.desk.reviewer is not None else ""

    def name_reviewer(self, name: str) -> None:
        """Another person decides from now on."""
        self.desk.reviewer = Reviewer(self.project, name)

    def close(self) -> None:
        self.editor.close()
        self.presenter.close()
        self.deleteLater()


def filter_choices(project: Project) -> tuple[list[str], list[str]]:
    """Where the boxes of a project came from, and who has decided boxes."""
    with project.connect() as connection:
        origins = sorted(connection.scalars(select(box_table.c.origin).distinct()))
    return origins, reviewers_of(project)
