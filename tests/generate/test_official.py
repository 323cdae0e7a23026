"""Official pickles: what must be read, what must be refused, and that nothing is run."""

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from vectors import Vectors, error

from studio.generate.files import official, safe_pickle
from studio.generate.files.network_file import NetworkFileError, read_network
from studio.generate.files.safe_pickle import PickleRefused
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


def dumps(value: object) -> bytes:
    """Pickle `value`; each `_Call` becomes GLOBAL, arguments, REDUCE, whatever it names."""

    class Pickler(pickle._Pickler):
        def save(self, obj, save_persistent_id=True):
            if not isinstance(obj, _Call):
                return super().save(obj, save_persistent_id)
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
            super().save(obj.arguments)
            self.write(pickle.REDUCE)
            return None

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


def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path) -> None:
    inner = io.BytesIO()
    torch.save(torch.zeros(4)._typed_storage(), inner, _use_new_zipfile_serialization=False)
    storage = _Call("torch.storage", "_load_from_bytes", inner.getvalue())
    tensor = _Call("torch._utils", "_rebuild_tensor_v2", storage, 0, (5,), (1,), False, {})
    source = tmp_path / "beyond.pkl"
    source.write_bytes(dumps({"G_ema": tensor}))
    with pytest.raises(PickleRefused, match="beyond its storage"):
        safe_pickle.load(source)


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


def test_a_cut_network_file_is_named(shared_data: Path, tmp_path: Path) -> None:
    whole = (shared_data / "stylegan2" / "sg3_r64.safetensors").read_bytes()
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(whole[:100_000])
    with pytest.raises(NetworkFileError, match="cut off"):
        read_network(cut)
