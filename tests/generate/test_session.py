"""Sessions: what goes in comes out; what is none is named."""

from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.generate.session import Endpoint, MorphSession, Move, read_session, write_session


def session() -> MorphSession:
    return MorphSession(
        network="nets/my sample.safetensors",
        network_sha256="0" * 64,
        source=Endpoint(kind="seed", seed=513),
        target=Endpoint(kind="latent", latent="out/projected_w.npz"),
        positions={"shape": 0.25, "pattern": 0.5, "colour": 1.0},
        groups_apart=True,
        truncation=0.7,
        moves=[Move(kind="pca", index=2, amount=-1.5)],
    )


def test_a_session_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "one.morph.json"
    write_session(path, session())
    assert read_session(path) == session()


def test_the_command_names_everything() -> None:
    plain = session().model_copy(update={"moves": []})
    command = plain.command("frames")
    assert command == (
        "can-studio gan morph --network 'nets/my sample.safetensors' --source seed:513 "
        "--target out/projected_w.npz --steps 10 --spacing w --trunc 0.7 --out frames"
    )


@pytest.mark.parametrize(
    "change", [{}, {"moves": [], "style_from": 3}, {"moves": [], "noise_mode": "none"}]
)
def test_what_options_cannot_say_is_read_from_the_file(change: dict[str, object]) -> None:
    edited = session().model_copy(update=change)
    assert edited.command("frames", "a b.morph.json") == (
        "can-studio gan morph --session 'a b.morph.json' --out frames"
    )


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"version": 2}', session().model_dump_json()[:-20]]
)
def test_what_is_no_session_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.morph.json"
    path.write_text(text)
    with pytest.raises(StudioError, match="no morph session"):
        read_session(path)
