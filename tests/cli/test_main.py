"""Exit codes, sentences, and what is not imported."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.cli import app, output
from studio.cli.__main__ import main
from studio.errors import StudioError
from studio.wording import counted

COMMANDS = ["demo", "new", "import", "propose", "status"]
COMMANDS += ["boxes", "decide", "export", "train", "evaluate"]


def python(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, **options)


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    script = (
        "import sys, json\nfrom studio.cli.__main__ import main\nmain(['--help'])\n"
        "heavy = ('torch', 'timm', 'PySide6', 'sklearn', 'scipy', 'cv2', 'numpy', 'sqlalchemy')\n"
        "sys.stderr.write(json.dumps([name for name in heavy if name in sys.modules]))"
    )
    said = python("-c", script, check=True)
    assert all(f"  {command} " in said.stdout for command in COMMANDS)
    assert json.loads(said.stderr) == []


def test_help_is_quick() -> None:
    times = []
    for _ in range(3):
        began = time.perf_counter()
        python("-m", "studio", "--help", check=True)
        times.append(time.perf_counter() - began)
    sys.stderr.write(f"can-studio --help: {min(times):.2f} s\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, run) -> None:
    said = run(command, "--help")
    assert said.code == 0
    assert "Usage" in said.out


@pytest.mark.parametrize(
    "words",
    [
        ("boxes",),
        ("nonsense",),
        ("new",),
        ("import", "a", "b", "--as", "zip"),
        ("export", "a", "b", "--format", "zip"),
        ("propose", "a", "--keep", "0"),
        ("status", "a", "--nonsense"),
        ("train", "--out", "run"),
        ("evaluate", "run"),
    ],
)
def test_usage_is_exit_2_and_one_sentence(words: tuple[str, ...], run) -> None:
    said = run(*words)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("can-studio: ")
    assert said.err.count("\n") == 1


def test_what_cannot_begin_is_exit_2_without_a_traceback(tmp_path: Path, run) -> None:
    for words in [
        ("status", tmp_path),
        ("boxes", tmp_path / "nowhere", "--json"),
        ("new", tmp_path / "p", "--labels", "../../x"),
        ("evaluate", tmp_path, "--test", tmp_path),
        ("train", "--out", tmp_path / "run", "--resume"),
        ("train", "--out", tmp_path / "run", "--train", tmp_path, "--weights", "lost.pt"),
    ]:
        said = run(*words)
        assert said.code == 2, said
        assert said.out == ""
        assert "Traceback" not in said.err
    assert not (tmp_path / "p").exists() or not any((tmp_path / "p").iterdir())


def test_debug_shows_where(tmp_path: Path) -> None:
    for words in (["status", str(tmp_path), "--debug"], ["--debug", "status", str(tmp_path)]):
        with pytest.raises(StudioError):
            main(words)


def test_a_defect_is_a_sentence_and_exit_2(
    tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody expected this")

    monkeypatch.setattr("studio.workflows.projects.open_project", broken)
    said = run("status", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "ZeroDivisionError" in said.err
    assert "Traceback" not in said.err


def test_ctrl_c_is_exit_130(tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("studio.workflows.projects.open_project", interrupt)
    assert run("status", tmp_path).code == 130


def test_no_command_opens_the_window(run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr("studio.cli.common.open_window", lambda: opened.append("window") or 0)
    assert run().code == 0
    assert opened == ["window"]
    assert app.app.info.name == "can-studio"


@pytest.mark.parametrize("name", ["a" * 20_000, "na\0me\x1b[31m", "na\udcffme", "línea\nnueva"])
def test_hostile_names_are_printed_as_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.table("Names", ["name", "n"], [(name, 1)])
    output.echo(output.shown(name))
    output.list_failures([{"file": name, "row": 3, "reason": "bad_name", "sentence": name}])
    output.emit_json({"name": name, name: 1})
    said = capsys.readouterr()
    assert "\x1b" not in said.out
    assert "\0" not in said.out + said.err
    assert max(map(len, said.err.splitlines())) < 500
    said.out.encode()


def test_a_narrow_encoding_fails_nothing() -> None:
    script = "from studio.cli.output import *; prepare_streams(); echo('Größe 한국어 \\udcff')"
    said = python("-c", script, env={"PYTHONIOENCODING": "ascii"}, check=True)
    assert "Gr\\xf6" in said.stdout


def test_progress_is_quiet_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    shown = output.ProgressReporter("Doing")
    for done in range(1, 1001):
        shown(done, 1000, "name\x1b")
    shown.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Doing 1 of 1,000")
    assert lines[-1].startswith("Doing 1,000 of 1,000")
    assert len(lines) < 5
    assert "\x1b" not in "".join(lines)


def test_progress_in_a_terminal_is_a_bar_whose_text_is_plain() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    shown = output.ProgressReporter("Doing", terminal)
    shown(1, 4, "[red]name\x1b\n" + "x" * 300)
    shown(4, 4)
    shown.close()
    shown.close()
    first, last = terminal.getvalue().partition("Doing 4 of 4")[::2]
    assert "Doing 1 of 4  [red]name\ufffd\ufffdxxx" in first
    assert "━" in first
    assert "\n" not in first
    assert last.count("\n") == 1
    assert "\x1b[?25h" in last  # the cursor is back


def test_a_wrong_word_is_told_without_jargon_and_with_a_way_on(run) -> None:
    said = run("import", "a", "b", "--as", "wrong")
    assert "Value error" not in said.err
    assert "'wrong' is not one of" in said.err
    assert "can-studio --help" in run("nosuch").err


def test_one_of_a_thing_has_no_s() -> None:
    assert counted(1, "epoch") == "1 epoch"
    assert counted(2000, "epoch") == "2,000 epochs"
    assert counted(1, "box", "boxes") == "1 box"
    assert counted(0, "box", "boxes") == "0 boxes"


@pytest.mark.parametrize(
    "words",
    [
        ("sample-crops", "OUT", "--per-class", "1", "--size", "32"),
        (
            "gan",
            "generate",
            "--network",
            "sample",
            "--seeds",
            "0",
            "--class",
            "melanocyticnevus",
            "--out",
            "OUT",
        ),
    ],
)
@pytest.mark.parametrize("name", ["x" * 300, "file/below"])
def test_a_place_that_the_system_refuses_is_named(
    run, tmp_path: Path, words: tuple[str, ...], name: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    said = run(*(tmp_path / name if word == "OUT" else word for word in words))
    assert said.code == 2
    assert "unexpected" not in said.err
    assert "too long" in said.err or "Not a directory" in said.err


def test_the_folder_of_a_project_opens_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path | None] = []

    def open_window(project: Path | None = None, *, demo: bool = False) -> int:
        opened.append(project)
        return 0

    monkeypatch.setattr("studio.cli.common.open_window", open_window)
    monkeypatch.chdir(tmp_path)
    for name in ("moles", "status"):
        (tmp_path / name).mkdir()
    assert main(["moles"]) == 0
    assert main([str(tmp_path / "moles")]) == 0
    assert main(["./status"]) == 0
    assert opened == [tmp_path / "moles", tmp_path / "moles", tmp_path / "status"]
    assert main(["status"]) != 0  # the command, which wants a project
    assert len(opened) == 3


def test_a_project_that_is_not_there_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "none"
    assert main([str(missing)]) == 2
    assert capsys.readouterr().err == f"can-studio: {missing} is not the folder of a project.\n"


@pytest.mark.parametrize(
    ("file", "sentence", "said"),
    [
        ("a.xml", "It is not XML.", "bad row: a.xml: It is not XML."),
        ("set/a.xml", "a.xml is not XML.", "bad row: a.xml is not XML."),
        ("list.csv", "It has no box.", "bad row: row 3: It has no box."),
    ],
)
def test_a_failure_names_its_file_or_its_line(
    capsys: pytest.CaptureFixture[str], file: str, sentence: str, said: str
) -> None:
    row = 3 if file == "list.csv" else 0
    output.list_failures([{"file": file, "row": row, "reason": "bad_row", "sentence": sentence}])
    assert capsys.readouterr().err == f"{said}\n"
