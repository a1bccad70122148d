"""The case file: whole, escaped, valid, closed to the network; its figures are those of the backend."""

import base64
import hashlib
import html
import io
import json
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from jinja2 import UndefinedError
from markupsafe import Markup
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.datasets import uploads
from explorer.figures import case_file as figures
from explorer.figures.case_file import casefile
from explorer.figures.case_file.galleries import TEMPLATES
from explorer.runs.edits.change import Change, Edit
from explorer.runs.results import case_facts
from explorer.runs.results.case_facts import Effect, case, edits_effect
from explorer.runs.results.explanation import explain
from explorer.runs.results.flipping_sets import find_flip
from explorer.runs.results.removal_trials import verify
from explorer.runs.run import Run

VOID = {"meta", "img"}
# What HTML allows inside a paragraph's kin only; enough to notice a block where text belongs.
BLOCKS = {"div", "section", "p", "dl", "ul", "table", "h1", "h2", "figure"}
HOSTILE = "<script>alert('x')</script>\"&"


class Strict(HTMLParser):
    """A reader that refuses what a browser would mend silently: tags that are not closed, closed twice or misplaced."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.text = [], [], [], []

    def handle_decl(self, decl):
        assert (decl, self.tags) == ("DOCTYPE html", [])

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        assert not (tag in BLOCKS and {"p", "h1", "h2", "span", "a"} & set(self.open)), f"<{tag}> in {self.open}"
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        raise AssertionError(f"<{tag}/> is no HTML")

    def handle_data(self, data):
        self.text.append(data)


def parsed(text):
    reader = Strict()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def wrong(run):
    return int(run.confidently_wrong()[0])


@pytest.fixture
def unedited(monkeypatch):
    """No edits, whatever another test left in the database."""
    monkeypatch.setattr(case_facts, "live", lambda digest: [])
    monkeypatch.setattr(case_facts, "edits_effect", lambda run, index: None)
    monkeypatch.setattr(case_facts, "load_flip", lambda run, index: None)


@pytest.fixture
def found(run, wrong, unedited):
    return case(run, "default", wrong)


def test_the_file_has_the_flipping_set_once_it_was_found(run, wrong, unedited, monkeypatch):
    flip = find_flip(run, wrong)
    monkeypatch.setattr(case_facts, "load_flip", lambda run, index: flip)
    known = case(run, "default", wrong)
    said = " ".join("".join(parsed(casefile(known)).text).split())
    assert "How few decide it" in said
    assert f"the strongest first: {', '.join(map(str, flip.rows))}." in said
    assert any(line.startswith("python -m explorer flip --run") for _, line in known.commands)


def test_the_file_is_valid_and_says_what_the_backend_computes(run, wrong, found):
    reader, expected = parsed(casefile(found)), explain(run, wrong, top=12)
    said = " ".join("".join(reader.text).split())
    label, predicted = expected.label, expected.predicted
    assert f"Why does the model call this {label} a {predicted}?" in said
    for entry in (*expected.helpful, *expected.harmful):
        sign = "▲ +" if entry.score > 0 else "▼ −"
        assert f"{sign}{abs(entry.score):.4f}" in said
        assert f"image {entry.train_index}" in said
    trial = verify(run, wrong, [entry.train_index for entry in expected.harmful[:5]])
    for figure in (trial.predicted_loss_change, trial.measured_loss_change):
        assert f"{figure:.4f} nats".replace("-", "−") in said
    for fact in (
        run.id,
        f"{run.manifest.l2:.4g}",
        "What this does not claim",
        "Nobody has decided anything about these data",
    ):
        assert fact in said
    assert run.manifest.notice in said
    alts = [value for tag, name, value in reader.attributes if (tag, name) == ("img", "alt")]
    assert len(alts) == reader.tags.count("img") == 1 + len(expected.helpful) + len(expected.harmful)
    assert all(alts)


def test_nothing_can_come_from_elsewhere(found):
    text = casefile(found)
    reader = parsed(text)
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(reader.tags)
    loads = [value for _, name, value in reader.attributes if name in ("src", "srcset", "data", "style", "background")]
    assert all(value.startswith("data:image/") for value in loads)
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]
    assert "url(" not in text
    assert "@import" not in text
    policy = next(value for tag, name, value in reader.attributes if tag == "meta" and value.startswith("default-src"))
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_the_pictures_inside_are_the_data_sets(run, wrong, found):
    sources = [value for tag, name, value in parsed(casefile(found)).attributes if (tag, name) == ("img", "src")]
    shown = [np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))) for source in sources[:2]]
    first = run.picture_row("train", found.found.helpful[0].train_index)
    np.testing.assert_array_equal(shown[0], np.asarray(run.dataset.test.pictures[wrong]))
    np.testing.assert_array_equal(shown[1], np.asarray(run.dataset.train.pictures[first]))


def test_hostile_names_stay_text(run, wrong, monkeypatch):
    edit = Edit(1, Change("train", 0, "note", HOSTILE), "", HOSTILE, 0.0)
    monkeypatch.setattr(case_facts, "live", lambda digest: [edit])
    monkeypatch.setattr(
        case_facts, "edits_effect", lambda run, index: Effect("b", 1, 0.1, 0.1, 0.5, 0.5, (HOSTILE, HOSTILE))
    )
    other = Run(run.folder, replace(run.manifest, classes=(HOSTILE, "</style><img src=x>"), facts={HOSTILE: HOSTILE}))
    reader = parsed(casefile(case(other, HOSTILE, wrong)))
    assert "script" not in reader.tags
    assert reader.tags.count("style") == 1
    assert "".join(reader.text).count(HOSTILE) > 5


def test_the_edits_of_shown_images_are_marked(run, wrong, monkeypatch):
    row = run.picture_row("train", explain(run, wrong, top=1).harmful[0].train_index)
    made = [
        Edit(1, Change("train", row, "relabel", "cat"), "", "Ada", 0.0),
        Edit(2, Change("test", wrong + 1, "trust"), "", "Ada", 0.0),
        Edit(3, Change("test", wrong, "note", "blurred"), "", "Ada", 0.0),
    ]
    monkeypatch.setattr(case_facts, "live", lambda digest: made)
    monkeypatch.setattr(case_facts, "edits_effect", lambda run, index: None)
    said = "".join(parsed(casefile(case(run, "default", wrong))).text)
    assert said.count("now labelled cat") == 2  # under the picture and in the table
    assert "2 decisions, 1 of them of images shown above" in said
    assert f"test picture {wrong}" in said
    assert f"test picture {wrong + 1}" not in said


def test_the_effect_of_edits_is_a_real_refit(run, wrong, monkeypatch):
    from explorer.models.head import fit
    from explorer.runs.edits.refit import RunChanges

    harmful = [entry.train_index for entry in explain(run, wrong).harmful]
    rows, removed = np.sort(harmful[:6]), np.sort(harmful[6:9])
    changes = RunChanges(rows, 1 - run.train_labels[rows], removed)
    monkeypatch.setattr(case_facts, "run_changes", lambda run: changes)
    monkeypatch.setattr(case_facts, "predicted_losses", lambda run: np.arange(len(run.test_labels)) / 1000)
    effect = edits_effect(run, wrong)
    kept, labels = np.delete(np.arange(len(run.train_labels)), removed), run.train_labels.copy()
    labels[rows] = changes.labels
    l2 = run.head.l2 * len(labels) / len(kept)
    again = fit(np.asarray(run.head.train_features)[kept], labels[kept], 2, l2)
    loss = float(again.losses(run.test_features[[wrong]], run.test_labels[[wrong]])[0])
    np.testing.assert_allclose(effect.measured, loss - run.test_losses[wrong], atol=1e-6)
    np.testing.assert_allclose((effect.before, effect.after), np.exp([-run.test_losses[wrong], -loss]), atol=1e-6)
    assert (effect.predicted, effect.changes, effect.base) == (wrong / 1000, 9, run.id)


def test_another_class_and_method_are_told_and_restored(run, unedited):
    found = case(run, "default", 3, "similarity", [5, 7], "dog", 4)
    text = casefile(found, "http://localhost:9")
    said = "".join(parsed(text).text)
    link = html.escape(f"http://localhost:9/explain?run={run.id}&test=3&method=similarity&target=dog")
    assert f'href="{link}"' in text
    assert "By similarity, these speak for dog." in said
    assert "Left out were the training images 5, 7." in said
    assert "without the images chosen by hand" in said
    commands = dict(found.commands)
    assert "--method newton" in commands["The removal"]  # similarity predicts no refit
    assert "--target-class dog" in commands["The galleries"]


def test_the_commands_reproduce_the_figures(printed, run, wrong, found, tmp_path):
    def again(what):
        words = shlex.split(dict(found.commands)[what])
        assert words[:3] == ["python", "-m", "explorer"]
        return json.loads(printed(*words[3:]))

    trial, galleries = again("The removal"), again("The galleries")
    np.testing.assert_allclose(trial["measured_loss_change"], found.trial.measured_loss_change, rtol=1e-6)
    assert [entry["train_index"] for entry in galleries["harmful"]] == [e.train_index for e in found.found.harmful]
    built = shlex.split(dict(found.commands)["The run"])
    assert json.loads(printed(*built[3:], "--run", "default", "--json"))["run_id"] == run.id


def test_report_writes_a_whole_file_or_none(explorer, run, wrong, tmp_path):
    there = tmp_path / "case.html"
    answer = explorer("report", "--run", "default", "--test", wrong, "--remove", "5,7", "--output", there, "--json")
    told = json.loads(answer.stdout)
    assert (told["run"], told["test"], told["trial"]["removed"]) == (run.id, wrong, [5, 7])
    assert told["address"] == f"/explain?run={run.id}&test={wrong}&method=newton"
    parsed(there.read_text(encoding="utf-8"))
    assert [path.name for path in tmp_path.iterdir()] == ["case.html"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--test", "400"], "the numbers go from 0 to 399"),
        (["--test", "0", "--remove", "a"], "--remove is 'a'; give whole numbers"),
        (["--test", "0", "--remove", "800"], "the numbers go from 0 to 799"),
        (["--test", "0", "--method", "magic"], "choose one of: newton, influence"),
        (["--test", "0", "--target-class", "horse"], "choose one of: cat, dog"),
    ],
)
def test_a_bad_request_gets_one_sentence_and_no_file(explorer, tmp_path, words, sentence):
    answer = explorer("report", "--run", "default", *words, "--output", tmp_path / "case.html")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr
    assert sentence in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_prediction_that_nothing_acts_on_needs_a_choice(run, wrong):
    from dataclasses import replace

    explained = explain(run, wrong, top=8)
    assert case_facts._left_out(replace(explained, harmful=[]), ())[1] == "the 5 most helpful images"
    with pytest.raises(ExplorerError, match="say which to leave out: --remove I,J"):
        case_facts._left_out(replace(explained, helpful=[], harmful=[]), ())


def test_a_string_becomes_no_tag():
    template = TEMPLATES.from_string('<p class="{{ name }}">{{ text }}{{ tag }}</p>')
    drawn = template.render(name='"&', text="<b>", tag=Markup("<b>"))
    assert html.unescape(re.sub("<b>(?=</p>)", "", drawn)) == '<p class=""&"><b></p>'
    assert drawn.count("<") == 3
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        template.render(name="")


@pytest.mark.parametrize(("facts", "known"), [({"licence": "CC BY 4.0"}, True), ({"source": "somewhere"}, False)])
def test_a_licence_is_told_where_it_is_known_and_missed_where_it_is_not(run, wrong, unedited, facts, known):
    other = Run(run.folder, replace(run.manifest, facts=facts, dataset="/some/folder"))
    other.__dict__["dataset"] = run.dataset
    said = "".join(parsed(casefile(case(other, "default", wrong))).text)
    assert next(iter(facts.values())) in said
    assert (figures.UNKNOWN in said) != known


def test_of_an_upload_its_name_is_told_and_not_where_it_lies(run, wrong, unedited):
    data, weights = (
        uploads.folder() / (sign * 64) / f"upload-{sign}.{kind}" for sign, kind in (("a", "zip"), ("b", "pt"))
    )
    own = {"checkpoint": str(weights)}
    other = Run(run.folder, replace(run.manifest, dataset=str(data), own=own))
    other.__dict__["dataset"] = run.dataset
    said = casefile(case(other, "default", wrong))
    assert f"--dataset {data.name} " in said
    assert f"--checkpoint {weights.name}" in said
    assert str(uploads.folder()) not in said
