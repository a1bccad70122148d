"""What is drawn of predictions and refits: predicted to the right, and said of how many images."""

from explorer.app.pages.trust.agreement_report import alike_sentence
from explorer.experiments.koh_liang_fig2 import figure as koh_liang
from explorer.experiments.large_leverage import figure as large_leverage

PREDICTED, MEASURED = (0.1, -0.2), (0.3, -0.5)
AGREEMENT = {"slope": {"value": 2.0}, "pearson": {"value": 0.9}}


def result(**more):
    methods = ("influence", "newton")
    return {
        "measured": list(MEASURED),
        "predicted": {name: list(PREDICTED) for name in methods},
        "agreement": dict.fromkeys(methods, AGREEMENT),
        **more,
    }


def test_predicted_is_to_the_right():
    limits = large_leverage.figures(result(leverage=[0.1, 0.2], n_train=150))
    paper = koh_liang.figures(result(train_index=[3, 4], removals=2))
    for (drawn,) in (limits, paper):
        points = drawn.figure.data[1]
        assert (tuple(points.x), tuple(points.y)) == (PREDICTED, MEASURED)
        assert drawn.figure.layout.xaxis.title.text.startswith("predicted")


def test_a_limit_says_how_many_images_it_was_measured_on():
    (drawn,) = large_leverage.figures(result(leverage=[0.1, 0.2], n_train=150))
    assert drawn.alt.startswith("With only 150 training images: ")


def test_equal_rows_of_trust_are_explained_where_there_are_two_classes():
    report = {"methods": dict.fromkeys(("newton", "gradcos", "similarity", "graddot", "representer"))}
    assert alike_sentence(report, 2).startswith("Some rows are equal")
    assert alike_sentence(report, 3) == ""
