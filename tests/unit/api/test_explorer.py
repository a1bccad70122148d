"""What ``import explorer as ex`` offers on a run on disk: the same figures as the command line, and what-ifs that are real refits."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from numpy.testing import assert_allclose

import explorer as ex
from explorer.core import home
from explorer.models.head import Head, fit
from explorer.runs.results.removal_trials import verify
from explorer.runs.run import Run


@pytest.fixture(scope="module")
def opened(run):
    return ex.Explorer(run, "default")


@pytest.fixture(scope="module")
def why(opened):
    return opened.explain(opened.mistakes()[0])


def test_load_opens_a_run_by_name_and_by_id(run):
    assert ex.load("default").id == ex.load(run.id).id == run.id


def test_load_says_what_can_be_given():
    with pytest.raises(ex.ExplorerError, match="There is no data set 'nobody'; choose one of cats-vs-dogs"):
        ex.load("nobody")


def test_explain_says_what_the_command_says(opened, why, printed):
    said = json.loads(printed("explain", "--run", "default", "--test", why.index, "--json"))
    frame = why.to_frame()
    expected = [*said["helpful"], *said["harmful"]]
    assert frame.columns.tolist() == ["train_index", "file", "label", "score", "probability_without"]
    for column in ("train_index", "label", "score", "probability_without"):
        assert frame[column].tolist() == [entry[column] for entry in expected]
    assert set(frame.file) == {""}  # drawn pictures are no files
    assert (why.label, why.predicted) == (said["test"]["label"], said["test"]["predicted"])


def test_without_is_the_refit_of_verify_and_writes_nothing(opened, why):
    def written():
        return {path: path.stat().st_mtime_ns for path in home.root().rglob("*") if path.is_file()}

    before = written()
    removed = [entry.train_index for entry in why.harmful[:5]]
    then = opened.without(why.harmful[:5])
    assert written() == before
    assert then.id != opened.id
    trial = verify(opened.run, why.index, removed)
    change = then.run.test_losses[why.index] - opened.run.test_losses[why.index]
    assert_allclose(change, trial.measured_loss_change, rtol=0, atol=1e-9)
    again = then.explain(why.index)
    assert_allclose(again.probabilities[why.label], trial.probability_after, rtol=0, atol=1e-9)
    assert again.predicted == trial.label_after


def test_a_what_if_is_the_minimiser_of_its_own_problem(opened, why):
    """Without images, and with other labels: the slow way is a fit from nothing, at λn/n′."""
    run, harmful = opened.run, [entry.train_index for entry in why.harmful[:9]]
    kept = np.delete(np.arange(len(run.train_labels)), harmful)
    features, labels = np.asarray(run.head.train_features), run.train_labels.copy()
    slow = fit(features[kept], labels[kept], 2, run.head.l2 * len(labels) / len(kept))
    assert_allclose(opened.without(harmful).run.head.weights, slow.weights, rtol=0, atol=1e-7)
    other = {row: opened.class_names[1 - labels[row]] for row in harmful}
    labels[harmful] = 1 - labels[harmful]
    slow = fit(features, labels, 2, run.head.l2)
    assert_allclose(opened.relabel(other).run.head.weights, slow.weights, rtol=0, atol=1e-7)


def test_images_of_a_what_if_keep_their_pictures(opened, why):
    removed = sorted(entry.train_index for entry in why.harmful[:5])
    then = opened.without(removed)
    new, old = then.explain(why.index, top=3).helpful[0].train_index, np.delete(np.arange(800), removed)
    pictures = [
        each.run.dataset.train.pictures[each.run.picture_row("train", row)]
        for each, row in ((then, new), (opened, int(old[new])))
    ]
    np.testing.assert_array_equal(*map(np.asarray, pictures))
    assert then.without([0]).run.manifest.n_train == 794


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda run: run.without([]), "Nothing is removed"),
        (lambda run: run.without([800]), "the numbers go from 0 to 799"),
        (lambda run: run.without(range(800)), "leave a class without any training image"),
        (lambda run: run.relabel({17: "horse"}), "choose one of: cat, dog"),
        (lambda run: run.relabel({800: "cat"}), "the numbers go from 0 to 799"),
        (lambda run: run.relabel({17: run.class_names[run.run.train_labels[17]]}), "No label changes"),
        (lambda run: run.explain(400), "the numbers go from 0 to 399"),
        (lambda run: run.explain(0, method="magic"), "choose one of: newton"),
        (lambda run: run.mistakes("horse"), "choose one of: cat, dog"),
        (lambda run: run.audit(trusted="nobody"), "give all, even, marked, or a text file"),
        (lambda run: run.trust(pairs=3), "give at least 10 of each"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence(opened, call, sentence):
    with pytest.raises(ex.ExplorerError, match=sentence):
        call(opened)


def test_compare_shows_predicted_beside_measured(opened, why):
    then = opened.without(why.harmful)
    found = ex.compare(opened, then)
    frame = found.to_frame().set_index("class")
    assert frame.index.tolist() == ["all", "cat", "dog"]
    scores = sum(
        opened.run.scorer("newton").exact(opened.run.tests, np.array([each.train_index]))[0] for each in why.harmful
    )
    assert_allclose(found.losses().predicted_loss_change, scores, rtol=1e-9)
    assert_allclose(found.losses().measured_loss_change, then.run.test_losses - opened.run.test_losses, rtol=0)
    assert_allclose(frame.loc["all", "measured_loss_change"], found.losses().measured_loss_change.mean())
    before, after = (run.predictions().correct for run in (opened, then))
    assert sorted(found.fixed) == np.flatnonzero(~before & after).tolist()
    assert sorted(found.broken) == np.flatnonzero(before & ~after).tolist()
    assert frame.loc["all", "fixed"] == len(found.fixed) > 0
    assert f"{len(found.fixed)} predictions fixed" in repr(found)


def test_only_a_change_of_the_first_run_is_predicted(opened, why):
    then = opened.without(why.harmful[:2])
    assert ex.compare(then, opened).predicted is None
    assert ex.compare(opened, then.without([0])).predicted is None
    assert (
        ex.compare(opened, opened.relabel({17: opened.class_names[1 - opened.run.train_labels[17]]})).predicted
        is not None
    )


def test_predictions_are_those_of_the_head(opened):
    frame, run = opened.predictions(), opened.run
    assert_allclose(frame.loss, run.test_losses)
    assert_allclose(frame.probability_of_label, np.exp(-frame.loss))
    assert frame[~frame.correct].sort_values("probability", ascending=False).test_index.tolist() == opened.mistakes()
    assert_allclose(frame.correct.mean(), opened.accuracy)


def test_audit_says_what_the_command_says(opened, printed):
    queue = json.loads(printed("audit", "--run", "default", "--trusted", "even", "--json"))["queue"]
    frame = opened.audit(trusted="even").to_frame()
    for column in ("train_index", "score", "reason", "suggested_label", "truly_wrong"):
        assert frame[column].tolist() == [entry[column] for entry in queue]


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.sources, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data):
        self.texts.append(data)


def test_a_notebook_shows_both_galleries_with_the_pictures_inside(why):
    found = Elements(why._repr_html_())
    assert found.tags.count("img") == 1 + len(why.helpful) + len(why.harmful)
    assert all(source.startswith("data:image/") for source in found.sources)
    assert not {"script", "link", "iframe"} & set(found.tags)
    other = next(name for name in why.probabilities if name != why.label)
    assert {f"▲ argue for {why.label} (right)", f"▼ argue for {other} (what it said)"} <= set(found.texts)


def test_hostile_names_stay_text_in_a_notebook(run):
    hostile = "<script>alert('x')</script>"
    named = replace(run.manifest, classes=(hostile, "</style><b>"), notice=hostile)
    other = ex.Explorer(Run(run.folder, named))
    found = Elements(other.explain(0)._repr_html_())
    assert not {"script", "b"} & set(found.tags)
    assert found.tags.count("style") == 1
    assert hostile in found.texts


def test_the_notebook_leaves_the_page_around_it_alone(browser, why, tmp_path):
    """Its styles hold inside its own element only."""
    (tmp_path / "page.html").write_text(
        f"<!DOCTYPE html><meta charset=utf-8><h2>Above</h2><p>Text</p>{why._repr_html_()}", encoding="utf-8"
    )
    page = browser.new_page()
    page.goto(f"file://{tmp_path}/page.html")
    sizes = page.evaluate("[...document.querySelectorAll('h2')].map((each) => getComputedStyle(each).fontSize)")
    assert sizes[0] == "24px"
    assert len(set(sizes)) == 2
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    columns = page.evaluate("getComputedStyle(document.querySelector('.gallery')).gridTemplateColumns")
    assert len(columns.split()) > 1
    page.close()


def test_save_writes_the_case_file_of_report(why, explorer, tmp_path):
    assert why.save(tmp_path / "api.html", [5, 7]) == tmp_path / "api.html"
    words = ["report", "--run", "default", "--test", why.index, "--remove", "5,7", "--output", tmp_path / "cli.html"]
    assert explorer(*words).returncode == 0
    texts = [Elements((tmp_path / name).read_text(encoding="utf-8")).texts for name in ("api.html", "cli.html")]
    assert "Every figure again" in texts[0]
    shown = [[text for text in each if "−" in text or "+0" in text] for each in texts]
    assert set(shown[1]) <= set(shown[0])  # report shows 12 a side, explain 24


def test_a_what_if_is_saved_without_commands(opened, why, tmp_path):
    path = opened.without(why.harmful).explain(why.index).save(tmp_path / "case.html")
    texts = Elements(path.read_text(encoding="utf-8")).texts
    assert any(text.startswith("▲ argue for") for text in texts)
    assert "Every figure again" not in texts
    assert isinstance(opened.run.head, Head)
