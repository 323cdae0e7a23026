"""Sessions: what goes in comes out, as a file and as a command; what is none is named."""

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.cli.__main__ import main
from studio.cli.commands import gan
from studio.errors import StudioError, UsageError
from studio.generate.outputs.morph import MorphReport
from studio.generate.session import (
    MOST_STEPS,
    MOST_VIA,
    Endpoint,
    MorphSession,
    Move,
    read_session,
    write_session,
)
from studio.generate.session_command import (
    command_of,
    move_text,
    parse_endpoint,
    parse_move,
    session_of_options,
)
from studio.workflows.generate import morph as workflow


def session(**changes: Any) -> MorphSession:
    fields: dict[str, Any] = {
        "network": "nets/my sample.safetensors",
        "network_sha256": "0" * 64,
        "source": Endpoint(kind="seed", seed=513),
        "target": Endpoint(kind="latent", latent="out/projected_w.npz"),
        "t": 0.25,
        "truncation": 0.7,
        "moves": [Move(kind="pca", index=2, amount=-1.5)],
    }
    return MorphSession(**{**fields, **changes})


def test_a_session_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "one.morph.json"
    write_session(path, session(film="gif", noise_mode="random", noise_seed=7))
    assert read_session(path) == session(film="gif", noise_mode="random", noise_seed=7)


def test_the_command_names_everything() -> None:
    plain = session(moves=[])
    assert command_of(plain, "frames") == (
        "can-studio gan morph --network 'nets/my sample.safetensors' "
        "--network-sha256 0000000000000000 --source seed:513 --target out/projected_w.npz "
        "--steps 10 --spacing w --trunc 0.7 --out frames"
    )
    apart = session(groups_apart=True, reach={"shape": 0.25, "pattern": 1, "colour": 0})
    assert "--shape 0.25 --pattern 1.0 --colour 0.0 --trunc 0.7 --move pca:2:-1.5" in (
        command_of(apart)
    )


text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
seeds = st.integers(0, 2**32 - 1)
fractions = st.floats(0, 1)


@st.composite
def endpoints(draw: st.DrawFn) -> Endpoint:
    kind = draw(st.sampled_from(["seed", "latent", "photograph"]))
    name = draw(st.none() | text)
    if kind == "seed":
        return Endpoint(kind=kind, seed=draw(seeds), class_name=name)
    latent = draw(text) + draw(st.sampled_from([".npz", ".NPZ", ""]))
    photograph = draw(st.sampled_from(["", "seed:", "latent:", "photograph:"])) + draw(text)
    if kind == "latent":
        return Endpoint(kind=kind, latent=latent, class_name=name)
    projected = draw(st.none() | st.just(latent))
    return Endpoint(kind=kind, photograph=photograph, latent=projected, class_name=name)


moves = st.builds(
    Move,
    kind=st.sampled_from(["pca", "closed_form", "boundary"]),
    index=st.integers(0, 7),
    amount=st.floats(-3, 3),
    vector=st.none() | st.lists(st.floats(-1e3, 1e3), max_size=5),
)


@st.composite
def sessions(draw: st.DrawFn) -> MorphSession:
    apart = draw(st.booleans())
    reach = {group: draw(fractions) if apart else 1.0 for group in ("shape", "pattern", "colour")}
    return MorphSession(
        network=draw(text),
        network_sha256=draw(st.sampled_from(["", "0123456789abcdef"])),
        source=draw(endpoints()),
        target=draw(endpoints()),
        groups_apart=apart,
        reach=reach,
        spacing=draw(st.sampled_from(["w", "perceptual", "probability"])),
        steps=draw(st.integers(MOST_VIA + 3, MOST_STEPS)),
        truncation=draw(st.floats(-2, 2)),
        noise_mode=draw(st.sampled_from(["const", "random", "none"])),
        noise_seed=draw(seeds),
        style_from=draw(st.none() | seeds),
        moves=draw(st.lists(moves, max_size=3)),
        runs=draw(st.lists(text, max_size=3)),
        film=draw(st.sampled_from([None, "mp4", "gif"])),
        noise_strength=draw(st.floats(0, 10)),
        via=draw(st.lists(endpoints(), max_size=3)),
        closed=draw(st.booleans()),
        fps=draw(st.integers(1, 60)),
        seconds=draw(st.none() | st.floats(0.1, 600)),
    )


@settings(max_examples=60)
@given(sessions())
def test_the_command_is_the_session(wanted: MorphSession) -> None:
    """Through the command line itself: what it would write is this session, nothing left out."""
    asked: list[MorphSession] = []

    def write(session: MorphSession, out: Path, **_: object) -> MorphReport:
        asked.append(session)
        return MorphReport([], None, [], {}, out)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workflow, "morph_session", write)
        program, *words = shlex.split(command_of(wanted, "-odd out"))
        assert program == "can-studio"
        assert main(words) == 0
    assert asked == [wanted]


def test_the_command_line_allows_as_many_steps() -> None:
    assert gan.MOST_STEPS == MOST_STEPS


def test_a_session_of_the_first_version_is_read(tmp_path: Path) -> None:
    old = json.loads(session().model_dump_json())
    for name in ("t", "reach", "noise_seed", "film", "version"):
        del old[name]
    places = {"shape": 0.25, "pattern": 0.5, "colour": 1.0}
    path = tmp_path / "old.morph.json"
    path.write_text(json.dumps({**old, "version": 1, "positions": places, "groups_apart": True}))
    apart = read_session(path)
    assert apart.group_ts == places, "it shows the same picture"
    assert apart.path_reach == places
    together = dict.fromkeys(places, 0.4)
    path.write_text(json.dumps({**old, "positions": together, "groups_apart": False}))
    assert read_session(path) == session(t=0.4)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[1]",
        '{"version": 3}',
        session().model_dump_json()[:-20],
        session().model_dump_json().replace('"t":0.25', '"t":NaN'),
        session().model_dump_json().replace('"t":0.25', '"t":1.5'),
        session().model_dump_json().replace('"pattern":1.0,', ""),
        session().model_dump_json().replace('"seed":513', '"seed":null'),
    ],
)
def test_what_is_no_session_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.morph.json"
    path.write_text(content)
    with pytest.raises(StudioError, match="not a morph session"):
        read_session(path)


def test_ends_are_read_as_they_are_written() -> None:
    assert parse_endpoint("seed:18:nevus") == Endpoint(kind="seed", seed=18, class_name="nevus")
    assert parse_endpoint("seed:18", class_name="nevus").class_name == "nevus"
    assert parse_endpoint("a:b.npz").latent == "a:b.npz"
    assert parse_endpoint("latent:seed:1.npz").latent == "seed:1.npz"
    assert parse_endpoint("photograph:x.npz").photograph == "x.npz"
    projected = parse_endpoint("w.npz", "lesion.jpg")
    assert (projected.kind, projected.latent) == ("photograph", "w.npz")


@pytest.mark.parametrize("words", ["", "seed:", "seed:1-3", "latent:", "seed:99999999999"])
def test_what_is_no_end_is_named(words: str) -> None:
    with pytest.raises(UsageError):
        parse_endpoint(words)


def test_a_direction_with_a_vector_keeps_every_bit() -> None:
    vector = np.random.default_rng(0).normal(size=512).astype(np.float32)
    move = Move(kind="boundary", amount=1.25, vector=[float(one) for one in vector])
    back = parse_move(move_text(move))
    assert np.array_equal(np.asarray(back.vector, np.float32), vector)


@pytest.mark.parametrize(
    "words", ["", "pca", "pca:0", "pca:x:1", "up:0:1", "pca:0:nan", "pca:0:1:?"]
)
def test_what_is_no_move_is_named(words: str) -> None:
    with pytest.raises(UsageError, match="KIND:NUMBER:AMOUNT"):
        parse_move(words)


@pytest.mark.parametrize("name", ["{mole}.png", "{.npz", '{"kind": "seed"}', "{}"])
def test_a_keyframe_may_be_a_file_whose_name_begins_with_a_brace(name: str) -> None:
    kind = "latent" if name.endswith(".npz") else "photograph"
    end = Endpoint(kind=kind, **{kind: name})
    session = MorphSession(
        network="sample", source=Endpoint(kind="seed", seed=1), target=end, via=[end]
    )
    words = shlex.split(command_of(session))
    given = words[words.index("--via") + 1]
    again = session_of_options(
        network="sample", network_sha256="", source="seed:1", target=given, via=[given]
    )
    assert again.via == [end]
    if not name.endswith("}"):  # as a person types it, who knows no mark
        typed = session_of_options(
            network="sample", network_sha256="", source="seed:1", target="seed:2", via=[name]
        )
        assert typed.via == [end]
