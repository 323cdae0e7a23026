"""Sets as other rooms take them: a job of their own, trained on, imported as synthetic."""

from pathlib import Path

import pytest
import torch

from studio import jobs
from studio.datasets.training_folder import read_folder
from studio.errors import UsageError
from studio.generate.builder.recipe import SetRecipe
from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.jobs import JobSpec
from studio.jobs.event_models import CountsEvent, FinishedEvent, JobEvent
from studio.project import Project
from studio.workflows import import_source
from studio.workflows.generate.build import build_set, seconds_a_picture

NAMES = ["melanocyticnevus", "malignantmelanoma"]
CONFIG = GeneratorConfig(
    resolution=16, z_dim=16, w_dim=16, c_dim=2, channel_base=128, channel_max=8
)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nets") / "tiny.safetensors"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tensors = {f"G_ema.{k}": v for k, v in Generator(CONFIG).state_dict().items()}
    write_network(path, NetworkFile(CONFIG, None, {"classes": NAMES}, tensors))
    return path


@pytest.fixture
def recipe(network: Path) -> SetRecipe:
    return SetRecipe.of(
        entries=[{"label": name, "network": str(network), "count": 9} for name in NAMES], size=32
    )


def test_a_set_is_trained_on_as_it_is(recipe: SetRecipe, tmp_path: Path) -> None:
    build_set(recipe, tmp_path / "set")
    folder = read_folder(tmp_path / "set")
    assert folder.problems == ()
    assert folder.counts == {"malignantmelanoma": 9, "melanocyticnevus": 9}
    groups = {item.path.stem.partition("-")[2]: set[str]() for item in folder.items}
    for item in folder.items:
        groups[item.path.stem.partition("-")[2]].add(item.group)
    # One seed of one network is one group, whatever its class: a split does not part it.
    assert all(len(found) == 1 for found in groups.values())
    assert len({next(iter(found)) for found in groups.values()}) == 9


def test_an_import_marks_its_pictures_as_synthetic(
    recipe: SetRecipe, tmp_path: Path, project: Project
) -> None:
    build_set(recipe, tmp_path / "set")
    report = import_source(project, tmp_path / "set")
    assert report.added == 18
    assert not report.failed
    assert all(project.images.by_id(i).synthetic for i in project.images.ids())


def test_the_job_says_how_far_it_is_and_goes_on(recipe: SetRecipe, tmp_path: Path) -> None:
    run_dir, out = tmp_path / "run", tmp_path / "set"
    params = {"recipe": recipe.model_dump(mode="json"), "out": str(out)}
    jobs.create(run_dir, JobSpec(kind="build-set", title="Build", params=params))

    def stop_soon(event: JobEvent) -> None:
        if isinstance(event, CountsEvent):
            jobs.request_stop(run_dir)

    assert jobs.run_here(run_dir, stop_soon) == "stopped"
    assert not out.exists()
    events: list[JobEvent] = []
    assert jobs.run_here(run_dir, events.append) == "finished"
    counts = next(event.counts for event in events if isinstance(event, CountsEvent))
    assert set(counts) == set(NAMES)
    assert isinstance(events[-1], FinishedEvent)
    assert events[-1].result["counts"]["melanocyticnevus"]["kept"] == 9
    assert read_folder(out).problems == ()


def test_a_training_of_a_network_is_no_classifier(recipe: SetRecipe, tmp_path: Path) -> None:
    begun, trained = tmp_path / "r_begun", tmp_path / "r_int"
    jobs.create(begun, JobSpec(kind="gan-train", title="Train", params={}))
    trained.mkdir()
    (trained / "network-latest.safetensors").touch()
    for run in (begun, trained):
        fields = recipe.model_dump() | {"agreement": {"run": str(run)}}
        fields["entries"][0]["network"] = "gone.safetensors"  # not even looked for
        with pytest.raises(UsageError, match=f"{run.name} is a training of a network and no"):
            build_set(SetRecipe.of(**fields), tmp_path / "set")


def test_a_pace_is_told(network: Path) -> None:
    assert 0 < seconds_a_picture(str(network)) < 60
