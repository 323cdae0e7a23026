"""A film of a morph: frames a second, length, and whether it runs in a circle."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Literal

import cv2
from PIL import Image

from studio.errors import StudioError
from studio.generate.network import Pictures

FilmKind = Literal["mp4", "gif"]
GIF_TICK_MS = 10  # a GIF counts its durations in hundredths of a second
_AT_ONCE = 4  # frames of a GIF that are encoded between two looks at whether to stop
# Of the GIF format (CompuServe 1990): the bytes that begin an extension, mark the one with a
# frame's duration, and end the file; and where in a frame its duration is, in ticks.
_EXTENSION, _CONTROL, _END = b"!", 0xF9, b";"
_DURATION = slice(4, 6)


@dataclass(frozen=True)
class AnimationPlan:
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


def write_animation(path: Path, pictures: Iterable[Pictures], fps: int) -> None:
    """MP4 (mpeg4) or GIF, by the suffix, of pictures `[R, R, 3]`, one or more.

    Each picture is encoded as it comes, so that a long film needs no more memory than a short one.
    """
    frames = iter(pictures)
    first = next(frames)
    if path.suffix == ".gif":
        with path.open("wb") as file:
            _write_gif(file, chain([first], frames), fps)
        return
    height, width = first.shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
    try:
        if not writer.isOpened():
            raise StudioError("This machine's OpenCV cannot write MP4; ask for --video gif.")
        for picture in chain([first], frames):
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    finally:
        writer.release()


def gif_durations(fps: int) -> Iterator[int]:
    """Milliseconds of one frame after another, in whole ticks that keep the length right."""
    number = end = 0
    while True:
        number += 1
        begin, end = end, round(number * 1000 / fps / GIF_TICK_MS)
        yield GIF_TICK_MS * (end - begin)


def _write_gif(file: BinaryIO, pictures: Iterable[Pictures], fps: int) -> None:
    """The bytes that Pillow writes of all pictures at once, in constant memory.

    Pillow keeps every frame until it has the last one. What it writes of a frame depends only on
    that frame and the one before, so it is given a few at a time, beginning with the last one of
    the few before, whose bytes are left out the second time. It shows equal frames as one, so the
    duration of a frame is known, and the frame written, only when another one follows.
    """
    timed = zip(map(Image.fromarray, pictures), gif_durations(fps), strict=False)
    waiting, last = b"", None
    while few := list(islice(timed, _AT_ONCE)):
        header, frames = _encoded(few if last is None else [last, *few])
        if last is None:
            file.write(header)
        else:
            frames[0] = (
                waiting[: _DURATION.start] + frames[0][_DURATION] + waiting[_DURATION.stop :]
            )
        *done, waiting = frames
        file.writelines(done)
        last = few[-1][0], GIF_TICK_MS * int.from_bytes(waiting[_DURATION], "little")
    file.write(waiting + _END)


def _encoded(timed: list[tuple[Image.Image, int]]) -> tuple[bytes, list[bytes]]:
    """The header of a GIF and the bytes of each of its frames, which begin with its duration."""
    stream = io.BytesIO()
    (first, *rest), durations = zip(*timed, strict=True)
    first.save(stream, "GIF", save_all=True, append_images=rest, duration=list(durations), loop=0)
    gif = stream.getvalue()
    frames: list[bytes] = []
    place = begin = header = 13 + _table_size(gif[10])
    while (kind := gif[place : place + 1]) != _END:
        if kind == _EXTENSION:
            begin = place if gif[place + 1] == _CONTROL else begin
            place += 2
        else:
            place += 10 + _table_size(gif[place + 9]) + 1
        while size := gif[place]:
            place += size + 1
        place += 1
        if kind != _EXTENSION:
            header = header if frames else begin
            frames.append(gif[begin:place])
    return gif[:header], frames


def _table_size(flags: int) -> int:
    """Bytes of a table of colours, by the flags before it."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 128 else 0
