"""What lists name, told roughly by the text in them."""

import time

from studio.workflows.importing.unknown_folders import _image_names


def test_names_of_images_are_found_in_json_csv_and_xml() -> None:
    text = """{"file_name": "a b/arm 1.JPG"}
    leg.png,4,5
    <filename>caf\\u00e9.tiff</filename> trunk.jpgs"""
    assert _image_names(text) == {"arm 1.jpg", "leg.png", "caf\u00e9.tiff"}


def test_a_long_line_without_names_takes_no_time() -> None:
    """A run-length code of 4 MB; a pattern that tries every place of it would take hours."""
    began = time.process_time()
    assert _image_names("1 25 " * 800_000) == set()
    assert time.process_time() - began < 20
