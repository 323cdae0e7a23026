"""Studies out of a project's crops, of a network's pictures, and as a job."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from studio import imaging
from studio.errors import StudioError
from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.jobs.kinds import StudyParams
from studio.project import Action, NewBox, Project
from studio.study import Study, read_key
from studio.workflows.study import make_study, start_study
from studio.workflows.study_crops import write_crops
from studio.workflows.watching import follow

LABELS = ("melanocyticnevus", "malignantmelanoma")
CONFIG = GeneratorConfig(
    resolution=32, z_dim=16, w_dim=16, c_dim=2, channel_base=128, channel_max=8
)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("nets") / "tiny.safetensors"
    tensors = {f"G_ema.{k}": v for k, v in Generator(CONFIG).state_dict().items()}
    write_network(path, NetworkFile(CONFIG, None, {"classes": list(LABELS)}, tensors))
    return path


@pytest.fixture
def clinic(tmp_path: Path, photo: Callable[..., Path]) -> Path:
    """A project with six kept boxes, three a label, and one that nobody has decided."""
    path = tmp_path / "clinic"
    with Project.create(path, list(LABELS)) as project, imaging.Verifier() as verifier:
        ids = {label.name: label.id for label in project.labels()}
        for number in range(7):
            file = photo(tmp_path / "photos" / f"{number}.jpg", number)
            label_id = ids[LABELS[number % 2]]
            image = project.images.add(verifier.check(file), file.name, file, label_id)
            square = imaging.Square(80, 60, 100)
            box = NewBox(image.id, square, label_id, "drawn", score=None)
            (box_id,) = project.boxes.add([box], Action.CREATE, "Ana")
            if number < 6:
                project.events.change(box_id, Action.ACCEPT, {"state": "accepted"}, "Ana")
    return path


def test_kept_crops_against_a_networks_pictures(
    clinic: Path, network: Path, tmp_path: Path
) -> None:
    """Both kinds by class: the labels of the project are the classes of the network."""
    said: list[str] = []
    request = StudyParams(
        out=tmp_path / "study",
        real=clinic,
        network=str(network),
        count=8,
        per_kind=6,
        size=32,
        seed=2,
    )
    report = make_study(request, lambda done, total, message: said.append(message))
    assert report is not None
    pictures = read_key(report.study).pictures.values()
    for label in LABELS:
        assert sum(one.label == label and one.kind == "real" for one in pictures) == 3
        assert sum(one.label == label and one.kind == "synthetic" for one in pictures) == 3
    assert "Rendering synthetic pictures" in said
    assert "Encoding pictures alike" in said
    assert report.study.file.sources["synthetic"].name == "tiny.safetensors"
    assert report.study.file.sources["real"].name == "clinic"
    seeds = {one.file for one in pictures if one.kind == "synthetic"}
    assert all(name.startswith("seed200000") for name in seeds)


def test_any_seed_of_a_study_has_pictures(clinic: Path, network: Path, tmp_path: Path) -> None:
    request = StudyParams(
        out=tmp_path / "study", real=clinic, network=str(network), count=2, per_kind=2, size=32,
        seed=20_261_122,
    )  # fmt: skip
    report = make_study(request)
    assert report is not None
    assert len(report.study) == 4


def test_a_stop_leaves_nothing(clinic: Path, network: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    for when in (1, 8, 12):
        asked = 0

        def stop(when: int = when) -> bool:
            nonlocal asked
            asked += 1
            return asked > when

        request = StudyParams(
            out=out, real=clinic, network=str(network), count=8, per_kind=6, size=32
        )
        assert make_study(request, stop=stop) is None
    assert not [path for path in tmp_path.iterdir() if "study" in path.name]


def test_as_a_job(clinic: Path, network: Path, tmp_path: Path) -> None:
    request = StudyParams(
        out=clinic / "studies" / "pilot", real=clinic, network=str(network), count=8, per_kind=4,
        size=32, title="Pilot", diagnosis=LABELS, margin=0.15,
    )  # fmt: skip
    run_dir = tmp_path / "run"
    start_study(run_dir, request)
    status = follow(run_dir, lambda event: None)
    assert str(status.state) == "finished", status.error
    study = Study.open(clinic / "studies" / "pilot")
    assert study.file.title == "Pilot"
    assert study.file.margin == 0.15
    assert study.file.questions[0].choices == LABELS


def test_too_few_kept_crops_are_said(clinic: Path, network: Path, tmp_path: Path) -> None:
    request = StudyParams(
        out=tmp_path / "s", real=clinic, network=str(network), per_kind=40, size=32
    )
    with pytest.raises(StudioError, match="only 6 usable"):
        make_study(request)


def test_no_photograph_and_no_stack_gives_two_crops(clinic: Path, tmp_path: Path) -> None:
    with Project.open(clinic) as project:
        ids = project.images.ids()
        label_id = project.labels()[0].id
        more = [NewBox(ids[0], imaging.Square(60 + n, 60, 90), label_id, "drawn") for n in (0, 9)]
        small = NewBox(ids[6], imaging.Square(60, 60, 20), label_id, "drawn")
        for box_id in project.boxes.add([*more, small], Action.CREATE, "Ana"):
            project.events.change(box_id, Action.ACCEPT, {"state": "accepted"}, "Ana")
        project.images.set_stack([ids[1], ids[3]], ids[1])
        before = len(project.snapshots.list())
        notes = write_crops(
            project, tmp_path / "crops", wanted=50, smallest=32, seed=0,
            on_progress=lambda done, total: None,
        )  # fmt: skip
        assert len(project.snapshots.list()) == before
    crops = sorted((tmp_path / "crops").rglob("*.png"))
    assert len(crops) == 5  # six photographs, of which two are one stack
    assert len({crop.name.split("_")[0] for crop in crops}) == 5
    assert {crop.parent.name for crop in crops} == set(LABELS)
    assert notes == ["Left out: 1 kept boxes are smaller than 32 pixels."]
    with Project.open(clinic) as project, pytest.raises(StudioError, match="choose a smaller side"):
        write_crops(
            project, tmp_path / "none", wanted=5, smallest=500, seed=0,
            on_progress=lambda done, total: None,
        )  # fmt: skip
