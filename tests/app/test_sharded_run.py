"""A run whose features are shards: opened, explained, edited and refitted as one in memory; its pages open."""

import numpy as np
import pytest

from explorer.attribution import Curvature, Scorer, estimator
from explorer.core.errors import DamagedError
from explorer.evaluation.closeness import threshold, unit
from explorer.models.head import fit
from explorer.runs.edits.change import Change
from explorer.runs.edits.edit_log import record_edits
from explorer.runs.edits.refit import predicted_losses, refit_edited
from explorer.runs.results.duplicates import find_duplicates
from explorer.runs.results.explanation import explain
from explorer.runs.run import TABLE, Run
from explorer.runs.store import load_run, open_run
from tests.support.homes import lead
from tests.support.pages import opened
from tests.support.sharded_runs import in_shards


@pytest.fixture(scope="module")
def sharded(run, tmp_path_factory):
    """The run of all tests as shards, in a home of its own, and the head that it should have."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("shards")
        lead(home, run.folder.parents[1])
        patch.setenv("EXPLORER_HOME", str(home))
        patch.setattr("explorer.engine.base._one_thread", lambda: None)
        head = in_shards(run)
        yield open_run("default"), head


def test_it_opens_and_its_leaders_and_scores_are_those_of_rows_in_memory(sharded):
    opened_run, head = sharded
    assert not (opened_run.folder / "train_features.npy").exists()
    assert opened_run.methods[0] == "newton"
    explanation = explain(opened_run, 3, "newton", 12)
    exact = Scorer(Curvature(head), estimator("newton")).row(
        opened_run.test_features[3], int(opened_run.test_labels[3]), 12
    )
    for side in ("helpful", "harmful"):
        np.testing.assert_array_equal([item.train_index for item in getattr(explanation, side)], getattr(exact, side))
    np.testing.assert_allclose(
        [item.score for item in explanation.helpful], exact.scores[exact.helpful], rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("page", ["explain", "suspects", "predictions", "training_image", "retrain"])
def test_its_pages_open(sharded, page):
    app = opened(page)
    assert not app.exception
    assert not app.error


def test_its_duplicates_are_sought_in_blocks_of_its_rows(sharded, run, monkeypatch):
    opened_run, _ = sharded
    monkeypatch.setattr("explorer.evaluation.duplicates.MANY", 100)
    found = find_duplicates(opened_run)
    rows = unit(np.concatenate([run.head.train_features, run.test_features])[:, :-1].astype(np.float32))
    ids = np.concatenate([run.arrays["train_ids"], run.arrays["test_ids"]])
    np.testing.assert_allclose(found.bound, threshold(rows, ids), rtol=2e-3)  # features in half precision
    assert (found.sets, found.recall.images) == ([], len(rows))
    assert found.recall.found == found.recall.close > 0


def test_an_edit_is_predicted_and_refitted_without_its_rows(sharded):
    opened_run, head = sharded
    out, other = [0, 5, 17], 9
    name = opened_run.class_names[1 - int(opened_run.train_labels[other])]
    rows = opened_run.arrays["train_rows"]
    excluded = [Change("train", rows[at], "exclude") for at in out]
    record_edits(opened_run, [*excluded, Change("train", rows[other], "relabel", name)])
    predicted = predicted_losses(opened_run)
    edited = refit_edited(opened_run, "edited", lambda *_: None)
    kept = ~np.isin(np.arange(len(rows)), out)
    labels = np.array(opened_run.train_labels)
    labels[other] = 1 - labels[other]
    expected = fit(head.train_features[kept], labels[kept], 2, head.l2 * len(kept) / kept.sum())
    np.testing.assert_allclose(edited.head.weights, expected.weights, atol=1e-7)
    np.testing.assert_array_equal(edited.head.train_features[:50], head.train_features[kept][:50])
    happened = edited.test_losses - opened_run.test_losses
    assert np.corrcoef(predicted, happened)[0, 1] > 0.9
    # the table is shared, and what it holds of the unedited head is not taken for this one's
    leverages = Curvature(expected).leverages
    np.testing.assert_allclose(load_run(edited.id).curvature.leverages, leverages, rtol=1e-5)
    assert isinstance(edited, Run)


def test_a_flipped_byte_of_a_shard_is_said_with_its_file(sharded):
    opened_run, _ = sharded
    path = opened_run.folder / TABLE / "features-00001.npy"
    content = path.read_bytes()
    path.unlink()  # the edited run has the same file
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    again = load_run(opened_run.id)
    with pytest.raises(DamagedError, match=r"features-00001\.npy is missing or damaged"):
        _ = again.head.train_probabilities
    path.write_bytes(content)
