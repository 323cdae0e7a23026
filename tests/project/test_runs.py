import pytest

from studio.project import Project


def test_each_run_has_an_empty_folder_of_its_own(project: Project) -> None:
    train = project.runs.new_folder("train", "EfficientNet, 10 epochs")
    export = project.runs.new_folder("export", "squares of 512")
    assert train == project.path / "runs" / "0001-train"
    assert train.is_dir()
    assert list(train.iterdir()) == []
    assert [run.folder for run in project.runs.list()] == [train, export]
    (run,) = project.runs.list("train")
    assert (run.title, run.kind, run.folder) == ("EfficientNet, 10 epochs", "train", train)


def test_a_folder_that_somebody_put_there_is_left_alone(project: Project) -> None:
    (project.path / "runs" / "0001-train").mkdir()
    assert project.runs.new_folder("train", "t").name == "0002-train"
    assert project.runs.new_folder("train", "t").name == "0003-train"


@pytest.mark.parametrize("kind", ["", "../x", "Train", "a b", "x" * 21])
def test_a_kind_is_a_word(project: Project, kind: str) -> None:
    with pytest.raises(ValueError, match="not a kind of run"):
        project.runs.new_folder(kind, "t")
