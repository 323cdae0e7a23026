"""What was measured of a snapshot, in words."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication

from studio.opening import finite
from studio.results.training_log import NetworkSnapshot
from studio.wording import interval, number, percent, significant


def tr(text: str) -> str:
    return QCoreApplication.translate("ShotWords", text)


def kid_words(snapshot: NetworkSnapshot) -> str:
    """The KID with its interval, "" where there is none."""
    if snapshot.kid is None:
        return ""
    low, high = snapshot.interval or (None, None)
    return f"KID {interval(snapshot.kid, low, high, 4)}"


def figure_words(snapshot: NetworkSnapshot) -> str:
    """What else was measured of quality, in one line."""
    parts = []
    for name, form in (
        ("precision", tr("precision {0}")),
        ("recall", tr("recall {0}")),
        ("fd", tr("Fréchet distance {0}")),
    ):
        value = finite(snapshot.metrics.get(name))
        if value is not None:
            parts.append(form.format(significant(value, 4) if name == "fd" else number(value)))
    return " · ".join(parts)


def copy_words(metrics: Mapping[str, Any]) -> str:
    """How many pictures come as near to training as the nearest held-out ones do, which is what
    copies would do; "" where that was not measured."""
    found = metrics.get("memorisation")
    levels = found.get("nearer") if isinstance(found, dict) else None
    if not isinstance(levels, dict):
        return ""
    for level in ("1%", "5%"):  # the sharper one where enough pictures were held out for it
        nearer = levels.get(level)
        if isinstance(nearer, dict):
            share, expected = finite(nearer.get("share")), finite(nearer.get("expected"))
            if share is not None and expected is not None:
                words = tr("Copies: {0} (chance would give {1})")
                return words.format(percent(share), percent(expected))
    return ""
