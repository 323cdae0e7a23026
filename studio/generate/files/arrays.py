"""Arrays of an `.npz` file that may be anything.

NumPy makes room for what the head of an array claims before it reads it, and unpacks as much as a
member gives: here both are compared with what the file can hold first.
"""

import math
import zlib
from pathlib import Path
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from studio.opening import MB, FileProblem, FileRefused, open_regular, shown_path

MAX_BYTES = 256 * MB  # unpacked; the maps and latents of the largest network have a fifth of it
_BROKEN = (
    BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, ValueError,
    KeyError, TypeError, OSError, OverflowError, SyntaxError,
)  # fmt: skip


def load_arrays(path: Path, max_bytes: int = MAX_BYTES) -> dict[str, NDArray[np.generic]]:
    """The arrays of an `.npz` by name. Raises FileRefused for anything else, for arrays of objects,
    and for what unpacks to more than `max_bytes`."""
    with open_regular(path, max_bytes=max_bytes) as file:
        try:
            with ZipFile(file) as archive:
                members = archive.infolist()
                if sum(member.file_size for member in members) > max_bytes:
                    raise ValueError("it unpacks to more than such a file may have")
                return {
                    member.filename.removesuffix(".npy"): _array(archive, member)
                    for member in members
                }
        except _BROKEN as error:
            sentence = f"{shown_path(path)} holds no arrays that can be read: {error}."
            raise FileRefused(FileProblem.WRONG, sentence) from error


def _array(archive: ZipFile, member: ZipInfo) -> NDArray[np.generic]:
    with archive.open(member) as stream:
        version = npy.read_magic(stream)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in read:
            raise ValueError(f"the format {version} of an array is not known")
        shape, fortran, dtype = read[version](stream)
        size = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or size > member.file_size:
            raise ValueError("an array is not of numbers, or claims more than there is")
        data = stream.read(size)
    order = "F" if fortran else "C"
    return np.frombuffer(data, dtype).reshape(shape, order=order)  # type: ignore[call-overload]
