"""The public names: loaded when they are asked for, the same in the module and in its types."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import explorer as ex

HEAVY = {"torch", "streamlit", "numpy", "scipy", "pandas", "typer"}


def loaded(code):
    """The modules that a fresh interpreter has loaded after some code."""
    program = f"import json, sys\n{code}\nprint(json.dumps(list(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout))


def test_import_loads_nothing_but_itself():
    found = loaded("import explorer")
    assert not HEAVY & found
    assert {name for name in found if name.startswith("explorer")} == {
        "explorer",
        "explorer.core",
        "explorer.core.version",
    }


def test_opening_a_run_and_explaining_it_needs_no_torch_and_no_streamlit(run):
    code = "import explorer as ex\nrun = ex.load('default')\nrun.without([run.explain(3).harmful[0]])"
    assert not {"torch", "streamlit", "plotly"} & loaded(code)


def test_the_types_name_what_the_module_has():
    stub = ast.parse((Path(ex.__file__).parent / "__init__.pyi").read_text(encoding="utf-8"))
    typed = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    typed |= {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    assert typed == set(ex.__all__)
    assert set(dir(ex)) >= typed
    assert all(getattr(ex, name) for name in typed)
    assert all(getattr(ex, name).__doc__ for name in typed)


def test_another_name_is_missing():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = ex.nothing
