"""Reading official pickles without running anything that they name.

The official files are pickles of `torch_utils.persistence._reconstruct_persistent_obj(meta)`,
whose loader executes the source text inside them. Here every global that a pickle may name is in
one table and stands for something harmless: modules become records of their class name and state,
tensors are rebuilt after their bounds are checked, storages are read with `weights_only=True`.
Any other name ends the reading.
"""

import io
import math
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from studio.errors import StudioError


class PickleRefused(StudioError):
    """The pickle names something that is not in the table, or is no pickle at all."""


@dataclass
class ModuleRecord:
    """A pickled network module: its class name, and its `__dict__` as plain data."""

    class_name: str
    state: dict[str, Any]

    @property
    def modules(self) -> "dict[str, ModuleRecord]":
        children: dict[str, ModuleRecord] = self.state.get("_modules", {})
        return children

    def tensors(self, prefix: str = "") -> dict[str, Tensor]:
        """Parameters and buffers under their dotted names, as `state_dict()` would give them."""
        found = {}
        for kind in ("_parameters", "_buffers"):
            for name, tensor in self.state.get(kind, {}).items():
                if isinstance(tensor, Tensor):
                    found[prefix + name] = tensor.detach()
        for name, child in self.modules.items():
            if isinstance(child, ModuleRecord):
                found.update(child.tensors(f"{prefix}{name}."))
        return found


class Opaque:
    """Stands for something that is read past and not used, such as an array of StyleGAN3."""

    def __init__(self, *_arguments: object) -> None:
        pass

    def __setstate__(self, _state: object) -> None:
        pass


class PlainDict(dict[str, Any]):
    """Stands for `dnnlib.util.EasyDict`."""

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.update(state)


def load(path: Path) -> Any:
    """The data of an official pickle; PickleRefused when it is anything else."""
    try:
        with path.open("rb") as file:
            return _Unpickler(file).load()
    except PickleRefused:
        raise
    except OSError as error:
        raise PickleRefused(f"{path.name} cannot be opened: {error.strerror}.") from error
    except (
        pickle.UnpicklingError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RuntimeError,
        OverflowError,
        RecursionError,
        MemoryError,
    ) as error:
        raise PickleRefused(
            f"{path.name} is not a readable pickle: it is damaged, or of another kind of program."
        ) from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return ALLOWED[module, name]
        except KeyError:
            raise PickleRefused(
                REFUSALS.get((module.partition(".")[0], name))
                or REFUSALS.get((module, ""))
                or f"This pickle asks for {module}.{name}, which no StyleGAN2 network needs. "
                "Nothing of it was run."
            ) from None

    def persistent_load(self, _pid: Any) -> Any:
        raise PickleRefused("This is a PyTorch checkpoint, not an official StyleGAN2 pickle.")


REFUSALS = {
    ("dnnlib.tflib.network", ""): (
        "This is a TensorFlow pickle of the first StyleGAN releases. Convert it with the official "
        "legacy.py to the PyTorch format first."
    ),
}


def _module(meta: Any) -> ModuleRecord:
    if not isinstance(meta, dict) or meta.get("type") != "class":
        raise PickleRefused("This pickle holds a persistent object that is not a network module.")
    state = meta.get("state")
    if not isinstance(state, dict):
        raise PickleRefused("This pickle holds a network module without its state.")
    return ModuleRecord(str(meta.get("class_name")), state)


def _storage(data: Any) -> Any:
    if not isinstance(data, bytes):
        raise PickleRefused("This pickle holds a tensor storage that is not bytes.")
    return torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")


def _tensor(storage: Any, offset: int, size: Any, stride: Any, *_flags: Any) -> Tensor:
    """A tensor over a storage, only where every element lies inside it."""
    if not isinstance(storage, torch.TypedStorage):
        raise PickleRefused("This pickle holds a tensor over something that is not a storage.")
    shape, steps = [int(n) for n in size], [int(n) for n in stride]
    last = offset + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    inside = all(n >= 0 for n in (offset, *shape, *steps)) and (
        math.prod(shape) == 0 or last < storage._size()  # type: ignore[no-untyped-call]
    )
    if not inside:
        raise PickleRefused("This pickle holds a tensor that reaches beyond its storage.")
    tensor: Tensor = torch._utils._rebuild_tensor(  # type: ignore[no-untyped-call]
        storage, offset, shape, steps
    )
    return tensor.clone()


def _parameter(data: Any, *_flags: Any) -> Tensor:
    if not isinstance(data, Tensor):
        raise PickleRefused("This pickle holds a parameter that is not a tensor.")
    return data


def _dtype(name: Any, *_flags: Any) -> "_NumericType":
    return _NumericType(name)


class _NumericType:
    """Stands for `numpy.dtype`: numbers only, since object arrays can run code."""

    def __init__(self, name: Any) -> None:
        if not isinstance(name, str) or np.dtype(name).kind not in "biuf":
            raise PickleRefused(f"This pickle holds an array of {name!r}, not of numbers.")
        self.dtype = np.dtype(name)

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


def _scalar(dtype: Any, data: Any = b"") -> float | int | bool:
    if isinstance(data, str):
        data = data.encode("latin-1")
    if not isinstance(dtype, _NumericType) or len(data) != dtype.dtype.itemsize:
        raise PickleRefused("This pickle holds a number whose bytes do not fit its type.")
    value: float | int | bool = np.frombuffer(data, dtype.dtype)[0].item()
    return value


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    """How protocol 2 and 3 write bytes."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise PickleRefused("This pickle encodes bytes in an unexpected way.")
    return text.encode("latin-1")


ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): _module,
    ("dnnlib.util", "EasyDict"): PlainDict,
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch.storage", "_load_from_bytes"): _storage,
    ("numpy", "dtype"): _dtype,
    ("numpy", "ndarray"): Opaque,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("_codecs", "encode"): _encode,
    **{
        (f"numpy.{core}.multiarray", name): stand_in
        for core in ("core", "_core")
        for name, stand_in in (("scalar", _scalar), ("_reconstruct", Opaque))
    },
}
