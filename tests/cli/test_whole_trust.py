"""``trust --whole``: what is kept is printed, what cannot be measured is refused."""

import json
from dataclasses import replace

import pytest

from explorer.runs.whole_network import trust_table
from explorer.runs.whole_network.kept_basis import GROUP, groups_replayed
from explorer.runs.whole_network.kept_files import folder_of
from explorer.runs.whole_network.trust_plan import TrustPlan
from explorer.runs.whole_network.trust_table import ChosenSets, MethodTrust, TrustTable, kept_trust

PLAN = {"shares": [1, 0.5], "retrainings": 5, "seeds": 1, "sets": 0, "singles": 0}
LDS = {"1": (0.9, 0.8, 0.95), "0.5": (0.7, 0.6, 0.8)}
METHODS = {
    "unrolled": MethodTrust(
        "nats", LDS, LDS, {"1": 0.99, "0.5": 0.9}, {"1": 1.1, "0.5": 1.0}, None, 0.0, 2.5, 128.0, 1000
    )
}
SETS = {"random": ChosenSets([3], [[1, 2]], None, None, [-0.5], 0)}


@pytest.fixture
def kept(run, alone):
    table = TrustTable(run.id, PLAN, 0.75, [3, 5], {"1": 5, "0.5": 5}, 5, [1], METHODS, SETS, {"trak": "Not there."})
    trust_table.kept_table(run.id).save(table)
    return table


def test_what_was_measured_is_printed(kept, run, printed):
    words = ["trust", "--run", run.id, "--whole", "--shares", "1,0.5", "--retrainings", "5"]
    found = json.loads(printed(*words, "--json"))
    assert found["methods"]["unrolled"]["lds"] == {"1": [0.9, 0.8, 0.95], "0.5": [0.7, 0.6, 0.8]}
    assert {"lds_other_seed", "seconds_prepare", "seconds_query", "bytes_per_image", "peak_memory_bytes"} <= set(
        found["methods"]["unrolled"]
    )
    lines = printed(*words)
    assert "0.900 [0.800, 0.950]" in lines
    assert "the most helpful images by random: margin -0.500 without them" in lines
    assert "Not there." in lines


@pytest.mark.parametrize(
    ("groups", "holds"),
    [((), True), (("",), False), (("", ""), False), (("", "seed-7"), False)],
    ids=["as it was", "a group more", "two", "another seed"],
)
def test_what_was_measured_holds_until_a_basis_has_grown(kept, run, groups, holds):
    judged = replace(METHODS["unrolled"], bytes_per_image=GROUP)
    table = replace(kept, methods=METHODS | {"replay-basis": judged})
    trust_table.kept_table(run.id).save(table)
    for part in ("", *groups):
        folder = folder_of(run.id) / part
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"basis-{groups_replayed(folder)}.safetensors").touch()
    plan = TrustPlan((1, 0.5), 5)
    assert kept_trust(run.id, plan) == (table if holds else None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shares", "0"], "--shares has 0; give percentages above 0"),
        (["--shares", "a"], "--shares is 'a'; give percentages with commas"),
        (["--retrainings", "1"], "1 retrainings have no order to compare; give at least 4"),
        (["--sets", "-1"], "--sets is -1; give 0 or more"),
        ([], "whose training was not recorded"),
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_refused(run, alone, explorer, words, said):
    result = explorer("trust", "--run", run.id, "--whole", *words)
    assert result.returncode == 2
    assert said in result.stderr
