"""Hostile files: every one is refused by name with its reason, and the verifier goes on."""

import os
import signal
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.imaging import (
    ImageError,
    ImageFormat,
    Limits,
    Reason,
    VerifiedImage,
    Verifier,
    phash,
    probe,
    verify,
)
from studio.opening import sha256_file


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    with Verifier(workers=1) as one:
        yield one


def reason_of(verifier: Verifier, path: Path) -> Reason:
    with pytest.raises(ImageError) as refused:
        verifier.check(path)
    sentence = str(refused.value)
    assert len(sentence) < 300
    assert path.name[:20] in sentence
    assert sentence.endswith(".")
    return refused.value.reason


def coded(photo: np.ndarray, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    Image.fromarray(photo).resize((480, 320)).save(buffer, kind, **options)
    return buffer.getvalue()


def png_of_zeros(width: int, height: int) -> bytes:
    """A PNG of one bit a pixel, all of it there, small because zeros compress."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    )


def test_a_good_file_with_all_that_is_asked(
    verifier: Verifier, tmp_path: Path, photo: np.ndarray
) -> None:
    path = tmp_path / "good.jpg"
    path.write_bytes(coded(photo, "JPEG"))
    verified = verifier.check(path)
    assert verified.info == probe(path)
    assert verified.sha256 == sha256_file(path)
    assert verified.sharpness > 0
    assert verified.phash == phash(np.asarray(Image.open(path)))


def test_a_bomb_is_refused_from_its_header(verifier: Verifier, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png_of_zeros(20_000, 20_000))
    assert bomb.stat().st_size < 60_000
    assert reason_of(verifier, bomb) is Reason.BOMB
    with pytest.raises(ImageError) as refused:
        probe(bomb)
    assert refused.value.reason is Reason.BOMB
    between = tmp_path / "between.png"  # over the limit but under Pillow's own
    between.write_bytes(png_of_zeros(11_000, 11_000))
    assert reason_of(verifier, between) is Reason.BOMB


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("zero.jpg", b"", Reason.EMPTY),
        ("page.jpg", b"\n<!DOCTYPE html><html><body>404</body></html>", Reason.NOT_IMAGE),
        ("text.png", b"hello, world", Reason.NOT_IMAGE),
        ("paper.jpg", b"%PDF-1.7 ...", Reason.NOT_IMAGE),
        ("phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Reason.UNSUPPORTED),
        ("scan.jpg", b"II*\0\x08\0\0\0" + bytes(60), Reason.UNSUPPORTED),
        ("noise.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 9, Reason.UNREADABLE),
        ("noise.png", b"\x89PNG\r\n\x1a\n" + b"\xff" * 99, Reason.UNREADABLE),
        ("stub.jpg", b"\xff\xd8\xff", None),
        ("stub.webp", b"RIFF\x10\0\0\0WEBPVP8 ", None),
        ("stub.gif", b"GIF89a", None),
        ("stub.bmp", b"BM\x46\0\0\0\0\0\0\0", None),
    ],
)
def test_what_is_no_picture(
    verifier: Verifier, tmp_path: Path, name: str, data: bytes, reason: Reason | None
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = reason_of(verifier, path)
    assert found is reason or reason is None


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("GIF", {}),
        ("BMP", {}),
    ],
)
@pytest.mark.parametrize("kept", [0.2, 0.6, 0.97])
def test_a_cut_file_is_truncated(
    verifier: Verifier,
    tmp_path: Path,
    photo: np.ndarray,
    kind: str,
    options: dict[str, object],
    kept: float,
) -> None:
    data = coded(photo, kind, **options)
    path = tmp_path / f"cut.{kind.lower()}"
    path.write_bytes(data[: int(len(data) * kept)])
    assert reason_of(verifier, path) is Reason.TRUNCATED


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("cut", [1, 2, 12])
def test_a_missing_end_is_truncated(
    verifier: Verifier, tmp_path: Path, photo: np.ndarray, kind: str, cut: int
) -> None:
    if kind == "PNG" and cut < 12:
        cut += 4  # the checksum of the last chunk is no loss
    path = tmp_path / f"cut.{kind.lower()}"
    path.write_bytes(coded(photo, kind)[:-cut])
    with pytest.raises(ImageError) as refused:
        verify(path)
    assert refused.value.reason is reason_of(verifier, path) is Reason.TRUNCATED


def test_a_download_padded_with_zeros_is_truncated(
    verifier: Verifier, tmp_path: Path, photo: np.ndarray
) -> None:
    data = coded(photo, "JPEG")
    path = tmp_path / "padded.jpg"
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))
    assert reason_of(verifier, path) is Reason.TRUNCATED


def test_names_and_things_that_are_no_files(verifier: Verifier, tmp_path: Path) -> None:
    assert reason_of(verifier, tmp_path / ("a" * 20_000 + ".jpg")) is Reason.BAD_NAME
    assert reason_of(verifier, tmp_path / "absent.jpg") is Reason.MISSING
    assert reason_of(verifier, tmp_path) is Reason.NOT_FILE
    with pytest.raises(ImageError) as refused:
        verifier.check(tmp_path / "nul\0.jpg")
    assert refused.value.reason is Reason.BAD_NAME
    assert "\0" not in str(refused.value)
    loop = tmp_path / "loop.jpg"
    loop.symlink_to(loop)
    assert reason_of(verifier, loop) is Reason.UNREADABLE


def test_fifos_and_devices_do_not_hang(verifier: Verifier, tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.jpg"
    os.mkfifo(fifo)
    assert reason_of(verifier, fifo) is Reason.NOT_FILE
    device = tmp_path / "zero.jpg"
    device.symlink_to("/dev/zero")
    assert reason_of(verifier, device) is Reason.NOT_FILE


def test_a_symlink_to_a_picture_and_a_strange_name_are_fine(
    verifier: Verifier, tmp_path: Path, photo: np.ndarray
) -> None:
    real = tmp_path / "line\nbreak \udcff.jpg"
    real.write_bytes(coded(photo, "JPEG"))
    link = tmp_path / "link.jpg"
    link.symlink_to(real)
    assert verifier.check(real).sha256 == verifier.check(link).sha256


def test_too_many_bytes(tmp_path: Path, photo: np.ndarray) -> None:
    path = tmp_path / "big.jpg"
    path.write_bytes(coded(photo, "JPEG"))
    with pytest.raises(ImageError, match="more than the 1,000 allowed") as refused:
        verify(path, Limits(max_bytes=1000))
    assert refused.value.reason is Reason.TOO_BIG


def test_a_large_picture_waits_its_turn_and_passes(verifier: Verifier, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(png_of_zeros(8_000, 4_000))
    assert verifier.check(large).info.pixels == 32_000_000
    assert verifier.check(large).sharpness == 0


def test_too_little_memory_is_a_reason(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(png_of_zeros(8_000, 8_000))
    small = tmp_path / "small.png"
    small.write_bytes(png_of_zeros(80, 80))
    with Verifier(Limits(memory_bytes=330_000_000), workers=1) as tight:
        assert reason_of(tight, large) is Reason.TOO_BIG
        assert tight.check(small).info.width == 80


def test_too_slow_is_a_reason_and_the_next_file_passes(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(png_of_zeros(8_000, 8_000))
    small = tmp_path / "small.png"
    small.write_bytes(png_of_zeros(80, 80))
    with Verifier(Limits(seconds=0.05), workers=1) as hasty:
        assert reason_of(hasty, large) is Reason.TOO_SLOW
    with Verifier(workers=1) as patient:
        assert patient.check(small).info.height == 80


def test_a_killed_worker_is_replaced(tmp_path: Path, photo: np.ndarray) -> None:
    path = tmp_path / "good.jpg"
    path.write_bytes(coded(photo, "JPEG"))
    with Verifier(workers=1) as verifier:
        first = verifier.check(path)
        for _ in range(2):
            process = verifier._children[0]._process
            assert process is not None
            process.send_signal(signal.SIGSTOP)  # cannot answer; killed while it is asked
            threading.Timer(0.05, process.kill).start()
            assert verifier.check(path) == first


def test_a_worker_that_always_dies_costs_its_file_only(
    tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "good.jpg"
    path.write_bytes(coded(photo, "JPEG"))
    with Verifier(workers=1) as verifier:
        child = verifier._children[0]
        running = child._running

        def dying() -> "subprocess.Popen[str]":
            process = running()
            process.kill()
            process.wait()
            return process

        monkeypatch.setattr(child, "_running", dying)
        assert reason_of(verifier, path) is Reason.UNREADABLE
        monkeypatch.undo()
        assert verifier.check(path).info.width == 480


def test_many_files_in_order_from_two_workers(tmp_path: Path, photo: np.ndarray) -> None:
    paths = []
    for number in range(30):
        paths.append(tmp_path / f"{number}.png")
        good = number % 7 != 3
        paths[-1].write_bytes(png_of_zeros(10 + number, 10) if good else b"<html>")
    with Verifier(workers=2) as verifier:
        results = list(verifier.check_many(iter(paths)))
        assert [path for path, _ in results] == paths
        for number, (_, result) in enumerate(results):
            if number % 7 == 3:
                assert isinstance(result, ImageError)
            else:
                assert isinstance(result, VerifiedImage)
                assert result.info.width == 10 + number
        for _ in verifier.check_many(paths):
            break
        assert verifier.check(paths[0]).info.format is ImageFormat.PNG


def test_the_worker_survives_a_main_that_cannot_be_imported_again(tmp_path: Path) -> None:
    """Multiprocessing would run this script once more in each worker."""
    picture = tmp_path / "a.png"
    picture.write_bytes(png_of_zeros(30, 20))
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom studio.imaging import Verifier\n"
        "with Verifier(workers=1) as v:\n"
        "    sys.stdout.write(str(v.check(Path(sys.argv[1])).info.width))\n"
    )
    (tmp_path / "PIL.py").write_text("raise SystemExit('imported from the working folder')")
    done = subprocess.run(
        [sys.executable, "-P", str(script), str(picture)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert done.stdout == "30", done.stderr


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("GIF", {}), ("BMP", {})],
)
def test_damaged_bytes_end_in_a_reason_or_a_picture(
    tmp_path: Path, photo: np.ndarray, kind: str, options: dict[str, object]
) -> None:
    buffer = BytesIO()
    Image.fromarray(photo).save(buffer, kind, **options)
    whole = buffer.getvalue()
    generator = np.random.default_rng(5)
    path = tmp_path / "damaged"
    sentences = []
    for _ in range(150):
        data = bytearray(whole)
        for place in generator.integers(0, min(len(data), 400), 4):
            data[place] = generator.integers(0, 256)
        path.write_bytes(data)
        try:
            verify(path, Limits(max_pixels=2_000_000))
        except ImageError as error:
            sentences.append(str(error))
    assert len(sentences) > 10
    assert all(sentence.startswith("damaged") for sentence in sentences)


@pytest.mark.data
def test_the_reference_photographs_pass(verifier: Verifier, shared_data: Path) -> None:
    for path in sorted((shared_data / "widefield").glob("*.jpg")):
        verified = verifier.check(path)
        assert sorted(verified.info.exif_size) == [3024, 4032]
        assert verified.sharpness > 0
