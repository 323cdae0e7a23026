"""Where the sample project is kept, and how it is made from the window."""

from pathlib import Path

import platformdirs

from studio.ui.background import Control


def sample_folder() -> Path:
    """The sample project's place on this machine."""
    return Path(platformdirs.user_data_dir("can-studio")) / "sample-project"


def make_sample(folder: Path, control: Control) -> Path | None:
    """Draw, import and propose the sample unless it is there; its folder, None if stopped."""
    from studio import workflows
    from studio.project import is_project
    from studio.sample import SampleStoppedError

    if is_project(folder):
        return folder
    try:
        workflows.make_sample_project(
            folder, on_progress=control.progress, stop=control.stop_requested
        )
    except SampleStoppedError:
        return None
    return folder
