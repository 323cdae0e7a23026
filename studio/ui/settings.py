"""What the window remembers between sessions: one small JSON file per person."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from studio.files import write_text
from studio.opening import FileRefused, read_json

LOG_NAME = "studio.log"
ENVIRONMENT = "CAN_STUDIO_CONFIG"  # a folder; tests and portable installations set it


def settings_folder() -> Path:
    """The folder of settings and logs of this person."""
    given = os.environ.get(ENVIRONMENT)
    return Path(given) if given else Path(platformdirs.user_config_dir("can-studio"))


class Settings:
    """Plain values by name, saved at once. An unreadable file is set aside, never fatal."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or settings_folder() / "settings.json"
        self._values: dict[str, Any] = _read(self.path)

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Remember a JSON value; silently skipped where the folder cannot be written."""
        if self._values.get(key) == value:
            return
        self._values[key] = value
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_text(self.path, json.dumps(self._values, indent=1, sort_keys=True))
        except OSError:
            pass  # a read-only home loses preferences, not work

    def remember_project(self, path: Path) -> None:
        """Put a project first among the recent ones."""
        recent = [str(path), *(p for p in self.recent_projects() if p != str(path))]
        self.set("recent_projects", recent[:8])

    def recent_projects(self) -> list[str]:
        return [p for p in self.get("recent_projects", []) if isinstance(p, str)]


def _read(path: Path) -> dict[str, Any]:
    try:
        values = read_json(path)
    except FileRefused:
        if path.is_file():
            with suppress(OSError):
                path.replace(path.with_suffix(".unreadable"))
        return {}
    return values if isinstance(values, dict) else {}
