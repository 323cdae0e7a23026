"""What a run says while a command waits for it: told on stderr, kept for `--json`."""

from typing import Any

from studio.cli.output import Progress, note, shown


class RunRecord:
    """Hears the events of a run. `document` keeps what a kind of run adds in `hear_more`, then the
    warnings and the sentence of a failure."""

    def __init__(self, tell: Progress, **document: Any) -> None:
        self._tell = tell
        self.document: dict[str, Any] = {**document, "warnings": [], "error": None}

    def hear(self, event: dict[str, Any]) -> None:
        """Take one event as `jobs.run_here` hands it over."""
        name = event["event"]
        fields = {key: value for key, value in event.items() if key not in ("t", "event")}
        if name == "progress":
            self._tell(event["done"], event["total"], event["message"])
        elif name == "warning":
            self.document["warnings"].append(fields["message"])
            self.note(shown(fields["message"], 400))
        elif name == "failed":
            self.document["error"] = fields["message"]
            self.note(shown(fields["message"], 1000))
        else:
            self.hear_more(name, fields)

    def hear_more(self, name: str, fields: dict[str, Any]) -> None:
        """Take an event that not every run has."""

    def note(self, text: str) -> None:
        """Say a line on stderr, below the progress so far."""
        self._tell.close()
        note(text)
