"""Stages as data: presets, what cannot be, and what a stage lacks."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from studio import jobs
from studio.errors import StudioError
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter
from studio.jobs.process import RunHolder
from studio.jobs.spec import write as rewrite_job
from studio.project import Project
from studio.workflows.generate.presets import paper, small
from studio.workflows.generate.stage_state import read_stage_states
from studio.workflows.generate.stage_work import begin_from_file, data_of, start_stage
from studio.workflows.generate.stages import (
    SETTING,
    Stage,
    StageData,
    StagePlan,
    Start,
    load_plan,
    run_folder,
    run_name,
    save_plan,
)

RIGHT = {"resolution": 32, "gamma": 1.0, "kimg": 2.0, "batch": 4}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "clinic", ["melanocyticnevus", "malignantmelanoma"]) as made:
        yield made


def after(parent: str) -> Start:
    return Start(kind="stage", stage=parent)


def stage(name: str, start: Start | None = None, **more: object) -> Stage:
    return Stage(name=name, start=start or Start(), settings=RIGHT, **more)  # type: ignore[arg-type]


def run_of(project: Project, name: str, last: str | None, network: bool = False) -> Path:
    """A run folder as a training leaves it, whose last word is `last`."""
    folder = project.runs.new_folder("gan_train", name)
    params = {"data": "/crops", "options": {"kimg": 2.0}}
    jobs.create(folder, JobSpec(kind="gan-train", title=name, params=params))
    with EventWriter(folder) as writer:
        writer.write("started", {"pid": 1, "host": "here", "resumed": False})
        writer.write("step", {"images": 500, "kimg": 0.5})
        if last is not None:
            writer.write(last, {"message": "The disk is full."})
    RunHolder(1, "gone", RunHolder.of(1, 0).host, 0).write(folder)
    if network:
        (folder / "network-latest.safetensors").touch()
    return folder


def test_the_papers_numbers() -> None:
    plan = paper()
    pretrained, melanoma, nevus, both = plan.stages
    options = pretrained.options("ffhq.safetensors")
    assert (options.resolution, options.gamma, options.kimg) == (512, 8.2, 10_000)
    assert (options.batch, options.batch_gpu, options.map_depth) == (16, 8, 2)
    assert (options.glr, options.dlr, options.mirror) == (0.003, 0.003, True)
    for fine in (melanoma, nevus, both):
        found = fine.options("x.safetensors")
        assert (found.gamma, found.freezed, found.kimg, found.cond) == (32, 13, 500, False)
        assert plan.parent(fine) is pretrained
    assert (melanoma.options().batch, both.options().batch) == (16, 32)
    assert "CAN2000" in melanoma.data.wanted


def test_the_small_preset_can_be_trained() -> None:
    [only] = small().stages
    options = only.options()
    assert (options.resolution, options.cbase, options.cmax) == (64, 2048, 128)
    assert (options.z_dim, options.w_dim, options.batch) == (128, 128, 16)
    assert options.cond
    assert options.mirror


def test_a_plan_comes_back_as_it_was_kept(project: Project) -> None:
    assert load_plan(project) == StagePlan()
    save_plan(project, paper())
    assert load_plan(project) == paper()


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 2},
        {"stages": [{"name": ""}]},
        {"stages": [{"name": "a", "settings": {"resume": "x"}}]},
        {"stages": [{"name": "a", "start": {"kind": "stage", "stage": "a"}}]},
        {"stages": [{"name": "a"}, {"name": "a"}]},
        {"stages": [{"name": "a", "shell": "rm"}]},
        {"stages": 3},
    ],
)
def test_a_damaged_plan_is_named_and_not_taken(project: Project, damage: dict[str, object]) -> None:
    project.set_setting(SETTING, damage)
    with pytest.raises(StudioError, match="stages of clinic cannot be read"):
        load_plan(project)


def test_no_stage_is_its_own_ancestor() -> None:
    plan = StagePlan(stages=(stage("a"), stage("b", after("a")), stage("c", after("b"))))
    with pytest.raises(StudioError, match="would begin from its own result"):
        plan.with_stage(stage("a", after("c")), "a")
    with pytest.raises(StudioError, match="Two stages have the same name"):
        plan.with_stage(stage("b"), "a")
    with pytest.raises(StudioError, match="which is not a stage"):
        plan.with_stage(stage("d", after("nowhere")))


def test_children_follow_a_new_name_and_outlive_their_parent() -> None:
    file = Start(kind="network", file="ffhq.pkl")
    plan = StagePlan(stages=(stage("a", file), stage("b", after("a")), stage("c", after("b"))))
    renamed = plan.with_stage(stage("z", file), "a")
    assert [one.start.stage for one in renamed.stages] == ["", "z", "b"]
    without = plan.without("a")
    assert [one.name for one in without.stages] == ["b", "c"]
    assert without.stages[0].start == file
    assert plan.without("nobody") is plan


@given(st.lists(st.integers(-1, 8), min_size=1, max_size=9))
def test_plans_are_forests_or_refused(parents: list[int]) -> None:
    stages = tuple(
        stage(str(n), after(str(parent)) if parent >= 0 else None)
        for n, parent in enumerate(parents)
    )
    try:
        plan = StagePlan(stages=stages)
    except ValidationError:
        return
    for one in plan.stages:
        steps, seen = 0, one
        while (before := plan.parent(seen)) is not None:
            seen, steps = before, steps + 1
            assert steps <= len(stages)
    assert StagePlan.model_validate(json.loads(plan.model_dump_json())) == plan


def test_problems_are_sentences_by_field() -> None:
    wrong = stage("a").model_copy(
        update={"settings": {"resolution": 48, "gamma": -1, "kimg": 5, "batch": 6}}
    )
    assert set(wrong.problems()) == {"gamma"}  # pydantic looks at the whole only afterwards
    wrong = wrong.model_copy(update={"settings": {**wrong.settings, "gamma": 1}})
    assert "power of two" in wrong.problems()["resolution"]
    groups = stage("b").model_copy(update={"settings": {**RIGHT, "batch": 6}})
    [sentence] = groups.problems().values()
    assert "6 at once are not whole groups" in sentence
    assert stage("c").problems() == {}
    most = stage("f", after("a")).model_copy(update={"settings": {**RIGHT, "freezed": 40}})
    assert most.problems() == {"freezed": "Freeze-D takes at most 10 layers at 32 px, not 40."}
    frozen = stage("e").model_copy(update={"settings": {**RIGHT, "freezed": 3}})
    assert "none can be kept" in frozen.problems()["freezed"]
    assert frozen.model_copy(update={"start": after("a")}).problems() == {}
    nothing = Stage(name="d").problems()
    assert nothing == {
        "resolution": "“Resolution” is needed.",
        "gamma": "“γ, weight of R1” is needed.",
    }


def test_what_a_stage_lacks(project: Project, tmp_path: Path) -> None:
    gone = StageData(kind="folder", path=str(tmp_path / "gone"))
    plan = StagePlan(
        stages=(
            stage("no pictures", data=StageData(wanted="Some.")),
            stage("gone", data=gone),
            stage("crops", data=StageData(kind="project")),
            stage("one class", data=StageData(kind="project", only="malignantmelanoma")),
            stage("snapshot", data=StageData(kind="snapshot", snapshot="first")),
            stage("network", Start(kind="network"), data=StageData(kind="sample")),
            stage("file", Start(kind="network", file="/no.pkl"), data=StageData(kind="sample")),
            stage("sample", data=StageData(kind="sample")),
        )
    )
    states = read_stage_states(project, plan)
    said = {name: (state.missing or ("",))[0] for name, state in states.items()}
    assert said["no pictures"] == "No pictures yet. Some."
    assert "not there any more" in said["gone"]
    assert "no accepted crop yet" in said["crops"]
    assert "malignantmelanoma" in said["one class"]
    assert "no snapshot called 'first'" in said["snapshot"]
    assert "Choose the network file" in said["network"]
    assert "no.pkl is not there" in said["file"]
    assert states["sample"].state == "ready"
    assert states["sample"].can_start
    assert {s.state for name, s in states.items() if name != "sample"} == {"no_data"}


def test_a_stage_waits_for_the_result_of_its_parent(project: Project) -> None:
    sample = StageData(kind="sample")
    plan = StagePlan(stages=(stage("a", data=sample), stage("b", after("a"), data=sample)))
    assert read_stage_states(project, plan)["b"].state == "waiting"
    folder = run_of(project, "a", "finished")
    named = plan.stages[0].model_copy(update={"run": run_name(project, folder)})
    plan = plan.with_stage(named, "a")
    assert run_folder(project, named) == folder
    assert read_stage_states(project, plan)["a"].state == "done"
    assert read_stage_states(project, plan)["b"].state == "waiting"  # a run without its network
    (folder / "network-latest.safetensors").touch()
    assert read_stage_states(project, plan)["b"].state == "ready"
    assert begin_from_file(project, plan, plan.stages[1]) == str(
        folder / "network-latest.safetensors"
    )


@pytest.mark.parametrize(
    ("last", "state"), [("stopped", "stopped"), ("failed", "failed"), (None, "crashed")]
)
def test_the_state_of_a_run(project: Project, last: str | None, state: str) -> None:
    run = run_name(project, run_of(project, "a", last))
    plan = StagePlan(stages=(stage("a", run=run, data=StageData(kind="sample")),))
    found = read_stage_states(project, plan)["a"]
    assert (found.state, found.share) == (state, 0.25)
    assert bool(found.sentence) == (state != "stopped")
    assert found.can_start


def test_a_finished_run_of_a_stage_that_asks_for_more_can_be_longer(project: Project) -> None:
    run_dir = run_of(project, "a", "finished")

    def state(**settings: object) -> tuple[float | None, bool]:
        one = stage("a", run=run_name(project, run_dir))
        one = one.model_copy(update={"settings": {**RIGHT, **settings}})
        found = read_stage_states(project, StagePlan(stages=(one,)))["a"]
        return found.longer, found.changed

    assert state() == (None, False)
    assert state(kimg=3.5) == (3.5, False)
    assert state(kimg=1.0) == (None, True)
    job = jobs.load(run_dir)
    job.params["options"]["gamma"] = 1.0
    rewrite_job(run_dir, job)
    assert state(kimg=3.5) == (3.5, False)
    assert state(kimg=3.5, gamma=2.0) == (None, True)


def test_a_run_that_is_gone_is_as_if_there_was_none(project: Project) -> None:
    plan = StagePlan(stages=(stage("a", run="runs/0009-gone", data=StageData(kind="sample")),))
    assert read_stage_states(project, plan)["a"].state == "ready"


def test_what_cannot_begin_says_why(project: Project) -> None:
    plan = StagePlan(stages=(stage("a"), stage("b", after("a"), data=StageData(kind="sample"))))
    with pytest.raises(StudioError, match="No pictures yet"):
        start_stage(project, plan, "a")
    with pytest.raises(StudioError, match="not there yet"):
        start_stage(project, plan, "b")
    assert project.runs.list() == []


def test_a_run_is_named_in_the_kept_plan_when_it_starts(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = StageData(kind="sample")
    plan = StagePlan(stages=(stage("a", data=sample), stage("b", data=sample)))
    save_plan(project, plan)
    edited = plan.with_stage(stage("b", data=sample, note="edited"), "b")
    meanwhile = iter([edited, StagePlan()])

    def read(*_: object) -> str:
        save_plan(project, next(meanwhile))  # as the window does while pictures are made ready
        return "crops"

    monkeypatch.setattr("studio.workflows.generate.stage_work.data_of", read)
    monkeypatch.setattr("studio.workflows.generate.training.start_training", lambda *_, title: None)
    run_dir = start_stage(project, plan, "a")
    kept = load_plan(project)
    assert [one.run for one in kept.stages] == [run_name(project, run_dir), ""]
    assert kept.stages[1].note == "edited"
    start_stage(project, plan, "a")  # it is removed meanwhile
    assert load_plan(project) == StagePlan()


def test_pictures_of_a_stage(project: Project, tmp_path: Path) -> None:
    def source(data: StageData) -> str:
        return data_of(project, stage("a", data=data), 16, lambda done, total, message: None)

    folder = StageData(kind="folder", path=str(tmp_path / "crops"), only="nevus")
    assert source(folder) == str(tmp_path / "crops" / "nevus")
    assert source(StageData(kind="snapshot", snapshot="first")) == f"{project.path}:first"
    assert source(StageData(kind="project")) == f"{project.path}:{project.snapshots.list()[0].name}"


def test_stages_of_the_same_boxes_share_a_snapshot(project: Project) -> None:
    def source(only: str | None = None) -> str:
        data = StageData(kind="project", only=only or "")
        return data_of(project, stage("a", data=data), 16, lambda done, total, message: None)

    label = project.labels()[0].name
    everything, one = source(), source(label)
    assert everything != one
    assert (source(), source(label)) == (everything, one)
    assert len(project.snapshots.list()) == 2


def test_a_stage_as_a_command(project: Project) -> None:
    from studio.workflows.generate.command import command

    [first, *_] = small(StageData(kind="folder", path="/data/my crops")).stages
    words = command(project, small(), first)
    assert words.startswith(
        "can-studio gan train --data '/data/my crops' --out RUN --resolution 64 --gamma 0.1 "
        "--kimg 120 --mirror --cond --cbase 2048 --cmax 128 --z-dim 128 --w-dim 128"
    )
    plan = paper()
    start = Start(kind="network", file="ffhq.pkl")
    data = StageData(kind="snapshot", snapshot="lesions")
    stage = plan.stages[0].model_copy(update={"start": start, "data": data})
    words = command(project, plan, stage)
    assert f"--data {project.path}:lesions" in words
    assert words.endswith("--gamma 8.2 --kimg 10000 --batch-gpu 8 --resume ffhq.pkl")
    one = StageData(kind="project", only="melanocyticnevus")
    with pytest.raises(StudioError, match="freeze a snapshot"):
        command(project, plan, stage.model_copy(update={"data": one}))
    with pytest.raises(StudioError, match="Choose the pictures"):
        command(project, plan, plan.stages[1])


def test_commands_are_what_the_command_line_takes(project: Project) -> None:
    import shlex

    import typer

    from studio.cli.commands import gan_train
    from studio.cli.model_options import ModelCommand
    from studio.generate.training.options import TrainOptions
    from studio.options import options_of
    from studio.workflows.generate.command import command

    application = typer.Typer()
    application.command(cls=ModelCommand)(gan_train.train)
    made = typer.main.get_command(application)
    assert isinstance(made, ModelCommand)
    parameters = made.whole.params
    known = {name for parameter in parameters for name in parameter.opts}
    others = {"freezed": 3, "aug": "fixed", "aug_p": 0.3, "target": 0.5, "batch_gpu": 4}
    fields = TrainOptions.model_fields
    settings = {**RIGHT, **others, "map_depth": 8, "glr": 0.1, "dlr": 0.1, "metrics": "none"}
    settings |= {"seed": 3, "tick": 1.0, "snap": 2, "hold_out": 0.0, "fakes": 20}
    assert set(settings) <= set(fields)
    assert {one.flag for one in options_of(TrainOptions).values()} <= known
    without = {"img_channels", "mbstd_group", "pl_weight", "style_mixing"}
    assert set(fields) - set(options_of(TrainOptions)) == {
        *without, "pipeline", "ema_kimg", "fp16_res",
    }  # fmt: skip
    stage = Stage(name="a", settings=settings, data=StageData(kind="sample"))
    crops, _, training = command(project, StagePlan(), stage).partition(" && ")
    assert {word for word in shlex.split(training) if word.startswith("--")} <= known
    assert shlex.split(crops) == [
        *("can-studio", "sample-crops", "crops"),
        *("--per-class", "500", "--size", str(settings["resolution"])),
    ]
    assert "--data crops " in training


def test_a_setting_without_an_option_is_no_command(project: Project) -> None:
    from studio.workflows.generate.command import command

    def told(**settings: object) -> str:
        stage = Stage(name="a", settings={**RIGHT, **settings}, data=StageData(kind="sample"))
        return command(project, StagePlan(), stage)

    assert told(pipeline="bgc") == told()
    for settings in ({"pipeline": "bgcfnc"}, {"style_mixing": 0.5}, {"img_channels": 1}):
        with pytest.raises(StudioError, match=f"no option for the setting {next(iter(settings))}:"):
            told(**settings)
