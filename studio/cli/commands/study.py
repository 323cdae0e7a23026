"""`can-studio study …`: can people tell synthetic pictures from real ones?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from studio import wording
from studio.cli.common import FAILURES, JSON, leave, progress
from studio.cli.output import echo, emit_json, list_failures, note, shown, table
from studio.wording import counted

if TYPE_CHECKING:
    from studio.study import StudyResult

study = typer.Typer(help="Reader studies: real or synthetic? Blinded.", no_args_is_help=True)

STUDY = typer.Argument(..., help="Folder of the study.", show_default=False)
KEY = typer.Option(None, "--key", help="Where the key is kept, if not in the study's folder.")


@study.command()
def new(
    out: Path = typer.Argument(..., help="A folder that is empty or new.", show_default=False),
    real: Path = typer.Option(..., "--real", help="Folder of pictures, or a project."),
    synthetic: Path | None = typer.Option(None, "--synthetic", help="Folder of pictures."),
    network: str | None = typer.Option(None, "--network", help="Or a network that renders them."),
    count: int | None = typer.Option(None, "--count", min=2, help="Pictures to render."),
    truncation: float = typer.Option(1.0, "--trunc", help="Truncation psi of what is rendered."),
    per_kind: int | None = typer.Option(
        None, "--per-kind", min=1, help="Pictures of each kind; as many as there are, up to 114."
    ),
    size: int = typer.Option(128, "--size", min=16, max=4096, help="Side of all pictures."),
    seed: int = typer.Option(0, "--seed", min=0),
    margin: float = typer.Option(
        0.10, "--margin", help="What counts as equivalent to chance: one half plus and minus this."
    ),
    title: str = typer.Option("", "--title"),
    diagnosis: str = typer.Option("", "--diagnosis", help="Also ask for one of: nevus,melanoma."),
    upscaling: bool = typer.Option(
        False, "--allow-upscaling", help="Take pictures smaller than --size; it may show."
    ),
    key: Path | None = typer.Option(None, "--key", help="Keep the key in this file instead."),
    as_json: bool = JSON,
) -> None:
    """Make a study: same size, same compression, no names, equally many of each kind."""
    from studio.jobs.kinds import StudyParams
    from studio.workflows.study import make_study

    request = StudyParams(
        out=out,
        real=real,
        synthetic=synthetic,
        network=network,
        count=count,
        truncation=truncation,
        title=title,
        per_kind=per_kind,
        size=size,
        seed=seed,
        margin=margin,
        upscaling=upscaling,
        diagnosis=tuple(name.strip() for name in diagnosis.split(",") if name.strip()),
        key=key,
    )
    with progress("Study") as tell:
        report = make_study(request, tell)
    assert report is not None  # nobody asks it to stop
    file = report.study.file
    if as_json:
        emit_json({"folder": str(out), **_facts(file), "notes": report.notes})
    else:
        echo(f"{counted(len(report.study), 'picture')} in {shown(out)}, half of them real.")
        truth = shown(key or out / "key.json")
        echo(f"It is read in the window (Study), and {truth} says the truth.")
    for one in report.notes:
        note(shown(one, 400))


@study.command()
def show(
    folder: Path = STUDY,
    reader: str | None = typer.Option(None, "--reader", help="Also the order for this reader."),
    as_json: bool = JSON,
) -> None:
    """What a study asks, and how far its readers are. Says nothing of right and wrong."""
    from studio.study import ReadingSession, Study
    from studio.study.answers import read_answer_logs

    opened = Study.open(folder)
    logs, problems = read_answer_logs(opened)
    found = {
        **_facts(opened.file),
        "missing": len(opened.missing()),
        "readers": [
            {"reader": one.reader, "answered": len(one.answers), "finished": one.finished}
            for one in logs
        ],
        "problems": problems,
    }
    if reader is not None:
        found["order"] = ReadingSession(opened, reader).order
    if as_json:
        emit_json(found)
    else:
        _print_study(found)
    for one in problems:
        note(shown(one, 400))


@study.command("size")
def size_(
    per_kind: int = typer.Option(
        114, "--per-kind", min=1, max=500_000, help="Pictures of each kind."
    ),
    margin: float = typer.Option(
        0.10, "--margin", help="What counts as equivalent to chance: one half plus and minus this."
    ),
    readers: int = typer.Option(
        1, "--readers", min=1, max=10_000, help="How many will read all pictures."
    ),
    as_json: bool = JSON,
) -> None:
    """How likely a planned study shows equivalence with chance, and how many answers that takes."""
    from studio.study.power import study_power

    found = study_power(per_kind, margin, readers)
    if as_json:
        emit_json(found.to_dict())
        return
    several = bool(found.together)
    rows = [
        (
            wording.percent(a, 0),
            wording.percent(p),
            *([wording.percent(found.together[a])] if several else []),
        )
        for a, p in found.of_one.items()
    ]
    columns = [
        "true accuracy",
        "one reader",
        *([f"{wording.count(readers)} readers"] if several else []),
    ]
    table(
        f"Probability of showing equivalence with {wording.count(found.answers)} answers each",
        columns,
        rows,
    )
    echo(
        f"One reader at chance needs {wording.count(found.needed)} answers for 80 % (exact tests)."
    )
    if several:
        spread = wording.significant(100 * found.plan.reader_spread)
        share = wording.significant(100 * found.plan.picture_share)
        echo(
            f"Readers together: assumes that they differ by {spread} points (SD) and that "
            f"{share} % of the spread of answers belongs to the pictures."
        )


@study.command()
def answer(
    folder: Path = STUDY,
    reader: str = typer.Option(..., "--reader", help="Who answered."),
    answers: Path = typer.Option(
        ..., "--from", help="CSV: token, answer (real or synthetic), confidence (1 to 3), ms."
    ),
    as_json: bool = JSON,
) -> None:
    """Record answers that another tool collected."""
    from dataclasses import asdict

    from studio.study import Study
    from studio.workflows.study import answer_from_table

    report = answer_from_table(Study.open(folder), reader, answers)
    if as_json:
        emit_json(asdict(report))
    else:
        end = "finished" if report.finished else "not finished"
        echo(
            f"{counted(report.added, 'answer')} of {shown(report.reader)} recorded; "
            f"{wording.count(report.answered)} of {counted(report.pictures, 'picture')} "
            f"answered, {end}."
        )
        if report.answered_before:
            note(f"{counted(report.answered_before, 'row')} passed over: answered already.")
    list_failures(report.failed)
    leave(FAILURES if report.failed else 0)


@study.command()
def result(
    folder: Path = STUDY,
    key: Path | None = KEY,
    margin: float | None = typer.Option(
        None, "--margin", help="Another margin of equivalence than the study was planned for."
    ),
    as_json: bool = JSON,
) -> None:
    """Accuracy, d', agreement and equivalence of the readers who have finished."""
    from studio.study import Study, evaluate_study, read_key
    from studio.study.export import result_document

    opened = Study.open(folder)
    found = evaluate_study(opened, read_key(opened, key), margin)
    if as_json:
        emit_json(result_document(opened, found))
    else:
        _print_result(found)
    for one in found.problems:
        note(shown(one, 400))


@study.command()
def export(
    folder: Path = STUDY,
    out: Path = typer.Argument(..., help="The .csv to write.", show_default=False),
    key: Path | None = KEY,
) -> None:
    """Every answer of the readers who have finished, with the truth, as CSV."""
    from studio.study import Study, read_key
    from studio.study.export import export_answers

    opened = Study.open(folder)
    rows = export_answers(opened, read_key(opened, key), out)
    echo(f"{counted(rows, 'answer')} in {shown(out)}.")


def _facts(file: Any) -> dict[str, Any]:
    kept = ("title", "created", "seed", "per_kind", "margin", "classes", "questions")
    document = file.model_dump(mode="json")
    return {
        "pictures": len(file.pictures),
        **{name: document[name] for name in kept},
        "size": file.encoding.size,
        "quality": file.encoding.quality,
    }


def _print_study(found: dict[str, Any]) -> None:
    echo(
        f"{shown(found['title'])}: {counted(found['pictures'], 'picture')}, "
        f"{wording.count(found['per_kind'])} of each kind, {found['size']} px, "
        f"seed {found['seed']}."
    )
    if found["missing"]:
        echo(f"{counted(found['missing'], 'picture')} of it have gone from the folder.")
    rows = [
        (
            one["reader"],
            wording.progress(one["answered"], found["pictures"]),
            _yes(one["finished"]),
        )
        for one in found["readers"]
    ]
    if rows:
        table("Readers", ["reader", "answered", "finished"], rows)
    for token in found.get("order", ()):
        echo(token)


def _print_result(found: "StudyResult") -> None:
    from studio.study.verdicts import summary
    from studio.study.words import NOTICE, report_lines

    echo(summary(found))
    for line in report_lines(found):
        echo(line)
    for one in found.unfinished:
        done = wording.progress(one.answered, found.pictures)
        echo(f"{shown(one.reader)} has answered {done} so far.")
    echo(NOTICE)


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
