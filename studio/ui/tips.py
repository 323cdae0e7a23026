"""Tool tips from text that others wrote."""

import html

from PySide6.QtGui import Qt


def plain_tip(text: str) -> str:
    """`text` so that a tool tip shows it letter by letter.

    A tool tip takes what looks like HTML for HTML, and may then load what an `img` names. Only such
    text is escaped: escaped always, it would be read out with its tags.
    """
    if not Qt.mightBeRichText(text):
        return text
    lines = html.escape(text).split("\n")
    return f"<span>{'<br>'.join(lines)}</span>"
