import json
import random

import pytest
from sqlalchemy import func, insert, literal, null, select

from studio.errors import StudioError
from studio.project import ImageRow, Project, schema
from studio.project.long_reads import ids_of, rows_of, values_of
from studio.project.records import WrongValue


def test_order_and_values_are_those_of_the_query(project: Project, images: list[ImageRow]) -> None:
    dice = random.Random(1)
    names = [f"naïve “{n}”\n\\{dice.random()}.jpg" for n in range(500)]
    common = {"suffix": ".jpg", "bytes": 1, "width": 9, "height": 9, "created": ""}
    rows = [{**common, "sha256": f"{n:064x}", "file": name} for n, name in enumerate(names)]
    with project.begin() as connection:
        connection.execute(insert(schema.image), rows)
    image = schema.image.c
    for order in (image.id, image.id.desc(), image.file, func.length(image.file).desc()):
        query = select(image.id, image.file, image.label_id).order_by(order, image.id)
        with project.connect() as connection:
            plain = [list(row) for row in connection.execute(query)]
            assert rows_of(connection, query) == plain
            assert ids_of(connection, query).tolist() == [row[0] for row in plain]
            assert values_of(connection, query.with_only_columns(image.file)) == [
                row[1] for row in connection.execute(query)
            ]
            assert ids_of(connection, query.limit(7)).tolist() == [row[0] for row in plain[:7]]
            assert len(plain) == len(images) + 500


def test_nothing_is_an_empty_list(project: Project) -> None:
    with project.connect() as connection:
        query = select(schema.image.c.id, schema.image.c.file)
        assert ids_of(connection, query).tolist() == []
        assert rows_of(connection, query) == []


def test_what_is_no_id_is_a_wrong_value(project: Project, images: list[ImageRow]) -> None:
    with project.connect() as connection:
        assert values_of(connection, select(null())) == [None]
        assert json.dumps(rows_of(connection, select(literal(1), null()))) == "[[1, null]]"
        for wrong in (null(), literal("first"), literal(1.5)):
            with pytest.raises(WrongValue):
                ids_of(connection, select(wrong))


def test_a_blob_in_the_place_of_a_name_is_damage(project: Project, images: list[ImageRow]) -> None:
    with project.begin() as connection:
        connection.exec_driver_sql("UPDATE image SET file = x'ff00' WHERE id = 2")
    with pytest.raises(StudioError, match="is damaged"):
        project.images.missing_originals()
