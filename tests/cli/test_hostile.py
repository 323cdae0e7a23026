"""A folder of hostile files: each is named, nothing leaves the project, memory stays small."""

import json
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

MEMORY = 1_000_000_000  # bytes, of the command and all of its children together


def bomb(path: Path, side: int = 20_000) -> Path:
    """A PNG of `side`² pixels, all black: 400 megapixels in about 48 KB."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
    return path


@pytest.fixture
def hostile(tmp_path: Path, photo: Callable[..., Path]) -> Path:
    folder = tmp_path / "hostile"
    good = photo(folder / "good.jpg", 1, (2000, 1500))
    assert bomb(folder / "bomb.png").stat().st_size < 60_000
    (folder / "cut.jpg").write_bytes(good.read_bytes()[:20_000])
    (folder / "page.jpg").write_text("<html><body>404</body></html>", encoding="utf-8")
    (folder / "zero.jpg").touch()
    (folder / "nul.csv").write_bytes(b"file,label\na.jpg,\0\n")
    (folder / f"{'n' * 240}.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


def tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            found += tree(int(child))
    return found


def peak_memory(process: subprocess.Popen[str]) -> int:
    """The largest sum of resident bytes of the process and its children, until it ends."""
    page, peak = os.sysconf("SC_PAGE_SIZE"), 0
    while process.poll() is None:
        total = 0
        try:
            for pid in tree(process.pid):
                total += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError):
            continue  # one of them ended while it was looked at
        peak = max(peak, total * page)
        time.sleep(0.005)
    return peak


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured by /proc")
def test_every_hostile_file_is_named_within_a_gigabyte(
    tmp_path: Path, hostile: Path, project: Path, child
) -> None:
    before = files(tmp_path)
    process = child(
        [sys.executable, "-m", "studio", "import", str(project), str(hostile), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    peak = peak_memory(process)
    out, err = process.communicate()
    assert process.returncode == 1
    document = json.loads(out)
    assert document["added"] == 1
    reasons = {failure["file"]: failure["reason"] for failure in document["failed"]}
    assert reasons == {
        "bomb.png": "bomb",
        "cut.jpg": "truncated",
        "page.jpg": "not_image",
        "zero.jpg": "empty",
        "nul.csv": "not_image",
        f"{'n' * 240}.jpg": "unreadable",
    }
    assert all(name in err for name in ("bomb.png", "cut.jpg", "page.jpg", "zero.jpg", "nul.csv"))
    assert "Traceback" not in err
    assert peak < MEMORY
    sys.stderr.write(f"peak memory of the import: {peak / 1e6:.0f} MB\n")
    assert all(path.is_relative_to(project) for path in files(tmp_path) - before)


def test_hostile_rows_of_every_list_are_named(tmp_path: Path, project: Path, run) -> None:
    long = "n" * 20_000
    lists = {
        "can.csv": "1 ../../x 0.5 0.5 0.3 0.4 http://x/a.jpg\n"
        f"2 nevus 0.5 0.5 0.3 0.4 http://x/{long}.jpg\n"
        "3 nevus 0.5 0.5 0.3 0.4 http://x/\0.jpg\n",
        "result.csv": "file,index,x0,y0,x1,y1,malignancy,prediction\n"
        f"{long}.jpg,0,1,1,9,9,0.5,-\n../../etc/passwd,0,1,1,9,9,0.5,-\na\0.jpg,0,1,1,9,9,0.5,-\n",
        "coco.json": json.dumps(
            {
                "images": [
                    {"id": 1, "file_name": f"{long}.jpg"},
                    {"id": 2, "file_name": "../../etc/passwd"},
                ],
                "categories": [{"id": 1, "name": "../../x"}],
                "annotations": [],
            }
        ),
    }
    before = files(tmp_path)
    for name, text in lists.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        said = run("import", project, path, "--json")
        assert said.code == 1, said.err
        assert len(said.document["failed"]) == 3
        assert all(failure["sentence"] for failure in said.document["failed"])
        assert max(map(len, said.err.splitlines())) < 500
        before.add(path)
    assert sum(run("status", project, "--json").document["failed"].values()) == 9
    assert all(path.is_relative_to(project) for path in files(tmp_path) - before)


def test_a_list_of_nul_bytes_is_named(tmp_path: Path, project: Path, run) -> None:
    path = tmp_path / "nul.csv"
    path.write_bytes(b"\0" * 1000 + b"\n1 nevus\0 2 3\n")
    said = run("import", project, path, "--json")
    assert said.code == 1
    assert "nul.csv" in said.err
    said = run("import", project, path, "--as", "can", "--json")
    assert (said.code, {failure["reason"] for failure in said.document["failed"]}) == (
        1,
        {"nul_byte"},
    )
