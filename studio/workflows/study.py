"""Reader studies out of what other rooms have: folders, a project's crops, a network's pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio import jobs
from studio.dialects import (
    decode_text,
    delimiter_of,
    parse_number,
    separator_line,
    split_cells,
    table_rows,
    text_lines,
)
from studio.errors import StudioError, UsageError
from studio.files import temporary_folder
from studio.jobs import JobContext, JobSpec
from studio.jobs.kinds import STUDY, StudyParams
from studio.study import BuildPlan, BuildReport, Question, ReadingSession, Study, build_study
from studio.study.answers import LONGEST_MS, Answer, checked_others, rating_of
from studio.study.plan import PER_KIND
from studio.tables import restore, table_bytes

OnProgress = Callable[[int, int, str], None]
STUDIES = "studies"
_COLUMNS = ("token", "answer", "confidence", "ms")
_SEEDS_APART = 1_000_000
"""Seeds of one study's pictures do not meet those of the next."""
_SEEDS = 2**32


@dataclass
class AnswerReport:
    """What became of a table of answers."""

    reader: str
    pictures: int
    added: int = 0
    answered_before: int = 0
    answered: int = 0
    finished: bool = False
    failed: list[dict[str, Any]] = field(default_factory=list)


class _StoppedError(Exception):
    """Somebody asked to stop."""


@dataclass(frozen=True)
class _Watch:
    """Progress of the steps that cannot be asked to stop: they are left by an exception."""

    on_progress: OnProgress
    stop: Callable[[], bool]

    def as_(self, message: str) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            if self.stop():
                raise _StoppedError
            self.on_progress(done, total, message)

        return tell


def make_study(
    request: StudyParams,
    on_progress: OnProgress = lambda done, total, message: None,
    stop: Callable[[], bool] = lambda: False,
) -> BuildReport | None:
    """Build the study; None when `stop` said so. Raises StudioError."""
    if (request.synthetic is None) == (request.network is None):
        raise UsageError("Name the synthetic pictures by --synthetic DIR or by --network FILE.")
    watch = _Watch(on_progress, stop)
    try:
        with ExitStack() as places:
            notes: list[str] = []
            real = places.enter_context(_real(request, notes, watch))
            synthetic = places.enter_context(_synthetic(request, watch))
            return build_study(_plan(request, real, synthetic, notes), on_progress, stop)
    except _StoppedError:
        return None


def _plan(request: StudyParams, real: Path, synthetic: Path, notes: list[str]) -> BuildPlan:
    return BuildPlan(
        real=real,
        synthetic=synthetic,
        out=request.out,
        title=request.title,
        per_kind=request.per_kind,
        size=request.size,
        seed=request.seed,
        margin=request.margin,
        upscaling=request.upscaling,
        questions=_questions(request.diagnosis),
        key=request.key,
        real_name=request.real.absolute().name,
        synthetic_name=Path(request.network or request.synthetic or synthetic).absolute().name,
        notes=tuple(notes),
    )


def _questions(diagnosis: tuple[str, ...]) -> tuple[Question, ...]:
    if not diagnosis:
        return ()
    if not 2 <= len(set(diagnosis)) <= 9:
        raise UsageError("A diagnosis is chosen from 2 to 9 different ones.")
    return (Question(id="diagnosis", text="What is it?", choices=diagnosis),)


@contextmanager
def _real(request: StudyParams, notes: list[str], watch: _Watch) -> Iterator[Path]:
    """The folder itself, or the kept crops of a project in a passing folder of classes."""
    from studio.project import is_project

    if not is_project(request.real):
        yield request.real
        return
    from studio.workflows.projects import open_project
    from studio.workflows.study_crops import write_crops

    with temporary_folder() as place:
        out = place / "real"
        with open_project(request.real, "append") as project:
            notes += write_crops(
                project,
                out,
                wanted=request.per_kind or PER_KIND,
                smallest=1 if request.upscaling else request.size,
                seed=request.seed,
                on_progress=watch.as_("Cutting real crops"),
            )
        yield out


@contextmanager
def _synthetic(request: StudyParams, watch: _Watch) -> Iterator[Path]:
    """The folder itself, or pictures that a network renders into a passing one, by class."""
    if request.synthetic is not None:
        yield request.synthetic
        return
    from studio.generate.files.named import resolve_network_path
    from studio.generate.network import load_network
    from studio.generate.outputs.seeds import generate
    from studio.project.names import safe_label

    network = load_network(resolve_network_path(request.network or ""))
    of_card = network.card.get("classes", range(network.config.c_dim))
    names = [str(name) for name in of_card] if network.config.c_dim else [None]
    each = -(-(request.count or 2 * (request.per_kind or PER_KIND)) // len(names))
    tell = watch.as_("Rendering synthetic pictures")
    # Each class has seeds of its own: pictures of one seed are alike whatever their class, and a
    # reader would meet them as twins.
    first = request.seed * _SEEDS_APART % (_SEEDS - each * len(names))
    with temporary_folder() as place:
        out = Path(place) / "synthetic"
        for number, name in enumerate(names):
            generate(
                network,
                range(first + number * each, first + (number + 1) * each),
                out / safe_label(name) if name else out,
                truncation=request.truncation,
                class_name=name,
                on_progress=_shifted(tell, number * each, each * len(names)),
            )
        yield out


def _shifted(tell: Callable[[int, int], None], before: int, total: int) -> Callable[..., None]:
    return lambda done, _total: tell(before + done, total)


def answer_from_table(study: Study, reader: str, table: Path) -> AnswerReport:
    """Answers that another tool collected: token, answer, confidence, ms and the questions' ids.

    Rows that cannot be used are named and left out, the others are recorded in the order given. A
    reader who then has answered everything has finished. Raises StudioError for no such table.
    """
    report = AnswerReport(reader, len(study))
    reading = ReadingSession(study, reader)
    try:
        before, known = dict(reading.log.answers), set(reading.log.answers)
        taken: list[Answer] = []
        for line, row in _rows(table):
            try:
                answer = _answer(row, study)
                if answer.token in before and _same(before[answer.token], answer):
                    report.answered_before += 1  # the table again, mended
                    continue
                if answer.token in known:
                    raise StudioError("the picture has an answer already")
            except StudioError as error:
                report.failed.append({"row": line, "sentence": f"{error}."})
                continue
            known.add(answer.token)
            taken.append(answer)
        if taken:
            reading.answer_many(taken)
        if reading.current is None and not reading.finished:
            reading.finish()
        report.added, report.answered = len(taken), reading.answered
        report.finished = reading.finished
    finally:
        reading.close()
    return report


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    lines = text_lines(decode_text(table_bytes(table)))
    delimiter = separator_line(lines[0]) if lines else None
    begin = 0 if delimiter is None else 1
    header = lines[begin] if begin < len(lines) else ""
    delimiter = delimiter or delimiter_of(header, _COLUMNS)
    names = [name.strip().strip('"') for name in split_cells(header, delimiter)]
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise StudioError(f"{table.name} has no column {', '.join(missing)}.")
    for at, cells in table_rows(lines, begin + 1, delimiter, len(names)):
        if isinstance(cells, str):
            raise StudioError(f"{table.name} is not a table of answers: line {at + 1} {cells}.")
        row = dict.fromkeys(names, "")
        row.update((name, restore(cell)) for name, cell in zip(names, cells, strict=False))
        if "," in row["ms"]:
            with suppress(ValueError):  # of which the answer speaks
                row["ms"] = repr(parse_number(row["ms"], delimiter))
        yield at + 1, row


def _answer(row: dict[str, str], study: Study) -> Answer:
    """StudioError with the words for what is wrong, without a full stop."""
    token = (row["token"] or "").strip()
    if token not in study.file.pictures:
        raise StudioError(f"“{token:.40}” is not a picture of this study")
    try:
        confidence, ms = int(row["confidence"] or ""), float(row["ms"] or "")
    except ValueError:
        raise StudioError("confidence and ms are numbers") from None
    if not 0 <= ms <= LONGEST_MS:
        raise StudioError(f"{ms:g} ms is not a possible time for an answer")
    rating = rating_of((row["answer"] or "").strip().lower(), confidence)
    others = {question.id: row.get(question.id) for question in study.file.questions}
    return Answer(token, rating, round(ms), "", checked_others(others, study.file))


def _same(one: Answer, other: Answer) -> bool:
    return (one.rating, dict(one.others)) == (other.rating, dict(other.others))


def start_study(run_dir: Path, request: StudyParams) -> None:
    """Make the study in a process of its own."""
    title = f"Reader study {request.title or request.out.name}"
    jobs.create(run_dir, JobSpec.of(STUDY, title, request))
    jobs.start(run_dir)


def run_job_study(context: JobContext[StudyParams]) -> dict[str, Any]:
    """The job: build a study; stopped, it leaves nothing behind."""
    report = make_study(context.params, context.progress, context.stop_requested)
    if report is None:
        raise jobs.Stopped
    for note in report.notes:
        context.warning(note)
    return {"study": str(report.study.path), "notes": report.notes}
