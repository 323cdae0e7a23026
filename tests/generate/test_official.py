"""Official pickles: what must be read, what must be refused, and that nothing is run."""

import io
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from vectors import Vectors, error

from studio.generate.files import official, safe_pickle
from studio.generate.files.network_file import NetworkFileError, read_network
from studio.generate.files.safe_pickle import PickleRefused
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator


@torch.no_grad()
@pytest.mark.parametrize(
    ("pickle_name", "vectors"),
    [
        ("sg3_r32_map8", "sg3_r32_map8"),
        ("sg3_r64_c2", "sg3_r64_c2"),
        ("sg3_r64_c2_proto3", "sg3_r64_c2"),
    ],
)
def test_official_pickles_give_the_official_pictures(
    shared_data: Path, tmp_path: Path, pickle_name: str, vectors: str
) -> None:
    folder = shared_data / "stylegan2"
    target = tmp_path / "network.safetensors"
    report = official.convert(folder / "official_pickles" / f"{pickle_name}.pkl", target)
    assert report["parts"] == ["G_ema", "G", "D"]
    network = read_network(target)
    generator = Generator(network.config).eval()
    generator.load_state_dict(network.part("G_ema"))
    numbers = Vectors(folder, vectors)
    picture = generator.synthesis(numbers["w_psi1.0"], "const")
    assert error(picture, numbers["img_const"]) < 1e-5


def test_stylegan3_is_named_and_refused(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "stylegan2" / "official_pickles" / "sg3t_r64.pkl"
    with pytest.raises(PickleRefused, match="StyleGAN3-T"):
        official.convert(source, tmp_path / "network.safetensors")
    assert not (tmp_path / "network.safetensors").exists()


class _Call:
    """Pickles as a call of `function` with `arguments`, under the names given."""

    def __init__(self, module: str, name: str, *arguments: object) -> None:
        self.module, self.name, self.arguments = module, name, arguments


class _Name:
    """Pickles as the function itself, not called."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Given:
    """Pickles as `value` that is then given a state (BUILD)."""

    def __init__(self, value: object, state: object) -> None:
        self.value, self.state = value, state


def dumps(value: object) -> bytes:
    """Pickle `value`; each `_Call` becomes GLOBAL, arguments, REDUCE, whatever it names."""

    class Pickler(pickle._Pickler):
        def save(self, obj, save_persistent_id=True):
            if isinstance(obj, _Given):
                self.save(obj.value)
                self.save(obj.state)
                self.write(pickle.BUILD)
            elif isinstance(obj, (_Call, _Name)):
                self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
                if isinstance(obj, _Call):
                    super().save(obj.arguments)
                    self.write(pickle.REDUCE)
            else:
                super().save(obj, save_persistent_id)

    out = io.BytesIO()
    Pickler(out, 2).dump(value)
    return out.getvalue()


def test_a_call_of_the_shell_is_not_made(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    for module in ("os", "posix", "nt"):
        source = tmp_path / "evil.pkl"
        source.write_bytes(dumps({"G_ema": _Call(module, "system", f"touch {trace}")}))
        with pytest.raises(PickleRefused, match=f"{module}.system"):
            safe_pickle.load(source)
        with pytest.raises(PickleRefused, match=f"{module}.system"):
            official.convert(source, tmp_path / "out.safetensors")
    assert not trace.exists()


class _Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def test_a_pickle_inside_a_storage_is_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    inner = io.BytesIO()
    torch.save(_Bomb(trace), inner, _use_new_zipfile_serialization=False)
    source = tmp_path / "nested.pkl"
    source.write_bytes(
        dumps({"G_ema": _Call("torch.storage", "_load_from_bytes", inner.getvalue())})
    )
    with pytest.raises(PickleRefused):
        safe_pickle.load(source)
    assert not trace.exists()


class Hostile:
    """Its `__setstate__` would leave a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __getstate__(self):
        return {"trace": str(self.trace)}

    def __setstate__(self, state):
        Path(state["trace"]).touch()


def test_a_class_with_a_hostile_setstate_is_never_found(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    source = tmp_path / "state.pkl"
    source.write_bytes(pickle.dumps({"G_ema": _HOLDER(trace)}))
    with pytest.raises(PickleRefused, match="asks for"):
        safe_pickle.load(source)
    assert not trace.exists()


def _HOLDER(trace: Path) -> object:  # noqa: N802
    """An instance whose class pickle can find again under this module's name."""
    import sys

    module = sys.modules[Hostile.__module__]
    module.Hostile = Hostile
    return Hostile(trace)


def test_arrays_of_objects_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "objects.pkl"
    source.write_bytes(dumps({"G_ema": _Call("numpy", "dtype", "O8", False, True)}))
    with pytest.raises(PickleRefused, match="not of numbers"):
        safe_pickle.load(source)


PERSISTENT = {"type": "class", "class_name": "Generator", "state": {}}


def storage_of(value: object) -> _Call:
    """Four numbers, or whatever else, as the official pickles nest a storage."""
    inner = io.BytesIO()
    torch.save(value, inner, _use_new_zipfile_serialization=False)
    return _Call("torch.storage", "_load_from_bytes", inner.getvalue())


def tensor_of(storage: object, offset: int, shape: tuple, strides: tuple) -> _Call:
    return _Call("torch._utils", "_rebuild_tensor_v2", storage, offset, shape, strides, False, {})


FOUR = storage_of(torch.zeros(4)._typed_storage())


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(0, (5,), (1,)), (1, (4,), (1,)), (-1, (2,), (1,)), (3, (2,), (-1,)), (0, (1 << 40,), (0,))],
)
def test_a_tensor_beyond_its_storage_is_refused(
    tmp_path: Path, offset: int, shape: tuple, strides: tuple
) -> None:
    source = tmp_path / "beyond.pkl"
    source.write_bytes(dumps({"G_ema": tensor_of(FOUR, offset, shape, strides)}))
    with pytest.raises(PickleRefused, match="beyond its storage"):
        safe_pickle.load(source)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (tensor_of(FOUR, 0, (4,), (1,)), (FOUR, 0, (10,), (1,))),  # would be laid over other memory
        (FOUR, {"_size": 99}),
        (_Name("numpy.core.multiarray", "scalar"), (None, {"__defaults__": (1, 2)})),
        (_Name("torch.storage", "_load_from_bytes"), {"more": 1}),
        (
            _Call("torch_utils.persistence", "_reconstruct_persistent_obj", PERSISTENT),
            {"state": 7},
        ),
    ],
)
def test_nothing_of_the_table_takes_a_state(tmp_path: Path, value: object, state: object) -> None:
    source = tmp_path / "state.pkl"
    source.write_bytes(dumps({"G_ema": _Given(value, state)}))
    with pytest.raises(PickleRefused, match="gives a state"):
        safe_pickle.load(source)
    assert safe_pickle._scalar.__defaults__ == (b"",)


def test_a_storage_that_is_something_else_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "other.pkl"
    source.write_bytes(dumps({"G_ema": storage_of(torch.zeros(4))}))
    with pytest.raises(PickleRefused, match="something else"):
        safe_pickle.load(source)


@pytest.mark.parametrize("state", [{"_modules": [1]}, {"_modules": {"synthesis": 3}}])
def test_a_network_of_nonsense_is_named(tmp_path: Path, state: dict) -> None:
    source = tmp_path / "nonsense.pkl"
    module = _Call(
        "torch_utils.persistence", "_reconstruct_persistent_obj", PERSISTENT | {"state": state}
    )
    source.write_bytes(dumps({"G_ema": module}))
    with pytest.raises(PickleRefused, match="does not say what network"):
        official.read_official(source)


def test_a_module_beside_the_pickle_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "ran"
    (tmp_path / "torch.py").write_text(f"open({str(trace)!r}, 'w')")
    (tmp_path / "empty.pkl").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PickleRefused, match="empty"):
        official.convert(Path("empty.pkl"), Path("out.safetensors"))
    assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "zip"),
        (b"<!DOCTYPE html>", "web page"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"\x80\x04N", "readable pickle"),
        (pickle.dumps([1, 2]), "no G_ema"),
        (dumps(_Call("dnnlib.tflib.network", "Network")), "TensorFlow"),
        (dumps({"G_ema": np.float64}), "asks for"),
    ],
)
def test_other_files_are_named(tmp_path: Path, content: bytes, word: str) -> None:
    source = tmp_path / "file.pkl"
    source.write_bytes(content)
    with pytest.raises(PickleRefused, match=word):
        official.read_official(source)


@pytest.mark.parametrize("name", ["z_dim", "w_dim", "c_dim", "channel_max"])
def test_a_network_that_would_fill_the_memory_is_refused(tmp_path: Path, name: str) -> None:
    source = tmp_path / "vast.safetensors"
    config = json.dumps({"resolution": 64, name: 10_000_000})
    save_file({"G_ema.x": torch.zeros(1)}, source, metadata={"config": config})
    with pytest.raises(NetworkFileError, match="cannot be read as a network file"):
        read_network(source)


def test_a_cut_network_file_is_named(shared_data: Path, tmp_path: Path) -> None:
    whole = (shared_data / "stylegan2" / "sg3_r64.safetensors").read_bytes()
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(whole[:100_000])
    with pytest.raises(NetworkFileError, match="cut off"):
        read_network(cut)


def test_a_card_that_is_no_object_is_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    config = GeneratorConfig(resolution=4).model_dump_json()
    save_file({"x": torch.zeros(1)}, path, metadata={"config": config, "card": "[1]"})
    with pytest.raises(NetworkFileError, match="card"):
        read_network(path)
