"""Reading official pickles without running anything that they name.

The official files are pickles of `torch_utils.persistence._reconstruct_persistent_obj(meta)`,
whose loader executes the source text inside them. Here every global that a pickle may name is in
one table and stands for something harmless: modules become records of their class name and state,
tensors are rebuilt after their bounds are checked, storages are read with `weights_only=True`.
Any other name ends the reading.

A pickle may also give a state to whatever it has made (BUILD): a tensor would so be laid over
memory that is not its own, a function get other defaults. What the table gives is therefore
sealed: it refuses a state, save the few kinds that official pickles do give one.
"""

import io
import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from studio.errors import StudioError
from studio.opening import open_regular

MAX_BYTES = 8 << 30


class PickleRefused(StudioError):
    """The pickle names something that is not in the table, or is not a pickle at all."""


class StatelessValue:
    """What a pickle may not give a state to."""

    __slots__ = ()

    def __setstate__(self, _state: object) -> None:
        raise PickleRefused("This pickle gives a state to something that has none.")


class PickledTensor(StatelessValue):
    """A tensor or a storage while the pickle around it is read."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class _Function(StatelessValue):
    """A function of the table: it can be called and nothing else."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)


@dataclass
class ModuleRecord(StatelessValue):
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
                if isinstance(tensor, PickledTensor) and isinstance(tensor.value, Tensor):
                    found[prefix + name] = tensor.value
        for name, child in self.modules.items():
            if isinstance(child, ModuleRecord):
                found.update(child.tensors(f"{prefix}{name}."))
        return found


class OpaqueObject:
    """Stands for something that is read past and not used, such as an array of StyleGAN3."""

    def __init__(self, *_arguments: object) -> None:
        pass

    def __setstate__(self, _state: object) -> None:
        pass


class PlainDict(dict[str, Any]):
    """Stands for `dnnlib.util.EasyDict` and for ordered dictionaries."""

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.update(state)


def load(path: Path) -> Any:
    """The data of an official pickle; PickleRefused when it is anything else."""
    try:
        with open_regular(path, max_bytes=MAX_BYTES) as file:
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


def _storage(data: Any) -> PickledTensor:
    if not isinstance(data, bytes):
        raise PickleRefused("This pickle holds a tensor storage that is not bytes.")
    storage = torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    if not isinstance(storage, torch.TypedStorage):
        raise PickleRefused("This pickle holds something else where a storage belongs.")
    return PickledTensor(storage)


def _tensor(held: Any, offset: int, size: Any, stride: Any, *_flags: Any) -> PickledTensor:
    """A tensor over a storage, only where every element lies inside it and is there once."""
    storage = held.value if isinstance(held, PickledTensor) else None
    if not isinstance(storage, torch.TypedStorage):
        raise PickleRefused("This pickle holds a tensor over something that is not a storage.")
    shape, steps = [int(n) for n in size], [int(n) for n in stride]
    count, room = math.prod(shape), storage._size()  # type: ignore[no-untyped-call]
    last = offset + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    inside = all(n >= 0 for n in (offset, *shape, *steps)) and (count == 0 or last < room)
    if not inside or count > room:  # with strides of 0 a few bytes would fill the memory
        raise PickleRefused("This pickle holds a tensor that reaches beyond its storage.")
    tensor: Tensor = torch._utils._rebuild_tensor(  # type: ignore[no-untyped-call]
        storage, offset, shape, steps
    )
    return PickledTensor(tensor.clone())


def _parameter(data: Any, *_flags: Any) -> PickledTensor:
    if not isinstance(data, PickledTensor) or not isinstance(data.value, Tensor):
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
        raise PickleRefused("This pickle encodes bytes in a way that is not known.")
    return text.encode("latin-1")


ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): _Function(_module),
    ("dnnlib.util", "EasyDict"): PlainDict,
    ("collections", "OrderedDict"): PlainDict,
    ("torch._utils", "_rebuild_parameter"): _Function(_parameter),
    ("torch._utils", "_rebuild_tensor_v2"): _Function(_tensor),
    ("torch.storage", "_load_from_bytes"): _Function(_storage),
    ("numpy", "dtype"): _Function(_dtype),
    ("numpy", "ndarray"): OpaqueObject,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("_codecs", "encode"): _Function(_encode),
    **{
        (f"numpy.{core}.multiarray", name): stand_in
        for core in ("core", "_core")
        for name, stand_in in (("scalar", _Function(_scalar)), ("_reconstruct", OpaqueObject))
    },
}
