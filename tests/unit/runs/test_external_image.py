"""A picture of no data set: the run's own pictures come out as they did in the build, and nothing is left behind."""

import json

import numpy as np
import pytest
from PIL import Image

from explorer.attribution import Curvature, Scorer, estimator
from explorer.attribution.epochs import Epoch
from explorer.core.errors import ExplorerError
from explorer.models.head import fit
from explorer.runs.own_pictures import external_image
from explorer.runs.results import explanation
from tests.support import naive
from tests.support.hostile_data import encoded
from tests.support.hostile_pictures import FILES
from tests.support.own_pictures import TEST, stored
from tests.support.problems import PROBLEMS


def test_a_test_image_as_a_visitor_has_the_features_that_it_has_in_the_run(run, seen):
    expected = run.test_features[TEST]
    # float32 in another batch: features may differ by 1e-3 (docs/conventions.md)
    np.testing.assert_allclose(seen.features, expected, rtol=0, atol=1e-3 * np.abs(expected).max())
    assert seen.features[-1] == 1


@pytest.mark.parametrize(
    "method", ["newton", "influence", "influence-cg", "relatif", "graddot", "representer", "similarity", "tracin"]
)
@pytest.mark.parametrize("target", ["cat", "dog"])
def test_a_test_image_as_a_visitor_has_the_scores_that_it_has_in_the_run(run, seen, method, target):
    found = external_image.explain_external(run, seen, method, 24, target)
    expected = explanation.explain(run, TEST, method, 24, target)
    # features differ by float32's rounding, 1e-6 of their size; a score is smooth in them
    np.testing.assert_allclose(found.scores, expected.scores, rtol=0, atol=1e-4 * np.abs(expected.scores).max())
    assert (found.target, found.predicted) == (target, expected.predicted)
    assert [entry.train_index for entry in found.helpful[:5]] == [entry.train_index for entry in expected.helpful[:5]]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: f"{problem.name}: {problem.reason}")
def test_scores_of_any_features_are_the_plain_formula_s(problem):
    features, labels = problem.draw()
    head = fit(features, labels, problem.classes, problem.l2)
    own = np.append(np.random.default_rng(5).normal(size=features.shape[1] - 1), 1.0)
    curvature, target = Curvature(head), problem.classes - 1
    for method, twin in (("newton", naive.newton_scores), ("influence", naive.influence_scores)):
        found = Scorer(curvature, estimator(method)).row(own, target, 1).scores
        expected = twin(features, labels, head.weights, problem.l2, own, target)
        np.testing.assert_allclose(
            found, expected, rtol=0, atol=1e-6 * np.abs(expected).max()
        )  # the bound of docs/conventions.md


def test_the_predicted_class_is_explained_unless_another_is_asked_for(run, seen):
    found = external_image.explain_external(run, seen)
    assert found.target == found.predicted == run.class_names[run.predicted[TEST]]
    assert found.method == run.default_method
    assert found.loss == pytest.approx(-np.log(found.probability), rel=1e-12)
    first = found.helpful[0]
    assert first.probability_without == pytest.approx(found.probability * np.exp(-first.score), rel=1e-12)


def test_what_does_not_exist_is_refused(run, seen):
    with pytest.raises(ExplorerError, match="choose one of: cat, dog"):
        external_image.explain_external(run, seen, target_class="horse")
    with pytest.raises(ExplorerError, match="choose 1 to 1000"):
        external_image.explain_external(run, seen, top=0)
    with pytest.raises(ExplorerError, match="There is no method 'magic'"):
        external_image.explain_external(run, seen, "magic")


def test_saved_epochs_have_not_seen_a_visitor(run, seen, monkeypatch):
    monkeypatch.setitem(run._scorers, "tracin", None)
    del run._scorers["tracin"]
    epoch = Epoch(0.1, run.head.train_features, run.test_features, run.head.weights)
    monkeypatch.setitem(vars(run), "epochs", [epoch])
    with pytest.raises(ExplorerError, match="tracin needs what each saved epoch made of the image; choose newton"):
        external_image.explain_external(run, seen, "tracin")
    del run._scorers["tracin"]


@pytest.mark.parametrize(("side", "index"), [("train", 5), ("test", TEST)])
def test_a_picture_of_the_run_is_recognised_by_its_pixels(run, view, side, index):
    content = stored(run, side, index)
    assert (side, index) in external_image.identical_images(
        run, external_image.embed(view, content, external_image.reference_size(run))
    )


def test_one_changed_pixel_makes_another_picture(run, view):
    picture = run.dataset.test.pictures[TEST]
    picture.putpixel((0, 0), tuple(255 - value for value in picture.getpixel((0, 0))))
    assert (
        external_image.identical_images(
            run, external_image.embed(view, encoded(picture), external_image.reference_size(run))
        )
        == []
    )


def test_the_same_pixels_in_another_shape_are_another_picture():
    assert external_image.pixels(Image.new("RGB", (2, 8))) != external_image.pixels(Image.new("RGB", (4, 4)))


GOOD = {
    "grey": ("one band", lambda: encoded(Image.new("L", (40, 30)))),
    "16 bit": ("two bytes a band", lambda: encoded(Image.fromarray(np.full((9, 9), 40_000, dtype=np.uint16)))),
    "transparent": ("an icon", lambda: encoded(Image.new("RGBA", (16, 16), (9, 9, 9, 0)))),
    "for print": ("four inks", lambda: encoded(Image.new("CMYK", (30, 40)), "TIFF")),
    "one pixel": ("the smallest", lambda: encoded(Image.new("RGB", (1, 1)))),
    "animated": (
        "its first frame counts",
        lambda: encoded(
            Image.new("RGB", (9, 9), "red"), "GIF", save_all=True, append_images=[Image.new("RGB", (9, 9), "blue")]
        ),
    ),
    "photograph": ("larger than the run's, not square", lambda: encoded(Image.new("RGB", (900, 600), "tan"), "JPEG")),
}


@pytest.mark.parametrize("name", GOOD, ids=lambda name: f"{name}: {GOOD[name][0]}")
def test_every_kind_of_picture_is_seen(run, view, name):
    found = external_image.embed(view, GOOD[name][1](), external_image.reference_size(run))
    assert np.isfinite(found.features).all()
    assert found.thumbnail.startswith("data:image/")
    assert np.isfinite(external_image.explain_external(run, found).scores).all()


@pytest.mark.parametrize("name", FILES, ids=lambda name: f"{name}: {FILES[name][0]}")
def test_hostile_bytes_are_refused_in_one_sentence(name):
    with pytest.raises(ExplorerError, match=f"^This picture cannot be used: .*({FILES[name][2]})") as refused:
        external_image.decode(FILES[name][1]())
    assert "\n" not in str(refused.value)


def test_a_file_that_is_too_large_is_not_even_read(monkeypatch):
    monkeypatch.setattr(external_image, "MOST_BYTES", 2**20)
    with pytest.raises(ExplorerError, match="it has more than 1 MB"):
        external_image.decode(bytes(2**20 + 1))


def test_what_is_seen_travels_as_json(seen):
    found = external_image.ExternalImage.from_dict(json.loads(json.dumps(seen.to_dict())))
    np.testing.assert_array_equal(found.features, seen.features)
    assert (found.pixels, found.thumbnail) == (seen.pixels, seen.thumbnail)
