"""Official pickles opened as networks: converted into the cache, and nothing beside them."""

import shutil
import stat
from pathlib import Path

import pytest
import torch
from vectors import Vectors, error

from studio.errors import StudioError
from studio.generate import load_network
from studio.generate.files import official_cache
from studio.generate.files.official import convert
from studio.opening import sha256_file


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAN_STUDIO_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


@pytest.fixture(scope="module")
def conversions(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two pickles, converted once by the real child process."""
    folder = tmp_path_factory.mktemp("converted")
    found = {}
    for name in ("sg3_r32_map8", "sg3_r64_c2"):
        source = shared_data / "stylegan2" / "official_pickles" / f"{name}.pkl"
        convert(source, folder / f"{name}.safetensors")
        found[sha256_file(source)] = folder / f"{name}.safetensors"
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, conversions: dict[str, Path]) -> None:
    """Conversions as before, without waiting for a child process."""

    def copied(source: Path, target: Path) -> None:
        shutil.copyfile(conversions[sha256_file(source)], target)

    monkeypatch.setattr(official_cache, "convert", copied)


@pytest.fixture
def official(shared_data: Path, tmp_path: Path) -> Path:
    """An official pickle alone in a folder that cannot be written."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    path = folder / "network-snapshot.pkl"
    shutil.copyfile(shared_data / "stylegan2" / "official_pickles" / "sg3_r32_map8.pkl", path)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    return path


@torch.no_grad()
def test_nothing_is_written_beside_a_pickle(official: Path, shared_data: Path) -> None:
    before = official.read_bytes()
    network = load_network(official)
    assert list(official.parent.iterdir()) == [official]
    assert official.read_bytes() == before
    assert network.sha256 == sha256_file(official), "what was named is what is told"
    numbers = Vectors(shared_data / "stylegan2", "sg3_r32_map8")
    picture = network.synthesis(numbers["w_psi1.0"], "const")
    assert error(picture, numbers["img_const"]) < 1e-4


@pytest.mark.usefixtures("quick")
def test_a_pickle_is_converted_once(official: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    load_network(official, tell=lambda: told.append(1))
    monkeypatch.setattr(official_cache, "convert", None)
    load_network(official, tell=lambda: told.append(2))
    assert told == [1]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("content", [b"", b"cut off"])
def test_a_damaged_cache_is_made_anew(official: Path, content: bytes) -> None:
    first = load_network(official)
    [cached] = official_cache.cache_folder().iterdir()
    cached.write_bytes(content)
    again = load_network(official)
    assert torch.equal(again.generator.mapping.w_avg, first.generator.mapping.w_avg)
    assert cached.stat().st_size > 1000
    assert list(official_cache.cache_folder().iterdir()) == [cached], "no part is left"


@pytest.mark.usefixtures("quick")
def test_another_conversion_under_that_name_is_not_taken(official: Path, shared_data: Path) -> None:
    load_network(official)
    [cached] = official_cache.cache_folder().iterdir()
    other = official.with_name("other.pkl")
    official.parent.chmod(0o700)
    shutil.copyfile(shared_data / "stylegan2" / "official_pickles" / "sg3_r64_c2.pkl", other)
    assert load_network(other).config.resolution == 64
    [second] = set(official_cache.cache_folder().iterdir()) - {cached}
    cached.write_bytes(second.read_bytes())
    assert load_network(official).config.resolution == 32


@pytest.mark.usefixtures("quick")
def test_a_cache_that_cannot_be_written_is_done_without(official: Path, config: Path) -> None:
    config.write_text("a file where the folder would be")
    assert load_network(official).config.resolution == 32
    assert config.read_text().startswith("a file")


def test_a_pickle_that_is_none_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "login.pkl").write_text("<html>please log in")
    with pytest.raises(StudioError, match="web page"):
        load_network(tmp_path / "login.pkl")
    with pytest.raises(StudioError, match=r"gone\.pkl"):
        load_network(tmp_path / "gone.pkl")
    assert not list(official_cache.cache_folder().glob("*"))
