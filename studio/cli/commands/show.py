"""`can-studio show`: what the Train and Evaluate workspaces show of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from studio import wording
from studio.cli.common import JSON, OWN_RULE_HELP, ThresholdRule
from studio.cli.figures import interval, print_figures
from studio.cli.output import echo, emit_json, note, shown, table
from studio.wording import counted

_MOST_ROWS = 12  # of a history, of which the terminal shows the end


def show(
    run: Path = typer.Argument(
        ..., help="Folder of the training of a classifier or a GAN.", show_default=False
    ),
    rule: ThresholdRule | None = typer.Option(None, "--rule", help=OWN_RULE_HELP),
    out: Path | None = typer.Option(
        None, "--out", help="Write the results as tables into this folder, new or empty, too."
    ),
    as_json: bool = JSON,
) -> None:
    """Print a run's state and figures: AUCs with intervals, operating points, confusion matrices.

    Thresholds are chosen on the validation set. Of the training of a GAN: how far it is, and the
    KID of its snapshots. With --out, what "Export results" writes in the window.
    """
    from studio import jobs
    from studio.errors import UsageError
    from studio.jobs.kinds import NETWORK_TRAINING
    from studio.results.documents import classifier_document, gan_document
    from studio.results.export import export_results
    from studio.results.gan_run import GanReader
    from studio.results.model_results import read_results

    if jobs.load(run).kind == NETWORK_TRAINING.name:
        if out is not None:
            raise UsageError("--out writes the results of a classifier: leave it out for a GAN.")
        document = gan_document(GanReader(run).read())
        tell = _print_network
    else:
        results = read_results(None, run)
        chosen = rule.value if rule is not None else results.rule
        document = classifier_document(results, chosen)
        tell = _print_classifier
        if out is not None:
            files = export_results(results, out, chosen)
            note(f"{counted(len(files), 'file')} written to {shown(out)}.")
    if as_json:
        emit_json(document)
        return
    echo(f"{shown(document['title'])}: {document['state']}")
    if document["error"]:
        echo(shown(document["error"], 400))
    tell(document)
    echo("Research use, not a diagnosis.")


def _print_classifier(told: Mapping[str, Any]) -> None:
    facts = (told["model"], told["weights"], told["device"])
    echo(" · ".join(shown(one, 80) for one in facts if one))
    if told["epochs"]:
        last = told["epochs"][-1]
        echo(f"Epoch {last['epoch']} of {told['total_epochs']}: validation AUC {interval(last)}")
    validation = told["validation"]
    if validation is not None:
        name = shown(validation["positive"], 60)
        echo(
            f"\nValidation, epoch {validation['epoch']}, which is kept: AUC of {name} "
            f"{interval(validation)}"
        )
        print_figures(validation)
    for test in told["tests"]:
        _print_test(test)
    for one in told["unfinished"]:
        echo(f"\n{shown(one['test'], 80)}: {one['state']}. {shown(one['error'], 400)}".rstrip())


def _print_test(test: Mapping[str, Any]) -> None:
    figures, title = test["figures"], shown(test["title"], 60)
    if figures is None:
        echo(f"\nTest {title}: its scores are gone.")
        return
    name, pictures = shown(figures["positive"], 60), counted(figures["n"], "picture")
    echo(f"\nTest {title}: AUC of {name} {interval(figures)}, {pictures}")
    print_figures(figures)
    echo(f"Leakage: {test['leakage_verdict']}.")
    for sentence in test["leakage"]:
        echo(shown(sentence, 400))


def _print_network(told: Mapping[str, Any]) -> None:
    total = f" of {wording.significant(told['total_kimg'], 4)}" if told["total_kimg"] else ""
    echo(f"{wording.significant(told['kimg'], 4)}{total} kimg")
    measured = [one for one in told["snapshots"] if one["kid"] is not None]
    if measured:
        table(
            "KID of the snapshots" + (", the last" if len(measured) > _MOST_ROWS else ""),
            ["kimg", "KID", "low", "high", "network"],
            [_snapshot_row(one) for one in measured[-_MOST_ROWS:]],
        )
    best = told["best"]
    if best is not None and best["kid"] is not None:
        kimg, kid = wording.significant(best["kimg"], 4), wording.number(best["kid"], 4)
        echo(f"Best: {kimg} kimg, KID {kid}, {shown(best['network'])}")


def _snapshot_row(one: Mapping[str, Any]) -> list[str]:
    figures = (wording.number(one[key], 4) for key in ("kid", "kid_low", "kid_high"))
    return [wording.significant(one["kimg"], 4), *figures, one["network"]]
