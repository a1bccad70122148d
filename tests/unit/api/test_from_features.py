"""Arrays from anywhere: scikit-learn's digits climb the ladder from the gradient to real removals; what does not fit is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import explorer as ex
from explorer.models.head import fit
from explorer.runs.results import agreement
from tests.support import naive

TRAIN = slice(0, 1200)
TESTS = slice(1200, None)


@pytest.fixture(scope="module")
def data():
    features, labels = load_digits(return_X_y=True)
    return features[TRAIN], labels[TRAIN], features[TESTS], labels[TESTS]


@pytest.fixture(scope="module")
def digits(data):
    return ex.from_features(*data)


def test_the_risk_is_stationary_and_float64(digits):
    head = digits.run.head
    assert head.train_features.dtype == head.weights.dtype == np.float64
    assert np.linalg.norm(naive.gradient(head.train_features, head.train_labels, head.weights, head.l2)) <= 1e-8


def test_the_features_are_standardised_by_the_training_images(digits, data):
    head, spread = digits.run.head, data[0].std(axis=0)
    expected = (data[0] - data[0].mean(axis=0)) / np.where(spread > 0, spread, 1)
    assert_allclose(head.train_features[:, :-1], expected, atol=1e-12)
    assert_allclose(head.train_features[:, -1], 1)


def test_the_classifier_is_scikit_learns(digits):
    """The same risk by another solver: C = 1/(λn), the bias penalised as one more feature."""
    head, tests = digits.run.head, digits.run.test_features
    other = LogisticRegression(C=1 / (head.l2 * len(head.train_labels)), fit_intercept=False, tol=1e-8, max_iter=5000)
    other.fit(head.train_features, head.train_labels)
    assert_allclose(digits.run.test_probabilities, other.predict_proba(tests), atol=1e-4)
    assert digits.accuracy > 0.9


def removed_for_real(run, rows):
    """Scores and measured changes of loss ``(r, 20)`` of some training images on the first 20 test images."""
    tests, scorer = np.arange(20), run.run.scorer("newton")
    scores = scorer.exact(scorer.tests(run.run.test_features[tests], run.run.test_labels[tests]), rows)
    after = np.array([run.without([int(row)]).run.test_losses[tests] for row in rows])
    return scores, after - run.run.test_losses[tests]


def test_scores_agree_with_real_removals(data):
    """The last rung: every twentieth training image is left out for real; no leverage is above 0.2 at this λ."""
    predicted, measured = removed_for_real(ex.from_features(*data, l2=0.1), np.arange(0, 1200, 20))
    assert np.corrcoef(predicted.ravel(), measured.ravel())[0, 1] > 0.9999
    assert_allclose((predicted * measured).sum() / (predicted**2).sum(), 1, atol=0.01)


def test_at_the_chosen_penalty_they_agree_where_the_leverage_is_small(digits):
    """Cross-validation takes the smallest λ here, and one image can bend the fit by more than a Newton step tells."""
    every = np.arange(0, 1200, 10)
    small = every[digits.run.curvature.leverages[every] < 0.2]
    assert 20 < len(small) < len(every)
    predicted, measured = removed_for_real(digits, small)
    assert np.corrcoef(predicted.ravel(), measured.ravel())[0, 1] > 0.999


def test_a_removal_is_a_fit_from_nothing(digits):
    run = digits.run
    kept = np.delete(np.arange(1200), [3, 5])
    slow = fit(run.head.train_features[kept], run.train_labels[kept], 10, run.head.l2 * 1200 / 1198)
    assert_allclose(digits.without([3, 5]).run.head.weights, slow.weights, rtol=0, atol=1e-7)


def test_explain_shows_rows_without_pictures(digits, tmp_path):
    why = digits.explain(digits.mistakes()[0])
    assert why.to_frame().label.isin(digits.class_names).all()
    text = why._repr_html_()
    assert "<img" not in text
    assert f"image {why.harmful[0].train_index}" in text
    assert "<img" not in why.save(tmp_path / "why.html").read_text(encoding="utf-8")
    with pytest.raises(ex.ExplorerError, match="made from arrays and has no pictures"):
        digits.run.dataset.train.pictures[0]


def test_frames_need_no_pictures_either(digits):
    assert digits.predictions().correct.mean() == digits.accuracy
    assert set(digits.predictions().file) == {""}


def test_audit_and_trust_need_no_pictures_either(data):
    """On two digits, which takes seconds: what is compared is the frame with the report of the same draws."""
    (train, test) = (np.flatnonzero(labels < 2)[:120] for labels in (data[1], data[3]))
    two = ex.from_features(data[0][train][:, :20], data[1][train], data[2][test][:, :20], data[3][test], l2=0.1)
    queue = two.audit(trusted="even").to_frame(5)
    assert len(queue) == 5
    assert queue.truly_wrong.isna().all()
    frame = two.trust(12, 10)
    said = agreement.load_report(two.id)["methods"]
    assert frame.index.tolist() == list(said)
    for method, found in said.items():
        assert frame.loc[method, "subsets_lds"] == found["lds"]["value"]
        assert frame.loc[method, "pairs_pearson_low"] == found["pairs"]["pearson"]["low"]


def test_names_of_classes_may_be_given_or_read(data):
    names = [f"digit {row}" for row in range(10)]
    numbered = ex.from_features(*data, class_names=names, l2=0.1)
    named = ex.from_features(data[0], np.array(names)[data[1]], data[2], np.array(names)[data[3]], l2=0.1)
    assert numbered.class_names == named.class_names == names
    assert numbered.id == named.id
    assert_allclose(numbered.run.head.weights, named.run.head.weights)


def small(**changes):
    """Four images of two classes, and what is wrong with them."""
    given = {
        "X": [[0.0, 1.0], [1.0, 0.0], [0.5, 1.0], [1.0, 0.5]],
        "y": [0, 1, 0, 1],
        "X_test": [[0.0, 1.0], [1.0, 0.0]],
        "y_test": [0, 1],
        "class_names": ["a", "b"],
        "l2": 0.1,
    }
    return ex.from_features(**given | changes)


def test_the_smallest_data_fit():
    assert small().accuracy == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"X": [0.0, 1.0]}, r"training features have the shape \(2,\); give one row an image"),
        ({"X": []}, r"training features have the shape \(0,\)"),
        ({"X_test": np.empty((0, 2))}, r"test features have the shape \(0, 2\)"),
        ({"X": [["a", "b"]] * 4}, "training features are no numbers"),
        (
            {"X": [[0.0, np.nan], [1.0, 0.0], [0.5, np.inf], [1.0, 0.5]]},
            "NaN or infinite numbers in 2 of 4 rows, row 0",
        ),
        ({"X_test": [[0.0], [1.0]]}, "training images have 2 features and the test images 1"),
        ({"y": [0, 1, 0]}, "4 rows of training features and 3 training labels"),
        ({"y": [[0, 1, 0, 1]]}, r"training labels have the shape \(1, 4\)"),
        ({"y": [0, 1, 0, 2]}, "A training label is 2; with 2 class names the labels go from 0 to 1"),
        ({"y_test": [0, -1]}, "A test label is -1"),
        ({"y": [0.0, 1.0, 0.0, 1.0]}, "training labels are float64; give whole numbers or names"),
        ({"y": ["a", "b", "a", "c"]}, "There is no class 'c'; choose one of: a, b"),
        ({"y": [0, 0, 0, 0]}, "No training image is of class 'b'"),
        ({"y": [0, 0, 0, 0], "class_names": None}, r"There are 1 classes \(0\); give at least two"),
        ({"class_names": ["a", "a"]}, "A class is named twice"),
        ({"l2": -1.0}, "λ must be a positive number"),
    ],
)
def test_what_does_not_fit_is_refused(changes, sentence):
    with pytest.raises(ex.ExplorerError, match=sentence):
        small(**changes)
