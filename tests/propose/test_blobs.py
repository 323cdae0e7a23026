"""Ring response and scale space, on maps with one thing in them."""

import cv2
import numpy as np
import pytest

from studio.propose.blobs import Blob, distinct, find_blobs, ring_response
from studio.propose.contrast import Map


def blank() -> Map:
    return np.zeros((300, 400), np.float32)


def test_a_disc_responds_at_its_centre_by_its_contrast() -> None:
    contrast = blank()
    cv2.circle(contrast, (200, 150), 12, 30.0, -1)
    response = ring_response(contrast, 8)
    assert divmod(int(response.argmax()), 400) == (150, 200)
    assert 24 < response.max() <= 30


@pytest.mark.parametrize("angle", [0, 20, 45, 70, 90])
def test_a_line_and_an_edge_respond_at_most_weakly(angle: float) -> None:
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    ends = [(np.array([200, 150]) + sign * 400 * direction).astype(int) for sign in (-1, 1)]
    line = blank()
    cv2.line(line, ends[0].tolist(), ends[1].tolist(), 30.0, 4, cv2.LINE_8)
    rows, columns = np.mgrid[0:300, 0:400]
    side = (columns - 200) * direction[1] - (rows - 150) * direction[0]
    edge = np.where(side > 0, np.float32(30), np.float32(0))
    for contrast in (line, edge):
        assert ring_response(contrast, 8).max() < 0.3 * 30


@pytest.mark.parametrize("radius", [6, 14, 30, 60])
def test_the_radius_of_a_disc_is_found_within_half_an_octave(radius: int) -> None:
    contrast = blank()
    cv2.circle(contrast, (200, 150), radius, 30.0, -1)
    (blob, *_) = distinct(find_blobs([contrast]), 5, side=lambda b: 4 * b.radius)
    assert radius / 1.5 < blob.radius < radius * 1.5
    assert np.hypot(blob.x - 200.5, blob.y - 150.5) < 0.2 * radius + 1


def test_blobs_come_strongest_first_from_all_maps() -> None:
    one, other = blank(), blank()
    cv2.circle(one, (100, 150), 10, 20.0, -1)
    cv2.circle(other, (300, 150), 10, 40.0, -1)
    blobs = find_blobs([one, other])
    assert [blob.response for blob in blobs] == sorted((b.response for b in blobs), reverse=True)
    assert abs(blobs[0].x - 300) < 3


def test_weaker_blobs_within_the_square_of_a_stronger_are_dropped() -> None:
    strong, inside, outside = Blob(0, 0, 5, 9.0), Blob(9, 0, 4, 5.0), Blob(30, 0, 4, 4.0)
    kept = distinct([strong, inside, outside], 10, side=lambda b: 4 * b.radius)
    assert kept == [strong, outside]


def test_a_larger_blob_is_taken_whole_with_the_response_of_its_core() -> None:
    core, whole, halo = Blob(0, 0, 5, 10.0), Blob(4, 0, 20, 8.0), Blob(0, 0, 40, 7.0)
    assert distinct([core, whole, halo], 1, side=lambda b: 4 * b.radius) == [Blob(4, 0, 20, 10.0)]
