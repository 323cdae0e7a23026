"""Which pictures to have at hand: ahead in the direction of travel, in the strip, for the crop."""

from collections.abc import Sequence

from PySide6.QtGui import QImage

from studio.imaging import Square, clahe, crop_upright, grey_world
from studio.project import Box, ImageRow, Project
from studio.ui import imageloader
from studio.ui.imageloader import ImageLoader, Want
from studio.ui.review.rows import RowCache

AHEAD, BEHIND = 8, 3
NEAREST_IMAGES = 5  # pictures in order of need that are more urgent than thumbnails
FULL_AHEAD = 1  # full pictures are large; one ahead makes the next crop exact at once


def preview_key(image: ImageRow) -> tuple[str, int]:
    """The first tier; a picture that is small anyway has one tier only."""
    small = max(image.width, image.height) <= imageloader.PREVIEW_SIDE
    return full_key(image.id) if small else ("preview", image.id)


def full_key(image_id: int) -> tuple[str, int]:
    return ("full", image_id)


def thumb_key(image_id: int) -> tuple[str, int]:
    return ("thumb", image_id)


def aid_key(image_id: int, aid: str) -> tuple[str, int, str]:
    return ("aid", image_id, aid)


def crop_key(image_id: int, square: Square, size: int) -> tuple[object, ...]:
    return ("crop", image_id, square, size)


def order_of_travel(index: int, count: int, direction: int) -> list[int]:
    """Queue places worth having, nearest need first: here, 8 on, 3 back, clipped to the queue."""
    on = [index + direction * k for k in range(1, AHEAD + 1)]
    back = [index - direction * k for k in range(1, BEHIND + 1)]
    # The first two ahead, then one back (an undo is likely), then the rest.
    wanted = [index, *on[:2], back[0], *on[2:], *back[1:]]
    return [place for place in wanted if 0 <= place < count]


def _urgency(order: int) -> int:
    """The next few pictures come before thumbnails (20), those further off after them."""
    if order < 2:
        return order
    return order + 2 if order < NEAREST_IMAGES else order + 22


class Prefetch:
    """Declares wants to the loader, lane by lane."""

    def __init__(self, project: Project, rows: RowCache, loader: ImageLoader) -> None:
        self._project, self._rows, self._loader = project, rows, loader

    def image(self, queue: Sequence[int], index: int, image: ImageRow, direction: int) -> None:
        """The picture shown and its neighbours: previews first, then full resolution."""
        places = order_of_travel(index, len(queue), direction)
        rows = [image, *(self._rows.image(queue[p]) for p in places)]
        seen: set[int] = set()
        previews: list[Want] = []
        fulls: list[Want] = []
        for order, one in enumerate(rows):
            if one is None or one.id in seen:
                continue
            seen.add(one.id)
            previews.append(self._preview(one, _urgency(order)))
            if len(fulls) <= FULL_AHEAD and preview_key(one) != full_key(one.id):
                fulls.append(self._full(one, 1 if not fulls else 6))
        self._loader.request("canvas", [*previews, *fulls])

    def _preview(self, image: ImageRow, priority: int) -> Want:
        path = self._project.images.path(image)
        key = preview_key(image)
        decode = imageloader.full if key == full_key(image.id) else imageloader.preview
        return Want(key, lambda: decode(path), priority)

    def _full(self, image: ImageRow, priority: int) -> Want:
        path = self._project.images.path(image)
        return Want(full_key(image.id), lambda: imageloader.full(path), priority)

    def thumbs(self, image_ids: Sequence[int]) -> None:
        """The rows of the film strip in sight."""
        wants = []
        for image_id in image_ids:
            image = self._rows.image(image_id)
            if image is not None:
                wants.append(self._thumb(image))
        self._loader.request("film", wants)

    def _thumb(self, image: ImageRow) -> Want:
        path = self._project.images.path(image)
        name = f"{image.sha256}-{imageloader.THUMB_SIDE}.jpg"
        cached = self._project.cache_dir / "thumbs" / image.sha256[:2] / name
        return Want(thumb_key(image.id), lambda: imageloader.thumbnail(path, cached), 20)

    def crop(self, image: ImageRow, square_raw: Square, size: int) -> None:
        """The exact crop of the current box; asking again drops what is not begun.

        It waits for the full picture, which is on its way: decoding that twice at once would make
        both later.
        """
        if self._loader.get(full_key(image.id)) is not None:
            self._loader.request("crop", [self._crop(image, square_raw, size, 0)])

    def sheet(self, pairs: Sequence[tuple[Box, ImageRow]], size: int, ahead: int) -> None:
        """The crops of a contact sheet page, then the `ahead` last ones, of the next page."""
        shown = len(pairs) - ahead
        wants: list[Want] = []
        for part, priority in ((pairs[:shown], 5), (pairs[shown:], 40)):
            by_image: dict[int, tuple[ImageRow, list[Square]]] = {}
            for box, image in part:
                by_image.setdefault(image.id, (image, []))[1].append(box.square)
            wants += [self._crops(*one, size, priority) for one in by_image.values()]
        self._loader.request("sheet", wants)

    def _crops(self, image: ImageRow, squares: list[Square], size: int, priority: int) -> Want:
        """All crops of one picture, which is decoded once for them; each is heard of alone."""
        path, loader = self._project.images.path(image), self._loader
        keys = [crop_key(image.id, square, size) for square in squares]

        def work() -> QImage:
            upright = loader.get(full_key(image.id)) or imageloader.full(path)
            made = QImage()
            for key, square in zip(keys, squares, strict=True):
                pixels = crop_upright(imageloader.to_rgb(upright), square, image.orientation, size)
                made = imageloader.to_qimage(pixels)
                loader.put(key, made)
            return made

        if len(squares) == 1:
            return Want(keys[0], work, priority)
        return Want(("crops", image.id, *keys), work, priority)

    def _crop(self, image: ImageRow, square_raw: Square, size: int, priority: int) -> Want:
        path, loader = self._project.images.path(image), self._loader

        def work() -> QImage:
            upright = loader.get(full_key(image.id)) or imageloader.full(path)
            pixels = crop_upright(imageloader.to_rgb(upright), square_raw, image.orientation, size)
            return imageloader.to_qimage(pixels)

        return Want(crop_key(image.id, square_raw, size), work, priority)

    def aid(self, image: ImageRow, aid: str) -> None:
        """The preview as CLAHE or grey-world balance shows it; display only."""
        path, loader = self._project.images.path(image), self._loader
        change = {"clahe": clahe, "grey_world": grey_world}[aid]

        def work() -> QImage:
            shown = loader.get(preview_key(image)) or imageloader.preview(path)
            return imageloader.to_qimage(change(imageloader.to_rgb(shown)))

        self._loader.request("aid", [Want(aid_key(image.id, aid), work, 0)])

    def stop(self) -> None:
        for lane in ("canvas", "film", "crop", "sheet", "aid"):
            self._loader.request(lane, [])
