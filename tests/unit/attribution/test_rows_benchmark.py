"""The benchmark of a row on many images: what it compares is computed twice, and nothing of its data stays."""

import json

from tools.bench import rows


def test_it_finds_the_leaders_of_float64_in_shards_and_removes_them(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(rows, "ROWS", 700)
    monkeypatch.setattr(rows.tempfile, "tempdir", str(tmp_path))
    rows.main(["--n", "2000", "--d", "24", "--tests", "4", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["leaders_equal"]
    assert 48 <= found["survivors"]["median"] <= found["survivors"]["most"] < 2000
    assert found["error_of_largest_score"] > 0
    assert found["ratio"] == found["row_seconds"] / found["read_seconds"]
    assert not list(tmp_path.iterdir())


def test_leaders_that_are_not_those_of_float64_are_noticed(monkeypatch, capsys):
    monkeypatch.setattr(
        rows, "true_leaders", lambda scorer, table, tests: [(scorer.head.train_labels[:1],) * 2] * len(tests.targets)
    )
    rows.main(["--n", "500", "--d", "8", "--tests", "2", "--json"])
    assert not json.loads(capsys.readouterr().out)["leaders_equal"]
