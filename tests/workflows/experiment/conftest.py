"""Small folders of the sample's renderer, and plans of a network that trains in a moment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.sample.training import write_training_set

PLAN = """
baseline = "one"
repeats = {repeats}
models = ["test_efficientnet"]
[mixes]
one = ["one"]
two = ["two"]
both = ["one", "two"]
[tests]
near = "near"
far = "far"
wide = "wide"
[settings]
epochs = 2
size = 32
batch = 8
weights = "none"
threads = 1
"""


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five folders of crops, 24 for training and 16 for tests."""
    folder = tmp_path_factory.mktemp("rendered")
    for seed, (name, count) in enumerate(
        [("one", 12), ("two", 12), ("near", 8), ("far", 8), ("wide", 8)]
    ):
        write_training_set(folder / name, per_class=count, seed=seed, size=40)
    return folder


@pytest.fixture
def write_plan(rendered: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes a plan for the rendered folders; `old` is replaced by `new` in it."""

    def write(old: str = "", new: str = "", repeats: int = 3) -> Path:
        path = tmp_path / "plan.toml"
        path.write_text(plan_text(rendered, repeats, old, new), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def plan_text_of() -> Callable[..., str]:
    return plan_text


def plan_text(folder: Path, repeats: int, old: str = "", new: str = "") -> str:
    """The plan with `old` replaced by `new`, for the folders in `folder`."""
    text = PLAN.format(repeats=repeats).replace(old, new, 1)
    head, tests = text.split("[mixes]")[0], text[text.index("[mixes]") :]
    for name in ("one", "two", "near", "far", "wide"):
        for before in ("[", ", ", "= "):
            tests = tests.replace(f'{before}"{name}"', f'{before}"{folder / name}"')
    return head + tests
