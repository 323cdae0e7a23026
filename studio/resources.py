"""Where the files of `resources/` lie: beside `studio` in a checkout, inside it in a wheel."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """The path of a shipped file, such as `resource("keymaps", "studio.toml")`.

    Raises FileNotFoundError when it was not shipped, which is a defect of the packaging.
    """
    for root in (_HERE / "_resources", _HERE.parent / "resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError("resources/" + "/".join(parts))
