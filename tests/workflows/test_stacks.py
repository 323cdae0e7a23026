"""Near-duplicates become stacks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import delete, select, update

from studio.project import Project, schema
from studio.workflows import import_source
from studio.workflows.stacks import groups, same_edges, stack_images


def test_groups_are_named_by_their_first() -> None:
    pairs = np.array([[1, 3], [3, 4], [0, 2]])
    assert groups(6, pairs).tolist() == [0, 1, 0, 1, 1, 5]


def stacks(project: Project) -> dict[str, int | None]:
    query = select(schema.image.c.file, schema.image.c.stack_id)
    with project.connect() as connection:
        return {row.file: row.stack_id for row in connection.execute(query)}


def test_a_resized_copy_joins_its_original(
    tmp_path: Path, project: Project, photo: Callable[..., Path]
) -> None:
    first = photo(tmp_path / "in" / "a.png", 1, (400, 300))
    photo(tmp_path / "in" / "other.png", 2, (400, 300))
    assert import_source(project, tmp_path / "in").stacks == 0
    Image.open(first).resize((200, 150)).save(tmp_path / "in" / "a-small.jpg", quality=70)
    assert import_source(project, tmp_path / "in").stacks == 1
    Image.open(first).resize((800, 600)).save(tmp_path / "in" / "a-large.jpg", quality=90)
    assert import_source(project, tmp_path / "in").stacks == 1
    found = stacks(project)
    assert found["a.png"] == found["a-small.jpg"] == found["a-large.jpg"]
    assert found["other.png"] is None
    with project.connect() as connection:
        best = connection.scalar(select(schema.stack.c.best_image_id))
    assert best is not None
    assert project.images.by_id(best).file == "a-large.jpg"
    assert import_source(project, tmp_path / "in").stacks == 0


def give_hashes(project: Project, hashes: dict[str, int]) -> dict[str, int]:
    """Set the perceptual hashes of images by their file; returns their ids."""
    image = schema.image
    with project.begin() as connection:
        for file, word in hashes.items():
            connection.execute(
                update(image).where(image.c.file == file).values(phash=f"{word:016x}")
            )
        return {row.file: row.id for row in connection.execute(select(image))}


def test_old_stacks_are_joined_whole(
    tmp_path: Path, project: Project, photo: Callable[..., Path]
) -> None:
    """One new picture bridges two stacks while another one is like a member of the second only."""
    word = 0x0F0F_3355_AA66_C3C3
    hashes = {"a1.png": word, "a2.png": word ^ 0b1, "b1.png": word ^ 0xFF0, "b2.png": word ^ 0xFFF}
    fresh = {"bridge.png": word ^ 0x0F0, "late.png": word ^ 0xFFF ^ 0xF << 40}
    first = photo(tmp_path / "in" / "a1.png", 1, (400, 300))
    for number, name in enumerate([*hashes, *fresh][1:]):
        Image.open(first).resize((392 - 8 * number, 300)).save(tmp_path / "in" / name)
    import_source(project, tmp_path / "in")
    ids = give_hashes(project, {**hashes, **fresh})
    with project.begin() as connection:
        connection.execute(update(schema.image).values(stack_id=None))
        connection.execute(delete(schema.stack))
    project.images.set_stack([ids["a1.png"], ids["a2.png"]], ids["a1.png"])
    project.images.set_stack([ids["b1.png"], ids["b2.png"]], ids["b1.png"])
    assert stack_images(project, [ids[name] for name in fresh]) == 1
    assert len(set(stacks(project).values())) == 1
    assert project.status()["stacks"] == 1


def test_moles_of_near_hashes_are_other_photographs(
    tmp_path: Path, project: Project, mole: Callable[..., Image.Image]
) -> None:
    """One decision would count for both."""
    (tmp_path / "in").mkdir()
    for seed in range(4):
        mole(seed).save(tmp_path / f"in/{seed}.png")
    mole(2).resize((180, 180)).save(tmp_path / "in/2-small.jpg", quality=60)
    import_source(project, tmp_path / "in")
    give_hashes(project, {f"{seed}.png": 0x0F0F_3355_AA66_C3C3 for seed in range(4)})
    give_hashes(project, {"2-small.jpg": 0x0F0F_3355_AA66_C3C1})
    with project.begin() as connection:
        connection.execute(update(schema.image).values(stack_id=None))
        connection.execute(delete(schema.stack))
    assert stack_images(project, list(project.images.ids())) == 1
    found = stacks(project)
    assert found["2.png"] == found["2-small.jpg"] is not None
    assert [found[f"{seed}.png"] for seed in (0, 1, 3)] == [None] * 3


def test_each_kind_of_one_hash_is_joined_by_itself() -> None:
    """Of equal hashes, 0 and 3 are one picture, 1, 2 and 4 another, and 5 is near to those."""
    word = 0x0F0F_3355_AA66_C3C3
    hashes = np.array([word] * 5 + [word ^ 1], np.uint64)
    kinds = "abbabb"
    edges = same_edges(hashes, np.ones(6, bool), lambda a, b: kinds[a] == kinds[b])
    assert groups(6, edges).tolist() == [0, 1, 1, 0, 1, 1]
    late = same_edges(hashes, np.arange(6) == 5, lambda a, b: kinds[a] == kinds[b])
    assert groups(6, late).tolist() == [0, 1, 1, 0, 1, 1]
