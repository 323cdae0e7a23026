"""The kinds of job: what each is told and says, and that what older versions wrote is read."""

import json
from pathlib import Path
from typing import Any

import pytest

from studio.errors import StudioError
from studio.jobs import KINDS, JobContext, JobSpec, create, kind_of, load, parse_events
from studio.jobs.event_models import (
    EpochEvent,
    FinishedEvent,
    NetworkStepEvent,
    StartedEvent,
    TestEvent,
    WarningEvent,
)
from studio.jobs.events import EventWriter
from studio.jobs.kinds import BUILD_SET, EVALUATE, EXPORT, NETWORK_TRAINING, PROPOSE, EvaluateParams

# Parameters as the versions before the models wrote them.
WRITTEN: dict[str, dict[str, Any]] = {
    "rehearsal": {"total": 3, "pause_s": 0, "fail_at": 2},
    "propose": {"project": "/clinic", "keep": 10},
    "export": {
        "project": "/clinic",
        "out": "/out",
        "format": "yolo",
        "size": None,
        "states": "accepted,edited",
        "labels": ["nevus"],
    },
    "train": {"model": "resnet18", "recipe": "paper", "epochs": 2, "rule": "se95"},
    "evaluate": {"run": "/runs/1", "test": "/test", "groups": ["/groups.csv"], "rule": "se90"},
    "cross-validation": {
        "settings": {"epochs": 2, "model": "efficientnet_lite0"},
        "folds": 5,
        "by": ["skin_tone"],
        "workers": 1,
    },
    "experiment": {"workers": 2, "executor": "ray", "check_leakage": False},
    "project": {
        "network": "/a.safetensors",
        "photograph": "/na\udcffme.jpg",
        "steps": 300,
        "class_name": None,
        "distance": "lite0",
        "candidates": 10000,
    },
    "morph": {"session": {"version": 2, "steps": 5}, "out": "/frames"},
    "gan-train": {"data": "/clinic:one", "options": {"resolution": 16}, "device": "auto"},
    "gan-probe": {"options": {"resolution": 16, "gamma": 1.0}},
    "build-set": {"recipe": {"entries": []}, "out": "/set"},
    "study": {
        "out": "/study",
        "real": "/clinic",
        "synthetic": None,
        "network": "sample",
        "count": None,
        "truncation": 1.0,
        "title": "First",
        "per_kind": 20,
        "size": 128,
        "seed": 0,
        "margin": 0.1,
        "upscaling": False,
        "diagnosis": ["nevus", "melanoma"],
        "key": None,
    },
}


def test_every_kind_has_a_job_file_here() -> None:
    assert set(WRITTEN) == set(KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_was_written_is_read_and_written_again(name: str, tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text(
        json.dumps({"version": 1, "kind": name, "title": "", "params": WRITTEN[name]})
    )
    spec = load(tmp_path)
    params = spec.parsed_params
    for field, value in WRITTEN[name].items():
        read = getattr(params, field)
        if isinstance(read, Path):
            assert str(read) == value
        elif name == "evaluate" and field == "groups":
            assert [str(one) for one in read] == value
        else:
            assert list(read) == value if isinstance(value, list) else read == value
    if name == "train":
        assert params.model_dump(mode="json", exclude_none=True).items() >= WRITTEN[name].items()
    else:
        again = JobSpec.of(kind_of(name), "", params).params
        assert again.items() >= WRITTEN[name].items()
        assert name == "rehearsal" or again == WRITTEN[name]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_event_has_one_meaning_in_a_kind(kind: Any) -> None:
    names = [model.event for model in kind.every_event]
    assert len(names) == len(set(names))
    assert callable(kind.function())


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("propose", {"keep": "ten"}, "“keep” should be a whole number"),
        ("propose", {"keep": 1 << 63}, "“keep” should be a whole number"),
        ("propose", {"keep": True}, "“keep” should be a whole number"),
        ("propose", {"shell": "rm"}, "“shell” is not known"),
        ("export", {"out": "a\0b"}, "“out”: this is not a path"),
        ("export", {"out": None}, "“out” should be"),
        ("morph", {"session": []}, "“session” should be a table"),
        ("gan-train", {"data": 3}, "“data” should be a valid string, not 3"),
        ("study", {"margin": None}, "“margin” should be a number, not None"),
        ("train", {"epochs": 0}, "“epochs” should be a whole number from 1 to 10,000, not 0"),
    ],
)
def test_wrong_parameters_are_one_sentence(
    name: str, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(StudioError, match="The job file of this run is not valid") as refusal:
        kind_of(name).parse_params({**WRITTEN[name], **change})
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_parameter_that_is_lacking_is_named() -> None:
    with pytest.raises(StudioError, match="“keep” is needed"):
        PROPOSE.parse_params({"project": "/clinic"})
    assert EXPORT.parse_params({**WRITTEN["export"], "labels": None}).labels is None


def test_what_is_said_only_where_it_differs() -> None:
    given = JobSpec.of(EVALUATE, "", EvaluateParams(run=Path("/r"), test=Path("/t"))).params
    assert given == {"run": "/r", "test": "/t", "rule": "youden"}
    assert EVALUATE.parse_params({"run": "/r", "test": "/t"}).rule == "youden"


def test_paths_are_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = EvaluateParams(run=Path("run"), test=Path("test"), groups=[Path("a.csv")]).to_json()
    assert given == {
        "run": str(tmp_path / "run"),
        "test": str(tmp_path / "test"),
        "groups": [str(tmp_path / "a.csv")],
        "rule": "youden",
    }


def test_a_kind_is_known_by_its_old_name(tmp_path: Path) -> None:
    assert kind_of("gan_train") is kind_of("gan-train") is NETWORK_TRAINING
    assert BUILD_SET.names == ("build-set", "build_set")
    text = json.dumps({"kind": "build_set", "title": "", "params": WRITTEN["build-set"]})
    (tmp_path / "job.json").write_text(text)
    assert load(tmp_path).kind == "build-set"


def test_events_are_typed_and_what_does_not_fit_is_passed_over() -> None:
    lines: list[dict[str, Any]] = [
        {"t": "2026", "event": "started", "pid": 3},
        {"t": "2026", "event": "epoch", "epoch": 1, "auc": 0.5, "loss": 1e999, "seconds": 3},
        {"t": "2026", "event": "epoch", "epoch": "first"},
        {"t": "2026", "event": "epoch"},
        {"t": "2026", "event": "unheard"},
        {"t": "2026", "event": "test", "name": "a", "n": 4, "auc": "high"},
        {"t": "2026", "event": "warning", "message": None},
        {"t": "2026", "event": "finished", "result": {"auc": None}},
    ]
    models = (EpochEvent, TestEvent, StartedEvent, WarningEvent, FinishedEvent)
    started, epoch, test, warning, finished = parse_events(lines, *models)
    assert isinstance(started, StartedEvent)
    assert isinstance(epoch, EpochEvent)
    assert isinstance(test, TestEvent)
    assert isinstance(warning, WarningEvent)
    assert isinstance(finished, FinishedEvent)
    assert (started.pid, started.t) == (3, "2026")
    assert (epoch.epoch, epoch.auc, epoch.loss) == (1, 0.5, None)
    assert epoch.fields == {"epoch": 1, "auc": 0.5, "loss": 1e999, "seconds": 3}
    assert (test.name, test.auc, warning.message) == ("a", None, "")
    assert finished.result == {"auc": None}
    [step] = parse_events([{"event": "step", "kimg": 10**400, "images": True}], NetworkStepEvent)
    assert (step.kimg, step.images) == (None, None)


def test_a_kind_says_only_what_it_declares(tmp_path: Path) -> None:
    create(tmp_path, JobSpec(kind="propose", title=""))
    with EventWriter(tmp_path) as writer:
        context = JobContext(tmp_path, PROPOSE, EvaluateParams(run=tmp_path, test=tmp_path), writer)
        context.relay("partial", result={})
        with pytest.raises(ValueError, match="says nothing called 'epoch'"):
            context.relay("epoch", epoch=1)
