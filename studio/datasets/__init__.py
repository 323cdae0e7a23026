"""From reviewed boxes to training folders and back: snapshots, splits, leakage, formats."""

from pathlib import Path
from pkgutil import iter_modules

_EXPORT_FORMATS = Path(__file__).parent / "exports" / "formats"


def export_names() -> tuple[str, ...]:
    """The formats of exports, which are the modules of `studio.datasets.exports.formats`, sorted.

    None of them is imported: `can-studio --help` shows them, and waits neither for the database
    nor for the libraries of images.
    """
    return tuple(sorted(module.name for module in iter_modules([str(_EXPORT_FORMATS)])))
