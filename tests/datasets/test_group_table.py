"""Tables that say which images belong together."""

import json
from pathlib import Path

import pytest

from studio.datasets.group_table import GroupTable
from studio.datasets.training_folder import read_folder
from studio.errors import StudioError

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def make(folder: Path, *files: str) -> Path:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PNG)
    return folder


def groups(folder: Path, *tables: Path) -> dict[str, str | None]:
    read = read_folder(folder, tables)
    return {item.path.relative_to(folder).as_posix(): item.known_group for item in read.items}


def sentences(folder: Path, *tables: Path) -> list[str]:
    read = read_folder(folder, tables)
    assert not read.problems
    return list(read.notes)


def test_a_table_beside_the_class_folders(tmp_path: Path) -> None:
    folder = make(tmp_path / "test", "a/1.png", "a/2.png", "b/3.png", "b/4.png")
    (folder / "groups.csv").write_text("file,patient\na/1.png,P1\na/2.png,P2\nb/3.png,P1\n")
    assert groups(folder) == {
        "a/1.png": "patient P1", "a/2.png": "patient P2", "b/3.png": "patient P1", "b/4.png": None,
    }  # fmt: skip
    (sentence,) = sentences(folder)
    assert sentence == (
        f"groups.csv does not say what 1 image of {folder} belong to: each counts as independent."
    )


@pytest.mark.parametrize(
    "data",
    [
        "image_id;lesion_id;age\nISIC_1;L1;40,5\nISIC_2;L1;40,5\n".encode("utf-16"),
        "\ufeffFile\tLesion ID\r\na\\ISIC_1.png\tL1\r\nISIC_2.PNG\tL1\r\n".encode(),
        b'"filename","lesion"\n"test/a/ISIC_1.png","L1"\n"./a/ISIC_2.png","L1"\n\n',
    ],
    ids=["semicolons, utf-16, no endings", "tabs, bom, backslashes", "with the folder's name"],
)
def test_tables_of_other_programs(tmp_path: Path, data: bytes) -> None:
    folder = make(tmp_path / "test", "a/ISIC_1.png", "a/ISIC_2.png")
    table = tmp_path / "elsewhere.csv"
    table.write_bytes(data)
    assert set(groups(folder, table).values()) == {"lesion L1"}
    assert not sentences(folder, table)


def test_lesions_of_a_patient_and_crops_of_a_photograph_are_one_group(tmp_path: Path) -> None:
    folder = make(tmp_path / "test", *(f"a/{number}.png" for number in range(6)))
    files = [{"path": f"a/{number}.png", "image": f"{number // 2:064x}"} for number in range(6)]
    (folder / "manifest.json").write_text(json.dumps({"images": [], "files": files}))
    (tmp_path / "Groups.csv").write_text(
        "file,lesion,patient\n1.png,L1,P9\n2.png,L2,P9\n4.png,L3,\n5.png,,\n"
    )
    found = groups(folder)
    # 0 and 1 are a photograph, 2 and 3 another; the patient joins them. 4 and 5 are a third.
    assert [found[f"a/{number}.png"] for number in range(4)] == ["patient P9"] * 4
    assert [found[f"a/{number}.png"] for number in (4, 5)] == ["lesion L3"] * 2


def test_patients_whose_lesions_are_numbered_anew_stay_apart(tmp_path: Path) -> None:
    folder = make(tmp_path / "test", *(f"a/{number}.png" for number in range(5)))
    (folder / "groups.csv").write_text(
        "file,patient_id,lesion_id\n0.png,P1,1\n1.png,P1,2\n2.png,P2,1\n3.png,,2\n4.png,,3\n"
    )
    # Of 3.png no patient is known, so that it may show the lesion 2 of P1.
    assert list(groups(folder).values()) == [
        "patient P1", "patient P1", "patient P2", "patient P1", "lesion 3",
    ]  # fmt: skip


def test_numbers_of_two_public_sets_are_not_the_same(tmp_path: Path) -> None:
    folder = make(tmp_path / "both", "a/1.png", "a/2.png", "a/3.png")
    (folder / "groups.csv").write_text(
        "path,source,label_raw,label,patient_id,lesion_id,group_id\n"
        "a/1.png,pad,MEL,a,7,,pad:7\na/2.png,derm,mel,a,7,,derm:7\na/3.png,pad,MEL,a,7,,pad:7\n"
    )
    assert list(groups(folder).values()) == ["patient pad:7", "patient derm:7", "patient pad:7"]


def test_a_folder_made_of_parts_of_an_export_knows_its_photographs(tmp_path: Path) -> None:
    make(tmp_path, "test/a/x1.png", "test/a/x2.png", "test/b/y.png")
    entries = [{"path": f"a/{name}.png", "image": "s" * 64} for name in ("x1", "x2", "y", "z")]
    (tmp_path / "manifest.json").write_text(json.dumps({"images": [], "files": entries}))
    assert set(groups(tmp_path / "test").values()) == {"s" * 64}


def test_what_a_table_gets_wrong_is_named_and_the_rest_kept(tmp_path: Path) -> None:
    folder = make(tmp_path / "test", "a/1.png", "b/1.png", "a/2.png")
    (folder / "groups.csv").write_text(
        "file,group\n1.png,g0\na/1.png,g1\na/2.png,g1\na/2.png,g2\ngone.png,g3\n"
    )
    assert groups(folder) == {"a/1.png": "group g1", "a/2.png": "group g1", "b/1.png": None}
    lost, torn, silent = sentences(folder)
    assert lost == (
        f"2 rows of groups.csv name no image of {folder}, or more than one: 1.png, gone.png."
    )
    assert torn == ("groups.csv says different things of 1 image; the first row counts: a/2.png.")
    assert "1 image" in silent


def test_a_table_of_other_images_is_not_used(tmp_path: Path) -> None:
    folder = make(tmp_path / "test", "a/1.png")
    (folder / "groups.tsv").write_text("file\tgroup\nx.png\tg\n")
    (sentence,) = sentences(folder)
    assert "names no image" in sentence
    assert groups(folder) == {"a/1.png": None}


@pytest.mark.parametrize("text", ["", "file,age\n1.png,3\n", "group\ng1\n", "file;group;;;\x00"])
def test_what_is_no_table_of_groups(tmp_path: Path, text: str) -> None:
    folder = make(tmp_path / "test", "a/1.png")
    table = folder / "groups.csv"
    table.write_text(text)
    if "\x00" not in text:
        with pytest.raises(StudioError, match="a column named file"):
            GroupTable.read(table)
    assert groups(folder) == {"a/1.png": None}  # beside the folders it is a problem, no end
    assert len(sentences(folder)) == 1
    other = make(tmp_path / "other", "a/1.png")
    if "\x00" not in text:
        with pytest.raises(StudioError, match="a column named file"):
            read_folder(other, [table])
