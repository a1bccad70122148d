"""Tables that people take along: their numbers are those of the exported model, and say all that is known of an image."""

import csv
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from explorer.runs.edits.edit_log import Change, record_edits
from explorer.runs.results.audit import audit_run


@pytest.fixture
def exported(explorer, printed, tmp_path):
    """A table as ``export`` writes it: the rows of its JSON, which must say what its CSV says."""

    def call(what, *words):
        printed("export", "--run", "default", "--what", what, "--output", tmp_path / "t.csv", *words)
        printed("export", "--run", "default", "--what", what, "--output", tmp_path / "t.json", *words)
        rows = json.loads((tmp_path / "t.json").read_text())
        with (tmp_path / "t.csv").open(newline="") as stream:
            table = list(csv.reader(stream))
        assert table[1:] == [["" if value is None else str(value) for value in row.values()] for row in rows]
        assert [table[0]] == [list(row) for row in rows[:1]] or not rows
        return rows

    return call


@pytest.fixture
def model(explorer, tmp_path):
    assert explorer("export", "--run", "default", "--what", "model", "--output", tmp_path / "m.npz").returncode == 0
    return np.load(tmp_path / "m.npz")


@pytest.mark.parametrize("side", ["test", "train"])
def test_predictions_are_recomputed_from_the_exported_model(exported, model, side):
    """With NumPy alone, from the features, the weights and the formula of the softmax."""
    rows = exported("predictions", "--side", side)
    labels, names = model[f"{side}_labels"], model["class_names"].tolist()
    logits = model[f"{side}_features"] @ model["weights"].T
    logits -= logits.max(axis=1, keepdims=True)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    every = np.arange(len(labels))
    assert [row["index"] for row in rows] == every.tolist()
    assert [row["label"] for row in rows] == [names[label] for label in labels]
    assert [row["prediction"] for row in rows] == [names[said] for said in shares.argmax(axis=1)]
    assert [row["correct"] for row in rows] == (shares.argmax(axis=1) == labels).tolist()
    told = np.array([[row[f"probability_{name}"] for name in names] for row in rows])
    assert_allclose(told, shares, rtol=1e-9, atol=0)
    loss = np.log(np.exp(logits).sum(axis=1)) - logits[every, labels]
    assert_allclose([row["loss"] for row in rows], loss, rtol=1e-9, atol=1e-12)
    assert_allclose([row["margin"] for row in rows], np.abs(shares[:, 0] - shares[:, 1]), rtol=1e-9, atol=1e-12)


def test_leverages_are_recomputed_from_the_exported_model(exported, model):
    """tr(U_iᵀ G U_i) of two classes, from the formulas of docs/conventions.md: p(1 − p) hᵀ A⁻¹ h/n with A in contrasts."""
    h, n = model["train_features"], len(model["train_features"])
    logits = h @ (model["weights"][1] - model["weights"][0])
    spread = 1 / (1 + np.exp(-logits)) / (1 + np.exp(logits))
    hessian = 2 * (h * spread[:, None]).T @ h / n + float(model["l2"]) * np.eye(h.shape[1])
    expected = 2 * spread * np.einsum("nd,nd->n", h, np.linalg.solve(hessian, h.T).T) / n
    assert_allclose([row["leverage"] for row in exported("predictions", "--side", "train")], expected, rtol=1e-7)


def test_a_training_image_carries_its_edits_and_its_rank(exported, run, unedited):
    order, other = audit_run(run).order.tolist(), run.class_names[1 - run.train_labels[3]]
    decided = [Change("train", 3, "relabel", other), Change("train", 4, "exclude"), Change("train", 5, "keep")]
    record_edits(run, [*decided, Change("train", 3, "tag", "blurred"), Change("test", 2, "trust")])
    rows = exported("selection", "--train", "3,4,5,6", "--test", "2")
    edits = [(row["edit"], row["edit_label"]) for row in rows]
    assert edits == [("relabel", other), ("exclude", ""), ("keep", ""), ("", ""), (None, None)]
    assert [row["suspect_rank"] for row in rows[:4]] == [order.index(row) + 1 for row in (3, 4, 5, 6)]
    assert [(row["side"], row["tags"], row["trusted"]) for row in rows[::4]] == [
        ("train", "blurred", None),
        ("test", "", True),
    ]
    assert [row["trusted"] for row in exported("predictions", "--rows", "1,2")] == [False, True]


def test_what_a_person_wrote_is_no_formula_and_json_has_it_as_it_is(run, printed, tmp_path, unedited):
    record_edits(run, [Change("train", 3, "note", "=1+1")])
    for form, note in (("csv", "'=1+1"), ("json", '"=1+1"')):
        printed("export", "--run", "default", "--what", "selection", "--train", "3", "--output", tmp_path / f"t.{form}")
        assert note in (tmp_path / f"t.{form}").read_text()


def test_a_cell_holds_the_images_of_its_label_that_are_called_so(exported, run):
    cat, dog = (run.class_index(name) for name in ("cat", "dog"))
    wrong = np.flatnonzero((run.test_labels == cat) & (run.predicted == dog)).tolist()
    assert [row["index"] for row in exported("selection", "--label", "cat", "--prediction", "dog")] == wrong
    assert [row["index"] for row in exported("predictions", "--label", "cat", "--prediction", "dog")] == wrong


def test_suspects_are_the_queue_of_the_audit_with_its_reasons(exported, printed, run):
    told = json.loads(printed("audit", "--run", "default", "--json"))["queue"]
    rows = exported("suspects")
    assert [row["suspect_rank"] for row in rows] == list(range(1, len(run.train_labels) + 1))
    for name in ("score", "reason", "suggested_label", "truly_wrong"):
        assert [row[name] for row in rows] == [entry[name] for entry in told]
    assert [row["index"] for row in rows] == [entry["train_index"] for entry in told]


def test_edits_say_from_which_label_to_which_by_whom_and_when(exported, run, unedited):
    label = run.class_names[run.train_labels[3]]
    other = run.class_names[1 - run.train_labels[3]]
    record_edits(run, [Change("train", 3, "relabel", other)], "anna")
    record_edits(run, [Change("train", 3, "exclude")], "ben")
    rows = exported("edits")
    assert [(row["index"], row["action"], row["author"], row["in_force"]) for row in rows] == [
        (3, "relabel", "anna", False),
        (3, "exclude", "ben", True),
    ]
    assert [(row["label_from"], row["label_to"]) for row in rows] == [(label, other), (label, "")]
    assert all(row["time"] for row in rows)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["predictions", "--output", "x.xlsx"], "'x.xlsx' is no table; give a name that ends in .csv or .json."),
        (
            ["predictions", "--output", "x.csv", "--side", "both"],
            "There is no side 'both'; choose one of: test, train.",
        ),
        (["predictions", "--output", "x.csv", "--label", "horse"], "There is no class 'horse'"),
        (["selection", "--output", "x.csv"], "A selection needs images"),
        (["selection", "--output", "x.csv", "--train", "1,b"], "--train is '1,b'; give whole numbers"),
        (["selection", "--output", "x.csv", "--test", "400"], "the numbers go from 0 to 399"),
        (["scores", "--output", "x.csv", "--test", "1,2"], "Scores belong to one test image"),
    ],
)
def test_what_cannot_be_exported_gets_one_sentence(explorer, words, sentence):
    answer = explorer("export", "--run", "default", "--what", *words)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert sentence in answer.stderr


def test_suspects_without_an_audit_name_the_command_that_makes_one(explorer, tmp_path):
    (tmp_path / "trusted.txt").write_text(" ".join(map(str, range(100, 300))))
    words = ["--trusted", tmp_path / "trusted.txt", "--output", tmp_path / "s.csv"]
    answer = explorer("export", "--run", "default", "--what", "suspects", *words)
    assert answer.returncode == 2
    assert f"python -m explorer audit --run default --trusted {tmp_path}/trusted.txt" in answer.stderr
