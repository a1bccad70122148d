"""The map and the outlier map: projections, selections, colours, the three figures of an outlier, and the page."""

import base64
import json
from dataclasses import replace
from functools import cache, partial
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.app import backend
from explorer.app.components.scatter import choosing, scatter
from explorer.app.components.scatter.choosing import chosen_rows, listener
from explorer.app.components.scatter.scatter import Cloud, Shade, levels, with_chosen
from explorer.app.components.selection_gallery import selection_gallery
from explorer.app.pages.map import layout
from explorer.app.pages.suspects import outliers as outlying
from explorer.app.pages.suspects.outliers import OutlierFrame, verdict_sentence
from explorer.attribution import Curvature
from explorer.cli.results import map_
from explorer.core.errors import ExplorerError
from explorer.evaluation.outliers import Outliers, equal_influence, outliers, verdict
from explorer.evaluation.projection import principal, tsne
from explorer.models.head import fit
from explorer.runs import selections
from explorer.runs.results import projection
from explorer.runs.selections import Selection
from tests.support import naive
from tests.support.pages import galleries, opened
from tests.support.problems import PROBLEMS

cases = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: f"{problem.name}: {problem.reason}")


@cache
def found_in(problem):
    return outliers(Curvature(fit(*problem.draw(), problem.classes, problem.l2)))


@cases
def test_the_figures_of_an_outlier_are_those_of_the_formulas(problem):
    features, labels = problem.draw()
    head, found = fit(features, labels, problem.classes, problem.l2), found_in(problem)
    own = [
        naive.influence_scores(features, labels, head.weights, problem.l2, features[i], labels[i])[i]
        for i in range(len(labels))
    ]
    far = [
        np.linalg.norm(naive.probabilities(head.weights, h) - np.eye(problem.classes)[y])
        for h, y in zip(features, labels, strict=True)
    ]
    np.testing.assert_allclose(found.self_influence, own, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(found.residual, far, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(found.leverage, naive.leverages(features, head.weights, problem.l2), atol=1e-12)


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.classes == 2], ids=lambda problem: problem.name)
def test_for_two_classes_the_curves_go_through_the_images_of_their_influence(problem):
    found = found_in(problem)
    on_curve = [
        float(equal_influence(own, [far])[0]) for own, far in zip(found.self_influence, found.residual, strict=True)
    ]
    np.testing.assert_allclose(on_curve, found.leverage, rtol=1e-8)


def hundred(**changed):
    """A hundred images with leverage and residual in opposite order; the most influential has the largest residual."""
    rising = np.arange(100, dtype=float)
    return replace(Outliers(rising, rising[::-1] / 100, rising[::-1].copy()), **changed)


def test_the_sentence_on_outliers_is_counted():
    said = verdict(hundred())
    assert (said.influential, said.outlying, said.outliers) == (1, 1, 20)
    assert hundred().quadrants() == {"typical": (80, 0), "surprising": (10, 1), "unusual": (10, 0), "both": (0, 0)}
    assert verdict_sentence(hundred()).startswith("All influential images are outliers here: of the 1 with the largest")
    assert "most (1) are surprising, but not unusual" in verdict_sentence(hundred())
    assert "19 of the 20 in those tenths are not among them" in verdict_sentence(hundred())


def test_the_sentence_is_not_said_where_it_does_not_hold():
    middle = hundred(self_influence=-np.abs(np.arange(100.0) - 50))
    assert verdict(middle).outlying == 0
    assert verdict_sentence(middle).startswith("Not all influential images are outliers here")


def test_the_frame_holds_every_point_but_those_of_least_leverage(run):
    found = outliers(run.curvature)
    frame = OutlierFrame.of(found)
    across, up = frame.x(found.leverage), frame.y(found.residual)
    assert (across.min(), across.max()) == (0.0, pytest.approx(1.0))
    assert (up >= 0).all()
    assert (up <= 1).all()
    assert all(0 <= x <= 1 and 0 <= y <= 1 for curve in frame.curves(found) for x, y in curve.points)
    assert all(0 <= at <= 1 for at, _ in frame.ticks())


def test_principal_components_are_those_of_the_training_images():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(60, 5)) * [5, 3, 1, 1, 1], rng.normal(size=(7, 5))
    places, shares = principal(train, test)
    centred = train - train.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(shares, sizes**2 / (sizes**2).sum(), rtol=1e-9)
    expected = np.concatenate([centred, test - train.mean(axis=0)]) @ directions.T
    np.testing.assert_allclose(np.abs(places), np.abs(expected), atol=1e-5)


def test_t_sne_tells_how_far_it_is_and_keeps_the_standard_output_clean(capsys):
    rng, told = np.random.default_rng(0), []
    points = np.concatenate([rng.normal(size=(20, 5)), rng.normal(size=(20, 5)) + 20]).astype(np.float32)
    places = tsne(points, lambda stage, done, total: told.append((done, total)), steps=300)
    assert capsys.readouterr().out == ""
    assert told[-1] == (300, 300)
    assert len(told) > 3
    apart = np.linalg.norm(places[:20].mean(axis=0) - places[20:].mean(axis=0))
    assert apart > max(places[:20].std(), places[20:].std())


def test_a_projection_is_kept_and_a_damaged_one_is_computed_again(run, monkeypatch, tmp_path):
    monkeypatch.setattr(projection.home, "root", lambda: tmp_path)
    assert projection.load_projection(run, "pca") is None
    first = projection.project_run(run, "pca")
    assert (first.train.shape, first.test.shape) == ((len(run.train_labels), 2), (len(run.test_labels), 2))
    places, shares = principal(run.head.train_features[:, :-1], run.test_features[:, :-1])
    np.testing.assert_array_equal(np.concatenate([first.train, first.test]), places[:, :2])
    assert first.shares == tuple(shares[:2])
    (path,) = (tmp_path / "maps").glob("*-pca.npy")
    path.write_bytes(path.read_bytes()[:-8])
    assert projection.load_projection(run, "pca") is None
    np.testing.assert_array_equal(projection.project_run(run, "pca").train, first.train)


def test_an_unknown_projection_is_refused(run):
    with pytest.raises(ExplorerError, match="There is no projection 'umap'; choose one of: pca, tsne"):
        projection.project_run(run, "umap")


def test_the_command_lays_all_images_out(run, monkeypatch, tmp_path, capsys):
    (tmp_path / "runs").symlink_to(run.folder.parent)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    monkeypatch.setattr(projection, "tsne", partial(tsne, steps=250))
    map_("default", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["images"] == len(run.train_labels) + len(run.test_labels)
    assert told["shares"] == sorted(told["shares"], reverse=True)
    assert projection.load_projection(run, "tsne").test.shape == (len(run.test_labels), 2)


def test_an_edited_run_shares_the_map_of_the_run_that_was_edited(run, monkeypatch):
    rows = np.delete(np.arange(len(run.train_labels)), [0, 7])
    arrays = run.arrays | {"train_rows": run.arrays["train_rows"][rows]}
    edited = SimpleNamespace(arrays=arrays)
    monkeypatch.setattr(projection, "base_of", lambda given: run)
    found = projection.project_run(edited, "pca")
    whole = projection.project_run(run, "pca")
    np.testing.assert_array_equal(found.train, whole.train[rows])
    np.testing.assert_array_equal(found.test, whole.test)


def test_the_same_images_have_the_same_key_in_any_order():
    key = selections.save("a-run", "train", [5, 3, 9, 3])
    assert selections.save("a-run", "train", np.array([3, 5, 9])) == key
    assert selections.save("a-run", "test", [3, 5, 9]) != key
    assert selections.save("another", "train", [3, 5, 9]) != key
    np.testing.assert_array_equal(selections.rows(key), [3, 5, 9])
    np.testing.assert_array_equal(selections.rows(key, "test"), [])


def test_a_selection_of_both_sides_answers_for_each():
    key = selections.save_sides("a-run", {"train": [1], "test": [2, 4]})
    np.testing.assert_array_equal(selections.rows(key), [1])
    np.testing.assert_array_equal(selections.rows(key, "test"), [2, 4])


@pytest.mark.parametrize("key", ["", "0" * 16, "../../etc/passwd", "<script>"])
def test_an_unknown_selection_gets_one_sentence(key):
    with pytest.raises(ExplorerError, match=r"There is no selection .* choose the images again on the map"):
        selections.rows(key)


def test_a_changed_selection_is_not_used():
    key = selections.save("a-run", "train", [7, 8])
    path = selections.home.root() / "selections" / f"{key}.json"
    path.write_text(path.read_text().replace("7", "6"))
    with pytest.raises(ExplorerError, match="There is no selection"):
        selections.load(key)
    path.unlink()


def test_a_selection_of_nothing_or_of_another_run_is_refused(run):
    with pytest.raises(ExplorerError, match="No image was chosen"):
        selections.save(run.id, "train", [])
    with pytest.raises(ExplorerError, match="was made in another run"):
        selections.of_run(selections.save("another", "train", [1]), run)


def bits(*values):
    return base64.b64encode(np.packbits(values, bitorder="little").tobytes()).decode()


def test_what_a_browser_chose_is_read_side_by_side():
    found = chosen_rows(bits(0, 1, 1, 0, 0, 1, 0, 0, 0, 1), {"train": 6, "test": 4})
    assert {side: rows.tolist() for side, rows in found.items()} == {"train": [1, 2, 5], "test": [3]}


@pytest.mark.parametrize("told", [None, 7, "§", bits(1), bits(*[1] * 17)])
def test_what_no_browser_would_say_is_refused(told):
    with pytest.raises(ExplorerError, match="choose the images again"):
        chosen_rows(told, {"train": 10})


def test_what_is_chosen_is_marked_and_read_back(run):
    sides = {"train": len(run.train_labels), "test": len(run.test_labels)}
    places = np.zeros((sum(sides.values()), 2))
    block = scatter.scatter(run, Cloud(places, sides, "a map", "here"), Shade("label", places[:, 0], run.class_names))
    marked = with_chosen(block, Selection(run.id, np.array([3, 5]), np.array([0])))
    found = chosen_rows(marked["chosen"], sides)
    assert {side: rows.tolist() for side, rows in found.items()} == {"train": [3, 5], "test": [0]}
    assert marked["token"] == with_chosen(block, None)["token"]


def test_a_choice_on_another_map_than_the_one_that_stands_is_not_heard(monkeypatch):
    told = {}
    monkeypatch.setattr(choosing, "_address", lambda key: told.update(key=key))
    block = {"crowd": "", "frame": "pca train", "run": "a-run", "sides": [["train", 8]]}
    for frame, expected in (("tsne train", False), ("pca train", True)):
        monkeypatch.setattr(
            choosing.st, "session_state", {"map": {"lasso": {"frame": frame, "rows": bits(1, 0, 0, 0, 0, 0, 0, 1)}}}
        )
        listener("map", block)()
        assert bool(told) == expected
    np.testing.assert_array_equal(selections.rows(told["key"]), [0, 7])


def test_levels_are_even_and_what_is_not_known_has_none():
    codes, low, high = levels(np.append(np.arange(101.0), np.nan))
    assert (low, high) == (0.0, 99.0)
    np.testing.assert_array_equal(codes[[0, 99, 100, 101]], [0, 254, 254, 255])
    np.testing.assert_array_equal(levels(np.full(3, np.nan))[0], [255] * 3)
    np.testing.assert_array_equal(levels(np.full(3, 2.0))[0], [0] * 3)


def test_test_images_have_no_leverage(run):
    shade = layout.shade(run, "leverage", ["train", "test"])
    assert (shade.codes[len(run.train_labels) :] == scatter.NOTHING).all()
    assert (shade.codes[: len(run.train_labels)] < scatter.NOTHING).all()


def test_the_chosen_images_are_counted_in_words(run):
    rows = np.flatnonzero(run.train_labels == 0)[:3].tolist() + np.flatnonzero(run.train_labels == 1)[:5].tolist()
    wrong = int((run.head.train_probabilities[rows].argmax(axis=1) != run.train_labels[rows]).sum())
    (said,) = selection_gallery.class_counts(run, Selection(run.id, np.array(rows), np.array([], dtype=int)))
    assert said == f"8 training images: 5 labelled dog, 3 labelled cat. The model gets {wrong} wrong."


def test_the_map_shows_what_the_address_chose_and_leads_on(run):
    wrong = run.confidently_wrong()[:2]
    key = selections.save_sides(run.id, {"train": [4, 2], "test": wrong})
    app = opened("map", side="both", selection=key)
    assert [error.value for error in app.exception] == []
    losses = run.head.losses(run.head.train_features, run.train_labels)
    expected = sorted([4, 2], key=lambda row: -losses[row]) + sorted(
        wrong.tolist(), key=lambda row: -run.test_losses[row]
    )
    assert [tile["id"] for tile in galleries(app)["Chosen images"]] == [str(row) for row in expected]
    drawn = app.get("bidi_component")[-1].proto.json
    for rows, side, view in (([4, 2], "train", ""), (wrong, "test", "view=cell&")):
        assert f"/suspects?run=default&{view}selection={selections.save(run.id, side, rows)}" in drawn


def test_a_selection_of_another_run_is_said_to_be_one():
    app = opened("map", selection=selections.save("another", "train", [1]))
    assert "belongs to another run" in app.get("bidi_component")[-1].proto.json


def test_hundreds_are_decided_about_together_but_not_thousands(run):
    few, many = (
        Selection(run.id, np.arange(count), np.array([], dtype=int))
        for count in (3, selection_gallery.MOST_AT_ONCE + 1)
    )
    buttons = selection_gallery.actions(run, few)[0]["buttons"]
    assert [(item["action"], item["value"]) for item in buttons] == [
        ("exclude", ""),
        ("relabel", "cat"),
        ("relabel", "dog"),
    ]
    assert all(item["rows"] == [0, 1, 2] for item in buttons)
    assert "at most 1,000" in selection_gallery.actions(run, many)[0]["text"]


@pytest.mark.parametrize("colour", list(layout.COLOURS))
@pytest.mark.parametrize("name", list(layout.PROJECTIONS))
def test_the_map_opens_in_every_colour(name, colour):
    app = opened("map", projection=name, colour=colour)
    assert [error.value for error in app.exception] == []
    assert [error.value for error in app.error] == []


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"projection": "umap"}, "choose one of: pca, tsne"),
        ({"colour": "mood"}, "choose one of: class"),
        ({"side": "left"}, "choose one of: train, test, both"),
        ({"selection": "nothing"}, "There is no selection 'nothing'"),
    ],
)
def test_a_bad_address_of_the_map_gets_one_sentence(state, sentence):
    app = opened("map", **state)
    assert len(app.exception) == 0
    assert sentence in app.error[0].value


def test_for_more_than_two_classes_there_is_no_curve_and_the_colour_is_the_influence(monkeypatch):
    problem = next(p for p in PROBLEMS if p.classes == 3)
    curvature = Curvature(fit(*problem.draw(), problem.classes, problem.l2))
    names, head = ["cat", "dog", "owl"], curvature.head
    three = SimpleNamespace(
        id="three",
        class_names=names,
        head=head,
        curvature=curvature,
        train_labels=head.train_labels,
        labels=lambda side: head.train_labels,
        probabilities=lambda side: head.train_probabilities,
    )
    monkeypatch.setattr(outlying.backend, "run", lambda run_id: three)
    block = outlying._points("three")
    assert [curve["dashed"] for curve in block["curves"]] == [True, True]
    assert (block["shade"]["kind"], block["shade"]["title"]) == ("levels", "self-influence")
    assert "no curve is exact" in outlying.legend(three, backend.outliers("three"))


def test_the_outlier_map_says_where_the_influential_images_lie(run):
    app = opened("suspects", view="outliers")
    assert [error.value for error in app.exception] == []
    drawn = " ".join(element.proto.json for element in app.get("bidi_component"))
    assert verdict_sentence(backend.outliers(run.id)) in drawn
    assert "highest hundredth" in drawn


def test_chosen_images_are_sorted_and_searched(run, monkeypatch):
    monkeypatch.setattr(selection_gallery, "stored_marks", lambda run: SimpleNamespace(suspects={9: 1, 4: 2}))
    images = [("train", 30), ("train", 4), ("train", 9), ("test", 7), ("test", 2)]
    orders = {order: selection_gallery.in_order(run, images, order) for order in selection_gallery.ORDERS}
    tests = images[3:]
    assert orders["loss"] == images
    assert orders["suspect"] == [("train", 9), ("train", 4), ("train", 30), *tests]
    assert orders["number"] == [("train", 4), ("train", 9), ("train", 30), ("test", 2), ("test", 7)]
    assert [run.labels(side)[row] for side, row in orders["class"][:3]] == sorted(run.train_labels[[4, 9, 30]])
    assert selection_gallery.found(run, images, "9") == [("train", 9)]
    cats = [(side, row) for side, row in images if run.class_names[run.labels(side)[row]] == "cat"]
    assert selection_gallery.found(run, images, "cat") == cats
    assert selection_gallery.found(run, images, "") == images
