"""The child process that decodes training pictures: pixels go into a file both sides have mapped.

Run as `python -m studio.generate.data.worker MEMORY_BYTES` by `studio.imaging.child.Child`. It
cannot write files, so its parent gives it one of the right size, `out`, to change in place.
"""

import mmap
from pathlib import Path
from typing import Any

from studio.generate.data.target_format import TargetFormat, Transform, convert_image
from studio.imaging import (
    ImageError,
    Limits,
    Reason,
    Square,
    apply_orientation,
    crop_upright,
    shown_name,
)
from studio.imaging.completeness import is_complete
from studio.imaging.decode import load_pixels
from studio.imaging.opening import open_picture
from studio.imaging.probe import read_info
from studio.imaging.worker import serve, wait_if_heavy


def decode(path: Path, limits: Limits, request: dict[str, Any]) -> dict[str, Any]:
    """Decode `path` upright, crop its `square` (raw frame) if one is given, form it, write it.

    Answers with the `changes` that this made; raises ImageError.
    """
    form = TargetFormat(
        request["resolution"],
        Transform(request["transform"]) if request["transform"] else None,
        request["channels"],
    )
    name = shown_name(path)
    with open_picture(path, limits) as opened:
        info = read_info(opened)
        wait_if_heavy(info)
        pixels = load_pixels(opened, name)
        if not is_complete(opened.file, info.format):
            raise ImageError(
                Reason.TRUNCATED,
                f"{name}: the file is cut off before its end; fetch or copy it again.",
            )
    pixels = apply_orientation(pixels, info.orientation)
    if request["square"] is not None:
        pixels = crop_upright(pixels, Square(*request["square"]), info.orientation)
    array, changes = convert_image(pixels, form, name)
    with Path(request["out"]).open("r+b") as file, mmap.mmap(file.fileno(), array.nbytes) as out:
        out[:] = array.tobytes()
    return {"changes": sorted(changes)}


if __name__ == "__main__":
    serve(decode)
