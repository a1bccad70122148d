"""Hostile files and folders: each is skipped with its reason or refused in a sentence, and the good pictures beside it stay.

Every case has the reason why it is there. Nothing may be written but the cache, whatever is opened.
"""

import os
import re
import socket
import struct
import zlib
from pathlib import Path

import pytest
from hostile import (
    EACH,
    GOOD,
    IDS,
    bmp,
    chunk,
    encoded,
    gif,
    good,
    ids,
    many_scans,
    noise,
    opened,
    png,
    put,
    reasons,
    trap,
    zipped,
)
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.assembly import MADE
from explorer.datasets.picture import MOST_BYTES, MOST_PIXELS

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
PAGE = b"<!DOCTYPE html><html><script>fetch('/')</script></html>"


# Files under a picture's name that are skipped: the reason why each is here, its content, what is said of it

BOMB = MOST_PIXELS // 1000 + 1
FILES = {
    "empty": ("an interrupted download", lambda: b"", "it is empty"),
    "text": ("anything may be called .jpg", lambda: b"no picture at all", "no known format"),
    "web page": ("a server's error page, saved", lambda: PAGE, "a web page"),
    "web page after blanks": ("a check of the first byte misses it", lambda: b"\xef\xbb\xbf \r\n" + PAGE, "a web page"),
    "drawing": ("an SVG runs scripts in a browser", lambda: SVG, "an SVG drawing"),
    "drawing in XML": ("most SVGs begin so", lambda: b"<?xml version='1.0'?>" + SVG, "an SVG drawing"),
    "entities": ("a billion laughs", lambda: b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'ha'>]>", "it is XML"),
    "PDF": ("scans come as PDF", lambda: b"%PDF-1.7\n", "it is a PDF"),
    "PostScript": ("Pillow would hand it to Ghostscript", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", "which is a program"),
    "archive": ("a ZIP under another name", lambda: zipped({"a.png": good("a", 1)}), "a ZIP archive, not a picture"),
    "LFS pointer": ("a clone without git lfs pull", lambda: b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    "pickle": ("loading it would make a folder", lambda: trap("made-by-a-pickle"), "no known format"),
    "truncated JPEG": ("the commonest damage", lambda: noise()[:-100], "cut short"),
    "truncated PNG": ("its head is whole", lambda: noise("PNG")[:300], "cut short|damaged"),
    "truncated GIF": ("its head is whole", lambda: noise("GIF")[:900], "cut short"),
    "truncated WebP": ("its head is whole", lambda: noise("WEBP")[:80], "damaged"),
    "truncated TIFF": ("its directory lies at the end", lambda: noise("TIFF")[:200], "cut short|no known format"),
    "truncated BMP": ("its head is whole", lambda: noise("BMP")[:200], "cut short"),
    "overwritten PNG": (
        "its checksum is wrong",
        lambda: noise("PNG")[:60] + b"\xff" * 9 + noise("PNG")[69:],
        "damaged",
    ),
    "JPEG with ZIP": ("a polyglot", lambda: noise() + zipped({"a.html": PAGE}), "a picture and a ZIP archive at once"),
    "GIF with script": ("a polyglot for a browser", lambda: noise("GIF") + PAGE, "a picture and a web page or program"),
    "PNG with PHP": (
        "a polyglot for a server",
        lambda: png(1, 1, chunk(b"tEXt", b"a\0<?php system('id'); ?>"), data=b"\0\0\0\0"),
        "a picture and a web page or program",
    ),
    "JPEG with PDF": ("a polyglot", lambda: noise(comment=b"%PDF-1.7 1 0 obj"), "a picture and a PDF at once"),
    "PNG bomb": ("a kilobyte claims a gigabyte", lambda: png(1000, BOMB), f"at most {MOST_PIXELS:,} can be read"),
    "wide PNG bomb": ("a row of two billion pixels", lambda: png(2**31 - 1, 1), "too many pixels|at most"),
    "real PNG bomb": (
        "all its pixels are there, packed a thousandfold",
        lambda: png(9000, 9000, data=bytes(9000 * 27_001)),
        "9,000 × 9,000 pixels; at most",
    ),
    "line": (
        "enlarged to 224 px it would take 10 GB",
        lambda: encoded(Image.new("L", (50_000, 1))),
        "50,000 × 1 pixels; no side may be 200 times the other",
    ),
    "BMP bomb": ("its head alone", lambda: bmp(60_000, 60_000), "pixels|too many"),
    "GIF bomb": ("its head alone", lambda: gif(65_535, 65_535), "too many pixels"),
    "negative BMP": ("a size below 0", lambda: bmp(-5, -5), "too many pixels"),
    "PNG without width": ("a size of 0", lambda: png(0, 5), "."),
    "PNG with text bomb": (
        "text that unpacks to 80 MB",
        lambda: png(1, 1, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80 * 2**20), 1)), data=b"\0\0\0\0"),
        "its content is damaged",
    ),
    "JPEG of scans": ("each is decoded over all pixels", many_scans, "more than 100 scans"),
    "icon": (
        "formats that nobody asked for stay closed",
        lambda: encoded(Image.new("RGB", (16, 16)), "ICO"),
        "no known",
    ),
    "huge chunk": ("its length is a lie", lambda: png(4, 4)[:33] + struct.pack(">I", 2**31 - 1) + b"IDATx", "."),
}


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
    "telephone": ("HEIC, which Pillow cannot read", lambda f: put(f, {"cat/a.HEIC": b"?"}), r"\.heic is not read"),
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
