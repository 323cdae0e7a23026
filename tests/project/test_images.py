import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import files
from studio.errors import StudioError
from studio.project import ImageRow, NewImage, Project, originals

MakeImage = Callable[..., NewImage]


def test_an_image_is_kept_with_what_was_found_in_it(
    project: Project, make_image: MakeImage
) -> None:
    new = make_image(b"bytes as received", file="ward/나.jpg")
    image = project.images.add(new.verified, new.file, new.original)
    assert (image.file, image.width, image.height, image.orientation) == (
        "ward/나.jpg",
        400,
        300,
        6,
    )
    assert (image.suffix, image.bytes, image.synthetic) == (".jpg", 17, False)
    assert image.square_limits == (400, 300)
    path = project.images.path(image)
    assert path.read_bytes() == b"bytes as received"
    assert path == project.path / "originals" / image.sha256[:2] / f"{image.sha256}.jpg"
    assert project.images.by_id(image.id) == image
    assert project.images.by_sha256(image.sha256) == image
    assert project.images.by_sha256("0" * 64) is None


def test_the_same_bytes_twice_are_one_image(project: Project, make_image: MakeImage) -> None:
    first = make_image(b"same", file="a.jpg")
    again = make_image(b"same", file="b.jpg")
    a, b, other = project.images.add_many([first, again, make_image(b"other")])
    assert a == b
    assert a.file in {"a.jpg", "b.jpg"}
    assert other.id != a.id
    assert project.images.add(again.verified, "c.jpg", b"same") == a
    assert project.images.count() == 2
    assert project.images.sha256s_known([a.sha256, "f" * 64]) == {a.sha256}


def test_a_file_is_copied_and_left_as_it_is(
    project: Project, tmp_path: Path, make_image: MakeImage
) -> None:
    source = tmp_path / "source.jpg"
    content = os.urandom(3 << 20)
    source.write_bytes(content)
    new = make_image(content)
    image = project.images.add(new.verified, "source.jpg", source)
    assert project.images.path(image).read_bytes() == content
    assert source.read_bytes() == content
    assert [p.name for p in project.originals_dir.rglob("*.part")] == []


def test_a_file_that_changed_after_it_was_checked_is_refused(
    project: Project, tmp_path: Path, make_image: MakeImage
) -> None:
    source = tmp_path / "source.jpg"
    source.write_bytes(b"something else")
    new = make_image(b"what was checked")
    with pytest.raises(StudioError, match="changed while it was imported"):
        project.images.add(new.verified, "source.jpg", source)
    with pytest.raises(StudioError, match="does not exist"):
        project.images.add(new.verified, "gone.jpg", tmp_path / "gone.jpg")
    assert project.images.count() == 0
    assert [p for p in project.originals_dir.rglob("*") if p.is_file()] == []


def test_an_original_is_never_written_again(project: Project, make_image: MakeImage) -> None:
    new = make_image(b"the photograph")
    image = project.images.add(new.verified, "a.jpg", new.original)
    path = project.images.path(image)
    inode = path.stat().st_ino
    project.images.add(new.verified, "a.jpg", new.original)
    assert path.stat().st_ino == inode
    for damaged in (b"cut", b"the photOgraph"):
        path.write_bytes(damaged)
        with pytest.raises(StudioError, match="is damaged"):
            project.images.add(new.verified, "a.jpg", new.original)
        assert path.read_bytes() == damaged


def test_a_picture_that_says_it_is_synthetic_is_marked(
    project: Project, make_image: MakeImage
) -> None:
    described = make_image(b"a", description="synthetic sample (CAN Studio)")
    assert project.images.add_many([described])[0].synthetic
    plain = make_image(b"b")
    assert project.images.add(plain.verified, "b", b"b", synthetic=True).synthetic


def test_names_that_are_no_unicode_can_be_kept(project: Project, make_image: MakeImage) -> None:
    new = make_image(b"a", file="caf\udce9\0.jpg")
    assert project.images.add_many([new])[0].file == "caf?\ufffd.jpg"


def test_images_come_in_the_order_asked_for(project: Project, images: list[ImageRow]) -> None:
    wanted = [images[2].id, 999, images[0].id]
    assert project.images.by_ids(wanted) == [images[2], images[0]]
    assert list(project.images.ids()) == sorted(image.id for image in images)
    with pytest.raises(StudioError, match="no image 999"):
        project.images.by_id(999)


def test_many_images_are_one_transaction(project: Project, make_image: MakeImage) -> None:
    many = [make_image(b"%d" % n) for n in range(6000)]
    for image in many:  # the originals are there already, as after a stop before the commit
        path = project.originals_dir / image.verified.sha256[:2]
        path.mkdir(exist_ok=True)
        (path / f"{image.verified.sha256}.jpg").write_bytes(image.original)  # type: ignore[arg-type]
    rows = project.images.add_many(many)
    assert [row.sha256 for row in rows] == [i.verified.sha256 for i in many]
    assert project.images.count() == 6000
    assert len(project.images.by_ids(row.id for row in rows)) == 6000


def test_a_stack_joins_near_duplicates(project: Project, images: list[ImageRow]) -> None:
    stack = project.images.set_stack([images[0].id, images[1].id], images[1].id)
    stacked = [image.stack_id for image in project.images.by_ids(image.id for image in images)]
    assert stacked == [stack, stack, None, None]
    assert project.status()["stacks"] == 1


def test_hashes_of_the_kept_originals_are_right(project: Project, images: list[ImageRow]) -> None:
    for image in images:
        found = hashlib.sha256(project.images.path(image).read_bytes()).hexdigest()
        assert found == image.sha256


def test_missing_originals_are_counted_and_named(
    project: Project, images: list[ImageRow], tmp_path: Path
) -> None:
    assert project.images.missing_originals().count == 0
    assert project.images.missing_originals().sentence == ""
    project.images.path(images[2]).unlink()
    one = project.images.missing_originals()
    assert (one.count, one.total, one.first) == (1, 4, ("photo2.jpg",))
    assert one.sentence.startswith("1 of 4 originals is missing from ")
    # An unmounted share: an empty folder, no folder, or a link to nowhere.
    project.originals_dir.rename(tmp_path / "share")
    for make in (lambda: None, project.originals_dir.mkdir):
        make()
        assert project.images.missing_originals().count == 4
    project.originals_dir.rmdir()
    project.originals_dir.symlink_to(tmp_path / "nowhere")
    assert project.images.missing_originals().sentence.startswith("All 4 originals are missing")
    project.originals_dir.unlink()
    project.originals_dir.symlink_to(tmp_path / "share")
    assert project.images.missing_originals().count == 1


IMPORT = """
import os, sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[2])))
from conftest import new_image
from studio.project import Project, images, originals
project = Project.open(Path(sys.argv[1]), "append")
project.images.add_many([new_image(b"first")])
begin = project.begin
def die():
    print("kept", flush=True)
    os.kill(os.getpid(), 9)
project.begin = die
project.images.add_many([new_image(b"first"), new_image(b"second"), new_image(b"third")])
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_originals_of_a_killed_import_are_swept_when_the_project_is_opened(
    project: Project, make_image: MakeImage
) -> None:
    """Killed after the originals were kept and before the database knew of them."""
    path, tests = project.path, Path(__file__).parents[1]
    project.close()
    line = [sys.executable, "-c", IMPORT, str(path), str(tests)]
    assert subprocess.run(line, capture_output=True, text=True).stdout == "kept\n"
    stray = path / "originals" / "ab" / ("ab" * 32 + ".jpg")
    stray.parent.mkdir()
    stray.write_bytes(b"nobody's import")
    assert len(list((path / "originals").rglob("*.jpg"))) == 4
    with Project.open(path, "read"):
        assert len(list((path / "originals").rglob("*.jpg"))) == 4
    with Project.open(path) as again:
        first = again.images.by_id(1)
        assert set((path / "originals").rglob("*.jpg")) == {again.images.path(first), stray}
        again.images.add_many([make_image(b"second")])
    assert not [one for one in (path / "originals").iterdir() if one.is_file()]


def test_an_import_that_begins_during_a_sweep_keeps_its_originals(
    project: Project, make_image: MakeImage
) -> None:
    """The sweep has asked the database, and has not removed yet, when the import begins."""
    folder = project.originals_dir
    left = make_image(b"left by a killed import")
    sha256, suffix = left.verified.sha256, left.verified.info.suffix
    target = originals.keep(folder, left.original, sha256, suffix)
    (folder / files.new_name("adding").replace(f"-{os.getpid()}-", "-999999999-")).write_text(
        f"{sha256}{suffix}\n"
    )
    imports: list[threading.Thread] = []

    def known(hashes: set[str]) -> set[str]:
        found = project.images.sha256s_known(hashes)
        imports.append(threading.Thread(target=project.images.add_many, args=([left],)))
        imports[0].start()
        imports[0].join(0.3)
        return found

    originals.sweep(folder, known)
    imports[0].join()
    assert project.images.count() == 1
    assert target.read_bytes() == left.original
    assert not [one for one in folder.iterdir() if one.is_file()]
