"""A format of exports is one file, which window and command line find by themselves."""

import subprocess
import sys

from studio.cli.commands.export import Format
from studio.datasets import export_names
from studio.datasets.exports import FORMATS


def test_a_format_is_found_by_its_file() -> None:
    assert sorted(FORMATS) == sorted(export_names()) == [one.value for one in Format]
    assert next(iter(FORMATS)) == "folder"
    assert len({one.order for one in FORMATS.values()}) == len(FORMATS)


def test_the_names_are_known_without_the_formats() -> None:
    code = "import sys, studio.cli.app; sys.exit('studio.datasets.exports' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
