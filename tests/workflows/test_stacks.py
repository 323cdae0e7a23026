"""Near-duplicates become stacks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import delete, select, update

from studio.project import Project, schema
from studio.workflows import import_source
from studio.workflows.stacks import groups, stack_images


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
