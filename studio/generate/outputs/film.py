"""A film of a morph: frames a second, length, and whether it runs in a circle."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
from PIL import Image

from studio.errors import StudioError
from studio.generate.network import Pictures

FilmKind = Literal["mp4", "gif"]
GIF_TICK_MS = 10  # a GIF counts its durations in hundredths of a second


@dataclass(frozen=True)
class FilmPlan:
    """What film is wanted. Without `seconds` it shows the frames of the morph, each once; with
    them as many pictures are rendered as fill that time. A `loop` does not show its first picture
    again at the end."""

    kind: FilmKind
    fps: int = 12
    seconds: float | None = None
    loop: bool = False

    @property
    def count(self) -> int | None:
        """The pictures that fill the wanted time, at least two; None without one."""
        return None if self.seconds is None else max(round(self.seconds * self.fps), 2)


def write_film(path: Path, pictures: Pictures, fps: int) -> None:
    """MP4 (mpeg4) or GIF, by the suffix, of pictures `[N, R, R, 3]`: there and not back."""
    if path.suffix == ".gif":
        first, *rest = [Image.fromarray(picture) for picture in pictures]
        durations = list(gif_durations(len(pictures), fps))
        first.save(path, save_all=True, append_images=rest, duration=durations, loop=0)
        return
    height, width = pictures.shape[1:3]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
    try:
        if not writer.isOpened():
            raise StudioError("This machine's OpenCV cannot write MP4; ask for --video gif.")
        for picture in pictures:
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    finally:
        writer.release()


def gif_durations(count: int, fps: int) -> Iterable[int]:
    """Milliseconds of each frame, in whole ticks, that keep the length right over the film."""
    ends = [round((number + 1) * 1000 / fps / GIF_TICK_MS) for number in range(count)]
    return (GIF_TICK_MS * (end - begin) for begin, end in zip([0, *ends], ends, strict=False))
