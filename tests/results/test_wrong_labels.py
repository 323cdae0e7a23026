"""Candidates for wrong labels against an example that was worked by hand."""

import math

import numpy as np
import pytest

from studio.results.cells import images_by_loss
from studio.results.scores import ScoreSet
from studio.results.wrong_labels import confident_thresholds, label_candidates

CLASSES = ("bcc", "melanoma", "nevus")
# label, then the probabilities of bcc, melanoma and nevus
ROWS = (
    (0, 0.9, 0.05, 0.05),  # 0
    (0, 0.5, 0.4, 0.1),  # 1
    (0, 0.1, 0.8, 0.1),  # 2: of bcc, and like melanoma
    (1, 0.2, 0.7, 0.1),  # 3
    (1, 0.05, 0.55, 0.4),  # 4
    (1, 0.6, 0.25, 0.15),  # 5: of melanoma, and like bcc
    (2, 0.1, 0.2, 0.7),  # 6
    (2, 0.3, 0.52, 0.18),  # 7: of nevus, and like melanoma
)


def made() -> ScoreSet:
    files = tuple(f"/set/{number}.jpg" for number in range(len(ROWS)))
    truth = np.array([row[0] for row in ROWS])
    return ScoreSet(files, truth, CLASSES, "melanoma", np.array([row[1:] for row in ROWS]))


def test_thresholds_are_mean_self_confidences() -> None:
    found = confident_thresholds(made())
    assert found == pytest.approx(
        {"bcc": (0.9 + 0.5 + 0.1) / 3, "melanoma": (0.7 + 0.55 + 0.25) / 3, "nevus": 0.44}
    )


def test_candidates_are_those_of_the_example_by_hand() -> None:
    # Thresholds .5, .5, .44: row 2 reaches melanoma (.8), row 5 bcc (.6), row 7 melanoma (.52).
    # Row 1 reaches bcc, its own class; rows 3, 4 and 6 theirs. Margins .7, .35 and .34.
    found = label_candidates(made())
    assert [(one.row, one.label, one.suggested) for one in found] == [
        (2, "bcc", "melanoma"), (5, "melanoma", "bcc"), (7, "nevus", "melanoma"),
    ]  # fmt: skip
    assert [one.margin for one in found] == pytest.approx([0.7, 0.35, 0.34])
    assert (found[0].score, found[0].own) == (0.8, 0.1)


def test_a_class_without_an_image_takes_none() -> None:
    whole = made()
    few = ScoreSet(whole.files[:3], whole.truth[:3], CLASSES, "melanoma", whole.probabilities[:3])
    assert math.isnan(confident_thresholds(few)["melanoma"])
    assert label_candidates(few) == []
    empty = ScoreSet((), np.zeros(0, np.int64), CLASSES, "melanoma", np.zeros((0, 3)))
    assert label_candidates(empty) == []


def test_images_come_by_their_cross_entropy() -> None:
    found = images_by_loss(made())
    assert [one.file for one in found][:3] == ["/set/2.jpg", "/set/7.jpg", "/set/5.jpg"]
    assert found[0].loss == pytest.approx(-math.log(0.1))
    assert (found[0].called, found[0].called_score) == ("melanoma", 0.8)
    assert len(found) == len(ROWS)
