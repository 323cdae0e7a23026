"""The runs that are listed: also those under the names that older versions gave their kinds."""

import json
from pathlib import Path
from typing import Any

from studio import jobs
from studio.jobs.kinds import BuildSetParams, NetworkTrainingParams
from studio.project import Project
from studio.results.run_list import list_gan_runs
from studio.workflows.generate.built_sets import read_sets


def test_runs_under_old_names_are_found(tmp_path: Path) -> None:
    training = NetworkTrainingParams(data="/crops", options={"resolution": 16})
    built = BuildSetParams(recipe={"entries": []}, out=tmp_path / "set")
    with Project.create(tmp_path / "clinic", ["nevus", "melanoma"]) as project:
        folders = {
            name: _run(project, name, kind, params.to_json())
            for name, kind, params in (
                ("gan_train", "gan-train", training),
                ("gan-train", "gan-train", training),
                ("build_set", "build_set", built),
                ("build-set", "build-set", built),
            )
        }
        assert [path.name for path in folders.values()] == [
            *("0001-gan_train", "0002-gan-train", "0003-build_set", "0004-build-set"),
        ]
        networks = [one.run_dir for one in list_gan_runs(project)]
        assert networks == [folders["gan-train"], folders["gan_train"]]
        assert [one.run_dir for one in read_sets(project)] == [
            folders["build-set"],
            folders["build_set"],
        ]
    assert jobs.status(folders["build_set"]).kind == "build-set"


def _run(project: Project, name: str, kind: str, params: dict[str, Any]) -> Path:
    folder = project.runs.new_folder(name, name)
    job = {"version": 1, "kind": kind, "title": name, "params": params}
    (folder / "job.json").write_text(json.dumps(job))
    return folder
