"""Decoding: modes, profiles, reduced sizes, and what a header says."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from studio.imaging import ImageError, ImageFormat, Limits, Reason, decode, probe, sniff, verify
from studio.imaging.errors import may_be_read_later
from studio.opening import FileProblem, FileRefused


def saved(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "tif"])
def test_lossless_formats_come_back_exactly(tmp_path: Path, photo: np.ndarray, suffix: str) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(photo), **options)
    np.testing.assert_array_equal(decode(path, frame="raw"), photo)


def test_gif_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert tuple(decode(path, frame="raw")[5, 5]) == (255, 0, 0)


def test_alpha_is_laid_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[0, 0] = (10, 20, 30, 255)
    path = saved(tmp_path / "a.png", Image.fromarray(pixels))
    seen = decode(path, frame="raw")
    assert tuple(seen[0, 0]) == (10, 20, 30)
    assert tuple(seen[3, 3]) == (255, 255, 255)


def test_a_transparent_palette_is_laid_on_white(tmp_path: Path) -> None:
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([0, 0, 0, 200, 0, 0])
    picture.putpixel((0, 0), 0)
    path = saved(tmp_path / "a.png", picture, transparency=1)
    seen = decode(path, frame="raw")
    assert tuple(seen[0, 0]) == (0, 0, 0)
    assert tuple(seen[3, 3]) == (255, 255, 255)


def test_sixteen_bits_use_the_whole_range(tmp_path: Path) -> None:
    deep = np.array([[0, 257 * 100], [257 * 200, 65535]], np.uint16)
    path = saved(tmp_path / "a.png", Image.fromarray(deep))
    assert decode(path, frame="raw")[..., 0].tolist() == [[0, 100], [200, 255]]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "YCbCr"])
def test_every_mode_becomes_rgb(tmp_path: Path, photo: np.ndarray, mode: str) -> None:
    picture = Image.fromarray(photo).convert("RGBA" if mode == "LA" else mode).convert(mode)
    suffix = "jpg" if mode in {"CMYK", "YCbCr"} else "png"
    path = saved(tmp_path / f"a.{suffix}", picture)
    seen = decode(path, frame="raw")
    assert seen.shape == photo.shape
    assert seen.dtype == np.uint8
    grey = np.asarray(Image.fromarray(photo).convert("L"), dtype=float)
    seen_grey = seen.mean(axis=2)
    assert np.corrcoef(grey.ravel(), seen_grey.ravel())[0, 1] > (0.2 if mode == "1" else 0.5)


def test_a_profile_is_applied_and_a_broken_one_ignored(tmp_path: Path, photo: np.ndarray) -> None:
    picture = Image.fromarray(photo)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    broken = saved(tmp_path / "broken.png", picture, icc_profile=b"not a profile" * 20)
    foreign = saved(tmp_path / "lab.png", picture, icc_profile=lab)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = saved(tmp_path / "srgb.png", picture, icc_profile=srgb)
    for path in (broken, foreign, same):
        assert probe(path).has_icc
        np.testing.assert_array_equal(decode(path, frame="raw"), photo)


def swapped_profile() -> bytes:
    """sRGB with the tags of its red and blue primaries exchanged: a profile that must show."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.index(b"rXYZ", 128), data.index(b"bXYZ", 128)
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data).replace(b"s\0R\0G\0B", b"x\0X\0x\0X")


def linear_profile(name: str) -> bytes:
    """sRGB's primaries with a straight curve, called whatever is wanted: numbers that are light."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * data[131], 12)}
    for tag in (b"rTRC", b"gTRC", b"bTRC"):
        offset = int.from_bytes(data[tags[tag] + 4 : tags[tag] + 8], "big")
        data[offset : offset + 14] = b"curv" + bytes(4) + (1).to_bytes(4, "big") + b"\1\0"
        data[tags[tag] + 8 : tags[tag] + 12] = (14).to_bytes(4, "big")
    offset = int.from_bytes(data[tags[b"desc"] + 4 : tags[b"desc"] + 8], "big")
    text = name.encode("utf-16-be")
    size = int.from_bytes(data[tags[b"desc"] + 8 : tags[b"desc"] + 12], "big")
    assert 28 + len(text) <= size
    head = b"mluc" + bytes(4) + (1).to_bytes(4, "big") + (12).to_bytes(4, "big") + b"enUS"
    data[offset : offset + 28] = head + len(text).to_bytes(4, "big") + (28).to_bytes(4, "big")
    data[offset + 28 : offset + 28 + len(text)] = text
    return bytes(data)


def test_a_profile_is_judged_by_its_curve_and_not_by_its_name(
    tmp_path: Path, photo: np.ndarray
) -> None:
    light = np.where(
        photo / 255 <= 0.04045, photo / 255 / 12.92, ((photo / 255 + 0.055) / 1.055) ** 2.4
    )
    stored = Image.fromarray((light * 255).round().astype(np.uint8))
    profile = linear_profile("sRGB")
    described = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    assert described.strip() == "sRGB"
    path = saved(tmp_path / "linear.png", stored, icc_profile=profile)
    shown = decode(path, frame="raw").astype(float)
    # IEC 61966-2-1 undone by the profile; eight bits of light are coarse in the shadows.
    bright = photo > 60
    assert np.abs(shown - photo)[bright].mean() < 1.5
    assert abs(np.asarray(stored, float) - photo)[bright].mean() > 20


def test_a_foreign_profile_changes_the_pixels(tmp_path: Path) -> None:
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    path = saved(tmp_path / "a.png", red, icc_profile=swapped_profile())
    seen = decode(path, frame="raw")[4, 4]
    assert seen[2] > 200
    assert seen[0] < 60


@pytest.mark.parametrize("max_side", [1, 50, 143, 144, 9999])
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_reduced_sizes(tmp_path: Path, photo: np.ndarray, max_side: int, suffix: str) -> None:
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(photo))
    seen = decode(path, frame="raw", max_side=max_side)
    assert max(seen.shape[:2]) == min(max_side, 144)
    wanted = Image.fromarray(photo).resize(seen.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(seen.astype(int) - np.asarray(wanted).astype(int)).mean() < 6


def test_the_exif_frame_is_what_pillow_shows(tmp_path: Path, photo: np.ndarray) -> None:
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = saved(tmp_path / f"{orientation}.png", Image.fromarray(photo), exif=exif)
        with Image.open(path) as picture:
            wanted = np.asarray(ImageOps.exif_transpose(picture))
        np.testing.assert_array_equal(decode(path, frame="exif"), wanted)
        info = probe(path)
        assert info.orientation == orientation
        assert (info.width, info.height) == (144, 96)
        assert info.exif_size == (wanted.shape[1], wanted.shape[0])


@pytest.mark.parametrize("value", [0, 9, 77])
def test_a_nonsense_orientation_counts_as_none(
    tmp_path: Path, photo: np.ndarray, value: object
) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    path = saved(tmp_path / "a.jpg", Image.fromarray(photo), exif=exif)
    assert probe(path).orientation == 1


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_broken_exif_is_no_obstacle(tmp_path: Path, photo: np.ndarray) -> None:
    path = saved(tmp_path / "a.jpg", Image.fromarray(photo), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert probe(path).orientation == 1
    assert decode(path, frame="exif").shape == photo.shape


def test_the_header_is_described(tmp_path: Path, photo: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x010E] = "synthetic sample (CAN Studio)"
    path = saved(tmp_path / "wrong.png", Image.fromarray(photo), format="JPEG", exif=exif)
    info = probe(path)
    assert info.format is ImageFormat.JPEG
    assert info.suffix == ".jpg"
    assert info.description == "synthetic sample (CAN Studio)"
    assert info.bytes == path.stat().st_size
    assert verify(path) == info


def test_magic_bytes_decide() -> None:
    assert sniff(b"<!DOCTYPE html><html>") is None
    assert sniff(b"") is None
    assert sniff(b"\0\0\0\x18ftypheic\0\0\0\0") is ImageFormat.HEIC
    assert sniff(b"\0\0\0\x18ftypavif\0\0\0\0") is ImageFormat.AVIF
    assert sniff(b"\0\0\0\x18ftypisom\0\0\0\0") is None
    assert sniff(b"II*\0") is ImageFormat.TIFF
    assert sniff(b"BMW drives fast") is None


def test_tiff_is_read_when_asked_for(tmp_path: Path, photo: np.ndarray) -> None:
    path = saved(tmp_path / "a.tif", Image.fromarray(photo))
    with pytest.raises(ImageError, match="only when asked for") as refused:
        probe(path)
    assert refused.value.reason is Reason.UNSUPPORTED
    asked = Limits(formats=frozenset({ImageFormat.TIFF}))
    assert verify(path, asked).format is ImageFormat.TIFF


def test_a_picture_with_a_second_one_behind_it_is_read(tmp_path: Path, photo: np.ndarray) -> None:
    """Telephones write multi-picture JPEGs and append videos."""
    first = Image.fromarray(photo)
    path = tmp_path / "a.jpg"
    first.save(path, format="MPO", save_all=True, append_images=[first.resize((20, 20))])
    assert verify(path).format is ImageFormat.JPEG
    assert decode(path, frame="raw", max_side=50).shape == (33, 50, 3)
    buffer = io.BytesIO()
    first.save(buffer, "JPEG")
    path.write_bytes(buffer.getvalue() + b"\0" * 500)
    assert verify(path).width == 144


def test_importing_the_package_sets_the_limits() -> None:
    assert Limits().max_pixels == Image.MAX_IMAGE_PIXELS
    assert "OPENCV_IO_MAX_IMAGE_PIXELS" in os.environ


@pytest.mark.parametrize(
    ("problem", "passing"),
    [
        (FileProblem.MISSING, True), (FileProblem.TOO_SLOW, True), (FileProblem.UNREADABLE, True),
        (FileProblem.TOO_BIG, False), (FileProblem.NOT_FILE, False), (FileProblem.LINK, False),
        (FileProblem.BAD_NAME, False), (FileProblem.WRONG, False),
    ],
)  # fmt: skip
def test_only_what_passes_by_itself_may_be_read_later(problem: FileProblem, passing: bool) -> None:
    error = ImageError(Reason.UNREADABLE, "a.png cannot be used.")
    error.__cause__ = FileRefused(problem, "a.png was refused.")
    assert may_be_read_later(error) is passing
