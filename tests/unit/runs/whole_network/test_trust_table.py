"""The table of a trained run's truth is kept as it was, and one of another version counts as none."""

import pytest

from explorer.runs.whole_network import trust_table
from explorer.runs.whole_network.trust_table import ChosenSets, MethodTrust, TrustTable

METHOD = MethodTrust(
    unit="nats",
    lds={"1": (0.9, 0.8, 0.95)},
    lds_other_seed={"1": (0.5, 0.4, 0.6)},
    pearson={"1": 0.99},
    slope={"1": 1.1},
    single_removals=None,
    seconds_prepare=0.0,
    seconds_query=2.5,
    bytes_per_image=128.0,
    peak_memory_bytes=1_000,
)
SETS = ChosenSets(tests=[3, 5], removed=[[1], [2]], predicted=[-1.0, -0.5], replayed=None, measured=[-2, -0.4], wrong=1)
TABLE = TrustTable(
    "a1", {"sets": 2}, 0.75, [3, 5], {"1": 4}, 2, [1], {"unrolled": METHOD}, {"random": SETS}, {"trak": "Not there."}
)


def test_a_table_is_read_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    assert trust_table.load_trust_table("a1") is None
    trust_table.kept_table("a1").save(TABLE)
    assert trust_table.load_trust_table("a1") == TABLE
    monkeypatch.setattr(trust_table, "VERSION", trust_table.VERSION + 1)
    assert trust_table.load_trust_table("a1") is None


def test_a_chooser_is_judged_by_the_means_of_its_sets():
    assert SETS.mean_measured == pytest.approx(-1.2)
    assert SETS.ratio == pytest.approx(1.6)
    assert ChosenSets([1], [[0]], None, None, [-1.0], 1).ratio is None
