"""The commands, put together. Nothing heavy is imported before the command that needs it."""

import typer

from studio.cli.commands import (
    cache,
    compare,
    cross_validate,
    datasets,
    demo,
    evaluate,
    experiment,
    export,
    export_onnx,
    figures,
    gan,
    gan_build,
    gan_data,
    gan_metrics,
    gan_train,
    import_,
    labels,
    leakage,
    learning_rate,
    metadata,
    new,
    readers,
    rescue,
    review,
    show,
    status,
    study,
    train,
)
from studio.cli.model_options import ModelCommand

app = typer.Typer(
    name="can-studio",
    help="A studio for clinical-photograph datasets. Research use, not a diagnosis. "
    "Without a command, the window opens; with the folder of a project, on that project.",
    epilog="Exit codes: 0 done, 1 finished with failures listed, 2 not done, "
    "130 stopped by Ctrl+C.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Say the version and leave."),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
) -> None:
    """Open the window, unless a command is given."""
    del debug  # main() has taken it, wherever it stood on the line
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"can-studio {installed('can-studio')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from studio.cli.common import open_window

        raise typer.Exit(open_window())


app.command("demo")(demo.demo)
app.command("new")(new.new)
app.command("labels")(labels.labels)
app.command("import")(import_.import_)
app.command("propose")(review.propose)
app.command("status")(status.status)
app.command("metadata")(metadata.metadata)
app.command("readers")(readers.readers)
app.command("rescue")(rescue.rescue)
app.command("boxes")(review.boxes)
app.command("decide")(review.decide)
app.command("export")(export.export)
app.command("sample-crops")(demo.sample_crops)
app.command("train", cls=ModelCommand)(train.train)
app.command("cross-validate", cls=ModelCommand)(cross_validate.cross_validate)
app.command("learning-rate", cls=ModelCommand)(learning_rate.learning_rate)
app.command("evaluate")(evaluate.evaluate)
app.command("export-onnx")(export_onnx.export_onnx)
app.command("show")(show.show)
app.command("compare")(compare.compare)
app.command("cache")(cache.cache)
app.command("figures")(figures.figures)
gan.gan.command("build-set")(gan_build.build_set)
gan.gan.command("dataset")(gan_data.dataset)
gan.gan.command("metrics")(gan_metrics.metrics)
gan.gan.command("train", cls=ModelCommand)(gan_train.train)
gan.gan.command("resume")(gan_train.resume)
app.add_typer(datasets.datasets, name="datasets")
app.add_typer(experiment.experiment, name="experiment")
app.add_typer(gan.gan, name="gan")
app.add_typer(leakage.leakage, name="leakage")
app.add_typer(study.study, name="study")
