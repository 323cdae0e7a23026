"""A session as one command line, and the options of that command as a session.

Both directions stand side by side, so that what a session holds is what its command says:
`session_of_options` of the options in `command_of(session)` is the session again. Only `t`, where
the slider of the window stands, is left out: frames are made of the whole path.
"""

import base64
import binascii
import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from studio.errors import UsageError
from studio.generate.latent.seeds import parse_seeds
from studio.generate.session import Endpoint, MorphSession, Move
from studio.opening import parse_json
from studio.validation import first_fault

SEED, LATENT, PHOTOGRAPH = "seed:", "latent:", "photograph:"
SHA_DIGITS = 16  # of the network's SHA-256 that a command names


def command_of(session: MorphSession, out: str = "OUT") -> str:
    """The command that writes what an export of the session writes."""
    options: list[tuple[str, object]] = [("network", session.network)]
    if session.network_sha256:
        options.append(("network-sha256", session.network_sha256[:SHA_DIGITS]))
    for which, end in (("source", session.source), ("target", session.target)):
        options.append((which, endpoint_text(end)))
        if end.kind == "photograph" and end.latent is not None and end.photograph is not None:
            options.append((f"{which}-photograph", end.photograph))
        if end.kind != "seed" and end.class_name is not None:
            options.append((f"{which}-class", end.class_name))
    options += [("via", _whole_text(end)) for end in session.via]
    options += [("steps", session.steps), ("spacing", session.spacing)]
    if session.groups_apart:
        options += list(session.reach.items())
    usual: list[tuple[str, object, object]] = [
        ("trunc", session.truncation, 1.0),
        ("noise-mode", session.noise_mode, "const"),
        ("noise-seed", session.noise_seed, 0),
        ("noise-strength", session.noise_strength, 1.0),
        ("style-from", session.style_from, None),
        ("video", session.film, None),
        ("fps", session.fps, 12),
        ("seconds", session.seconds, None),
    ]
    options += [(name, value) for name, value, default in usual if value != default]
    options += [("move", move_text(move)) for move in session.moves]
    options += [("run", run) for run in session.runs]
    flags = ["--loop"] if session.closed else []
    words = [f"--{name} {shlex.quote(str(value))}" for name, value in [*options, ("out", out)]]
    return " ".join(["can-studio gan morph", *flags, *words])


def session_of_options(
    *,
    network: str,
    source: str,
    target: str,
    network_sha256: str = "",
    class_name: str | None = None,
    photographs: tuple[str | None, str | None] = (None, None),
    class_names: tuple[str | None, str | None] = (None, None),
    reach: dict[str, float | None] | None = None,
    moves: Sequence[str] = (),
    via: Sequence[str] = (),
    **fields: Any,
) -> MorphSession:
    """The session that options of the command line describe; UsageError says what is wrong.

    `class_name` is that of both ends where they name none. A `reach` of some groups lets the
    layers move apart, and those not given go all the way.
    """
    given = {group: far for group, far in (reach or {}).items() if far is not None}
    if given:
        fields |= {"groups_apart": True, "reach": {**dict.fromkeys(reach or {}, 1.0), **given}}
    ends = [
        parse_endpoint(text, photograph, own if own is not None else class_name)
        for text, photograph, own in zip((source, target), photographs, class_names, strict=True)
    ]
    try:
        return MorphSession(
            network=network,
            network_sha256=network_sha256.lower(),
            source=ends[0],
            target=ends[1],
            via=[_parse_whole(text, class_name) for text in via],
            moves=[parse_move(text) for text in moves],
            **fields,
        )
    except ValidationError as error:
        raise UsageError(f"This morph cannot be made: {first_fault(error)}.") from None


def _whole_text(end: Endpoint) -> str:
    """All of an end in one word: as `endpoint_text`, or as JSON where that leaves something out."""
    text = endpoint_text(end)
    return text if parse_endpoint(text) == end else end.model_dump_json(exclude_none=True)


def _parse_whole(text: str, class_name: str | None) -> Endpoint:
    if text.startswith("{"):
        try:
            parse_json(text)
        except ValueError:
            pass  # the path of a file whose name begins with a brace
        else:
            return Endpoint.model_validate_json(text)
    return parse_endpoint(text, None, class_name)


def endpoint_text(end: Endpoint) -> str:
    """`seed:513`, `seed:513:CLASS`, the path of a latent or of a photograph without one.

    A path that would be taken for something else has its kind before it.
    """
    if end.kind == "seed":
        named = "" if end.class_name is None else f":{end.class_name}"
        return f"{SEED}{end.seed}{named}"
    latent = end.latent is not None
    path = str(end.latent if latent else end.photograph)
    marked = path.startswith((SEED, LATENT, PHOTOGRAPH, "{"))
    if not marked and path.lower().endswith(".npz") == latent:
        return path
    return f"{LATENT if latent else PHOTOGRAPH}{path}"


def parse_endpoint(
    text: str, photograph: str | None = None, class_name: str | None = None
) -> Endpoint:
    """An end of a morph as the command line names it; UsageError for what is none.

    `photograph` is what a latent is the projection of.
    """
    if text.startswith(SEED):
        numbers, _, named = text.removeprefix(SEED).partition(":")
        seeds = parse_seeds(numbers)
        if len(seeds) != 1:
            raise UsageError(f"An end of a morph is one seed, not {len(seeds)}.")
        return Endpoint(kind="seed", seed=seeds[0], class_name=named or class_name)
    is_latent = text.startswith(LATENT) or (
        text.lower().endswith(".npz") and not text.startswith(PHOTOGRAPH)
    )
    path = text.removeprefix(LATENT if is_latent else PHOTOGRAPH)
    if not path:
        raise UsageError(f"“{text}” names no file.")
    if not is_latent:
        return Endpoint(kind="photograph", photograph=path, class_name=class_name)
    if photograph is None:
        return Endpoint(kind="latent", latent=path, class_name=class_name)
    return Endpoint(kind="photograph", latent=path, photograph=photograph, class_name=class_name)


def move_text(move: Move) -> str:
    """`pca:2:-1.5`; with a vector of its own `boundary:0:1.5:BASE64`, float32 little-endian."""
    words = f"{move.kind}:{move.index}:{move.amount!r}"
    if move.vector is None:
        return words
    return f"{words}:{base64.urlsafe_b64encode(np.asarray(move.vector, '<f4').tobytes()).decode()}"


def parse_move(text: str) -> Move:
    """A direction, its number, how far along it, and its vector where it has one."""
    kind, _, rest = text.partition(":")
    number, _, rest = rest.partition(":")
    amount, colon, code = rest.partition(":")
    try:
        vector = None
        if colon:
            raw = base64.b64decode(code, altchars=b"-_", validate=True)
            vector = np.frombuffer(raw, "<f4").astype(float).tolist()
        return Move(
            kind=kind,  # type: ignore[arg-type]  # checked by the model
            index=int(number),
            amount=float(amount),
            vector=vector,
        )
    except (ValueError, binascii.Error):  # a ValidationError is a ValueError
        raise UsageError(
            "A move is KIND:NUMBER:AMOUNT, such as pca:0:1.5 or closed_form:2:-1; "
            f"“{text[:60]}” is not."
        ) from None
