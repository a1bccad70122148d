"""Groups of similar images inside each class."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from explorer.app.pages.suspects.group_effect import effect_facts
from explorer.app.pages.suspects.groups import groups_sentence
from explorer.core import home
from explorer.evaluation.groups import Clustering, principal, separation, sub_populations
from explorer.runs import selections
from explorer.runs.results import groups as kept
from explorer.runs.results.groups import WHOLE, find_groups, load_groups
from tests.support.views import drawn, shown

PHOTOS = Path(__file__).parents[4] / "shared/data/photos"
SEEDS = pytest.mark.parametrize("seed", range(5))


def blobs(sizes, distance, seed, d=15):
    """Normal clusters on the axes, every two of them ``distance`` deviations apart, and which of them each point is of."""
    rng, kinds = np.random.default_rng(seed), np.repeat(np.arange(len(sizes)), sizes)
    return rng.normal(size=(len(kinds), d)) + distance / np.sqrt(2) * np.eye(d)[kinds], kinds


# Sub-populations


@SEEDS
def test_planted_groups_come_out_whole_whatever_their_size(seed):
    points, kinds = blobs((300, 60, 20), 9.0, seed)
    parts = sub_populations(points, np.zeros(len(points), dtype=int), Clustering(seed=seed))
    assert [len(part.rows) for part in parts] == [300, 60, 20]
    assert [set(kinds[part.rows].tolist()) for part in parts] == [{0}, {1}, {2}]
    assert min(part.separation for part in parts) > Clustering().gap


@pytest.mark.parametrize("seed", range(3))  # each takes four seconds, and one more cloud is the same case again
def test_a_cloud_without_gaps_has_no_part_that_stands_apart(seed):
    points = np.random.default_rng(seed).normal(size=(400, 15))
    parts = sub_populations(points, np.zeros(400, dtype=int), Clustering(seed=seed))
    assert max(part.separation for part in parts) < Clustering().gap
    np.testing.assert_array_equal(np.sort(np.concatenate([part.rows for part in parts])), np.arange(400))


def test_without_gaps_the_number_of_parts_is_the_one_that_halves_agree_on():
    points, kinds = blobs((300, 300, 300), 3.6, 0, d=3)
    numbers = Clustering().divide(points)
    assert len(np.unique(numbers)) == 3
    shares = [np.bincount(kinds[numbers == number]).max() / (numbers == number).sum() for number in range(3)]
    assert min(shares) > 0.85


def test_the_gap_lies_above_what_cutting_one_cluster_gives():
    rng = np.random.default_rng(0)
    for draw, expected in ((rng.normal(size=20_000), 2.65), (rng.uniform(-1, 1, 20_000), 3.46)):
        low, high = draw[draw < 0, None], draw[draw >= 0, None]
        np.testing.assert_allclose(separation(low, high), expected, rtol=0.02)
    assert separation(low, low) == 0.0
    assert separation(np.zeros((3, 1)), np.ones((3, 1))) == np.inf


def test_every_class_is_divided_alone_and_its_most_typical_image_comes_first():
    points, _ = blobs((200, 200), 9.0, 1)
    labels = np.arange(400) % 2
    parts = sub_populations(points, labels, Clustering())
    assert [part.label for part in parts] == [0, 0, 1, 1]
    for part in parts:
        assert (labels[part.rows] == part.label).all()
        own = principal(points[labels == part.label], 10)[
            np.searchsorted(np.flatnonzero(labels == part.label), part.rows)
        ]
        away = np.linalg.norm(own - own.mean(axis=0), axis=1)
        np.testing.assert_array_equal(away, np.sort(away))


@pytest.mark.parametrize(
    "points", [np.random.default_rng(0).normal(size=(6, 4)), np.ones((40, 4))], ids=["few images", "all the same"]
)
def test_a_class_that_cannot_be_divided_is_one_group(points):
    [part] = sub_populations(points, np.zeros(len(points), dtype=int), Clustering())
    assert len(part.rows) == len(points)
    assert part.separation is None


def test_principal_components_are_those_of_the_singular_values():
    points = np.random.default_rng(0).normal(size=(30, 8)) * np.arange(1, 9)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    for given in (points, np.hstack([points, np.zeros((30, 40))])):
        np.testing.assert_allclose(np.linalg.norm(principal(given, 5), axis=0), values[:5])


# The groups of a run


@pytest.fixture(scope="module")
def found(run):
    """The groups of the drawn run, computed anew."""
    (home.root() / "groups" / f"{run.id}.json").unlink(missing_ok=True)
    return find_groups(run)


def test_groups_part_every_class(run, found):
    np.testing.assert_array_equal(np.sort(np.concatenate([group.rows for group in found])), np.arange(800))
    for label in (0, 1):
        own = [group for group in found if group.label == label]
        assert all((run.train_labels[group.rows] == label).all() for group in own)
        assert 2 <= len(own) <= Clustering().most


def test_a_groups_score_is_the_mean_of_its_members_sums(run, found):
    scores = run.scorer("newton").exact(run.tests)
    for group in found:
        for row, name in enumerate(run.class_names):
            expected = scores[group.rows][:, run.test_labels == row].sum(axis=0).mean()
            np.testing.assert_allclose(group.score_by_class[name], expected, rtol=1e-9)


def test_a_joint_step_comes_closer_to_the_refit_than_the_sum(found):
    gaps = [
        [abs(figures[name] - group.measured_by_class[name]) for figures in (group.score_by_class, group.joint_by_class)]
        for group in found
        for name in ("cat", "dog")
    ]
    added, joint = np.sum(gaps, axis=0)
    assert joint < added / 2


def test_the_measured_figure_is_another_librarys_fit_without_the_group(run, found):
    group = min(found, key=lambda group: len(group.rows))
    kept_rows = np.setdiff1d(np.arange(800), group.rows)
    features = np.asarray(run.head.train_features)
    # (λ/2)‖W‖² with rows ±w/2 is (λ/4)‖w‖², and scikit-learn's C multiplies the sum of losses beside ½‖w‖².
    other = LogisticRegression(C=2 / (800 * run.head.l2), fit_intercept=False, tol=1e-10, max_iter=10_000)
    other.fit(features[kept_rows], run.train_labels[kept_rows])
    logits = np.asarray(run.test_features) @ other.coef_[0]
    losses = np.logaddexp(0, np.where(run.test_labels == 1, -logits, logits))
    for row, name in enumerate(run.class_names):
        expected = (losses - run.test_losses)[run.test_labels == row].mean()
        np.testing.assert_allclose(group.measured_by_class[name], expected, atol=1e-6)


def test_groups_are_read_the_second_time_and_computed_again_where_the_file_is_damaged(run, found, monkeypatch):
    path = home.root() / "groups" / f"{run.id}.json"
    with monkeypatch.context() as patch:
        patch.setattr(kept, "sub_populations", None)
        again = find_groups(run)
    assert [vars(group) | {"rows": group.rows.tolist()} for group in again] == [
        vars(group) | {"rows": group.rows.tolist()} for group in found
    ]
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert load_groups(run) is None
    assert len(find_groups(run)) == len(found)
    assert path.read_bytes() == whole


def test_groups_on_the_command_line(explorer, printed, run, found):
    answer = json.loads(printed("groups", "--run", "default", "--json"))["groups"]
    assert [entry["train_indices"] for entry in answer] == [group.rows.tolist() for group in found]
    for entry, group in zip(answer, found, strict=True):
        assert (entry["class"], entry["size"]) == (run.class_names[group.label], len(group.rows))
        assert (entry["score_by_class"], entry["measured_by_class"]) == (group.score_by_class, group.measured_by_class)
    told = explorer("groups", "--run", "default").stdout
    assert f"{answer[0]['class']}, {answer[0]['size']} images: without them" in told
    refused = explorer("groups", "--run", "nobody", "--json")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "There is no run 'nobody'" in refused.stderr


def test_a_group_that_is_a_whole_class_is_not_measured_and_says_why(explorer, printed):
    printed("build", "--dataset", "drawn", "--limit", 30, "--run", "few")
    answer = json.loads(printed("groups", "--run", "few", "--json"))["groups"]
    assert [(entry["class"], entry["size"]) for entry in answer] == [("cat", 15), ("dog", 15)]
    assert {(entry["measured_by_class"], entry["reason"]) for entry in answer} == {(None, WHOLE)}
    told = explorer("groups", "--run", "few").stdout
    assert "predicted" in told
    assert "measured" not in told


# Photographs


@pytest.fixture(scope="module")
def wild():
    """A folder of 100 cats, 100 dogs, and 60 lions, tigers and leopards each among the cats; 20 test images a class."""
    if not PHOTOS.is_dir():
        pytest.skip(f"the photographs are not at {PHOTOS}")
    folder = home.root() / "photographs-with-wild-cats"
    sources = [("train", "cat", PHOTOS / "train/cat", 100), ("train", "dog", PHOTOS / "train/dog", 100)]
    sources += [("train", "cat", PHOTOS / "wild" / kind, 60) for kind in ("lion", "tiger", "leopard")]
    sources += [("test", name, PHOTOS / "test" / name, 20) for name in ("cat", "dog")]
    for side, name, source, size in sources:
        (folder / side / name).mkdir(parents=True, exist_ok=True)
        for path in sorted(source.iterdir())[:size]:
            shutil.copyfile(path, folder / side / name / f"{source.name}-{path.name}")
    return folder


def test_lions_tigers_and_leopards_come_out_as_groups(printed, wild):
    printed("build", "--dataset", wild, "--run", "wild")
    answer = json.loads(printed("groups", "--run", "wild", "--json"))["groups"]
    names = [path.name.split("-")[0] for path in sorted((wild / "train/cat").iterdir())]
    cats = [[names[row] for row in entry["train_indices"]] for entry in answer if entry["class"] == "cat"]
    for kind in ("lion", "tiger", "leopard"):
        group = max(cats, key=lambda shown: shown.count(kind))
        assert group.count(kind) >= 50
        assert group.count(kind) / len(group) >= 0.9
    assert all(set(entry["score_by_class"]) == set(entry["measured_by_class"]) == {"cat", "dog"} for entry in answer)


# What the screen says


def test_facts_say_helps_and_harms_by_what_was_measured():
    shown = effect_facts({"cat": 0.001, "dog": -0.002}, {"cat": -0.003, "dog": -0.004})
    assert shown == [
        ("On dog", "▼ harms: −0.0020 predicted, −0.0040 measured", "harmful"),
        ("On cat", "▼ harms: +0.0010 predicted, −0.0030 measured", "harmful"),
    ]
    [(_, said, _)] = effect_facts({"cat": 0.1}, {"cat": 0.4}, {"cat": 0.3})
    assert said == "▲ helps: +0.1000 predicted, +0.3000 in one step, +0.4000 measured"
    [(_, said, sign)] = effect_facts({"cat": 0.5}, None)
    assert (said, sign) == (f"▲ helps: +0.5000 predicted, not measured: {WHOLE}", "helpful")


def test_the_sentence_counts_groups(run, found):
    counts = [sum(group.label == label for group in found) for label in (0, 1)]
    assert f"{sum(counts)} groups: {counts[0]} in cat, {counts[1]} in dog" in groups_sentence(run, found)


def groups_page():
    from explorer.app.components.current_case.current_case import current_run
    from explorer.app.pages.suspects.groups import draw_groups

    draw_groups(current_run())


def test_the_view_of_groups_shows_each_with_its_refit(run, found):
    words = shown(drawn(groups_page))
    for group in found:
        assert json.dumps(f"{len(group.rows)} images labelled {run.class_names[group.label]}") in words
    assert words.count("measured") >= 2 * len(found)


def test_a_selection_of_training_images_is_left_out_and_refitted(run):
    key = selections.save(run.id, "train", [3, 5, 8])
    words = shown(drawn(groups_page, view="groups", selection=key))
    assert "3 training images, left out together" in words
    assert "Fitted again without them, the model gets" in words
