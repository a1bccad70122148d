"""Edits: nothing that was reported as saved is lost, undo does what people expect, and an edited run is an honest refit."""

import json
import os
import random
import sqlite3
import uuid
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.runs.edits import edit_log
from explorer.runs.edits.edit_log import Change
from tests.support.edit_writers import DATA, END, writers
from tests.support.homes import lead


@pytest.fixture(scope="module")
def begun():
    """What begins processes that write edits."""
    with writers() as begun:
        yield begun


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A home without anything."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def own(run, tmp_path, monkeypatch):
    """A home of its own with the run of all tests, opened."""
    from explorer.core import home
    from explorer.runs.store import open_run

    there = home.root()
    lead(tmp_path, there)
    (tmp_path / "weights").symlink_to(there / "weights")
    (tmp_path / "runs/names").mkdir(parents=True)
    (tmp_path / "runs" / run.id).symlink_to(there / "runs" / run.id)
    (tmp_path / "runs/names/default").write_text(run.id)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return open_run("default")


def said(digest=DATA):
    return [(edit.change.row, edit.change.action, edit.change.value) for edit in edit_log.live(digest)]


@pytest.mark.parametrize("seed", range(4))
def test_an_edit_that_was_reported_survives_kill_9(begun, empty, seed):
    [writer] = begun(empty, 200, ["one"])
    reported = [writer.reports.readline() for _ in range(random.Random(seed).randrange(1, 190))]
    writer.kill()
    reported += writer.reports.readlines()  # reported before the blow, read after it
    assert END not in reported
    saved = {edit.id for edit in edit_log.live(DATA)}
    assert {int(line) for line in reported if line.endswith("\n")} <= saved
    assert edit_log.record(DATA, [Change("train", 0, "keep")])[0].id > max(saved)


def test_eight_writers_at_once_lose_nothing(begun, empty):
    """On a file that is not there yet, so that they also race to make it."""
    authors = [f"writer {number}" for number in range(8)]
    reported = [writer.reports.readlines() for writer in begun(empty, 25, authors)]
    assert [lines.pop() for lines in reported] == [END] * 8
    found = edit_log.live(DATA)
    assert sorted(int(line) for lines in reported for line in lines) == [edit.id for edit in found]
    for author, lines in zip(authors, reported, strict=True):
        of_one = [edit for edit in found if edit.author == author]
        assert [edit.id for edit in of_one] == [int(line) for line in lines]
        assert [edit.change.row for edit in of_one] == list(range(25))


class Twin:
    """Undo and redo again, slower: every edit remembers what became of it."""

    def __init__(self):
        self.entries, self.clock = [], 0

    def act(self, word, author, row=0, back=0):
        self.clock += 1
        if word == "back":
            entry = next((e for e in self.entries if e["row"] == back and e["alive"]), None)
            if entry:
                entry |= {"alive": False, "when": self.clock, "undoer": author or edit_log.AUTHOR}
            return entry and entry["row"]
        if word == "edit":
            for entry in self.entries:
                entry["gone"] |= not entry["alive"] and author in (entry["author"], entry["undoer"])
            self.entries.append({"row": row, "author": author, "alive": True, "gone": False, "undoer": None, "when": 0})
            return row
        alive = word == "undo"
        whose = ("author",) if alive else ("author", "undoer")
        mine = [e for e in self.entries if e["alive"] == alive and not e["gone"]]
        mine = [e for e in mine if author is None or author in [e[key] for key in whose]]
        if not mine:
            return None
        entry = mine[-1] if alive else max(mine, key=lambda each: each["when"])
        entry |= {"alive": not alive, "when": self.clock}
        if alive:
            entry["undoer"] = author or edit_log.AUTHOR
        return entry["row"]

    def live(self):
        return [entry["row"] for entry in self.entries if entry["alive"]]


WORDS = st.sampled_from(["edit", "edit", "undo", "undo", "redo", "back"])
ACTS = st.tuples(WORDS, st.sampled_from(["ann", "bob", None]), st.integers(0, 11))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=12))
def test_undo_and_redo_agree_with_a_slow_twin(empty, acts):
    digest, twin = uuid.uuid4().hex, Twin()
    for row, (word, author, back) in enumerate(acts):
        if word == "edit":
            found = edit_log.record(digest, [Change("train", row, "exclude")], author or edit_log.AUTHOR)[0]
        elif word == "back":
            ids = {edit.id for edit in edit_log.live(digest) if edit.change.row == back}
            found = next(iter(edit_log.take_back(digest, ids, author)), None)
        else:
            found = next(iter((edit_log.undo_step if word == "undo" else edit_log.redo_step)(digest, author)), None)
        expected = twin.act(word, (author or edit_log.AUTHOR) if word == "edit" else author, row, back)
        assert (found.change.row if found else None) == expected
        assert [edit.change.row for edit in edit_log.live(digest)] == twin.live()


def test_what_was_recorded_together_is_undone_together(empty):
    edit_log.record(DATA, [Change("train", 1, "relabel", "dog")])
    edit_log.record(DATA, [Change("train", row, "exclude") for row in range(5)])
    assert [edit.change.row for edit in edit_log.undo_step(DATA)] == [4, 3, 2, 1, 0]
    assert said() == [(1, "relabel", "dog")]
    assert [edit.change.row for edit in edit_log.redo_step(DATA)] == [0, 1, 2, 3, 4]
    assert edit_log.state(DATA).excluded == {0, 1, 2, 3, 4}
    assert edit_log.redo_step(DATA) == []


def test_what_undo_and_redo_would_do_is_known_before(empty):
    assert (edit_log.latest_step(DATA), edit_log.latest_undone(DATA)) == ([], [])
    edit_log.record(DATA, [Change("train", row, "exclude") for row in range(3)])
    edit_log.record(DATA, [Change("train", 9, "exclude")], "somebody else")
    promised = edit_log.latest_step(DATA, edit_log.AUTHOR)
    assert promised == edit_log.undo_step(DATA, edit_log.AUTHOR)
    assert [edit.change.row for edit in promised] == [2, 1, 0]
    assert edit_log.latest_undone(DATA, edit_log.AUTHOR) == edit_log.redo_step(DATA, edit_log.AUTHOR) != []


def test_single_decisions_are_taken_back_whoever_made_them(empty):
    edit_log.record(DATA, [Change("train", 1, "relabel", "dog"), Change("train", 2, "exclude")])
    (theirs,) = edit_log.record(DATA, [Change("train", 1, "exclude")], "somebody else")
    assert edit_log.state(DATA).excluded == {1, 2}
    assert edit_log.take_back(DATA, {theirs.id, 10**6}, edit_log.AUTHOR) == [theirs]
    assert said() == [(2, "exclude", ""), (1, "relabel", "dog")] or said() == [
        (1, "relabel", "dog"),
        (2, "exclude", ""),
    ]
    assert edit_log.take_back(DATA, {theirs.id}, edit_log.AUTHOR) == []
    everything = {edit.id for edit in edit_log.live(DATA)}
    assert len(edit_log.take_back(DATA, everything, edit_log.AUTHOR)) == 2
    assert edit_log.live(DATA) == []
    assert len(edit_log.redo_step(DATA, edit_log.AUTHOR)) == 2
    assert edit_log.redo_step(DATA, edit_log.AUTHOR) == [theirs]


def test_later_decisions_replace_earlier_ones(empty):
    words = [
        (1, "relabel", "dog"),
        (1, "exclude"),
        (2, "exclude"),
        (2, "relabel", "cat"),
        (3, "relabel", "dog"),
        (3, "keep"),
    ]
    words += [(4, "tag", "wild"), (4, "tag", "dark"), (4, "tag", "-wild"), (5, "note", "first"), (5, "note", "second")]
    edit_log.record(DATA, [Change("train", *each) for each in (*words, (6, "note", "gone"))])
    edit_log.record(DATA, [Change("train", 6, "note", "")])
    edit_log.record(DATA, [Change("test", row, "trust", value) for row, value in ((7, ""), (8, ""), (8, "-"))])
    state = edit_log.state(DATA)
    assert (state.excluded, state.labels, state.kept) == ({1}, {2: "cat"}, {3})
    assert (state.tags, state.notes, state.trusted) == ({4: ("dark",)}, {5: "second"}, {7})
    assert (state.touched(), state.changed(), state.decided) == (3, 2, [(1, "exclude", ""), (2, "relabel", "cat")])
    edit_log.undo_step(DATA)
    edit_log.undo_step(DATA)
    assert edit_log.state(DATA).notes == {5: "second", 6: "gone"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Change("train", 0, "delete"), "There is no action 'delete'; choose one of: relabel, exclude"),
        (Change("middle", 0, "keep"), "There is no side 'middle'; choose one of: train, test"),
        (Change("test", 0, "exclude"), "A test image cannot get the action 'exclude'; choose one of: tag, note, trust"),
        (Change("train", -1, "keep"), "There is no training image -1"),
        (Change("train", 800, "keep"), "There is no training image 800; the numbers go from 0 to 799"),
        (Change("test", 400, "trust"), "There is no test image 400; the numbers go from 0 to 399"),
        (Change("train", 0, "relabel", "cow"), "There is no class 'cow'; choose one of: cat, dog"),
        (Change("train", 0, "relabel"), "needs its new class"),
        (Change("train", 0, "tag", " "), "The tag is empty"),
        (Change("train", 0, "tag", "-"), "The tag is empty"),
        (Change("train", 0, "keep", "dog"), "takes no value, but 'dog' was given"),
        (Change("train", 0, "note", "a" * 2001), "has 2,001 characters; at most 2,000"),
        (Change("train", 0, "note", "\ud800"), "cannot be written"),
    ],
)
def test_a_change_that_means_nothing_gets_one_sentence(own, change, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        edit_log.record_edits(own, [Change("train", 1, "keep"), change])
    assert edit_log.live(own.data_digest) == []


OLD = """
CREATE TABLE jobs (id TEXT PRIMARY KEY, name TEXT, config TEXT, pid INTEGER, state TEXT, stage TEXT, done REAL, total REAL,
    curve TEXT, message TEXT, started REAL, updated REAL);
CREATE TABLE trials (id INTEGER PRIMARY KEY, run TEXT, test INTEGER, method TEXT, removed TEXT, predicted REAL, measured REAL,
    made REAL);
INSERT INTO trials (run, test, method, removed, predicted, measured, made) VALUES ('r', 1, 'newton', '[2]', 0.5, 0.25, 1.0);
"""


def made(home, script):
    home.mkdir()
    connection = sqlite3.connect(home / "explorer.sqlite")
    connection.executescript(script)
    connection.close()
    return home / "explorer.sqlite"


def test_a_database_from_before_there_were_edits_migrates(empty):
    from explorer.runs.results.removal_trials import load_trials

    made(empty, OLD)
    assert edit_log.live(DATA) == []
    edit_log.record(DATA, [Change("train", 3, "exclude")])
    assert (said(), load_trials("r")) == ([(3, "exclude", "")], [(0.5, 0.25)])


@pytest.mark.parametrize(
    "write", [edit_log.live, lambda data: edit_log.record(data, [Change("train", 1, "keep")]), edit_log.undo_step]
)
def test_a_newer_database_is_refused_and_left_as_it_is(empty, write):
    path = made(empty, OLD + "PRAGMA user_version = 99;")
    before = path.read_bytes()
    with pytest.raises(ExplorerError, match="written by a newer version of this program"):
        write(DATA)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(empty):
    empty.mkdir()
    (empty / "explorer.sqlite").write_text("The cat sat on the mat. " * 100)
    with pytest.raises(ExplorerError, match="is no database that can be read"):
        edit_log.record(DATA, [Change("train", 1, "keep")])
    assert (empty / "explorer.sqlite").read_text().startswith("The cat sat")


TEXTS = st.text(st.sampled_from("'=+-@\t\r\n,;\"aü\u2028＝"), max_size=6)


@given(TEXTS)
def test_a_neutral_cell_is_no_formula_and_comes_back(text):
    from explorer.runs.edits.exchange import neutral, restored

    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert restored(neutral(text)) == text


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_exported_edits_come_back_in_another_home(own, tmp_path, monkeypatch, form):
    from explorer.runs.edits.exchange import apply_edits, compare_edits, export_edits

    digest = own.data_digest
    name = own.class_names[1 - own.train_labels[5]]
    notes = ["=1+1", "'quoted", 'two\nlines, "and" more; \u2028', "-minus\r\n", "ü"]
    edit_log.record_edits(own, [Change("train", 5, "relabel", name), Change("train", 6, "exclude")], "=ann")
    edit_log.record_edits(own, [Change("train", row, "note", text) for row, text in enumerate(notes)])
    edit_log.record_edits(
        own, [Change("train", 6, "tag", "@wild"), Change("test", 3, "trust"), Change("train", 6, "keep")]
    )
    file = tmp_path / "edits.out"
    before, state = edit_log.in_force(edit_log.live(digest)), edit_log.state(digest)
    assert export_edits(own, file, form) == len(before) == 9
    assert compare_edits(own, file).added == []
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "other"))
    diff = compare_edits(own, file)
    assert (len(diff.added), diff.already, diff.unmatched, edit_log.live(digest)) == (9, [], [], [])
    apply_edits(own, diff)
    after = edit_log.live(digest)
    assert [(e.change, e.image, e.author) for e in after] == [(e.change, e.image, e.author) for e in before]
    assert_allclose([e.made for e in after], [e.made for e in before], rtol=0, atol=1e-5)
    assert edit_log.state(digest) == state


def test_an_import_says_what_it_would_do(own, tmp_path):
    from explorer.runs.edits.exchange import compare_edits

    ids = own.dataset.train.ids
    edit_log.record_edits(own, [Change("train", 1, "exclude")])
    file = tmp_path / "hand.csv"
    lines = [
        f"{ids[1]},,exclude,",
        f"{ids[2]},99,exclude,",
        ",3,relabel,dog",
        "beef,,keep,",
        ",900,keep,",
        ",4,relabel,cow",
    ]
    strange = [",,keep,", ",x,keep,", ",5,paint,"]
    # years that a zone leads out of the calendar were written down, and nothing could list the edits afterwards
    times = [f",6,keep,,{time}" for time in ("9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00", "soon")]
    file.write_text("image,row,action,value,time\n" + "\n".join([*lines, *strange, *times]))
    diff = compare_edits(own, file)
    assert [edit.change.row for edit in diff.already] == [1]
    assert [(edit.change.row, edit.image) for edit in diff.added] == [(2, ids[2]), (3, ids[3])]
    reasons = dict(diff.unmatched)
    assert "has the content 'beef'" in reasons[4]
    assert "the numbers go from 0 to 799" in reasons[5]
    assert "no class 'cow'" in reasons[6]
    assert "names no picture" in reasons[7]
    assert "'x' is no whole number" in reasons[8]
    assert "no action 'paint'" in reasons[9]
    assert all("is no time such as" in reasons[line] for line in (10, 11, 12))
    assert len(edit_log.live(own.data_digest)) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"row,value\n1,2\n", "has no column 'action'"),
        (b"\xff\xfe", "is no CSV or JSON Lines"),
        (b'{"row": 1', "is no CSV"),
        (b'{"action":' + b"[" * 100_000, "is no CSV or JSON Lines"),
    ],
)
def test_a_file_that_holds_no_edits_is_refused(own, tmp_path, content, sentence):
    from explorer.runs.edits.exchange import compare_edits

    (tmp_path / "strange").write_bytes(content)
    with pytest.raises(ExplorerError, match=sentence):
        compare_edits(own, tmp_path / "strange")
    with pytest.raises(ExplorerError, match="cannot be read: No such file"):
        compare_edits(own, tmp_path / "nothing")


@pytest.mark.parametrize(
    ("author", "sentence"),
    [("\ud800", "cannot be written"), ("a\0b", "cannot be written"), ("x" * 2001, "2,001 characters")],
)
def test_an_author_that_cannot_be_written_is_refused(own, tmp_path, author, sentence):
    from explorer.runs.edits.exchange import compare_edits

    with pytest.raises(ExplorerError, match=sentence):
        edit_log.record_edits(own, [Change("train", 1, "exclude")], author)
    (tmp_path / "hand.jsonl").write_text(json.dumps({"action": "exclude", "row": 1, "author": author}))
    assert sentence in compare_edits(own, tmp_path / "hand.jsonl").unmatched[0][1]
    assert edit_log.live(own.data_digest) == []


@pytest.fixture
def folder(empty, tmp_path):
    """A split folder of pictures whose classes share file names, as a run would have it open."""
    from explorer.core.progress import silent
    from explorer.datasets.readers.class_folders import ClassFolders

    shade = 0
    for side, size in (("train", 4), ("test", 2)):
        for name in ("cat", "dog"):
            for number in range(size):
                path = tmp_path / "source" / side / name / "deep" / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (8, 8), (shade := shade + 9, 0, 0)).save(path)
    dataset = ClassFolders(tmp_path / "source").open(silent)
    return SimpleNamespace(
        dataset=dataset,
        data_digest=dataset.digest,
        class_names=list(dataset.class_names),
        arrays={"train_rows": np.arange(8)},
        train_index=lambda row: row,
    )


@pytest.mark.parametrize("link", [False, True])
def test_a_cleaned_copy_is_an_image_folder(folder, tmp_path, link):
    from explorer.core.progress import silent
    from explorer.datasets.readers.class_folders import ClassFolders
    from explorer.runs.edits.cleaned_copy import cleaned_copy

    edit_log.record(folder.dataset.digest, [Change("train", 1, "relabel", "dog"), Change("train", 6, "exclude")])
    target = tmp_path / "copy"
    target.mkdir()
    found = cleaned_copy(folder, target, link)
    assert found == {"train": 7, "test": 4, "relabelled": 1, "excluded": 1}
    copy, source = ClassFolders(target).open(silent), folder.dataset
    expected = {image: int(label) for image, label in zip(source.train.ids, source.train.labels, strict=True)}
    expected[source.train.ids[1]] = 1
    del expected[source.train.ids[6]]
    assert dict(zip(copy.train.ids, copy.train.labels.tolist(), strict=True)) == expected
    assert copy.test.ids == source.test.ids
    assert (target / "train/dog/deep/1-1.png").is_symlink() == link
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "home", "source"]


def test_a_file_whose_name_is_no_text_is_exported_and_found_again(folder, tmp_path):
    from explorer.datasets.packed import Texts
    from explorer.datasets.pictures import FilesBelow
    from explorer.runs.edits.exchange import compare_edits, export_edits

    train = folder.dataset.train
    below = train.pictures.paths
    below[1].rename(strange := below[1].with_name(os.fsdecode(b"\xff.png")))
    names = [*below.names[:1], str(strange.relative_to(below.root)), *below.names[2:]]
    pictures = replace(train.pictures, paths=FilesBelow(below.root, Texts.of(names)))
    folder.dataset = replace(folder.dataset, train=replace(train, pictures=pictures))
    edit_log.record(folder.dataset.digest, [Change("train", 1, "exclude")])
    export_edits(folder, tmp_path / "edits.csv", "csv")
    assert len(compare_edits(folder, tmp_path / "edits.csv").already) == 1


def test_a_cleaned_copy_never_writes_over_anything(folder, run, tmp_path):
    from explorer.runs.edits.cleaned_copy import cleaned_copy

    (tmp_path / "full").mkdir()
    (tmp_path / "full/thesis.txt").write_text("years of work")
    refusals = [
        (folder, tmp_path / "full", False, "exists and is not empty"),
        (folder, tmp_path / "full/thesis.txt", False, "exists and is not empty"),
        (folder, tmp_path / "source/train/new", False, "lies inside"),
        (folder, tmp_path / ("x" * 300), False, "File name too long"),
        (run, tmp_path / "new", True, "are no files that could be linked"),
    ]
    for opened, target, link, sentence in refusals:
        with pytest.raises(ExplorerError, match=sentence):
            cleaned_copy(opened, target, link)
    assert (tmp_path / "full/thesis.txt").read_text() == "years of work"


def changed(run, relabelled, excluded):
    """Record edits and return the labels and the kept rows that they leave."""
    rows = np.random.default_rng(relabelled).permutation(len(run.train_labels))
    labels, kept = np.array(run.train_labels), np.ones(len(rows), dtype=bool)
    labels[rows[:relabelled]] = 1 - labels[rows[:relabelled]]
    kept[rows[relabelled : relabelled + excluded]] = False
    picked = [Change("train", int(row), "relabel", run.class_names[labels[row]]) for row in rows[:relabelled]]
    edit_log.record_edits(run, [*picked, *(Change("train", int(row), "exclude") for row in np.flatnonzero(~kept))])
    return labels, kept


@pytest.mark.parametrize(("relabelled", "excluded"), [(6, 4), (12, 0), (0, 9), (200, 100)])
def test_an_edited_run_is_an_independent_fit(own, relabelled, excluded):
    from explorer.evaluation.refit import refit_relabelled, refit_without
    from explorer.models.head import fit
    from explorer.runs.edits.refit import refit_edited
    from explorer.runs.store import open_run

    labels, kept = changed(own, relabelled, excluded)
    refit_edited(own, "edited")
    found, head = open_run("edited"), own.head
    again = fit(head.train_features[kept], labels[kept], 2, head.l2 * len(kept) / kept.sum())
    assert_allclose(found.head.weights, again.weights, rtol=0, atol=1e-7)
    assert_allclose(found.test_losses, again.losses(own.test_features, own.test_labels), rtol=0, atol=1e-6)
    assert_array_equal(found.train_labels, labels[kept])
    assert_array_equal(found.head.train_features, head.train_features[kept])
    assert found.manifest.gradient_norm <= 1e-8
    if not relabelled:
        assert_allclose(found.head.weights, refit_without(own.curvature, [np.flatnonzero(~kept)])[0], rtol=0, atol=1e-7)
    if not excluded:
        rows = np.flatnonzero(labels != own.train_labels)
        assert_allclose(
            found.head.weights, refit_relabelled(own.curvature, [rows], [labels[rows]])[0], rtol=0, atol=1e-7
        )


def test_an_edited_run_is_a_run_like_any_other(own):
    from explorer.runs.edits.refit import refit_edited, run_changes
    from explorer.runs.results.explanation import explain
    from explorer.runs.store import open_run

    _, kept = changed(own, 3, 2)
    first = refit_edited(own, "edited")
    told = first.manifest
    assert (told.base, told.n_train, len(told.edits)) == (own.id, len(kept) - 2, 5)
    assert told.accuracy == float((first.predicted == own.test_labels).mean())
    last = len(first.train_labels) - 1
    assert first.picture_row("train", last) == int(own.arrays["train_rows"][kept][last])
    assert first.dataset.train.ids[first.picture_row("train", 7)] == f"{int(first.arrays['train_ids'][7]):016x}"
    assert explain(first, 5, None, 3).helpful[0].score > 0
    assert len(run_changes(first)) == 0
    again = refit_edited(first, "edited")
    assert again.id == first.id
    edit_log.record_edits(own, [Change("train", told.edits[0][0], "keep")])
    fewer = refit_edited(again, "edited")
    assert (len(fewer.manifest.edits), fewer.manifest.base) == (4, own.id)
    assert open_run(first.id).manifest == told
    for name in ("train_features.npy", "test_features.npy"):  # a refit takes no room for what stays the same
        assert (first.folder / name).samefile(own.folder / name)
    assert open_run("edited").id == fewer.id != own.id


def test_edits_that_change_nothing_or_empty_a_class_are_refused(own):
    from explorer.runs.edits.refit import refit_edited

    digest = own.data_digest
    edit_log.record_edits(
        own, [Change("train", 0, "keep"), Change("train", 1, "relabel", own.class_names[own.train_labels[1]])]
    )
    with pytest.raises(ExplorerError, match="No edit in force changes this run"):
        refit_edited(own, "edited")
    edit_log.record_edits(own, [Change("train", int(row), "exclude") for row in np.flatnonzero(own.train_labels == 0)])
    with pytest.raises(ExplorerError, match="leave a class without any training image"):
        refit_edited(own, "edited")
    edit_log.undo_step(digest)
    edit_log.undo_step(digest)
    with pytest.raises(ExplorerError, match="No edit in force changes this run"):
        refit_edited(own, "edited")


@pytest.mark.parametrize(("relabelled", "excluded", "least"), [(3, 0, 0.98), (0, 12, 0.99), (3, 6, 0.98)])
def test_predicted_losses_are_what_the_refit_then_measures(own, relabelled, excluded, least):
    from explorer.runs.edits.refit import predicted_for, predicted_losses, refit_edited

    changed(own, relabelled, excluded)
    predicted = predicted_losses(own)
    found = refit_edited(own, "edited")
    measured = found.test_losses - own.test_losses
    assert np.corrcoef(predicted, measured)[0, 1] > least
    edit_log.undo_step(own.data_digest)
    assert_array_equal(predicted_losses(found), np.zeros(len(measured)))
    assert_array_equal(predicted_for(found), predicted)


def test_without_a_factor_the_refit_is_the_same_and_the_prediction_close(own, monkeypatch):
    from explorer.runs.edits.refit import predicted_losses, refit_edited
    from explorer.runs.store import open_run

    changed(own, 3, 6)
    exact, measured = predicted_losses(own), refit_edited(own, "edited").test_losses - own.test_losses
    monkeypatch.setattr("explorer.attribution.curvature.DENSE_LIMIT", 10)
    wide = open_run("default")
    assert not wide.curvature.dense
    predicted = predicted_losses(wide)
    assert np.corrcoef(predicted, exact)[0, 1] > 0.99
    edit_log.record_edits(wide, [Change("train", np.int64(799), "exclude")])
    found = refit_edited(wide, "wide")
    assert (found.manifest.gradient_norm <= 1e-8, found.manifest.edits[-1]) == (True, (799, "exclude", ""))
    assert np.corrcoef(predicted, measured)[0, 1] > 0.97


def test_a_fresh_build_lays_the_edits_on(own, monkeypatch):
    from explorer.core.progress import silent
    from explorer.runs.build.builder import build
    from explorer.runs.build.plan import plan
    from explorer.runs.build.request import Config

    request = Config.from_manifest(own.manifest, edited=True)
    with pytest.raises(ExplorerError, match="No edit in force changes this run"):
        build(request, "rebuilt", silent)
    labels, kept = changed(own, 4, 3)
    planned, seen = plan(request, own.dataset), []
    monkeypatch.setattr("explorer.models.features.extract_features", lambda *which: seen.append(which))
    assert (planned.base_id(), planned.run_id() == own.id) == (own.id, False)
    found = build(replace(request, l2=own.head.l2), "rebuilt", silent)
    assert seen == []  # no picture goes through the network again
    assert_array_equal(found.train_labels, labels[kept])
    assert_array_equal(found.arrays["train_rows"], own.arrays["train_rows"][kept])
    assert found.manifest.edits == list(planned.edits)
    assert_allclose(found.head.train_features[:, :-1].mean(axis=0), 0, atol=1e-6)  # standardised anew
    assert "--edited" in request.to_argv()


def test_the_command_line_edits_undoes_exports_and_refits(own, explorer, tmp_path):
    def told(*words):
        found = explorer("edit", *words, "--json")
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)

    old = own.class_names[own.train_labels[3]]
    new = own.class_names[1 - own.train_labels[3]]
    first = told("relabel", "--run", "default", "--train", "3", "--to", new, "--author", "ann")["edits"][0]
    assert (first["train_index"], first["label"], first["value"], first["author"]) == (3, old, new, "ann")
    told("exclude", "--train", "4,5")
    assert [edit["train_index"] for edit in told("undo")["undone"]] == [5, 4]
    assert [edit["train_index"] for edit in told("redo")["redone"]] == [4, 5]
    listed = told("list")
    assert (len(listed["edits"]), listed["touched"], listed["changed"]) == (3, 3, 3)
    told("export", "--format", "csv", "--output", tmp_path / "edits.csv")
    diff = told("apply", tmp_path / "edits.csv", "--dry-run")
    assert (diff["applied"], diff["added"], len(diff["already"]), diff["unmatched"]) == (False, [], 3, [])
    found = told("retrain", "--as", "edited")
    assert (found["n_train"], found["base"]) == (len(own.train_labels) - 2, own.id)
    assert found["predicted_loss_change"] == pytest.approx(found["measured_loss_change"], rel=0.5)


def test_the_command_line_spares_confirmed_labels_and_takes_single_edits_back(own, explorer, printed):
    def told(*words):
        return json.loads(printed("edit", *words, "--json"))

    def decided():
        now = edit_log.state(own.data_digest)
        return [[own.train_index(row) for row in sorted(rows)] for rows in (now.kept, now.excluded, now.labels)]

    told("keep", "--train", "3,4")
    refused = explorer("edit", "exclude", "--train", "4")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Left as confirmed: image 4; --also-confirmed takes what is confirmed too." in refused.stderr
    some = told("relabel", "--train", "3,5", "--to", own.class_names[1 - own.train_labels[5]])
    assert ([edit["train_index"] for edit in some["edits"]], some["confirmed"]) == ([5], [3])
    assert decided() == [[3, 4], [], [5]]
    assert "confirmed" not in told("exclude", "--train", "3", "--also-confirmed")
    ids = [edit["id"] for edit in told("list")["edits"]]
    taken = told("take-back", f"{ids[2]},{ids[3]}", "--author", "ann")["undone"]
    assert [(edit["id"], edit["train_index"]) for edit in taken] == [(ids[3], 3), (ids[2], 5)]
    assert decided() == [[3, 4], [], []]
    again = explorer("edit", "take-back", ids[2])
    assert (again.returncode, again.stdout) == (2, "")
    assert f"No edit in force has the id {ids[2]}; edit list says" in again.stderr
    assert printed("edit", "list").startswith(f"{ids[0]}: train 3 (")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["relabel", "--train", "1", "--to", "cow"], "There is no class 'cow'"),
        (["exclude", "--train", "1,800"], "the numbers go from 0 to 799"),
        (["exclude", "--train", "one"], "--train is 'one'; give whole numbers"),
        (["tag", "--train", "1", "--tag", ""], "The tag is empty"),
        (["keep", "--train", "1", "--author", " "], "The author is empty"),
        (["list", "--run", "nobody"], "There is no run 'nobody'"),
        (["apply", "nothing.csv"], "cannot be read: No such file"),
        (["export", "--format", "xml", "--output", "x"], "choose csv, jsonl or folder"),
        (["export", "--link", "--output", "x"], "--link belongs to --format folder"),
        (["retrain", "--as", "edited"], "No edit in force changes this run"),
        (["retrain", "--as", "../x"], "A run cannot be called"),
    ],
)
def test_bad_edits_get_one_sentence(own, explorer, words, sentence):
    found = explorer("edit", *words)
    assert (found.returncode, found.stdout) == (2, "")
    assert sentence in found.stderr
    assert "Traceback" not in found.stderr
