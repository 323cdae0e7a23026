"""How many copies the leakage check finds, and how many other pictures it takes for copies.

    python tests/bench/bench_leakage.py [--quick] [--sheet pairs.png]

Copies of clinical crops of nails and of generated nevi, made with PIL, are the test set; all nails
and all generated nevi are the training set. Nails hold reposts of one photograph under several
names: pairs that are not a copy made here are counted apart and drawn on a sheet, to be judged by
eye.
`--pace TRAIN TEST` measures the search alone, on random thumbnails.
"""

import argparse
import io
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from studio.datasets.leakage import LeakagePair, LeakageReport, check
from studio.imaging.candidates import find_candidates

Render = Callable[[Image.Image], Image.Image]
Turn = Image.Transpose
DATA = Path(
    os.environ.get("CAN_STUDIO_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def scaled(image: Image.Image, factor: float) -> Image.Image:
    size = (round(image.width * factor), round(image.height * factor))
    return image.resize(size, Image.Resampling.BICUBIC)


def trimmed(
    image: Image.Image, left: float, top: float, right: float, bottom: float
) -> Image.Image:
    w, h = image.size
    box = (round(left * w), round(top * h), round(w - right * w), round(h - bottom * h))
    return image.crop(box)


def marked(image: Image.Image, left: bool, top: bool, width: float) -> Image.Image:
    copy = image.copy()
    w, h = copy.size
    x0, y0 = (0 if left else round(w - width * w)), (0 if top else round(0.88 * h))
    draw = ImageDraw.Draw(copy)
    draw.rectangle((x0, y0, x0 + round(width * w), y0 + round(0.12 * h)), fill="white")
    draw.text((x0 + 3, y0 + 3), "(c) derm.example 2026", fill="black")
    return copy


def with_logo(image: Image.Image) -> Image.Image:
    copy = image.copy()
    side = round(0.2 * copy.width)
    box = (copy.width - side - 4, 4, copy.width - 4, side + 4)
    ImageDraw.Draw(copy).ellipse(box, fill=(20, 60, 200))
    return copy


def other_hue(image: Image.Image, shift: int) -> Image.Image:
    hue, saturation, value = image.convert("HSV").split()
    moved = hue.point([(level + shift) % 256 for level in range(256)])
    return Image.merge("HSV", (moved, saturation, value)).convert("RGB")


def with_gamma(image: Image.Image, gamma: float) -> Image.Image:
    return image.point([round(255 * (level / 255) ** gamma) for level in range(256)] * 3)


def tinted(image: Image.Image, *factors: float) -> Image.Image:
    bands = zip(image.split(), factors, strict=True)
    return Image.merge(
        "RGB", [band.point([min(255, round(v * f)) for v in range(256)]) for band, f in bands]
    )


def in_position(turn: Turn) -> Render:
    return lambda image: image.transpose(turn)


RENDITIONS: dict[str, dict[str, Render]] = {
    "position": {turn.name.lower(): in_position(turn) for turn in Turn},
    "recompression": {
        f"JPEG {quality}": lambda image, quality=quality: recompressed(image, quality)
        for quality in (75, 30, 15)
    },
    "size": {
        **{f"x {f:g}": lambda image, f=f: scaled(image, f) for f in (0.5, 0.25, 1.6)},
        "x 0.5, JPEG 50": lambda image: recompressed(scaled(image, 0.5), 50),
    },
    "colour": {
        "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
        "more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.5),
        "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
        "more colour": lambda image: ImageEnhance.Color(image).enhance(2),
        "gamma 1.8": lambda image: with_gamma(image, 1.8),
        "warmer": lambda image: tinted(image, 1.15, 1, 0.8),
        "hue by 20 degrees": lambda image: other_hue(image, 14),
    },
    "trimmed by 5 %": {
        "of the side": lambda image: trimmed(image, 0.025, 0.025, 0.025, 0.025),
        "each side": lambda image: trimmed(image, 0.05, 0.05, 0.05, 0.05),
        "left only": lambda image: trimmed(image, 0.05, 0, 0, 0),
        "a corner": lambda image: trimmed(image, 0.05, 0.05, 0, 0),
        "unevenly, JPEG 70": lambda image: recompressed(trimmed(image, 0.05, 0.01, 0.02, 0.04), 70),
    },
    "mark in a corner": {
        "caption": lambda image: marked(image, False, False, 0.3),
        "wide caption": lambda image: marked(image, True, False, 0.6),
        "at the top": lambda image: marked(image, True, True, 0.3),
        "logo": with_logo,
    },
    "several": {
        "mirrored, trimmed, JPEG 60": lambda image: recompressed(
            trimmed(ImageOps.mirror(image), 0.05, 0.05, 0.05, 0.05), 60
        ),
        "turned, half, brighter": lambda image: scaled(
            ImageEnhance.Brightness(image.transpose(Turn.ROTATE_90)).enhance(1.25), 0.5
        ),
    },
    "not promised": {
        "hue by 180 degrees": lambda image: other_hue(image, 128),
        "equalised": ImageOps.equalize,
        "negative": ImageOps.invert,
        "trimmed 10 % each side": lambda image: trimmed(image, 0.1, 0.1, 0.1, 0.1),
        "turned by 3 degrees": lambda image: image.rotate(3, Image.Resampling.BICUBIC),
        "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
        "trimmed and marked": lambda image: marked(
            trimmed(image, 0.05, 0.05, 0.05, 0.05), False, False, 0.3
        ),
    },
}


QUICK = {
    "position": ["flip_left_right", "rotate_90", "transverse"],
    "recompression": ["JPEG 30", "JPEG 15"],
    "size": ["x 0.25", "x 0.5, JPEG 50"],
    "colour": ["brighter", "gamma 1.8", "hue by 20 degrees"],
    "trimmed by 5 %": ["each side", "a corner", "unevenly, JPEG 70"],
    "mark in a corner": ["caption", "wide caption", "logo"],
    "several": ["mirrored, trimmed, JPEG 60"],
    "not promised": ["equalised", "trimmed 10 % each side"],
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nails", type=int, default=200)
    parser.add_argument("--generated", type=int, default=100)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--quick", action="store_true", help="two renditions of each kind")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--pace", type=int, nargs=2, metavar=("TRAIN", "TEST"))
    options = parser.parse_args()
    if options.pace:
        measure_pace(*options.pace)
        return
    nails = sorted(path for path in (DATA / "nails").rglob("*") if path.suffix.lower() == ".jpg")
    nevi = sorted(path for path in (DATA / "gan2000").rglob("*") if path.suffix in (".png", ".jpg"))
    chosen = random.Random(0)
    sources = sorted(chosen.sample(nails, min(options.nails, len(nails))))
    sources += sorted(chosen.sample(nevi, min(options.generated, len(nevi))))
    train = [*nails, *nevi]
    if options.quick:
        for kind, names in QUICK.items():
            RENDITIONS[kind] = {name: RENDITIONS[kind][name] for name in names}
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(options.processes) as pool:
        parts = [sources[place :: options.processes] for place in range(options.processes)]
        folders = [Path(folder, str(place)) for place in range(options.processes)]
        begin = time.perf_counter()
        names = names_of_renditions()
        done = list(pool.map(partial(compare_part, train=train, names=names), parts, folders))
        seconds = time.perf_counter() - begin
        made = {path: told for _, one, _ in done for path, told in one.items()}
        report = LeakageReport(
            near_duplicates=tuple(pair for one, _, _ in done for pair in one.counted),
            possible=tuple(pair for one, _, _ in done for pair in one.possible),
            train=len(train),
            test=len(made),
        )
        tell(report, made)
        cpu = sum(spent for _, _, spent in done)
        print(f"{len(train):,} x {len(made):,} images in {seconds:.0f} s, {cpu:.0f} s of one core")
        if options.sheet:
            draw(report, made, options.sheet)


def names_of_renditions() -> dict[str, list[str]]:
    return {kind: list(renditions) for kind, renditions in RENDITIONS.items()}


def compare_part(
    sources: list[Path], folder: Path, *, train: list[Path], names: dict[str, list[str]]
) -> tuple[LeakageReport, dict[Path, tuple[str, str, Path]], float]:
    """The report on copies of some sources, what was made, and seconds of the processor."""
    for kind, kept in names.items():
        RENDITIONS[kind] = {name: RENDITIONS[kind][name] for name in kept}
    folder.mkdir()
    made = render(sources, folder)
    begin = time.process_time()
    return check(train, list(made)), made, time.process_time() - begin


def render(sources: list[Path], folder: Path) -> dict[Path, tuple[str, str, Path]]:
    """(kind, rendition, source) of each file made."""
    made: dict[Path, tuple[str, str, Path]] = {}
    for number, source in enumerate(sources):
        with Image.open(source) as opened:
            image = opened.convert("RGB")
        for kind, renditions in RENDITIONS.items():
            for name, rendition in renditions.items():
                path = folder / f"{number} {kind} {name}.png".replace("%", "")
                rendition(image).save(path, compress_level=1)
                made[path] = (kind, name, source)
    return made


def tell(report: LeakageReport, made: dict[Path, tuple[str, str, Path]]) -> None:
    found: dict[Path, list[LeakagePair]] = defaultdict(list)
    for pair in report.counted:
        found[pair.test].append(pair)
    reposts = other_pairs(report, made)
    print(f"{'kind':18s} {'rendition':28s} {'n':>4s} {'found':>6s} {'recall':>7s} {'lowest':>7s}")
    for kind, renditions in RENDITIONS.items():
        of_kind: list[bool] = []
        for name in renditions:
            paths = [path for path, told in made.items() if told[:2] == (kind, name)]
            hits, scores = [], []
            for path in paths:
                own = made[path][2]
                right = [
                    p for p in found[path] if p.train == own or frozenset((p.train, own)) in reposts
                ]
                hits.append(bool(right))
                scores += [max(p.agreement for p in right)] if right else []
            of_kind += hits
            low = f"{min(scores):7.2f}" if scores else "      -"
            share = sum(hits) / len(hits)
            print(f"{kind:18s} {name:28s} {len(hits):4d} {sum(hits):6d} {share:7.3f} {low}")
        print(f"{kind:18s} {'all':28s} {len(of_kind):4d} {sum(of_kind):6d} {np.mean(of_kind):7.3f}")
    possible = {(p.train, made[p.test][2]) for p in report.possible}
    print(f"pairs of different files taken for one picture: {len(reposts)} (see the sheet)")
    print(f"pairs of different files to be looked at: {len([p for p in possible if p[0] != p[1]])}")
    print(f"pairs compared: {report.train * report.test:,}")


def other_pairs(
    report: LeakageReport, made: dict[Path, tuple[str, str, Path]]
) -> dict[frozenset[Path], LeakagePair]:
    """The strongest pair of each two different source files."""
    best: dict[frozenset[Path], LeakagePair] = {}
    for pair in report.counted:
        own = made[pair.test][2]
        key = frozenset((pair.train, own))
        if pair.train != own and (key not in best or pair.agreement > best[key].agreement):
            best[key] = pair
    return best


def draw(report: LeakageReport, made: dict[Path, tuple[str, str, Path]], sheet: Path) -> None:
    """Pairs of different source files side by side, the least alike first."""
    pairs = sorted(other_pairs(report, made).values(), key=lambda pair: pair.agreement)
    pairs = [*report.possible[:20], *pairs]
    side, columns = 150, 6
    canvas = Image.new("RGB", (columns * (2 * side + 12), -(-len(pairs) // columns) * (side + 16)))
    pen = ImageDraw.Draw(canvas)
    for number, pair in enumerate(pairs):
        x = number % columns * (2 * side + 12)
        y = number // columns * (side + 16)
        for place, path in enumerate((made[pair.test][2], pair.train)):
            with Image.open(path) as image:
                canvas.paste(image.convert("RGB").resize((side, side)), (x + place * side, y + 14))
        pen.text((x, y), f"{pair.agreement:.2f} {made[pair.test][1]}", fill="white")
    canvas.save(sheet)


def measure_pace(train: int, test: int) -> None:
    """Seconds of the search among random thumbnails; the close look takes a fixed time a pair."""
    rng = np.random.default_rng(0)

    def thumbnails(count: int) -> np.ndarray:
        small = rng.integers(0, 256, (count, 8, 8), dtype=np.uint8)
        return small.repeat(8, axis=1).repeat(8, axis=2)

    rows, queries = thumbnails(train), thumbnails(test)
    begin, cpu = time.perf_counter(), time.process_time()
    found = find_candidates(rows, queries)
    print(
        f"{train:,} x {test:,}: {time.perf_counter() - begin:.0f} s, "
        f"{time.process_time() - cpu:.0f} s of one core, {len(found):,} candidates"
    )


if __name__ == "__main__":
    main()
