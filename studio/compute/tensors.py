"""Tensors from a file that may be anything: no code runs, and no few bytes ask for gigabytes.

PyTorch's own format is a zip whose members are stored as they are. One with compressed members, or
with tensors that repeat a few numbers by a stride of 0, would fill the memory; both are refused.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.opening import FileProblem, FileRefused, open_regular, shown_path, shown_text

if TYPE_CHECKING:
    import torch

MAX_BYTES = 64 * 1024**3
_MOST_MEMBERS = 200_000


def load_checkpoint(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """What a file of `torch.save` holds, on the CPU: tensors, numbers, texts, lists and tables.

    Read with `weights_only=True`. Raises FileRefused for what is not a regular file, is damaged,
    holds code, or unpacks to more than the file has.
    """
    import torch

    with open_regular(path, max_bytes=max_bytes) as file:
        _check_zip(path, file)
        file.seek(0)
        try:
            content = torch.load(file, map_location="cpu", weights_only=True)
        # A damaged or hostile file fails in unpickling, zip or tensor code, each its own error.
        except Exception as error:
            sentence = f"{shown_path(path)} is damaged or not a file of tensors: {_why(error)}."
            raise FileRefused(FileProblem.WRONG, sentence) from error
    for tensor in _tensors(content):
        if tensor.layout != torch.strided or tensor.numel() * tensor.element_size() > _held(tensor):
            sentence = f"{shown_path(path)} holds a tensor that is larger than its numbers."
            raise FileRefused(FileProblem.WRONG, sentence)
    return content


def load_safetensors(path: Path, max_bytes: int = MAX_BYTES) -> "dict[str, torch.Tensor]":
    """The tensors of a `.safetensors` file, on the CPU. Raises FileRefused as above."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    open_regular(path, max_bytes=max_bytes).close()  # the library opens it again, by its path
    try:
        found: dict[str, torch.Tensor] = load_file(path)
    except (SafetensorError, ValueError, OSError, KeyError, RuntimeError) as error:
        sentence = f"{shown_path(path)} is damaged or not a file of tensors: {_why(error)}."
        raise FileRefused(FileProblem.WRONG, sentence) from error
    return found


def _check_zip(path: Path, file: Any) -> None:
    try:
        if not zipfile.is_zipfile(file):
            return  # the older format, whose tensors are read for as long as the file goes on
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        sentence = f"{shown_path(path)} is damaged: its list of contents cannot be read."
        raise FileRefused(FileProblem.WRONG, sentence) from error
    size = file.seek(0, 2)
    stored = all(one.compress_type == zipfile.ZIP_STORED for one in members)
    if not stored or len(members) > _MOST_MEMBERS or sum(m.file_size for m in members) > size:
        sentence = (
            f"{shown_path(path)} would unpack to more than it has, which a file of tensors never "
            "does: it is not read."
        )
        raise FileRefused(FileProblem.WRONG, sentence)


def _tensors(content: Any) -> "Iterator[torch.Tensor]":
    import torch

    waiting, seen = [content], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, torch.Tensor):
            yield one
        elif isinstance(one, dict | list | tuple | set) and id(one) not in seen:
            seen.add(id(one))  # a pickle may hold a list that holds itself
            waiting += [*one.keys(), *one.values()] if isinstance(one, dict) else one


def _held(tensor: "torch.Tensor") -> int:
    return int(tensor.untyped_storage().nbytes())


def _why(error: Exception) -> str:
    words = str(error).strip().splitlines()
    return shown_text(words[0], 120).rstrip(".") if words and words[0] else type(error).__name__
