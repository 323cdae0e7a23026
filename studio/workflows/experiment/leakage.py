"""Leakage over a whole plan: each mix against each test set, with fingerprints taken once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.datasets.leakage import KINDS, LOOKED_FOR, LeakageReport
from studio.experiment.folder import LeakageRecord, LeakingImage, part_key
from studio.experiment.plan import ExperimentPlan, MixFolder
from studio.experiment.trainings import PlannedTraining
from studio.imaging.prepared import PreparedImages
from studio.opening import shown_text
from studio.workflows.experiment.data import ExperimentData, load_plan, part_of, read_data
from studio.workflows.prepared import cache_of
from studio.workflows.training_data import Fingerprints, verdicts_of

OnProgress = Callable[[int, int, str], None]
_PAIRS_TOLD = 200


@dataclass(frozen=True)
class PlanLeakage:
    """What each folder of the mixes, or the part of it that is trained on, shares with each test
    set; a test set is not compared with itself, since it is left out of what is trained for it."""

    data: ExperimentData
    reports: Mapping[tuple[MixFolder, str], LeakageReport] = field(default_factory=dict)

    def of(self, folders: Sequence[MixFolder], test: str) -> list[LeakageReport]:
        """The reports of what is trained on these folders and tested on `test`."""
        keys = [(one, test) for one in folders]
        return [self.reports[key] for key in keys if key in self.reports]

    @property
    def record(self) -> LeakageRecord:
        """What the table needs to know of it."""
        found: dict[str, dict[str, tuple[LeakingImage, ...]]] = {}
        for (folder, test), report in self.reports.items():
            pairs = {(str(one.test), one.test_square) for one in report.counted}
            if pairs:
                images = tuple(LeakingImage(*one) for one in sorted(pairs, key=str))
                found.setdefault(part_key(folder), {})[test] = images
        return LeakageRecord(found)

    def to_document(self) -> dict[str, Any]:
        """Every mix against every test set, for JSON."""
        checks = [
            self._check(mix.name, mix.folders, test)
            for mix in self.data.plan.mixes
            for test in self.data.plan.tests
        ]
        pairs = {
            (pair["kind"], pair["train"], pair["test"]): pair
            for check in checks
            for pair in check["pairs"]
        }
        return {
            "clean": all(check["clean"] for check in checks),
            "checks": checks,
            "pairs": list(pairs.values()),
            "unreadable": sorted({one for check in checks for one in check["unreadable"]}),
            "sentences": leak_sentences(self) or ["No test image is among the training images."],
            "looked_for": LOOKED_FOR,
        }

    def _check(self, mix: str, folders: Sequence[MixFolder], test: str) -> dict[str, Any]:
        reports = self.of(folders, test)
        pairs = [
            {"kind": kind, **pair.to_dict()}
            for report in reports
            for kind in (*KINDS, "possible", "different")
            for pair in getattr(report, kind)
        ]
        unreadable = sorted({one for report in reports for one in report.unreadable})
        return {
            "mix": mix,
            "test": test,
            "clean": all(report.clean for report in reports),
            "train": sum(report.train for report in reports),
            "images": len(self.data.test(test).images),
            "test_images": len(leaking(reports)),
            **{
                kind: sum(len(getattr(report, kind)) for report in reports)
                for kind in (*KINDS, "possible", "different")
            },
            "pairs": pairs[:_PAIRS_TOLD],
            "pairs_left_out": max(0, len(pairs) - _PAIRS_TOLD),
            "unreadable": unreadable,
            "unchecked": max((report.unchecked for report in reports), default=0),
        }

    def of_training(self, training: PlannedTraining) -> dict[str, Any]:
        """The record that a training keeps of its own tests; see `studio.results.leakage`."""
        by_test: dict[str, dict[str, Any]] = {}
        for test in training.tests:
            reports = self.of(training.folders, test)
            by_test[test] = {
                "clean": all(report.clean for report in reports),
                "test_images": len(leaking(reports)),
                "unchecked": max((report.unchecked for report in reports), default=0),
                "damaged": max((report.damaged for report in reports), default=0),
                "sentence": " ".join(one.finding for one in reports if one.leaks),
            }
        found = [one for one in by_test.values() if one["test_images"]]
        return {
            "clean": all(one["clean"] for one in by_test.values()),
            "test_images": sum(one["test_images"] for one in found),
            "sentence": " ".join(one["sentence"] for one in found),
            "allowed": bool(found),
            "by_test": by_test,
        }


def leaking(reports: Sequence[LeakageReport]) -> set[tuple[Path, Any]]:
    """The test images that any of these reports counts."""
    return {(pair.test, pair.test_square) for report in reports for pair in report.counted}


def take_fingerprints(
    data: ExperimentData, cache: PreparedImages, on_progress: OnProgress
) -> Fingerprints:
    """The fingerprints of every image of a plan, each taken once."""
    images = [image for source in data.sources.values() for image in source.images]
    places = list(data.sources)

    def progress(done: int, total: int, message: str) -> None:
        if done < total:  # the end of each of many comparisons is none of the whole
            on_progress(done, total, message)

    return Fingerprints(list(dict.fromkeys(images)), progress, verdicts_of(places), cache)


def check_plan(plan_file: Path, on_progress: OnProgress) -> PlanLeakage:
    """Compare every mix of a plan with every test set, without training anything. Raises
    StudioError where the plan or its folders cannot be read."""
    data = read_data(load_plan(plan_file), on_progress)
    cache = PreparedImages(cache_of([source.split for source in data.sources.values()]))
    found = compare_folders(data, take_fingerprints(data, cache, on_progress), on_progress)
    cache.finish()
    return found


def compare_folders(
    data: ExperimentData, prints: Fingerprints, on_progress: OnProgress
) -> PlanLeakage:
    """Every folder of the mixes, of one with a count the images that are trained on, with every
    test set."""
    plan = data.plan
    parts = list(dict.fromkeys(part for mix in plan.mixes for part in mix.folders))
    tests = {name: folder.resolve() for name, folder in plan.tests.items()}
    pairs = [
        (part, name)
        for part in parts
        for name, own in tests.items()
        if part.folder.resolve() != own
    ]
    reports = {}
    for number, (part, test) in enumerate(pairs):
        name = shown_text(part.folder.name, 60)
        on_progress(number, len(pairs), f"comparing {name} with {test}")
        trained = part_of(data.sources[part.folder], part.count)
        reports[part, test] = prints.compare([trained], [data.test(test)])
    on_progress(len(pairs), len(pairs), "")
    return PlanLeakage(data, reports)


def same_images(data: ExperimentData, prints: Fingerprints) -> dict[str, int]:
    """A number for each training file of a plan that those of the same picture share."""
    folders = dict.fromkeys(part.folder for mix in data.plan.mixes for part in mix.folders)
    images = [image for folder in folders for image in data.sources[folder].all_images]
    numbers = prints.same_groups(images)
    return {str(image.path): number for image, number in zip(images, numbers, strict=True)}


def unchecked_record(data: ExperimentData, training: PlannedTraining) -> dict[str, Any]:
    """The record of a training before which nothing was compared."""
    images = {test: len(data.test(test).images) for test in training.tests}
    by_test = {
        test: {"clean": False, "test_images": 0, "unchecked": count, "damaged": 0, "sentence": ""}
        for test, count in images.items()
    }
    total = sum(images.values())
    return {"clean": False, "test_images": 0, "unchecked": total, "damaged": 0, "by_test": by_test}


def leak_sentences(leakage: PlanLeakage) -> list[str]:
    """A sentence for each test set of which training sees images."""
    plan: ExperimentPlan = leakage.data.plan
    said = []
    for test in plan.tests:
        by_mix = {mix.name: len(leaking(leakage.of(mix.folders, test))) for mix in plan.mixes}
        found = [f"{count} in {shown_text(name, 60)}" for name, count in by_mix.items() if count]
        if found:
            said.append(
                f"Images of the test set {shown_text(test, 60)} are among the training images "
                f"({', '.join(found)}): the table gives its AUCs without them too."
            )
    return said
