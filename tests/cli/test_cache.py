"""Prepared images from the command line: how much they take, and removing them."""

from pathlib import Path

from studio.imaging.prepared import PreparedImages
from studio.project import Project
from studio.workflows.prepared import cache_folder, cache_of


def test_a_project_and_the_users_own(tmp_path: Path, run) -> None:
    Project.create(tmp_path / "p", ["nevus", "melanoma"], "melanoma").close()
    (tmp_path / "p/runs/a").mkdir(parents=True)
    own, of_project = cache_folder(), cache_of([], tmp_path / "p/runs/a")
    assert of_project == cache_folder(tmp_path / "p") == tmp_path / "p/cache/prepared"
    assert own == cache_of([], tmp_path)
    for folder in (own, of_project):
        PreparedImages(folder).remember("pairs", "k", list(range(5000)))
    for words, folder in (((), own), ((tmp_path / "p",), of_project)):
        told = run("cache", *words, "--json").document
        assert told["folder"] == str(folder)
        assert told["bytes"] > 10_000
        assert "removed" in run("cache", *words, "--remove").out
        assert run("cache", *words, "--json").document["bytes"] == 0
        assert not folder.exists()
    said = run("cache", tmp_path)
    assert (said.code, "not a project" in said.err) == (2, True)
