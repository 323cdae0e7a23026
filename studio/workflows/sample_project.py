"""The sample project: synthetic photographs, imported and proposed, ready to be looked at."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import update

from studio.datasets.exports.writing import ExportStoppedError
from studio.errors import StudioError
from studio.files import building
from studio.project import Project, is_project, schema
from studio.sample import SampleManifest, SampleStoppedError, write_sample
from studio.workflows.export import export_project
from studio.workflows.importing import import_source
from studio.workflows.projects import new_project
from studio.workflows.propose import propose_project
from studio.workflows.scripted_reader import read_sample

OnProgress = Callable[[int, int, str], None]
PHOTOS = 60
CROP_SIZE = 128  # px; a training of minutes takes less
# What is done, and its share of the time; rendering takes most of it.
_PHASES = (
    ("Rendering synthetic photographs", 8),
    ("Importing", 1),
    ("Proposing crop boxes", 1),
    ("Deciding boxes by the truth", 1),
    ("Exporting crops", 1),
)


def photos_folder(project: Path) -> Path:
    """Where the photographs of a sample project were written, beside it."""
    return project.with_name(f"{project.name}-photos")


def make_sample_project(
    folder: Path,
    n: int = PHOTOS,
    seed: int = 0,
    on_progress: OnProgress = lambda done, total, message: None,
    stop: Callable[[], bool] = lambda: False,
    decided: bool = False,
) -> SampleManifest:
    """Render `n` photographs, import them, and propose crop boxes; nothing of it is a person.

    With `decided` the boxes are decided by the truth as well, and the crops exported, so that a
    training can begin. The project appears in `folder` when all of it is there, its photographs
    and their truth stay in `photos_folder(folder)`. `stop` is asked between photographs;
    SampleStoppedError then says that there is no project. Raises StudioError where `folder` is in
    use.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudioError(f"{folder} is not empty: choose another folder for the sample project.")
    photos = photos_folder(folder)
    phases = _PHASES if decided else _PHASES[:3]
    whole = sum(weight for _, weight in phases)

    def phase(number: int) -> Callable[[int, int], None]:
        message, weight = phases[number]
        before = sum(weight for _, weight in phases[:number])

        def told(done: int, total: int) -> None:
            on_progress(before * total + weight * done, whole * total, message)

        return told

    try:
        truth = write_sample(photos, n, seed, phase(0), stop)
        with (
            building(folder) as part,
            new_project(part, truth.labels, truth.positive) as project,
        ):
            _fill(project, photos, truth, phase, stop)
            if decided:
                _decide(project, truth, phase, stop)
    except OSError as error:
        raise StudioError(f"The sample cannot be made in {folder}: {error.strerror}.") from error
    return truth


def _fill(
    project: Project,
    photos: Path,
    truth: SampleManifest,
    phase: Callable[[int], Callable[[int, int], None]],
    stop: Callable[[], bool],
) -> None:
    brought, proposed = phase(1), phase(2)
    import_source(project, photos, "folder", on_progress=lambda d, t, _: brought(d, t), stop=stop)
    _go_on(stop)
    _label_images(project, truth)
    propose_project(project, on_progress=lambda d, t, _: proposed(d, t), stop=stop)
    _go_on(stop)


def _decide(
    project: Project,
    truth: SampleManifest,
    phase: Callable[[int], Callable[[int, int], None]],
    stop: Callable[[], bool],
) -> None:
    read, exported = phase(3), phase(4)

    def told(done: int, total: int, _: str) -> None:
        _go_on(stop)
        read(done, total)

    read_sample(project, truth, told)
    try:
        out = project.exports_dir / "crops-1"
        export_project(project, out, "folder", CROP_SIZE, on_progress=exported, stop=stop)
    except ExportStoppedError:
        _go_on(lambda: True)


def _go_on(stop: Callable[[], bool]) -> None:
    if stop():
        raise SampleStoppedError("The sample project was stopped before it was whole.")


def _label_images(project: Project, truth: SampleManifest) -> None:
    """Label each photograph as a class folder would have, so that its proposals have a label."""
    labels = {label.name: label.id for label in project.labels()}
    image = schema.image
    with project.begin() as connection:
        for photo in truth.images:
            named = image.c.file == photo.file
            connection.execute(update(image).where(named).values(label_id=labels[photo.label]))


def is_ready(folder: Path) -> bool:
    """Whether the sample project was made already."""
    return is_project(folder) and (photos_folder(folder) / "truth.json").is_file()
