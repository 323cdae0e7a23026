import math

from studio.review import KeyGate


def test_a_key_counts_once_the_image_was_seen() -> None:
    now = 100.0
    gate = KeyGate(clock=lambda: now)
    assert not gate.admits()
    assert gate.seconds_left() == math.inf
    gate.mark_visible()
    now = 100.249
    assert not gate.admits()
    now = 100.25
    assert gate.admits()
    assert not gate.admits(auto_repeat=True)
    gate.mark_hidden()
    assert not gate.admits()
    gate.mark_visible()
    assert not gate.admits()  # the next image has its own 250 ms
