"""A pair of images in words."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from studio import wording
from studio.workflows.leakage import ComparedPair


def tr(text: str) -> str:
    return QCoreApplication.translate("LeakagePairs", text)


def role_word(role: str) -> str:
    """Which set an image is of."""
    return {"training": tr("Training"), "validation": tr("Validation"), "test": tr("Test")}[role]


def title(pair: ComparedPair) -> str:
    """A line of the list: the two names."""
    return f"{Path(pair.second.file).name} – {Path(pair.first.file).name}"


def finding(pair: ComparedPair) -> str:
    """What the check found of a pair."""
    if pair.kind == "same_path":
        return tr("The same file.")
    if pair.kind == "same_bytes":
        return tr("The same bytes under two names.")
    if pair.kind == "same_photograph":
        if pair.why and pair.why != "one photograph":
            return tr("Both belong to {0}.").format(pair.why)
        return tr("Crops or copies of one photograph, by a manifest or by its bytes.")
    changes = {
        "mirrored": tr("mirrored"),
        "turned": tr("turned"),
        "trimmed": tr("trimmed"),
        "inverted": tr("light and dark exchanged"),
    }
    done = ", ".join(changes[change] for change in pair.changes if change in changes)
    if pair.kind == "possible":
        found = tr("Perhaps the same picture; it does not count until somebody says so.")
    elif pair.why == "by verdict":
        return tr("The same picture, as somebody said.")
    else:
        found = tr("Found to be the same picture.")
    detail = tr("Detail agrees by {0}").format(wording.number(pair.agreement, 2))
    return f"{found} {detail}{f' ({done})' if done else ''}."


def verdict_words(pair: ComparedPair) -> str:
    """The verdict on a pair, with its time and author; or that it has none yet."""
    if not pair.can_be_judged:
        return tr("This is so whatever is said of it, so there is no verdict to give.")
    if pair.verdict is None:
        return tr("Nobody has judged this pair yet.")
    when = wording.moment(pair.verdict.time)
    said = {"same": tr("Same picture or lesion"), "different": tr("Not the same")}
    return f"{said[pair.verdict.said]} · {pair.verdict.reviewer} · {when}"
