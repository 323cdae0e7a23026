"""The figures of a training by epoch as event files, for those who watch in TensorBoard."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from studio.errors import StudioError
from studio.jobs.event_models import EpochEvent, JobEvent, TestEvent, TrainPlanEvent
from studio.opening import finite, shown_path

_TAGS = {
    "loss": "loss/train",
    "val_loss": "loss/validation",
    "auc": "auc/validation",
    "auc_low": "auc/validation_low",
    "auc_high": "auc/validation_high",
    "macro": "auc/validation_macro",
    "lr": "learning_rate",
    "images_per_s": "images_per_second",
}
_FILES = "events.out.tfevents.*"


def require_tensorboard() -> None:
    """Raise StudioError where the extra `tensorboard` is not installed."""
    if find_spec("tensorboard") is None:
        raise StudioError(
            "Event files need TensorBoard: install the extra tensorboard "
            '(pip install "can-studio[tensorboard]").'
        )


class TensorboardLog:
    """Writes the events of one training into `folder`/NAME, NAME being that of its run: scalars by
    epoch, and the AUC of each test set at the last one.

    What is undefined is left out. A training that goes on adds to the files that are there; into a
    folder without any it writes the epochs before as well. Raises StudioError where the extra is
    missing or the folder cannot be written.
    """

    def __init__(self, folder: Path, run: Path) -> None:
        require_tensorboard()
        from tensorboard.summary import Writer

        place = folder / run.absolute().name
        try:
            place.mkdir(parents=True, exist_ok=True)
            self._begun = any(place.glob(_FILES))
            self._writer = Writer(str(place))
        except OSError as error:
            raise StudioError(
                f"Event files cannot be written to {shown_path(place)}: {error.strerror}."
            ) from error
        self._epoch = 0

    def handle_event(self, event: JobEvent) -> None:
        """Take one event of the training; those of other kinds are passed over."""
        fields = event.fields
        if isinstance(event, TrainPlanEvent):
            for epoch in fields.get("history") or ():
                self._take_epoch(epoch, write=not self._begun)
        elif isinstance(event, EpochEvent):
            self._take_epoch(fields, write=True)
        elif isinstance(event, TestEvent):
            self._scalar(f"test/{fields['name']}/auc", fields.get("auc"))
        self._writer.flush()

    def _take_epoch(self, epoch: Mapping[str, Any], *, write: bool) -> None:
        self._epoch = int(epoch["epoch"])
        if not write:
            return
        for field, tag in _TAGS.items():
            self._scalar(tag, epoch.get(field))
        for name, one in (epoch.get("classes") or {}).items():
            self._scalar(f"auc_by_class/{name}", one.get("auc"))

    def _scalar(self, tag: str, value: object) -> None:
        known = finite(value)
        if known is not None:
            self._writer.add_scalar(tag, known, self._epoch)

    def __enter__(self) -> "TensorboardLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close()
