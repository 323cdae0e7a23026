"""A leaky pair of folders, from the check of a plan to both AUCs in the table of its experiment.

    python tests/bench/bench_leaky_pair.py [--seed 1] [--angles] [--sheet pairs.png]

420 clinical crops of nails are trained on, or only 400 of them; the test set are 480 others and
20 copies of what these 400 lack: 4 each re-encoded, resized, mirrored, turned by right angles and
cropped by 5 %. The reference data hold reposts of one photograph: of images with the same bytes,
or cut out of a photograph of the same name, one is taken. Others may remain, so a pair that was not
made here is printed and drawn on a sheet (`--sheet`), to be judged by eye. `--angles` measures free
rotations of nails and generated nevi besides, which the check does not promise to find.
"""

import argparse
import hashlib
import io
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_leakage import DATA
from PIL import Image

Render = Callable[[Image.Image], Image.Image]
CLASSES = ("naildystrophy", "onychomycosis")
TRAINED, TESTED = 420, 500
Turn = Image.Transpose


def encoded(quality: int) -> Render:
    def render(image: Image.Image) -> Image.Image:
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=quality)
        return Image.open(stream).convert("RGB")

    return render


def resized(factor: float) -> Render:
    return lambda image: image.resize(
        (round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC
    )


def cropped(left: float, top: float) -> Render:
    """Without 5 % of width and height, of which `left` and `top` (0..1) on these sides."""

    def render(image: Image.Image) -> Image.Image:
        w, h = image.size
        x, y = round(0.05 * left * w), round(0.05 * top * h)
        return image.crop((x, y, x + round(0.95 * w), y + round(0.95 * h)))

    return render


COPIES: dict[str, tuple[Render, ...]] = {
    "re-encoded": tuple(encoded(quality) for quality in (40, 55, 70, 85)),
    "resized": tuple(resized(factor) for factor in (0.5, 0.7, 1.3, 2.0)),
    "mirrored": tuple(
        (lambda image, turn=turn: image.transpose(turn))
        for turn in (Turn.FLIP_LEFT_RIGHT, Turn.FLIP_TOP_BOTTOM, Turn.TRANSPOSE, Turn.TRANSVERSE)
    ),
    "rotated": tuple(
        (lambda image, turn=turn: image.transpose(turn))
        for turn in (Turn.ROTATE_90, Turn.ROTATE_180, Turn.ROTATE_270, Turn.ROTATE_90)
    ),
    "5 % cropped": tuple(cropped(*at) for at in ((0.5, 0.5), (0.0, 0.0), (1.0, 1.0), (1.0, 0.0))),
}


def studio(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "studio", *map(str, words)], capture_output=True, text=True
    )


def fill(folder: Path, images: list[Path]) -> None:
    for path in images:
        place = folder / path.parent.name / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(path)


def distinct(paths: list[Path]) -> list[Path]:
    """One image of each photograph, as far as bytes and names tell: `semisuper_12_<box>_<name>`."""
    kept: dict[str, Path] = {}
    bytes_seen: set[str] = set()
    for path in paths:
        name = re.sub(r"^semisuper_(jpn_|kor_)?\d+_\d+_\d+_\d+_\d+_", "", path.stem)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if name not in kept and digest not in bytes_seen:
            kept[name] = path
        bytes_seen.add(digest)
    return list(kept.values())


def leaky_pair(folder: Path, rng: random.Random) -> dict[str, str]:
    """Write `train`, `part` and `test`; returns what was done to each copy by its name."""
    images = [p for name in CLASSES for p in sorted((DATA / "nails/train" / name).glob("*.jpg"))]
    rng.shuffle(images)
    images = distinct(images)
    print(f"{len(images)} images of other photographs")
    made: dict[str, str] = {}
    copied = sum(map(len, COPIES.values()))
    fill(folder / "train", images[:TRAINED])
    fill(folder / "part", images[copied:TRAINED])
    fill(folder / "test", images[TRAINED : TRAINED + TESTED - copied])
    sources = iter(images[:copied])
    for kind, renders in COPIES.items():
        for render in renders:
            source = next(sources)
            place = folder / "test" / source.parent.name / f"copy {len(made):02d}.jpg"
            place.parent.mkdir(parents=True, exist_ok=True)
            with Image.open(source) as image:
                render(image.convert("RGB")).save(place, quality=88)
            made[place.name] = f"{kind} of {source.name}"
    return made


def draw(path: Path, pairs: list[dict[str, Any]]) -> None:
    """The pairs side by side, eight in a row."""
    sheet = Image.new("RGB", (8 * 210, -(-max(1, len(pairs)) // 8) * 110), "white")
    for number, one in enumerate(pairs):
        for side, key in enumerate(("train", "test")):
            with Image.open(one[key]) as image:
                small = image.convert("RGB").resize((100, 100))
            sheet.paste(small, (210 * (number % 8) + 100 * side, 110 * (number // 8)))
    sheet.save(path)


PLAN = """positive = "onychomycosis"
baseline = "clean"
repeats = 1
models = ["test_efficientnet"]
validation = 0.0
[mixes]
clean = ["part"]
leaky = ["train"]
[tests]
test = "test"
[settings]
epochs = 1
size = 32
batch = 64
weights = "none"
"""


def nearest(chosen: list[Path], turned: list[Path], cache: Path) -> int:
    """How many turned copies lie nearest to their source in the features of the backbone."""
    from studio.classify import Item
    from studio.classify.features import backbone_features
    from studio.imaging.prepared import PreparedImages

    items = [Item(file=str(path), label="") for path in (*chosen, *turned)]
    seen = backbone_features(items, PreparedImages(cache)).vectors
    near = (seen[len(chosen) :] @ seen[: len(chosen)].T).argmax(axis=1)
    return int((near == range(len(chosen))).sum())


def angles(rng: random.Random) -> None:
    """How many of 40 nails and 40 generated nevi are found when turned freely."""
    from studio.datasets.leakage import check

    nails = sorted((DATA / "nails/train").glob("*/*.jpg"))
    nevi = sorted((DATA / "gan2000").glob("*.jpg"))
    for name, pool in (("nails", nails), ("generated nevi", nevi)):
        chosen = rng.sample(pool, 40)
        for degrees in (2, 5, 10, 20):
            with tempfile.TemporaryDirectory() as place:
                turned = []
                for number, path in enumerate(chosen):
                    turned.append(Path(place, f"{number}.jpg"))
                    with Image.open(path) as image:
                        one = image.convert("RGB").rotate(degrees, Image.Resampling.BICUBIC)
                        one.save(turned[-1], quality=88)
                report = check(chosen, turned)
                near = nearest(chosen, turned, Path(place, "cache"))
            found = len({pair.test for pair in report.counted})
            asked = len({pair.test for pair in report.possible} - {p.test for p in report.counted})
            print(f"{name} turned by {degrees} degrees: {found} of 40 found, {asked} to look at, "
                  f"{near} nearest to their source in features")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--angles", action="store_true")
    parser.add_argument("--sheet", type=Path)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made = leaky_pair(folder, rng)
        (folder / "plan.toml").write_text(PLAN, "utf-8")
        said = studio("experiment", "leakage", folder / "plan.toml", "--json")
        document = json.loads(said.stdout)
        pairs = [one for one in document["pairs"] if one["kind"] not in ("possible", "different")]
        found = {Path(one["test"]).name for one in pairs} & made.keys()
        print(f"copies found: {len(found)} of {len(made)}")
        for name in sorted(made.keys() - found):
            print(f"  missed: {name}, {made[name]}")
        others = [one for one in pairs if Path(one["test"]).name not in made]
        print(f"pairs that were not made here: {len(others)}")
        for one in others:
            names = [Path(one[side]).name[-50:] for side in ("train", "test")]
            print(f"  {one['kind']}, agreement {one['agreement']}: {' / '.join(names)}")
        if asked.sheet is not None:
            draw(asked.sheet, others)
        wrong = [
            one for one in pairs
            if (name := Path(one["test"]).name) in made
            and not made[name].endswith(Path(one["train"]).name)
        ]  # fmt: skip
        print(f"copies paired with another training image too: {len(wrong)}")
        asked_for = [one for one in document["pairs"] if one["kind"] == "possible"]
        print(f"pairs to be looked at: {len(asked_for)}")
        out = folder / "experiment"
        ran = studio("experiment", "run", folder / "plan.toml", "--out", out)
        print(ran.stderr[-2000:] if ran.returncode > 1 else "", end="")
        print(studio("experiment", "table", out).stdout)
    if asked.angles:
        angles(rng)


if __name__ == "__main__":
    main()
