"""Where tests lie: in rooms like the source's, and none leans on another test."""

import ast
import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = sorted(TESTS.rglob("test_*.py"))


def imported(path):
    """Names of all modules that a file imports, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_test_file_imports_another(path):
    stems = {file.stem for file in FILES}
    for name in imported(path):
        parts = name.split(".")
        assert not stems & set(parts)
        assert parts[0] != "tests" or parts[:2] == ["tests", "support"]


def test_every_room_of_units_is_a_room_of_the_source():
    rooms = {path.name for path in (TESTS / "unit").iterdir() if any(path.glob("**/test_*.py"))}
    assert rooms <= {path.parent.name for path in (TESTS.parent / "explorer").glob("*/__init__.py")}


def test_every_experiment_stands_in_the_contract_that_keeps_them_apart():
    root = TESTS.parent
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (kept_apart,) = (contract["modules"] for contract in contracts if contract["name"].startswith("Experiments"))
    folders = [path.parent.name for path in (root / "explorer/experiments").glob("*/experiment.py")]
    assert sorted(kept_apart) == sorted(f"explorer.experiments.{name}" for name in folders)
