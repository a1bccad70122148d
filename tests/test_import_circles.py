"""No module of the package imports itself by way of others, imports inside functions and for types alone included."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "explorer"


def modules_of(package):
    """Return the file of every module of a package by the module's name."""
    names = {path: path.relative_to(package.parent).with_suffix("").parts for path in package.rglob("*.py")}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): path for path, parts in names.items()}


def imported(path):
    """Yield the names that a file imports, wherever in it that stands: modules, or what is in them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively in line {node.lineno}; write the whole name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def graph_of(package):
    """Return for every module of a package the modules that it imports."""
    modules = modules_of(package)
    graph = {}
    for name, path in modules.items():
        found = {full if full in modules else full.rpartition(".")[0] for full in imported(path)}
        graph[name] = sorted(found & (modules.keys() - {name}))
    return graph


def circle_in(graph):
    """Return a circle of imports, as a sentence; nothing where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " is imported by ".join(error.args[1])
    return ""


def test_no_module_of_the_package_is_in_a_circle_of_imports():
    graph = graph_of(PACKAGE)
    assert len(graph) > 100
    assert "explorer.core.files" in graph["explorer.runs.store"]
    assert not (circle := circle_in(graph)), circle


@pytest.mark.parametrize(
    "line",
    [
        "from small import b",
        "import small.b",
        "def f():\n    from small.b import x",
        "if TYPE:\n    from small.b import x",
    ],
)
def test_a_circle_is_seen_wherever_the_import_stands(tmp_path, line):
    package = tmp_path / "small"
    package.mkdir()
    for name, text in {"__init__": "", "a": line, "b": "from small.c import x", "c": "import small.a"}.items():
        (package / f"{name}.py").write_text(text)
    circle = circle_in(graph_of(package))
    assert circle.count("small.") == 4
    assert all(name in circle for name in ("small.a", "small.b", "small.c"))
