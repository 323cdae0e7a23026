"""Feed every reader of files with what may come from outside, and count what breaks.

    python tests/bench/bench_fuzz.py --count 400 [--reader coco ...]

Of each reader a whole file is made, and then `count` inputs of it: bytes flipped, cut, repeated and
replaced, values of JSON exchanged for what they should not be, numbers without end, brackets
without end, files of the other readers, and in place of the file a folder, a FIFO, a device, a
link to one, a file of the kernel, a sparse file of a terabyte, a line of 100 MB. A reader may read
an input or refuse it by a StudioError: one plain sentence. Anything else it raises is a crash; more
than 20 s is a hang; more than 1 GB held at once is counted, too. Each reader runs in a child of its
own. Prints one JSON document; exits with 1 when anything was counted.
tests/test_hostile_files.py runs a short form of it.
"""

import argparse
import contextlib
import io
import json
import os
import queue
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HANG_S = 20.0
MOST_BYTES = 1 << 30
TOKEN = "a" * 16


@dataclass(frozen=True)
class Reader:
    """`make` writes a whole file into a folder and returns its path; `read` reads it."""

    make: Callable[[Path], Path]
    read: Callable[[Path], Any]


# --- the readers ----------------------------------------------------------------------------------


def _config() -> Any:
    from studio.generate.networks.config import GeneratorConfig

    return GeneratorConfig(
        resolution=8, z_dim=8, w_dim=8, channel_base=64, channel_max=8, mapping_layers=1
    )


def make_network(folder: Path) -> Path:
    from studio.generate.files.network_file import NetworkFile, write_network
    from studio.generate.networks.generator import Generator

    tensors = {f"G_ema.{k}": v for k, v in Generator(_config()).state_dict().items()}
    write_network(folder / "n.safetensors", NetworkFile(_config(), None, {"title": "a"}, tensors))
    return folder / "n.safetensors"


def read_network(path: Path) -> None:
    from studio.generate.files.header import read_header
    from studio.generate.network import load_network

    with contextlib.suppress(_studio_error()):
        read_header(path)
    load_network(path)


def make_checkpoint(folder: Path) -> Path:
    import torch

    from studio.classify import checkpoint

    checkpoint.save(folder, {"epoch": 1, "model": {"a": torch.zeros(50)}, "settings": {"size": 32}})
    (folder / checkpoint.INDEX).unlink()  # its sum would refuse everything at once
    return folder / checkpoint.LAST


def read_checkpoint(path: Path) -> None:
    from studio.classify import checkpoint

    checkpoint.load(path)


def make_weights(folder: Path) -> Path:
    import torch

    torch.save({"state_dict": {"a": torch.zeros(50)}}, folder / "w.pth")
    return folder / "w.pth"


def read_weights(path: Path) -> None:
    from studio.compute.weights import read_state

    read_state(path)


def make_gan_index(folder: Path) -> Path:
    from studio.generate.training import checkpoint

    checkpoint.save(folder, 8, {"images": 8})
    return folder / checkpoint.INDEX


def read_gan_index(path: Path) -> None:
    from studio.generate.training import checkpoint

    checkpoint.load(path.parent)


def make_latent(folder: Path) -> Path:
    import numpy as np

    np.savez(folder / "w.npz", w=np.zeros((1, 4, 8), np.float32))
    return folder / "w.npz"


def read_latent(path: Path) -> None:
    from studio.generate.files.arrays import load_arrays

    load_arrays(path)


def make_job(folder: Path) -> Path:
    from studio import jobs

    params = {"total": 1, "options": {"kimg": 1.5}, "data": ["a", None, True]}
    jobs.create(folder, jobs.JobSpec(kind="train", title="Count", params=params))
    return folder / "job.json"


def make_events(folder: Path) -> Path:
    from studio.jobs.events import EventWriter

    make_job(folder)
    make_process(folder)
    with EventWriter(folder) as writer:
        writer.write("started", {"pid": 1, "host": "h", "resumed": False})
        for done in range(20):
            fields = {"done": done, "total": 20, "message": "m", "eta_s": 1.5}
            writer.write("progress", fields)
        writer.write("epoch", {"epoch": 1, "loss": 0.5, "auc": 0.7, "scores": "scores/a.csv"})
        writer.write("finished", {"result": {"a": 1}})
    return folder / "events.jsonl"


def make_process(folder: Path) -> Path:
    from studio.jobs.process import RunHolder

    if not (folder / "job.json").exists():
        make_job(folder)
    RunHolder(123456, "boot:1", socket.gethostname(), 0).write(folder)
    return folder / "process.json"


def read_run(path: Path) -> None:
    from studio import jobs
    from studio.results.classifier_run import ClassifierReader

    jobs.listed_status(path.parent)
    jobs.status(path.parent)
    jobs.read_events(path.parent)
    ClassifierReader(path.parent).read()


def make_session(folder: Path) -> Path:
    from studio.generate.session import Endpoint, MorphSession, Move, write_session

    ends = [Endpoint(kind="seed", seed=seed) for seed in (1, 2)]
    moves = [Move(kind="pca", index=1, amount=0.5)]
    session = MorphSession(
        network="sample", network_sha256="0" * 64, source=ends[0], target=ends[1], moves=moves
    )
    write_session(folder / "a.morph.json", session)
    return folder / "a.morph.json"


def read_session(path: Path) -> None:
    from studio.generate.session import read_session as read

    read(path)


def make_study(folder: Path) -> Path:
    from studio.study.models import StudyFile

    values: dict[str, Any] = {
        "id": TOKEN, "title": "t", "created": "2026-01-01T00:00:00+00:00", "seed": 1,
        "per_kind": 1, "margin": 0.1,
        "encoding": {
            "size": 64, "quality": 90, "first_quality": 90, "first_side": 64, "upscaling": 1.0,
        },
        "questions": [], "classes": {"a": 1},
        "sources": {k: {"name": k, "pictures": 1} for k in ("real", "synthetic")},
        "pictures": {TOKEN: "0" * 64, "b" * 16: "1" * 64}, "blocks": [[TOKEN, "b" * 16]],
        "key_sha256": "0" * 64, "notes": [],
    }  # fmt: skip
    (folder / "study.json").write_text(StudyFile.model_validate(values).model_dump_json())
    return folder / "study.json"


def read_study(path: Path) -> None:
    from studio.study import Study

    Study.open(path.parent)


def make_answers(folder: Path) -> Path:
    from studio.study import Study
    from studio.study.answers import AnswerLogWriter, answers_path

    make_study(folder)
    study = Study.open(folder)
    with AnswerLogWriter(study, "Ana") as writer:
        writer.write([{"event": "answer", "token": TOKEN, "rating": 3, "ms": 900, "others": {}}])
    return answers_path(study, "Ana")


def read_answers(path: Path) -> None:
    from studio.study import Study
    from studio.study.answers import read_answer_log, read_answer_logs

    study = Study.open(path.parents[1])
    read_answer_logs(study)
    read_answer_log(study, path)


def make_answer_table(folder: Path) -> Path:
    make_study(folder)
    (folder / "answers.csv").write_text(
        f"token,answer,confidence,ms\n{TOKEN},real,2,900\n{'b' * 16},synthetic,1,1000\n"
    )
    return folder / "answers.csv"


def read_answer_table(path: Path) -> None:
    from studio.study import Study
    from studio.workflows.study import answer_from_table

    shutil.rmtree(path.parent / "answers", ignore_errors=True)
    answer_from_table(Study.open(path.parent), "Ana", path)


def make_recipe(folder: Path) -> Path:
    from studio.generate.builder.recipe import SetRecipe, write_recipe

    entry = {"label": "nevus", "count": 3, "network": "sample", "truncation": 0.7}
    write_recipe(folder / "recipe.json", SetRecipe.of(entries=[entry]))
    return folder / "recipe.json"


def read_recipe(path: Path) -> None:
    from studio.generate.builder.recipe import read_recipe as read

    read(path)


def make_manifest(folder: Path) -> Path:
    images = [{"sha256": "a" * 64, "file": "a.jpg", "stack": 3}]
    files = [{"path": "nevus/a.png", "sha256": "b" * 64, "image": "a" * 64, "box": 1}]
    manifest = {"format": "folder", "boxes": 1, "images": images, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder / "manifest.json"


def read_manifest(path: Path) -> None:
    from studio.origins import read_origins

    read_origins(path.parent)


def make_coco(folder: Path) -> Path:
    document = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 9, "height": 9} for n in range(5)],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1, "bbox": [1, 1, 3.5, 3.5], "iscrowd": 0}
            for n in range(5)
        ],
        "categories": [{"id": 1, "name": "nevus"}],
    }
    (folder / "coco.json").write_text(json.dumps(document, indent=1))
    return folder / "coco.json"


def read_coco(path: Path) -> None:
    from studio.datasets.formats import coco
    from studio.datasets.formats.sniff import sniff_list

    sniff_list(path)
    coco.read(path)


def make_voc(folder: Path) -> Path:
    box = "<bndbox><xmin>11</xmin><ymin>21</ymin><xmax>50</xmax><ymax>50</ymax></bndbox>"
    objects = f"<object><name>nevus</name>{box}</object>" * 3
    head = "<filename>a.png</filename><size><width>160</width><height>120</height></size>"
    (folder / "a.xml").write_text(f"<annotation>{head}{objects}</annotation>")
    return folder / "a.xml"


def make_cvat(folder: Path) -> Path:
    shapes = '<box label="nevus" xtl="1" ytl="2" xbr="9" ybr="8" rotation="30"></box>'
    shapes += '<polygon label="nevus" points="1,2;3,4;5,1"></polygon>'
    shapes += '<mask label="nevus" rle="5, 2, 5" left="1" top="2" width="4" height="3"></mask>'
    image = f'<image id="0" name="a.png" width="160" height="120">{shapes}</image>'
    (folder / "b.xml").write_text(f"<annotations><version>1.1</version>{image}</annotations>")
    return folder / "b.xml"


def make_labelme(folder: Path) -> Path:
    shape = {"label": "nevus", "points": [[1, 2], [30, 40]], "shape_type": "rectangle"}
    document = {"imagePath": "a.png", "imageWidth": 160, "imageHeight": 120, "shapes": [shape] * 3}
    (folder / "a.json").write_text(json.dumps(document))
    return folder / "a.json"


def make_labelstudio(folder: Path) -> Path:
    value = {"x": 1, "y": 2, "width": 30, "height": 40, "rotation": 9, "rectanglelabels": ["a"]}
    region = {"value": value, "original_width": 160, "original_height": 120, "to_name": "image"}
    packed = bytes.fromhex(
        "0000018c391bfe9f008ffe7008ffef8047ff84c023ffc46011ffe17008fff15804fff8dc00"
    )
    brush = {"value": {"rle": list(packed)}, "original_width": 11, "original_height": 9}
    task = {"annotations": [{"result": [region, brush]}], "data": {"image": "a.png"}}
    (folder / "export.json").write_text(json.dumps([task] * 3))
    return folder / "export.json"


def make_yaml(folder: Path) -> Path:
    (folder / "data.yaml").write_text("train: images\nnc: 2\nnames:\n  0: nevus\n  1: melanoma\n")
    return folder / "data.yaml"


def make_rows(folder: Path) -> Path:
    (folder / "labels").mkdir()
    (folder / "a.png").touch()
    rows = "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.4 0.1 0.4 0.3\n"
    (folder / "labels/a.txt").write_text(rows)
    return folder / "labels/a.txt"


def read_annotations(kind: str) -> Callable[[Path], None]:
    """Reads a file of a data set; what it cannot use counts as refused."""

    def read(path: Path) -> None:
        from studio.datasets.formats import BOX_READERS, sniff_list
        from studio.errors import StudioError

        with contextlib.suppress(StudioError):
            sniff_list(path)
        place = path.parent.parent if path.suffix == ".txt" else path
        for problem in BOX_READERS[kind](place, None, lambda *_: None).problems:  # type: ignore[index]
            raise StudioError(problem.sentence)

    return read


def make_can(folder: Path) -> Path:
    rows = [f"{n:06} nevus 0.5 0.5 0.25 0.3 https://a.example/{n}.jpg" for n in range(8)]
    (folder / "can.csv").write_text("\n".join(["# a comment", *rows, ""]))
    return folder / "can.csv"


def read_can(path: Path) -> None:
    from studio.datasets.formats import can

    for row in can.read(path).rows:
        row.square(100, 80)


def make_csv(folder: Path) -> Path:
    rows = [f"{n}.jpg,1,1,20.5,30,0.9" for n in range(8)]
    (folder / "result.csv").write_text("\n".join(["file,x0,y0,x1,y1,score", *rows, ""]))
    return folder / "result.csv"


def read_csv(path: Path) -> None:
    from studio.datasets.formats import modelderm, urls
    from studio.datasets.formats.sniff import sniff_list

    sniff_list(path)
    with contextlib.suppress(_studio_error()):
        urls.read(path)
    modelderm.read(path)


def make_scores(folder: Path) -> Path:
    rows = [f"{n}.jpg,{'ab'[n % 2]},0.{n}5" for n in range(8)]
    (folder / "scores.csv").write_text("\n".join(["file,label,score", *rows, ""]))
    return folder / "scores.csv"


def read_scores(path: Path) -> None:
    from studio.results.scores import read_scores as read

    read(path, "a")


def make_decisions(folder: Path) -> Path:
    make_database(folder)
    rows = [f"{n},accept,nevus,,,," for n in (1, 2, 3)]
    path = folder / "decisions.csv"
    path.write_text("\n".join(["box,action,label,cx,cy,side,comment", *rows, ""]))
    return path


def read_decisions(path: Path) -> None:
    from studio.project import Project
    from studio.review import apply_decisions_csv

    with Project.open(path.parent, reviewer="Ana") as project:
        apply_decisions_csv(project, path, "Ana")


def make_zip(folder: Path) -> Path:
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    with zipfile.ZipFile(folder / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        names = [f"00000/img{n:08d}.png" for n in range(3)]
        for name in names:
            archive.writestr(name, picture.getvalue())
        archive.writestr("dataset.json", json.dumps({"labels": [[n, 1] for n in names]}))
    return folder / "set.zip"


def read_zip(path: Path) -> None:
    from studio.archives import is_archive, is_cut_archive
    from studio.generate.data.archive import list_archive, members_of

    is_archive(path)
    is_cut_archive(path)
    listing = list_archive(path)
    with members_of(path) as fetch:
        for entry in listing.entries[:5]:
            with contextlib.suppress(_studio_error()):
                fetch(entry, path.parent / "lent")


def make_labels(folder: Path) -> Path:
    labels = [[f"{n}.png", n % 2] for n in range(5)]
    groups = [[f"{n}.png", n // 2] for n in range(5)]
    document = {"labels": labels, "names": ["a", "b"], "groups": groups}
    (folder / "dataset.json").write_text(json.dumps(document))
    return folder / "dataset.json"


def read_labels(path: Path) -> None:
    from studio.generate.data.groups import parse_groups
    from studio.generate.data.labels import parse_labels, read_bounded

    content = read_bounded(path)
    parse_labels(content)
    parse_groups(content)


def make_items(folder: Path) -> Path:
    from studio.classify.config import DataSplit, Item, TrainData

    items = [Item(file=f"{n}.png", label="a", square=(1, 2, 3)) for n in range(3)]
    return TrainData(train=[DataSplit(name="x", items=items)]).write(folder)


def read_items(path: Path) -> None:
    from studio.classify.config import TrainData

    TrainData.read(path)


def make_truth(folder: Path) -> Path:
    from studio.sample.write import write_sample

    write_sample(folder / "sample", 1)
    return folder / "sample" / "truth.json"


def read_truth(path: Path) -> None:
    from studio.sample.write import read_truth as read

    read(path.parent)


def make_database(folder: Path) -> Path:
    from sqlalchemy import insert

    from studio.imaging import Square
    from studio.project import NewBox, NewSource, Project, SourceStatus, schema
    from studio.review import Reviewer

    shutil.rmtree(folder, ignore_errors=True)
    with Project.create(folder, ["nevus", "melanoma"]) as project:
        row = {"file": "a.jpg", "suffix": ".jpg", "bytes": 1, "width": 400, "height": 300}
        rows = [{**row, "sha256": f"{n:064x}", "created": ""} for n in range(40)]
        with project.begin() as connection:
            connection.execute(insert(schema.image), rows)
        boxes = project.boxes.add([NewBox(1 + n % 40, Square(99, 99, 40), 1) for n in range(200)])
        Reviewer(project, "Ana").accept_page(boxes[:20])
        source = NewSource("file", "files", SourceStatus.IMAGE, path="a", image_id=1)
        project.sources.add_many([source] * 20)
        project.snapshots.create("s", {"states": ["accepted"]}, boxes[:10])
        project.set_setting("a", {"b": [1, 2]})
        project.runs.new_folder("train", "a run")
    return folder / "project.db"


def read_database(path: Path) -> None:
    from studio.datasets.exports import export
    from studio.project import Project
    from studio.review import Filter, box_queue

    _forget_log(path)
    with Project.open(path.parent) as project:
        project.status()
        box_queue(project, Filter())
        images = project.images.by_ids(project.images.ids())
        for image in images:
            project.boxes.of_image(image.id)
        list(project.events.since(0))
        project.sources.of_list("files")
        for snapshot in project.snapshots.list():
            project.snapshots.boxes(snapshot)
        project.runs.list()
        project.get_setting("a")
        shutil.rmtree(path.parent / "out", ignore_errors=True)
        export(project, path.parent / "out", "csv", states="all")


def rescue_database(path: Path) -> None:
    from studio.project.rescue import rescue

    _forget_log(path)
    out = path.parent.with_name(path.parent.name + "-rescued")
    shutil.rmtree(out, ignore_errors=True)
    rescue(path.parent, out)


def _forget_log(path: Path) -> None:
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def make_lock(folder: Path) -> Path:
    from studio.project import lock

    path = make_database(folder).with_name(lock.NAME)
    values = {"host": "ward-3", "user": "u", "pid": 7, "started": "a", "reviewer": "Ana"}
    path.write_text(json.dumps({**values, "since": "2026-01-01T00:00:00.000+00:00"}))
    return path


def read_lock(path: Path) -> None:
    from studio.project import Project, lock

    with contextlib.suppress(_studio_error()):
        str(lock.holder_of(path.parent))
    with Project.open(path.parent) as project:
        str(project.holder)


READERS: dict[str, Reader] = {
    "network": Reader(make_network, read_network),
    "checkpoint": Reader(make_checkpoint, read_checkpoint),
    "weights": Reader(make_weights, read_weights),
    "gan-checkpoint": Reader(make_gan_index, read_gan_index),
    "latent": Reader(make_latent, read_latent),
    "job": Reader(make_job, read_run),
    "events": Reader(make_events, read_run),
    "process": Reader(make_process, read_run),
    "session": Reader(make_session, read_session),
    "study": Reader(make_study, read_study),
    "answers": Reader(make_answers, read_answers),
    "answer-table": Reader(make_answer_table, read_answer_table),
    "recipe": Reader(make_recipe, read_recipe),
    "manifest": Reader(make_manifest, read_manifest),
    "coco": Reader(make_coco, read_coco),
    "voc": Reader(make_voc, read_annotations("voc")),
    "cvat": Reader(make_cvat, read_annotations("cvat")),
    "labelme": Reader(make_labelme, read_annotations("labelme")),
    "labelstudio": Reader(make_labelstudio, read_annotations("labelstudio")),
    "yolo-names": Reader(make_yaml, read_annotations("yolo")),
    "yolo-rows": Reader(make_rows, read_annotations("yolo")),
    "can": Reader(make_can, read_can),
    "csv": Reader(make_csv, read_csv),
    "scores": Reader(make_scores, read_scores),
    "decisions": Reader(make_decisions, read_decisions),
    "zip": Reader(make_zip, read_zip),
    "labels": Reader(make_labels, read_labels),
    "items": Reader(make_items, read_items),
    "truth": Reader(make_truth, read_truth),
    "database": Reader(make_database, read_database),
    "rescue": Reader(make_database, rescue_database),
    "lock": Reader(make_lock, read_lock),
}


def _studio_error() -> type[Exception]:
    from studio.errors import StudioError

    return StudioError


# --- the inputs -----------------------------------------------------------------------------------

WRONG: list[str] = [
    "null", "true", '""', "-1", "0", "1e999", "-1e999", "NaN", "[]", "{}", "9" * 5000,
    "-" + "9" * 400, "0." + "1" * 3000, '"../../../x"', '"/dev/zero"', '"\\u0000"', '"\\udc80"',
    '"' + "x" * 100_000 + '"', "[" * 5000 + "]" * 5000, '{"a":' * 3000 + "1" + "}" * 3000,
    "[1,2,3]", '{"a": 1}', '"=1+1"', "1.5", "123456789012345678901234567890", '"9999-99-99"',
]  # fmt: skip
_VALUE = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|\[\]|\{\}')
JUNK = [
    b"\0",
    b"\xff\xfe",
    b"\n",
    b'"',
    b"'",
    b",",
    b";",
    b"\\",
    b"=",
    b"%s",
    b"\x1b[2J",
    b"9" * 400,
]


def mutated(content: bytes, dice: random.Random) -> bytes:
    """Another file, near or far from `content`."""
    data = bytearray(content)
    kind = dice.choice(["flip", "flip", "cut", "repeat", "junk", "zero", "value", "value", "value"])
    if kind == "flip":
        for _ in range(dice.choice([1, 1, 3, 20])):
            if data:
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    elif kind == "cut":
        del data[dice.randrange(len(data) + 1) :]
    elif kind == "repeat":
        start = dice.randrange(len(data) + 1)
        piece = bytes(data[start : start + dice.choice([1, 30, 500])])
        data[start:start] = piece * dice.choice([1, 10, 1000])
    elif kind == "junk":
        place = dice.randrange(len(data) + 1)
        data[place:place] = dice.choice(JUNK) * dice.choice([1, 1, 50])
    elif kind == "zero":
        start = dice.randrange(len(data) + 1)
        length = dice.choice([1, 16, 512, 4096])
        data[start : start + length] = bytes(min(length, len(data) - start))
    else:
        found = list(_VALUE.finditer(content))
        for one in sorted(
            dice.sample(found, min(len(found), dice.choice([1, 1, 2]))),
            reverse=True,
            key=lambda m: m.start(),
        ):
            data[one.start() : one.end()] = dice.choice(WRONG).encode()
    return bytes(data)


def bombs(content: bytes) -> list[bytes]:
    """What is made to fill memory or time, whatever the reader."""
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in ("archive/data.pkl", "archive/data/0", "w.npy", "dataset.json"):
            archive.writestr(name, bytes(30_000_000))
    head = json.dumps({"__metadata__": {"config": json.dumps({"resolution": 4096})}}).encode()
    return [
        b"",
        b"[" * 1_000_000,
        b'{"a":' * 500_000,
        b"9" * 5_000_000,
        b'"' * 1_000_001,
        b"a,b\n" * 40_000,
        content * 3,
        content[:-1],
        zeros.getvalue(),
        len(head).to_bytes(8, "little") + head,
        (2**62).to_bytes(8, "little") + head,
    ]


def special(path: Path, big: bool) -> list[Callable[[], None]]:
    """Ways to put something in the place of the file that is not a file."""
    made: list[Callable[[], None]] = [lambda: path.mkdir()]
    if os.name == "posix":
        made += [
            lambda: os.mkfifo(path),
            lambda: path.symlink_to("/dev/zero"),
            lambda: path.symlink_to("/dev/tty"),
            lambda: path.symlink_to("/proc/self/mem"),
            lambda: path.symlink_to("/proc/kmsg"),
            lambda: path.symlink_to(path),
            lambda: path.symlink_to(path.parent / "gone"),
            lambda: _sparse(path, 1 << 40),
        ]
    if big:
        made += [lambda: path.write_bytes(b"x" * 100_000_000) and None]
        made += [lambda: path.write_bytes(b'{"a": "' + b"x" * 100_000_000 + b'"}\n') and None]
    return made


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def clear(path: Path) -> None:
    """Remove whatever lies in the place of the file."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# --- running --------------------------------------------------------------------------------------


def judge(reader: Reader, path: Path) -> str:
    """ "read", "refused", or what is wrong with how the input was taken."""
    try:
        reader.read(path)
    except _studio_error() as error:
        said = str(error)
        bad = not said.strip() or len(said) > 1500 or said.lower().startswith("unexpected")
        return f"crash: not a sentence: {said[:200]!r}" if bad or "\n" in said else "refused"
    except BaseException as error:
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        return (
            f"crash: {type(error).__name__}: {str(error)[:100]} at {where.filename}:{where.lineno}"
        )
    return "read"


def run_reader(
    name: str, folder: Path, count: int, seed: int, big: bool, on_input: Callable[[int, str], None]
) -> None:
    """Read `count` changed files, the bombs and the special files; `on_input` gets the verdicts."""
    reader = READERS[name]
    place = folder / name
    place.mkdir(parents=True)
    path = reader.make(place)
    whole = path.read_bytes()
    assert judge(reader, path) == "read" or name in ("process", "lock"), judge(reader, path)
    dice = random.Random(f"{seed} {name}")
    number = 0

    def one(put: Callable[[], Any]) -> None:
        nonlocal number
        clear(path)
        put()
        on_input(number, judge(reader, path))
        number += 1

    for content in bombs(whole):
        one(lambda c=content: path.write_bytes(c))
    for put in special(path, big):
        one(put)
    for _ in range(count):
        content = mutated(whole, dice)
        if dice.random() < 0.2:
            content = mutated(content, dice)
        one(lambda c=content: path.write_bytes(c))
    clear(path)


def child(name: str, count: int, seed: int, big: bool) -> None:
    """One reader; a line to the parent after each input, and an empty one at the end."""
    import resource

    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()

        def say(number: int, verdict: str) -> None:
            nonlocal before
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            used, before = time.process_time() - before, time.process_time()
            sys.stdout.write(json.dumps([number, verdict, peak, round(used, 2)]) + "\n")
            sys.stdout.flush()

        run_reader(name, Path(folder), count, seed, big, say)
        sys.stdout.write("\n")  # the end; leaving the interpreter is no part of reading
        sys.stdout.flush()


def watch(name: str, count: int, seed: int, big: bool, hang: float) -> dict[str, Any]:
    """Run a reader in a child and count; a child that says nothing for too long is ended."""
    line = [sys.executable, __file__, "--child", name, "--count", str(count), "--seed", str(seed)]
    line += ["--big"] if big else []
    result: dict[str, Any] = {"inputs": 0, "read": 0, "refused": 0, "crashes": 0, "hangs": 0}
    examples: dict[str, int] = {}
    peak, slowest, began = 0, 0.0, time.monotonic()
    with subprocess.Popen(line, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        lines: queue.Queue[bytes] = queue.Queue()
        assert process.stdout is not None
        stream = process.stdout

        def pump() -> None:
            for said in stream:
                lines.put(said)
            lines.put(b"")

        threading.Thread(target=pump, daemon=True).start()
        while True:
            try:
                # The first line waits for the imports, too.
                said = lines.get(timeout=hang if result["inputs"] else 5 * hang)
            except queue.Empty:
                result["hangs"] += 1
                process.kill()
                break
            if not said.strip():
                break
            _, verdict, peak, used = json.loads(said)
            slowest = max(slowest, used)
            result["inputs"] += 1
            result[
                "read" if verdict == "read" else "refused" if verdict == "refused" else "crashes"
            ] += 1
            if verdict.startswith("crash"):
                examples[verdict] = examples.get(verdict, 0) + 1
    if process.returncode != 0 and not result["hangs"]:
        result["crashes"] += 1
        examples[f"the process ended with {process.returncode}"] = 1
    result |= {
        "over_1_gb": int(peak > MOST_BYTES),
        "peak_mb": round(peak / 1e6),
        "slowest_cpu_s": slowest,
    }
    result |= {"seconds": round(time.monotonic() - began, 1), "examples": examples}
    return result


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400, help="changed files a reader")
    parser.add_argument("--reader", action="append", choices=list(READERS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--big", action="store_true", help="also lines of 100 MB")
    parser.add_argument("--hang", type=float, default=HANG_S, help="seconds; more if others work")
    parser.add_argument("--child", choices=list(READERS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.count, options.seed, options.big)
        return 0
    readers = options.reader or list(READERS)
    found = {
        name: watch(name, options.count, options.seed, options.big, options.hang)
        for name in readers
    }
    kinds = ("inputs", "read", "refused", "crashes", "hangs", "over_1_gb")
    total = {kind: sum(one[kind] for one in found.values()) for kind in kinds}
    print(json.dumps({"readers": found, "total": total}, indent=1))
    return int(any(total[kind] for kind in ("crashes", "hangs", "over_1_gb")))


if __name__ == "__main__":
    sys.exit(main())
