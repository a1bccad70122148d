"""docs/quickstart.ipynb runs from its first cell to its last, and what it calls predicted comes close to what it measures."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[3] / "docs/quickstart.ipynb"


def test_every_cell_of_the_notebook_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    known: dict[str, object] = {}
    for number, cell in enumerate(json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # nothing is shown that was not computed by whoever reads it
            exec(compile(cell["source"], f"cell {number}", "exec"), known)
    assert known["measured"] == pytest.approx(known["first"].score, rel=0.05)
    assert "measured" in capsys.readouterr().out
    assert (tmp_path / "case.html").stat().st_size > 10_000
