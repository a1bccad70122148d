"""Results that earlier versions wrote beside a run are read as they lie, and are written as they were."""

import hashlib
import json

import numpy as np
import pytest

from explorer.core import home
from explorer.core.packed_arrays import packed
from explorer.evaluation.closeness import DEVIATIONS
from explorer.evaluation.groups import Clustering
from explorer.runs.results import agreement, audit, cleaning, duplicates, groups, projection

# The recipes in the files below; who changes one counts up the version of its results, and what lies on disk is computed again.
RECIPE = {"components": 10, "most": 12, "fewest": 10, "gap": 4.3, "agreement": 0.8, "seed": 0, "version": 2}
GROUP = {
    "label": 0,
    "rows": [3, 1],
    "score_by_class": {"cat": 0.25, "dog": -0.125},
    "joint_by_class": None,
    "measured_by_class": {"cat": 0.5, "dog": 0.0},
    "separation": None,
    "reason": "",
}
TWINS = {"train": [0, 5], "test": [], "exact": True, "distance": 0.0, "contradicting": True}
TWINS |= {"largest": 0.0, "farthest": [["train", 0], ["train", 5]]}


def sealed(content):
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    checksum = hashlib.sha256(plain).hexdigest()
    return json.dumps(content | {"checksum": checksum}, indent=1, ensure_ascii=False).encode()


def key(value, letters):
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(plain).hexdigest()[:letters]


@pytest.fixture(autouse=True)
def empty(run, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))


def put(name, content):
    path = home.root() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_groups(run):
    old = sealed({"recipe": RECIPE, "groups": [GROUP]})
    path = put(f"groups/{run.id}.json", old)
    (found,) = groups.find_groups(run)
    assert vars(found) | {"rows": found.rows.tolist()} == GROUP
    path.unlink()
    groups._cached(run).save([found])
    assert path.read_bytes() == old
    assert vars(Clustering()) | {"version": groups.VERSION} == RECIPE


def test_duplicates(run):
    old = sealed({"recipe": {"deviations": DEVIATIONS, "version": 4}, "bound": 1.5, "sets": [TWINS]})
    path = put(f"duplicates/{run.id}.json", old)
    found = duplicates.find_duplicates(run)
    (one,) = found.sets
    plain = vars(one) | {"train": [0, 5], "test": [], "farthest": [list(end) for end in one.farthest]}
    assert (found.bound, plain) == (1.5, TWINS)
    path.unlink()
    duplicates._cached(run).save(found)
    assert path.read_bytes() == old


def test_duplicates_of_an_earlier_version_are_sought_again(run):
    old = {key: value for key, value in TWINS.items() if key not in ("largest", "farthest")}
    put(
        f"duplicates/{run.id}.json",
        sealed({"recipe": {"deviations": DEVIATIONS, "version": 1}, "bound": 1.5, "sets": [old]}),
    )
    assert duplicates.load_duplicates(run) is None
    assert duplicates.find_duplicates(run).bound != 1.5
    assert duplicates.load_duplicates(run) is not None


def test_a_projection(run):
    files = [run.manifest.files[f"{side}_features.npy"] for side in ("train", "test")]
    places = np.random.default_rng(0).normal(size=(len(run.train_labels) + len(run.test_labels), 3)).astype(np.float32)
    path = home.root() / "maps" / f"{key(files, 16)}-pca.npy"
    path.parent.mkdir()
    np.save(path, places)
    content = path.read_bytes()
    note = sealed({"places": hashlib.sha256(content).hexdigest(), "shares": [0.5, 0.25, 0.125]})
    put(f"maps/{path.stem}.json", note)
    found = projection.project_run(run, "pca")
    np.testing.assert_array_equal(found.test, places[-len(run.test_labels) :, :2])
    assert found.shares == (0.5, 0.25)
    projection._cached(run, "pca").save((places, [0.5, 0.25, 0.125]))
    assert (path.read_bytes(), path.with_suffix(".json").read_bytes()) == (content, note)


def test_an_audit_and_its_cleaning_curve(run):
    trusted = list(range(0, len(run.test_labels), 2))
    arrays = {"score": np.arange(len(run.train_labels), dtype=np.float64)}
    facts = {"version": 3, "run": run.id, "l2": 0.1, "trusted": trusted, "rankings": [], "cells": [], "curves": {}}
    folder = f"audits/{run.id}-{key(trusted, 12)}"
    content = packed(arrays)
    checksum = hashlib.sha256(content).hexdigest()
    paths = [
        put(f"{folder}/arrays.safetensors", content),
        put(f"{folder}/manifest.json", sealed(facts | {"checksum_of_arrays": checksum})),
    ]
    before = [path.read_bytes() for path in paths]
    found = audit.audit_run(run, "even")
    assert (found.l2, found.order[0]) == (0.1, len(run.train_labels) - 1)
    audit._cached(run.id, np.array(trusted)).save((facts, arrays))
    assert [path.read_bytes() for path in paths] == before
    curve = {"counts": [0], "classes": run.class_names, "untouched": True, "queue": [[0.5, 0.75]]}
    path = put(f"audits/cleaning-{run.id}-{key([trusted, checksum], 12)}.json", sealed(curve))
    assert cleaning.cleaning_curve(run, found) == curve
    cleaning._cached(run, found).save(curve)
    assert path.read_bytes() == sealed(curve)


def test_an_audit_of_an_earlier_version_counts_as_none(run):
    trusted = list(range(len(run.test_labels)))
    folder, content = f"audits/{run.id}-{key(trusted, 12)}", packed({"score": np.zeros(2)})
    put(f"{folder}/arrays.safetensors", content)
    facts = {"run": run.id, "checksum_of_arrays": hashlib.sha256(content).hexdigest()}
    for version in ({}, {"version": 2}):
        put(f"{folder}/manifest.json", sealed(facts | version))
        assert audit.load_audit(run) is None
    put(f"{folder}/manifest.json", sealed(facts | {"version": 3}))
    assert audit.load_audit(run) is not None


def test_the_trust_report_and_other_seeds(run):
    put(f"trust/{run.id}.json", sealed({"run": run.id, "refits": {"pairs": 3}}))
    put(f"trust/{run.id}-seeds.json", sealed({"run": run.id, "share": 0.5}))
    assert agreement.load_report(run.id) == {"run": run.id, "refits": {"pairs": 3}}
    assert agreement.load_seed_comparison(run.id) == {"run": run.id, "share": 0.5}
