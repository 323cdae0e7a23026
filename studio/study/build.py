"""Make a study: draw equally many real and synthetic pictures, even them out, write, seal."""

import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from studio.errors import StudioError, UsageError
from studio.files import building
from studio.imaging import ImageFormat, shown_name
from studio.study.encode import (
    FirstRound,
    copy_pixels,
    first_round,
    to_jpeg,
    write_copies,
)
from studio.study.folder import Study
from studio.study.models import (
    KEY_FILE,
    PICTURES,
    SMALLEST_MARGIN,
    STUDY_FILE,
    Encoding,
    KeyEntry,
    KeyFile,
    Kind,
    StudyFile,
    StudySource,
)
from studio.study.plan import BuildPlan, OnProgress
from studio.study.reading_order import make_blocks
from studio.study.sample import draw_sample
from studio.study.sources import StudyCandidate

Tokens = dict[str, tuple[Kind, StudyCandidate]]  # by the names of the pictures


@dataclass(frozen=True)
class BuildReport:
    """The study, and sentences about what was left out or could not be evened out."""

    study: Study
    notes: list[str] = field(default_factory=list)


def build_study(
    plan: BuildPlan,
    on_progress: OnProgress = lambda done, total, message: None,
    stop: Callable[[], bool] = lambda: False,
) -> BuildReport | None:
    """Write the study folder at `plan.out`, whole or not at all; None when `stop` said so.

    Raises StudioError when the folder holds something, a source has no usable pictures, or there
    are fewer than `per_kind`.
    """
    _checked(plan)
    drawn = draw_sample(plan.real, plan.synthetic, plan, on_progress, stop)
    if drawn is None:
        return None
    with _beside(plan.out) as part:
        tokens = {secrets.token_hex(8): one for one in drawn.chosen}
        real = [one for kind, one in drawn.chosen if kind == "real"]
        first = first_round(real, plan.size)
        copies = {}
        for done, (token, (kind, one)) in enumerate(tokens.items(), start=1):
            if stop():
                return None
            copies[token] = _copy(one, kind, plan, first)
            on_progress(done, len(tokens), "Encoding pictures alike")
        write_copies(part / PICTURES, copies)
        (part / "answers").mkdir()
        encoding = Encoding(
            size=plan.size,
            quality=plan.quality,
            first_quality=first.quality,
            first_side=first.side,
            upscaling=plan.upscaling,
        )
        _write(part, plan, tokens, encoding, [*plan.notes, *drawn.notes])
    if plan.key is not None:
        _move_key(plan.out / KEY_FILE, plan.key)
    return BuildReport(Study.open(plan.out), [*plan.notes, *drawn.notes])


def _checked(plan: BuildPlan) -> None:
    if not 16 <= plan.size <= 4096:
        raise UsageError("The side of the pictures lies between 16 and 4096 pixels.")
    if not 30 <= plan.quality <= 100:
        raise UsageError("The JPEG quality lies between 30 and 100.")
    if not SMALLEST_MARGIN <= plan.margin < 0.5:
        raise UsageError(f"The margin of equivalence lies between {SMALLEST_MARGIN} and 0.5.")
    if plan.per_kind is not None and plan.per_kind < 1:
        raise UsageError("A study shows one picture of each kind or more.")
    if plan.out.exists() and (not plan.out.is_dir() or any(plan.out.iterdir())):
        raise StudioError(f"{plan.out} is there already; choose a folder that is empty or new.")
    if plan.key is not None and plan.key.exists():
        raise StudioError(f"{plan.key} is there already; choose another place for the key.")
    if plan.key is not None and plan.key.resolve().is_relative_to(plan.out.resolve()):
        raise UsageError(
            f"The key {plan.key} would lie in the study's folder, where readers find it: choose a "
            "place outside of it, or give none to keep it as key.json."
        )
    if plan.real.resolve() == plan.synthetic.resolve():
        raise UsageError("The real and the synthetic pictures are in the same folder.")


def _copy(one: StudyCandidate, kind: Kind, plan: BuildPlan, first: FirstRound) -> bytes:
    never_compressed = kind == "synthetic" and one.checked.info.format is not ImageFormat.JPEG
    pixels = copy_pixels(one.path, plan.size, first if never_compressed else None)
    return to_jpeg(pixels, plan.quality)


def _write(
    part: Path, plan: BuildPlan, tokens: Tokens, encoding: Encoding, notes: list[str]
) -> None:
    """`key.json`, then `study.json` with its hash."""
    key = _key_file(tokens)
    data = key.model_dump_json(indent=1).encode()
    (part / KEY_FILE).write_bytes(data)
    kinds: dict[Kind, list[str]] = {"real": [], "synthetic": []}
    for token, (kind, _) in tokens.items():
        kinds[kind].append(token)
    file = StudyFile(
        id=key.study,
        title=(plan.title.strip() or plan.out.name or "Reader study")[:200],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=plan.seed,
        per_kind=len(kinds["real"]),
        margin=plan.margin,
        encoding=encoding,
        questions=plan.questions,
        sources=_sources(plan, kinds),
        classes=Counter(one.label for kind, one in tokens.values() if one.label and kind == "real"),
        pictures={
            path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((part / PICTURES).iterdir())
        },
        blocks=make_blocks(kinds, key.salt),
        key_sha256=hashlib.sha256(data).hexdigest(),
        notes=tuple(notes),
    )
    (part / STUDY_FILE).write_text(file.model_dump_json(indent=1), encoding="utf-8")


def _key_file(tokens: Tokens) -> KeyFile:
    """The truth about every picture, in an order that tells nothing."""
    return KeyFile(
        study=secrets.token_hex(8),
        salt=secrets.token_hex(32),
        pictures={
            token: KeyEntry(
                kind=kind, label=one.label, file=shown_name(one.path), sha256=one.checked.sha256
            )
            for token, (kind, one) in sorted(tokens.items())
        },
    )


def _sources(plan: BuildPlan, kinds: dict[Kind, list[str]]) -> dict[Kind, StudySource]:
    names: dict[Kind, str] = {
        "real": plan.real_name or plan.real.name,
        "synthetic": plan.synthetic_name or plan.synthetic.name,
    }
    return {
        kind: StudySource(name=shown_name(name), pictures=len(kinds[kind]))
        for kind, name in names.items()
    }


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write in, which becomes `out` when the block ends."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with building(out) as part:
            part.mkdir()
            yield part
    except OSError as error:
        raise StudioError(f"{out} cannot be written: {error.strerror}.") from error


def _move_key(made: Path, place: Path) -> None:
    """The key to where it is kept, perhaps on another disk; never over another file.

    Last of all: a key without its study would stand in the way of the next try.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            file.write(made.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        made.unlink()
    except OSError as error:
        raise StudioError(
            f"The study is made, but its key cannot be put at {place}: {error.strerror}. Move "
            f"{made} to where no reader finds it."
        ) from error
