"""`can-studio gan …`: the tools of the paper's StyleGAN2, with their options and files."""

import math
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from studio import wording
from studio.cli.common import JSON, progress, require_alone
from studio.cli.output import echo, emit_json, note, shown
from studio.errors import UsageError

MOST_STEPS = 10_000  # of a morph, as its session allows
gan = typer.Typer(
    help="Train StyleGAN2 networks, generate, project and morph with them, build data sets.",
    no_args_is_help=True,
)
_CARD = (
    2000  # characters of a line: a person's text is not cut, a hostile one does not fill a screen
)
_WITH_SESSION = ("out", "session", "video", "device")
_NAMES = {"truncation": "trunc", "class_name": "class"}


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise UsageError("--trunc is a number such as 0.7.")
    return value


_NETWORK_HELP = "A network file (.safetensors, or an official .pkl), or sample."
NETWORK = typer.Option(..., "--network", help=_NETWORK_HELP)
OUT = typer.Option(..., "--out", help="A folder for what is made; nothing is overwritten.")
CLASS = typer.Option(None, "--class", help="Class name or number of a conditional network.")
TRUNCATION = typer.Option(
    1.0, "--trunc", help="Truncation psi: 1 is none, 0 the mean picture.", callback=_finite
)
NOISE_SEED = typer.Option(
    0, "--noise-seed", min=0, max=2**32 - 1, help="Of the maps that --noise-mode random draws."
)
DEVICE = typer.Option(
    "cpu",
    "--device",
    help="cpu, whose pictures are the same everywhere; cuda, mps, or auto for the fastest.",
)
NOISE_STRENGTH = typer.Option(
    1.0, "--noise-strength", min=0, max=10, help="Times the noise that the network adds."
)


class NoiseMode(StrEnum):
    """What becomes of the noise inputs."""

    CONST = "const"
    RANDOM = "random"
    NONE = "none"


class Method(StrEnum):
    """How to project: the studio's way, or the official projector."""

    AUTO = "auto"
    W = "w"


class Spacing(StrEnum):
    """In what the steps of a morph are even."""

    W = "w"
    PERCEPTUAL = "perceptual"
    PROBABILITY = "probability"


class Film(StrEnum):
    """A film of the frames."""

    MP4 = "mp4"
    GIF = "gif"


@gan.command()
def convert(
    official: Path = typer.Argument(..., help="An official .pkl.", show_default=False),
    out: Path = typer.Argument(..., help="The .safetensors to write.", show_default=False),
) -> None:
    """Read an official pickle without running anything in it, and write the studio's file."""
    from studio.generate.files.official import convert as convert_file

    emit_json(convert_file(official, out))


@gan.command()
def show(
    file: Path = typer.Argument(..., help="A network file, or sample.", show_default=False),
    as_json: bool = JSON,
) -> None:
    """What a network file holds."""
    from studio.generate.files.named import resolve_network_path
    from studio.generate.files.network_file import read_network
    from studio.generate.files.official import report

    found = report(read_network(resolve_network_path(file)))
    if as_json:
        emit_json(found)
        return
    config = found["config"]
    echo(
        f"{shown(file.name)}: StyleGAN2 ({config['architecture']}), {config['resolution']} px, "
        f"z {config['z_dim']}, w {config['w_dim']}, {config['c_dim'] or 'no'} classes."
    )
    for part, count in found["parameters"].items():
        echo(f"  {part}: {wording.count(count)} numbers")
    for key, value in _lines(found["card"]):
        echo(f"  {shown(key)}: {shown(value, _CARD)}")


def _lines(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """What lies in a card, one line each: `recipe.gamma` and its value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _lines(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for place, inner in enumerate(value):
            yield from _lines(inner, f"{key}.{place}")
    elif isinstance(value, list):
        yield key, ", ".join(map(_word, value))
    elif key:
        yield key, _word(value)


def _word(value: object) -> str:
    named = {None: "none", True: "yes", False: "no"}
    return named[value] if value is None or isinstance(value, bool) else str(value)


@gan.command()
def share(
    network: Path = typer.Argument(..., help="A network file of a run.", show_default=False),
    out: Path = typer.Argument(..., help="The .safetensors to write.", show_default=False),
    title: str = typer.Option("", "--title", help="What it is; the card's own without it."),
    licence: str = typer.Option("", "--licence", help="Under which it may be used."),
) -> None:
    """Write a smaller file that renders, without what training would go on from."""
    from studio.generate.files.named import resolve_network_path
    from studio.generate.files.share import share as write_shared

    shared = write_shared(resolve_network_path(network), out, title=title, licence=licence)
    size = wording.megabytes(out.stat().st_size)
    echo(f"{shown(out)}: {shared.config.resolution} px, {size}, with its card.")


@gan.command()
def generate(
    network: Path = NETWORK,
    seeds: str = typer.Option(..., "--seeds", help="Such as 0-99,200."),
    out: Path = OUT,
    truncation: float = TRUNCATION,
    noise_mode: NoiseMode = typer.Option(NoiseMode.CONST, "--noise-mode"),
    noise_seed: int = typer.Option(
        0,
        "--noise-seed",
        min=0,
        max=2**32 - 1,
        help="With --noise-mode random, each picture draws its noise from this plus its seed.",
    ),
    class_name: str | None = CLASS,
    batch: int = typer.Option(8, "--batch", min=1, max=256),
    device: str = DEVICE,
) -> None:
    """Render seeds: seed0000.png and so on, with a manifest."""
    from studio.compute.device import pick_device
    from studio.generate.latent.seeds import parse_seeds
    from studio.generate.network import load_network
    from studio.generate.outputs.seeds import generate as render

    wanted = parse_seeds(seeds)
    with progress("Generating") as tell:
        manifest = render(
            load_network(network, str(pick_device(device))),
            wanted,
            out,
            network_name=network.name,
            truncation=truncation,
            noise_mode=noise_mode.value,
            noise_seed=noise_seed,
            class_name=class_name,
            batch=batch,
            on_progress=tell,
        )
    made = wording.counted(len(wanted), "synthetic picture")
    echo(f"{made} in {shown(out)}; {manifest.name} says how.")


@gan.command("style-mix")
def style_mix(
    network: Path = NETWORK,
    rows: str = typer.Option(..., "--rows", help="Of the rows: seeds such as 85,100-103, latents."),
    columns: str = typer.Option(..., "--cols", help="The same of the columns."),
    out: Path = OUT,
    layers: str = typer.Option(
        "0-6", "--layers", help="Layers that come from the column: low ones give the shape."
    ),
    truncation: float = TRUNCATION,
    class_name: str | None = CLASS,
    device: str = DEVICE,
) -> None:
    """Mix the styles of seeds: matrix.png, each picture, and its latent for a morph."""
    from studio.compute.device import pick_device
    from studio.generate.network import load_network
    from studio.generate.outputs.style_mix import (
        StyleMix,
        parse_layers,
        parse_sources,
        write_style_mix,
    )

    opened = load_network(network, str(pick_device(device)))
    chosen = parse_layers(layers, opened.config.num_ws)
    sources = parse_sources(rows), parse_sources(columns)
    wanted = StyleMix(*sources, chosen, truncation, class_name)
    manifest = write_style_mix(opened, wanted, out, network_name=network.name)
    echo(f"The matrix and its pictures are in {shown(out)}; {manifest.name} says how.")


@gan.command()
def project(
    network: Path = NETWORK,
    target: Path = typer.Option(..., "--target", help="A photograph."),
    out: Path = OUT,
    steps: int = typer.Option(1000, "--steps", min=1, max=100_000),
    method: Method = typer.Option(Method.AUTO, "--method", help="w: the official projector."),
    seed: int = typer.Option(303, "--seed", min=0),
    distance: str = typer.Option("lite0", "--distance", help="lite0, or lpips:FILE (yours)."),
    candidates: int = typer.Option(
        10_000, "--candidates", min=1, max=10_000, help="Random latents; auto begins at the best."
    ),
    class_name: str | None = CLASS,
    device: str = DEVICE,
) -> None:
    """Find the latent whose picture comes nearest to a photograph."""
    from studio.workflows.generate.morph import project_file

    with progress("Projecting") as tell:
        result = project_file(
            network,
            target,
            out,
            method=method.value,
            steps=steps,
            seed=seed,
            distance=distance,
            candidates=candidates,
            class_name=class_name,
            device=device,
            on_progress=tell,
        )
    echo(
        f"Distance {wording.significant(result.first_distance)} fell to "
        f"{wording.significant(result.distance)} ({distance}) in "
        f"{result.steps_done} steps; projected_w.npz, proj.png and target.png are in {shown(out)}."
    )


def _part(name: str, layers: str) -> Any:
    """How far a group of layers goes."""
    return typer.Option(
        None,
        min=0,
        max=1,
        help=f"How far the {name} ({layers} at 512 px) goes towards the target, 0 … 1.",
    )


@gan.command()
def morph(
    context: typer.Context,
    out: Path = OUT,
    network: str | None = typer.Option(None, "--network", help=_NETWORK_HELP),
    source: str | None = typer.Option(
        None, "--source", help="A latent .npz, seed:513, seed:513:CLASS, a photo."
    ),
    target: str | None = typer.Option(None, "--target", help="The same."),
    session: Path | None = typer.Option(None, "--session", help="A session of the window instead."),
    steps: int = typer.Option(
        10, "--steps", min=2, max=MOST_STEPS, help="Frames, both ends included."
    ),
    via: list[str] | None = typer.Option(
        None, "--via", help="A keyframe between source and target; several may be given."
    ),
    loop: bool = typer.Option(False, "--loop", help="Go back to the source behind the target."),
    spacing: Spacing = typer.Option(
        Spacing.W,
        "--spacing",
        help="In what the steps are even: w; perceptual, which is lite0 features, pixels and edges "
        "at once, whichever changes most; the probability of the first --run.",
    ),
    video: Film | None = typer.Option(None, "--video", help="Also a film of the frames."),
    fps: int = typer.Option(12, "--fps", min=1, max=60, help="Frames a second of the film."),
    seconds: float | None = typer.Option(
        None,
        "--seconds",
        min=0,
        max=600,
        help="Length of the film, filled with pictures of its own; without it the frames show.",
    ),
    run: list[str] | None = typer.Option(
        None,
        "--run",
        help="A training run whose model scores the frames; several may be given, and the first "
        "one spaces the steps of probability.",
    ),
    truncation: float = TRUNCATION,
    class_name: str | None = CLASS,
    shape: float | None = _part("shape", "layers 0–5"),
    pattern: float | None = _part("pattern", "layers 6–9"),
    colour: float | None = _part("colour", "layers 10–15"),
    noise_mode: NoiseMode = typer.Option(NoiseMode.CONST, "--noise-mode"),
    noise_seed: int = NOISE_SEED,
    noise_strength: float = NOISE_STRENGTH,
    style_from: int | None = typer.Option(
        None, "--style-from", min=0, max=2**32 - 1, help="A seed that gives all frames its colours."
    ),
    move: list[str] | None = typer.Option(
        None,
        "--move",
        help="Both ends along a direction, by standard deviations of random w: pca:0:1.5, "
        "closed_form:2:-1, or boundary:0:1:VECTOR; several may be given.",
    ),
    network_sha256: str = typer.Option(
        "", "--network-sha256", help="Refuse another network: its SHA-256, or how that begins."
    ),
    source_photograph: str | None = typer.Option(
        None, "--source-photograph", help="What the latent of the source is a projection of."
    ),
    target_photograph: str | None = typer.Option(
        None, "--target-photograph", help="The same of the target."
    ),
    source_class: str | None = typer.Option(
        None, "--source-class", help="Class of the source alone, in place of --class."
    ),
    target_class: str | None = typer.Option(
        None, "--target-class", help="Class of the target alone."
    ),
    device: str = DEVICE,
) -> None:
    """Walk from one latent to another: frames, latents, a film on request."""
    from studio.generate.session import read_session
    from studio.generate.session_command import session_of_options
    from studio.workflows.generate.morph import morph_session

    if session is not None:
        require_alone(context, "session", _WITH_SESSION, "A session says how it goes", _NAMES)
        wanted = read_session(session)
        if video is not None:
            wanted = wanted.model_copy(update={"film": video.value})
    elif network is None or source is None or target is None:
        raise UsageError("A morph needs --network, --source and --target, or a --session.")
    else:
        wanted = session_of_options(
            network=network,
            source=source,
            target=target,
            network_sha256=network_sha256,
            class_name=class_name,
            photographs=(source_photograph, target_photograph),
            class_names=(source_class, target_class),
            reach={"shape": shape, "pattern": pattern, "colour": colour},
            moves=move or [],
            steps=steps,
            spacing=spacing.value,
            film=video.value if video else None,
            runs=run or [],
            truncation=truncation,
            noise_mode=noise_mode.value,
            noise_seed=noise_seed,
            noise_strength=noise_strength,
            via=via or [],
            closed=loop,
            fps=fps,
            seconds=seconds,
            style_from=style_from,
        )
    report = morph_session(wanted, out, device=device, tell=lambda text: note(shown(text)))
    echo(f"{len(report.ts)} frames in {shown(out)}, from the source to the target.")
    ratios = ", ".join(
        f"{wording.number(ratio, 2)} by {name}" for name, ratio in report.step_ratios.items()
    )
    echo(f"Longest step over mean step: {ratios}.")
    for t in report.crossings:
        place = wording.number(t)
        echo(f"The probability crosses one half at t = {place}. Model output, not a diagnosis.")
