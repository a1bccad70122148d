"""Hostile files and folders: each is skipped with its reason or refused in a sentence, and the good pictures beside it stay.

Every case has the reason why it is there. Nothing may be written but the cache, whatever is opened.
"""

import os
import re
import socket
from pathlib import Path

import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.assembly import MADE
from explorer.datasets.picture import MOST_BYTES
from tests.support.hostile_data import (
    EACH,
    GOOD,
    IDS,
    bmp,
    good,
    ids,
    opened,
    put,
    reasons,
)
from tests.support.hostile_pictures import FILES, SVG


@pytest.mark.parametrize("name", FILES, ids=lambda name: f"{name}: {FILES[name][0]}")
def test_a_file_that_is_no_picture_is_skipped_with_its_reason(good_folder, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    _, content, reason = FILES[name]
    put(good_folder, {"cat/evil.jpg": content()})
    found = opened(good_folder, tmp_path)
    assert [one.file for one in found.skipped] == ["cat/evil.jpg"]
    assert found.skipped[0].reason == " ".join(found.skipped[0].reason.split())
    assert re.search(reason, reasons(found))
    assert ids(found) == IDS
    assert found.notice == "1 file cannot be used and was left out."


# Folders: what is done to a good one, and what is said of it


def link(folder, name, target):
    (folder / name).parent.mkdir(exist_ok=True, parents=True)
    (folder / name).symlink_to(target)


def secret(folder):
    return put(folder.parent / "outside", {"fox/secret.png": good("secret", 1), "fox/other.png": good("secret", 2)})


def deep(folder):
    """Make folders whose path is longer than the operating system takes."""
    descriptor = os.open(folder / "cat", os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=descriptor)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)


def sparse(folder):
    with (folder / "cat/huge.jpg").open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)


def bind(folder):
    where = Path.cwd()
    os.chdir(folder / "cat")  # a socket's path may have a hundred bytes
    try:
        socket.socket(socket.AF_UNIX).bind("socket.jpg")
    finally:
        os.chdir(where)


FOLDERS = {
    "file linked out": (
        "a link to a secret",
        lambda f: link(f, "cat/evil.png", secret(f) / "fox/secret.png"),
        "leads outside",
    ),
    "file linked up": ("with ..", lambda f: link(f, "cat/evil.png", "../../outside/fox/x.png"), "leads outside"),
    "device": ("reading it would never end", lambda f: link(f, "cat/evil.jpg", "/dev/zero"), "leads outside"),
    "class linked out": ("a whole folder of secrets", lambda f: link(f, "fox", secret(f) / "fox"), "leads outside"),
    "link to itself": ("a loop", lambda f: link(f, "cat/evil.png", "evil.png"), "cannot be opened"),
    "link to nothing": ("its target was moved", lambda f: link(f, "cat/evil.png", "gone.png"), "cannot be opened"),
    "link to a folder": ("it has a picture's name", lambda f: link(f, "cat/evil.png", "../doggy"), "no ordinary file"),
    "pipe": ("reading it would wait for ever", lambda f: os.mkfifo(f / "cat/evil.jpg"), "no ordinary file"),
    "socket": ("it cannot be read", bind, "no ordinary file"),
    "huge": ("a file of more than any picture", sparse, "at most 256 MB"),
    "deep": ("a path longer than 4,096 bytes", deep, "the folder cannot be read"),
    "drawing": ("SVG under its own name", lambda f: put(f, {"cat/a.svg": SVG}), r"\.svg is not read"),
    "telephone": (
        "HEIC, which Pillow cannot read",
        lambda f: put(f, {"cat/a.HEIC": b"?"}),
        r"\.heic is not read|of no known format",
    ),
}


@pytest.mark.parametrize("name", FOLDERS, ids=lambda name: f"{name}: {FOLDERS[name][0]}")
def test_what_a_folder_holds_beside_its_pictures_is_skipped_with_its_reason(good_folder, tmp_path, name):
    _, spoil, reason = FOLDERS[name]
    spoil(good_folder)
    found = opened(good_folder, tmp_path)
    assert re.search(reason, reasons(found))
    assert (len(found.skipped), ids(found), found.class_names) == (1, IDS, ("cat", "doggy"))


def test_links_that_stay_inside_are_followed_but_never_twice_around(good_folder, tmp_path):
    link(good_folder, "cat/again.png", "0.png")
    link(good_folder, "fox", "cat")
    link(good_folder, "cat/loop", "..")
    found = opened(good_folder, tmp_path)
    assert (found.class_names, found.skipped) == (("cat", "doggy", "fox"), ())


def test_links_may_lead_where_a_person_says_so(good_folder, tmp_path, monkeypatch):
    link(good_folder, "fox", secret(good_folder) / "fox")
    monkeypatch.setenv("EXPLORER_LINKS", str(tmp_path / "outside"))
    assert opened(good_folder, tmp_path).class_names == ("cat", "doggy", "fox")


# Names that are allowed, and odd

NAMES = [
    "with space",
    "Ümläut",
    "🐱",
    "<script>alert(1)<!--",
    "'; DROP TABLE edits;--",
    "a" * 255,
    "..a",
    "%2e%2e",
    "−−x",
]


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_are_names(good_folder, tmp_path, name):
    put(good_folder, {f"{name}/{name[:200]}{row}.png": good(name, 3 + row) for row in range(EACH)})
    found = opened(good_folder, tmp_path)
    assert (found.class_names, found.skipped) == (tuple(sorted(["cat", "doggy", name])), ())


def test_a_file_whose_name_is_not_in_utf_8_is_a_picture_and_can_be_told(good_folder, tmp_path):
    put(
        good_folder, {f"cat/{os.fsdecode(bytes([255]))}.png": good("x", 9), f"cat/{os.fsdecode(bytes([254]))}.jpg": b""}
    )
    found = opened(good_folder, tmp_path)
    assert len(ids(found)) == 2 * EACH + 1
    assert [one.file for one in found.skipped] == ["cat/\ufffd.jpg"]


# Whole data sets


def test_a_class_that_loses_all_its_pictures_is_said_and_left_out(good_folder, tmp_path):
    put(good_folder, {f"fox/{row}.png": b"" for row in range(2)})
    found = opened(good_folder, tmp_path)
    assert found.class_names == ("cat", "doggy")
    assert (
        found.notice
        == "2 files cannot be used and were left out. No picture of fox can be read, so was left out as a class."
    )


def test_too_few_classes_after_skipping_are_refused_with_the_first_reason(tmp_path, good_folder):
    put(good_folder, {f"cat/{row}.png": b"" for row in range(EACH)})
    with pytest.raises(
        ExplorerError, match=r"1 folders .* 3 files cannot be used; the first is cat/0\.png: it is empty\.$"
    ):
        open_dataset(str(good_folder))


def test_more_files_than_any_data_set_has_end_in_a_sentence(good_folder, monkeypatch):
    monkeypatch.setattr("explorer.datasets.file_tree.MOST_FILES", 5)
    with pytest.raises(ExplorerError, match="holds 5 files or more; give a folder of fewer pictures"):
        open_dataset(str(good_folder))


def test_exact_duplicates_across_train_and_test_are_reported(tmp_path, good_folder):
    files = {f"{side}/{name}": content for name, content in GOOD.items() for side in ("train", "valid")}
    found = opened(put(tmp_path / "both", files), tmp_path)
    assert found.facts["exact duplicates across train and test"] == "6 of 6 test pictures"
    assert found.notice.startswith("6 of 6 test pictures are exact copies of training pictures")
    assert found.facts["split"] == "as given, in the folders train and valid"


def test_a_split_that_is_made_is_recorded_and_has_no_duplicates_across(good_folder, tmp_path):
    assert opened(good_folder, tmp_path).facts == {"split": MADE}


def test_a_folder_keeps_the_digest_that_it_had_before_files_were_checked(tmp_path, good_folder):
    """Old run ids are hashes of it. The number comes from the program before it skipped anything."""
    files = {f"{label}/{number % 3}/{number}.bmp": picture(number, label) for number in range(12) for label in "ab"}
    assert opened(put(tmp_path / "old", files), tmp_path).digest.startswith("72369e09c9bda010")


def picture(number, label):
    """Return a BMP of 2 × 1 pixels, byte for byte the same whoever writes it."""
    return bmp(2, 1)[:54] + bytes([number % 10, ord(label), 7, 1, 2, 3, 0, 0])


def test_folders_beside_those_of_the_split_are_named_and_counted(good_folder, tmp_path):
    split = {f"{side}/{name}": content for side in ("train", "test") for name, content in GOOD.items()}
    more = {f"wild/{name}": content for name, content in GOOD.items()} | {
        "val/cat/1.png": good("val", 1),
        "notes/a.svg": b"x",
    }
    found = opened(put(tmp_path / "split", split | more), tmp_path)
    assert found.facts["folders left out"] == f"val (1 picture), wild ({len(GOOD)} pictures)"
    assert (
        f"Left out, because they lie beside the folders of the split: val (1 picture), wild ({len(GOOD)} pictures)."
        in found.notice
    )
    assert found.skipped == ()
    assert len(found.train.labels) == len(found.test.labels) == len(GOOD)
