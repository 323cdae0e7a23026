"""The structure of the whole tree: no import circles, one meaning for each class name, and no text
that points to a module or file that does not exist."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAME_NAME = {
    # a class that is defined in more than one module, and why
    "Action": "what is recorded of a box, and what a key or a menu does: no module knows both",
    "EventLog": "of a run and of a project",
    "RunStore": "the runs in a database, and what a list of runs needs of it",
}


@cache
def modules() -> dict[str, ast.Module]:
    """The modules of the studio by dotted name, parsed."""
    found = {}
    for path in sorted((ROOT / "studio").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """What a module may import when it runs, also inside functions: not what only types need."""
    for part in ("body", "orelse", "handlers", "finalbody"):
        for node in getattr(tree, part, ()):
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
                continue
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, "the studio imports by absolute names"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield from imported(node)


def module_of(name: str, known: dict[str, set[str]]) -> str | None:
    """The module that `import name` reads: a module, or the one in which a name is defined."""
    parent = name.rpartition(".")[0]
    return name if name in known else parent if parent in known else None


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules each of which reaches the others (Tarjan's components of two and more).

    Taken away one after the other: modules that nothing left imports, or that import nothing left,
    are in no circle.
    """
    left = {name: set(targets) - {name} for name, targets in graph.items()}
    while True:
        used = set().union(*left.values()) if left else set()
        outside = {name for name, targets in left.items() if not targets or name not in used}
        if not outside:
            break
        left = {n: targets - outside for n, targets in left.items() if n not in outside}
    found, seen = [], set()
    reach = {name: _reachable(name, left) for name in left}
    for name in sorted(left):
        group = sorted(other for other in reach[name] if name in reach[other])
        if len(group) > 1 and name not in seen:
            found.append(group)
            seen.update(group)
    return found


def _reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    reached, waiting = set(), [start]
    while waiting:
        new = graph[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": {"d"}, "e": {"a", "f"}, "f": {"e"}}
    assert circles(graph) == [["b", "c"], ["e", "f"]]


def test_no_modules_import_one_another() -> None:
    trees = modules()
    graph: dict[str, set[str]] = {name: set() for name in trees}
    for name, tree in trees.items():
        graph[name] = {found for one in imported(tree) if (found := module_of(one, graph))}
    assert sum(map(len, graph.values())) > len(graph)
    assert circles(graph) == []


def test_a_class_name_means_one_thing() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for name, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(name)
    twice = {name: places for name, places in where.items() if len(places) > 1}
    assert {name: twice[name] for name in twice.keys() - SAME_NAME} == {}
    assert SAME_NAME.keys() == twice.keys(), "a reason that is not needed any more"


MODULE = re.compile(r"\bstudio(?:\.\w+)+")
FILE = re.compile(r"\b(?:studio|tests|packaging|resources|docs)(?:/[\w-]+)+(?:\.\w+)?")
NOT_A_MODULE = {"studio.log", "studio.stamp", "studio.toml"}  # files of users, of a venv, a key map
NOT_A_FILE = {"studio/_resources"}  # made when a wheel is built


@cache
def defined(module: str) -> set[str]:
    """The names that a module of the studio defines or imports."""
    names = {"__file__"}
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def missing(text: str) -> set[str]:
    """The modules, their names, and the files that a text names and that do not exist."""
    found = {name for name in FILE.findall(text) if not (ROOT / name).exists()}
    for name in set(MODULE.findall(text)):
        module, rest = name, ""
        while module not in modules():
            module, _, rest = module.rpartition(".")
        if rest and rest not in defined(module):
            found.add(name)
    return found - NOT_A_MODULE - NOT_A_FILE


def test_what_is_missing_is_found() -> None:
    text = "studio.files, studio.files.write_text; studio.gone, studio.files.gone, studio/gone.py"
    assert missing(text) == {"studio.gone", "studio.files.gone", "studio/gone.py"}


def test_texts_name_modules_and_files_that_exist() -> None:
    texts = [ROOT / name for name in ("README.md", "CONTEXT.md", "pyproject.toml")]
    for folder in ("studio", "tests", "packaging", "docs", "resources"):
        texts += [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.md")]
    texts.remove(Path(__file__))
    wrong = {
        str(path.relative_to(ROOT)): missing(path.read_text(encoding="utf-8")) for path in texts
    }
    assert {path: found for path, found in wrong.items() if found} == {}
