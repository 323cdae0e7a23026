"""What a run says while a command waits for it: told on stderr, kept for `--json`."""

from typing import TYPE_CHECKING, Any

from studio.cli.output import ProgressReporter, note, shown

if TYPE_CHECKING:
    from studio.jobs.event_models import JobEvent


class RunRecord:
    """Follows the events of a run, for the document that a command prints.

    `document` keeps what a kind of run adds in `handle_kind_event`, then the warnings and the
    sentence of a failure.
    """

    def __init__(self, tell: ProgressReporter, **document: Any) -> None:
        self._tell = tell
        self.document: dict[str, Any] = {**document, "warnings": [], "error": None}

    def handle_event(self, event: "JobEvent") -> None:
        """Take one event as `jobs.run_here` hands it over."""
        from studio.jobs.event_models import FailedEvent, ProgressEvent, WarningEvent

        if isinstance(event, ProgressEvent):
            self._tell(event.done, event.total, event.message)
        elif isinstance(event, WarningEvent):
            self.document["warnings"].append(event.message)
            self.note(shown(event.message, 400))
        elif isinstance(event, FailedEvent):
            self.document["error"] = event.message
            self.note(shown(event.message, 1000))
        else:
            self.handle_kind_event(event)

    def handle_kind_event(self, event: "JobEvent") -> None:
        """Take an event that not every run has."""

    def note(self, text: str) -> None:
        """Say a line on stderr, below the progress so far."""
        self._tell.close()
        note(text)
