"""Peers that are measured on a run: its network, its test images in the order of ``trust --whole``, its kept retrainings and basis."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.attribution.replays import ReplayBasis
from explorer.core.checksums import seal_array
from explorer.evaluation.retrainings import shown, subsets
from explorer.runs.whole_network.trust_plan import TrustPlan
from explorer.runs.whole_network.whole import whole_of
from tools.peers import of_ours
from tools.peers.judging import Known
from tools.peers.kept_run import KeptRun
from tools.peers.problem import Problem

PLAN = TrustPlan((10.0, 20.0), 6, 1)


@pytest.fixture(scope="module")
def kept(smooth_run, tmp_path_factory):
    found = KeptRun.of(smooth_run, 5)
    return replace(found, retrainings=replace(found.retrainings, home=tmp_path_factory.mktemp("kept")))


def test_the_pictures_are_those_that_trust_judges_and_the_network_is_the_runs(smooth_run, kept):
    np.testing.assert_array_equal(kept.problem.rows, shown(len(smooth_run.test_labels), 5))
    found = kept.problem.module()(kept.problem.asked).detach().numpy()
    np.testing.assert_allclose(found, whole_of(smooth_run).logits[kept.problem.rows], atol=1e-4)
    assert len(kept.problem.ends) == kept.problem.training.recipe.epochs


def test_retrainings_that_are_kept_are_found_and_scores_that_foretold_them_score_one(kept):
    made, rng = kept.retrainings, np.random.default_rng(0)
    labels, tests = made.training.labels.numpy(), len(made.exam.labels)
    scores, whole = rng.normal(size=(24, tests)), rng.normal(size=(2, tests)).astype(np.float32)
    made.folder.mkdir(parents=True)

    def seal(rows, seed, sign=1):
        margins = np.float32(whole[0] + sign * scores[rows].sum(0))
        seal_array(made.folder / f"{made.removal(rows, seed).name}.sealed", np.stack([margins, whole[1]]))

    for seed in (0, 1):
        seal([], seed)
    drawn = subsets(labels, 0.1, 6)
    for rows in drawn[:5]:  # the sixth is not made
        seal(rows, 0)
        seal(rows, 1, -1)
    seal(subsets(labels, 0.2, 1)[0], 0)  # a single one has no order
    own, other = kept.truths(PLAN)
    assert {share: [len(block.dropped) for block in blocks] for share, blocks in own.items()} == {"10": [5]}
    known = Known({}, 5, own, other)
    np.savez(made.folder / "asked.npz", margin=scores[:, kept.places].T)
    (row,) = known.judged_rows([{"method": "m", "scores": str(made.folder / "asked.npz")}])
    assert row["lds"]["10"][0] == pytest.approx(1)
    assert row["lds_other_seed"]["10"][0] == pytest.approx(-1)
    assert row["questions_judged"] == 5


def test_what_the_run_keeps_is_what_our_methods_answer_with(smooth_run, kept, tmp_path, monkeypatch):
    kept.problem.save(tmp_path)
    problem, count = Problem.load(tmp_path), 3
    assert problem.run == smooth_run.id
    width = problem.training.network.size + sum(len(part) for pair in problem.ends[-1].statistics for part in pair)
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(width, count)))[0].T.astype(np.float16)
    basis = ReplayBasis(directions, rng.integers(-9, 9, (count, 24)).astype(np.int8), np.ones(count, np.float32))
    monkeypatch.setattr(of_ours, "load_basis", lambda folder: basis)
    peer = of_ours.METHODS["our replay-basis"]()
    peer.prepare(problem, tmp_path)
    assert (peer.per_image, peer.once) == (count, directions.nbytes + 4 * count)
    assert peer.prepared_in is not None
    assert f"{count} directions" in peer.note
    asked = problem.asked[1:3], problem.targets[1:3]
    assert peer.scores(*asked, "margin").shape == (2, 24)
    last = of_ours.METHODS["our last layer"]()
    last.prepare(problem, tmp_path)
    rows = problem.rows[1:3]
    losses = smooth_run.scorer("newton").exact(smooth_run.tests_of(rows)).T
    np.testing.assert_allclose(last.scores(*asked, "loss"), losses)
    right = smooth_run.test_probabilities[rows, smooth_run.test_labels[rows]]
    np.testing.assert_allclose(last.scores(*asked, "margin"), losses / (right - 1)[:, None])
    with pytest.raises(ValueError, match="--run"):
        of_ours.METHODS["our similarity"]().prepare(replace(problem, run=""), tmp_path)
    assert torch.equal(problem.asked, kept.problem.asked)
