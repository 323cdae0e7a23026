"""Plans ready to run, made for the data sets that are on the disk.

`paper` is that of Cho et al., JAMA Dermatology 2023: seven public test sets, and eleven mixes that
are trained on, each 20 times. The public sets together are the baseline; a test set is left out of
whatever is trained for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import StudioError, UsageError
from studio.experiment.plan import ExperimentPlan, Mix, MixFolder
from studio.experiment.trainings import list_trainings
from studio.folders import walk_folder
from studio.opening import shown_path
from studio.wording import counted

MELANOMA, NEVUS = "malignantmelanoma", "melanocyticnevus"
PUBLIC_MIX = "public"
REAL, AUGMENTED = "real", "real + classical augmentation"

# The names under which a set may lie in the data folder; case and all but letters and digits aside.
PUBLIC_SETS: Mapping[str, Sequence[str]] = {
    "Edinburgh": ("edinburgh", "dermofit", "edinburgh-dermofit"),
    "SNU": ("snu", "snu-subset"),
    "Asan": ("asan", "asan-test"),
    "Waterloo": ("waterloo",),
    "7-point": ("7-point", "derm7pt", "seven-point"),
    "PAD-UFES-20": ("pad-ufes-20", "pad-ufes", "pad"),
    "MED-NODE": ("med-node",),
}
ADDED_SETS: Mapping[str, Sequence[str]] = {
    "GAN5000": ("gan5000",),
    "CAN5600": ("can5600",),
    "GAN5600": ("gan5600",),
    "CAN2000": ("can2000",),
    "GAN2000": ("gan2000",),
}
_SMALL = ("CAN5600", "CAN2000", "GAN5000")
"""The added sets of which the paper tells a result."""

_REAL_NAMES = ("real", "train", "training")
_SYNTHETIC_NAMES = ("synthetic", "gan", "generated")
_TEST_NAMES = ("test", "tests")
SYNTHETIC_STEPS = (0.5, 1.0, 2.0)
"""Synthetic images for each real one."""


@dataclass(frozen=True)
class MissingSet:
    """A data set that is not on the disk, or lies there without the class `lacks`; `left_out` are
    the mixes and tests that need it."""

    name: str
    looked_for: tuple[str, ...]
    left_out: tuple[str, ...]
    lacks: str = ""

    @property
    def sentence(self) -> str:
        """What is missing, what it is called, and what the plan does without."""
        without = f": left out are {', '.join(self.left_out)}" if self.left_out else ""
        if self.lacks:
            return f"{self.name} has no images of the class {self.lacks}{without}."
        return f"{self.name} is not there (as {' or '.join(self.looked_for)}){without}."


@dataclass(frozen=True)
class PresetPlan:
    """The plan of a preset for what is on the disk, and what is missing.

    `whole` is how many trainings the preset has with all its sets, and `whole_asked` how many it
    would have if each cell of its table had trainings of its own; None where a preset has no fixed
    sets.
    """

    plan: ExperimentPlan
    missing: tuple[MissingSet, ...]
    whole: int | None = None
    whole_asked: int | None = None


PRESETS: Mapping[str, str] = {
    "paper": "11 mixes, 7 public test sets, 20 repeats, as the paper",
    "paper-small": "7 of these mixes, 3 repeats of 10 epochs at 112 px",
    "does-synthetic-help": "real images, with augmentation, with synthetic images, these alone",
}


def preset_plan(name: str, data: Path) -> PresetPlan:
    """The plan of a preset for the data sets in the folder `data`.

    Raises UsageError for a preset that is not known, and StudioError, with the names that were
    looked for, where `data` has too little for a plan.
    """
    if name not in PRESETS:
        raise UsageError(f"There is no preset {name}: choose {', '.join(PRESETS)}.")
    if not data.is_dir():
        raise UsageError(f"There is no folder {shown_path(data)}.")
    if name == "does-synthetic-help":
        return _does_synthetic_help(data)
    added = _SMALL if name == "paper-small" else tuple(ADDED_SETS)
    public, more = _found(data, PUBLIC_SETS), _found(data, {one: ADDED_SETS[one] for one in added})
    unfit = {name: lack for name, folder in public.items() if (lack := _lacking(folder))}
    public = {name: folder for name, folder in public.items() if name not in unfit}
    missing = [
        MissingSet(one, tuple(PUBLIC_SETS[one]), (f"the test on {one}",), unfit.get(one, ""))
        for one in PUBLIC_SETS
        if one not in public
    ]
    missing += [
        MissingSet(one, tuple(ADDED_SETS[one]), (one, f"{PUBLIC_MIX} + {one}"))
        for one in added
        if one not in more
    ]
    if not public or (len(public) < 2 and not more):
        raise StudioError(
            f"{shown_path(data)} has too little for this plan: at least one public set and one "
            f"other. {' '.join(one.sentence for one in missing)}"
        )
    whole = list_trainings(_paper(_everywhere(PUBLIC_SETS), _everywhere(added), name))
    plan = _paper(public, more, name)
    return PresetPlan(plan, tuple(missing), len(whole.trainings), whole.asked)


def _everywhere(names: Iterable[str]) -> dict[str, Path]:
    """Folders for counting alone."""
    return {name: Path("/", name) for name in names}


def _paper(public: Mapping[str, Path], added: Mapping[str, Path], preset: str) -> ExperimentPlan:
    all_public = tuple(MixFolder(folder) for folder in public.values())
    alone = [(name, MixFolder(folder)) for name, folder in added.items()]
    mixes = [
        Mix(PUBLIC_MIX, all_public),
        *(Mix(f"{PUBLIC_MIX} + {name}", (*all_public, part)) for name, part in alone),
        *(Mix(name, (part,)) for name, part in alone),
    ]
    plan = ExperimentPlan(
        tuple(mixes), public, MELANOMA, PUBLIC_MIX, repeats=20, recipe="paper",
        classes=(MELANOMA, NEVUS), validation=0.0,
    )  # fmt: skip
    if preset == "paper":
        return plan
    return replace(plan, repeats=3, settings={"epochs": 10, "size": 112})


def _does_synthetic_help(data: Path) -> PresetPlan:
    real = _first(data, _REAL_NAMES)
    synthetic = _first(data, (*_SYNTHETIC_NAMES, "gan2000", "gan5000", "gan5600"))
    tests = {
        folder.name: folder
        for folder in _folders(data)
        if _key(folder.name).startswith("test") and _key(folder.name) not in ("tests",)
    }
    tests.update({one.name: one for one in _folders(data / "tests")})
    tests.update(_found(data, PUBLIC_SETS))
    wanted = (
        ("The folder of real images", real, _REAL_NAMES),
        ("The folder of synthetic images", synthetic, _SYNTHETIC_NAMES),
        ("A test set", tests, (*_TEST_NAMES, "a public set")),
    )
    lacking = [MissingSet(what, names, ()) for what, found, names in wanted if not found]
    if real is None or synthetic is None or lacking:
        raise StudioError(
            f"{shown_path(data)} has too little for this plan. "
            f"{' '.join(one.sentence for one in lacking)}"
        )
    count, made = _images(real), _images(synthetic)
    if not count or not made:
        raise StudioError(
            f"{shown_path(real if made else synthetic)} has no images in class folders."
        )
    shares = sorted({min(made, max(1, round(count * step))) for step in SYNTHETIC_STEPS})
    photographs = MixFolder(real)
    augmented = {"augment": "classical"}
    mixes = (
        Mix(REAL, (photographs,), {"augment": "none"}),
        Mix(AUGMENTED, (photographs,), augmented),
        *(
            Mix(f"real + {share} synthetic", (photographs, MixFolder(synthetic, share)), augmented)
            for share in shares
        ),
        Mix("synthetic alone", (MixFolder(synthetic),), augmented),
    )
    # An epoch has as many images for each mix, so that each takes as many steps.
    plan = ExperimentPlan(
        mixes, tests, baseline=AUGMENTED, repeats=5, validation=0.0,
        settings={"epoch_images": count},
    )  # fmt: skip
    return PresetPlan(plan, ())


def _found(data: Path, sets: Mapping[str, Sequence[str]]) -> dict[str, Path]:
    """The sets that lie in `data`, in their own order."""
    found = ((name, _first(data, names)) for name, names in sets.items())
    return {name: folder for name, folder in found if folder is not None}


def _lacking(folder: Path) -> str:
    """The class of the paper of which a set with class folders has none, "" where it has both."""
    names = {one.name for one in _folders(folder)}
    return next((one for one in (MELANOMA, NEVUS) if names and one not in names), "")


def _first(data: Path, names: Sequence[str]) -> Path | None:
    """The folder in `data` that has one of these names; the earlier name counts for more."""
    by_key = {_key(folder.name): folder for folder in reversed(_folders(data))}
    return next((by_key[_key(name)] for name in names if _key(name) in by_key), None)


def _folders(data: Path) -> list[Path]:
    try:
        return sorted(one for one in data.iterdir() if one.is_dir())
    except OSError:
        return []


def _key(name: str) -> str:
    return "".join(one for one in name.casefold() if one.isalnum())


def _images(folder: Path) -> int:
    """About how many images lie in the class folders of `folder`."""
    try:
        tree = walk_folder(folder)
    except OSError as error:
        raise StudioError(
            f"The folder {shown_path(folder)} cannot be read: {error.strerror}."
        ) from error
    suffixes = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
    return sum(len(parts) > 1 and path.suffix.lower() in suffixes for path, parts in tree.files)


def trainings_sentence(plan: ExperimentPlan) -> str:
    """How many trainings a plan has, and how many it would have if each cell had its own."""
    listed = list_trainings(plan)
    here = counted(len(listed.trainings), "training")
    if listed.asked == len(listed.trainings):
        return f"{here}."
    return f"{here} in place of {listed.asked:,}: what several tests can share is trained once."
