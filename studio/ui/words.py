"""Why a project cannot be changed, and tool tips from text that others wrote.

Text that people read goes through `tr()` where it is written.
"""

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import Qt

if TYPE_CHECKING:
    from studio.project import Project


def read_only_sentence(project: "Project") -> str:
    """Why a project that is open for reading takes no decisions."""
    tr = QCoreApplication.translate
    if project.holder:
        held = tr("Words", "{} is editing this project: you can look, not decide.")
        holder = project.holder
        return held.format(holder[:1].upper() + holder[1:])
    return tr("Words", "This project is open for reading only: you can look, not decide.")


def plain_tip(text: str) -> str:
    """`text` so that a tool tip shows it letter by letter.

    A tool tip takes what looks like HTML for HTML, and may then load what an `img` names. Only such
    text is escaped: escaped always, it would be read out with its tags.
    """
    if not Qt.mightBeRichText(text):
        return text
    lines = html.escape(text).split("\n")
    return f"<span>{'<br>'.join(lines)}</span>"
