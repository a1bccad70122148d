"""Hostile archives and lists: what leads out, lies about itself or is no picture is skipped or refused, the rest is used."""

import re
import shutil
import struct
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from tests.support.hostile_data import (
    EACH,
    GOOD,
    IDS,
    claims,
    good,
    ids,
    member,
    noise,
    opened,
    put,
    raw_zip,
    reasons,
    tarred,
    trap,
    zipped,
)


def moded(mode):
    """Return a change that gives a member this file mode."""
    return lambda info: setattr(info, "external_attr", mode << 16) if info.filename == "evil.png" else None


def sparse():
    """Return the head of a file of ten gigabytes of which nothing is there."""
    info = member("cat/evil.png", tarfile.GNUTYPE_SPARSE)
    content = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    content[483:495] = b"100000000000"
    content[386:410] = b"00000000000\0" + b"00000000000\0"
    content[148:156] = b"%06o\0 " % (sum(content) - sum(content[148:156]) + 8 * 32)
    return bytes(content)


# What one member does, the archive that holds it, and what is said of it (nothing: it is passed over)
EVIL = good("evil", 1)
PACKED = {
    "zip slip": ("it would write over a file above", "a.zip", lambda: raw_zip({**GOOD, "../../evil.png": EVIL}), "outside"),
    "zip slip inside": ("it hides behind a folder", "a.zip", lambda: raw_zip({**GOOD, "cat/../../../e.png": EVIL}), "outside"),
    "absolute": ("it names its place", "a.zip", lambda: raw_zip({**GOOD, "/tmp/evil.png": EVIL}), "outside"),
    "drive": ("it names a place on Windows", "a.zip", lambda: raw_zip({**GOOD, "C:\\evil.png": EVIL}), "outside"),
    "backslashes": ("Windows' separators lead up", "a.zip", lambda: raw_zip({**GOOD, "..\\..\\evil.png": EVIL}), "outside"),
    "link": ("a later member would be written through it", "a.zip", lambda: zipped({**GOOD, "evil.png": b"/etc"}, mode=moded(0o120777)), "a link or a device"),
    "device": ("reading it would never end", "a.zip", lambda: zipped({**GOOD, "evil.png": b""}, mode=moded(0o020666)), "a link or a device"),
    "file for folder": ("the next member wants a folder there", "a.zip", lambda: zipped({"cat/0.png/evil.png": EVIL, **GOOD}), "its place is taken"),
    "folder for file": ("the name is taken", "a.zip", lambda: zipped({**GOOD, "cat/0.png/evil.png": EVIL}), "its place is taken"),
    "twice": ("which of them is meant?", "a.zip", lambda: zipped({**GOOD, "./cat/0.png": EVIL}), "twice"),
    "bad checksum": ("a byte has fallen over", "a.zip", lambda: zipped(GOOD | {"z/a.png": noise("PNG")}).replace(noise("PNG")[50:60], bytes(10)), "Bad CRC"),
    "encrypted": ("nobody is asked for a password", "a.zip", lambda: flagged(zipped({**GOOD, "evil.png": EVIL})), "encrypted"),
    "method": ("packed in a way that nobody knows", "a.zip", lambda: packed_as(zipped({**GOOD, "evil.png": EVIL}), 77), "cannot be unpacked"),
    "bomb member": ("ten gigabytes of zeros under a picture's name", "a.zip", lambda: lying(zipped({**GOOD, "evil.png": EVIL}), 4 * 10**9), "at most 256 MB"),
    "drawing": ("SVG runs scripts", "a.zip", lambda: zipped({**GOOD, "cat/evil.svg": b"<svg/>"}), r"\.svg is not read"),
    "pickle": ("it would make a folder where it is loaded", "a.zip", lambda: zipped({**GOOD, "cat/evil.pkl": trap("x")}), None),
    "program": ("it is never written", "a.zip", lambda: zipped({**GOOD, "cat/evil.sh": b"#!/bin/sh"}), None),
    "nested archive": ("a bomb in a bomb", "a.zip", lambda: zipped({**GOOD, "cat/evil.zip": zipped(GOOD)}), None),
    "side files of macOS": ("every other zip has them", "a.zip", lambda: zipped({**GOOD, "__MACOSX/cat/._0.png": b"?"}), None),
    "page": ("HTML named .jpg", "a.zip", lambda: zipped({**GOOD, "cat/evil.jpg": b"<html>"}), "a web page"),
    "tar slip": ("it would write over a file above", "a.tar", lambda: tarred({**GOOD, "../../evil.png": EVIL}, packed=False), "outside"),
    "absolute in tar": ("it names its place", "a.tar.gz", lambda: tarred({**GOOD, "/tmp/evil.png": EVIL}), "outside"),
    "symbolic link in tar": ("to a secret", "a.tgz", lambda: tarred(GOOD, member("cat/evil.png", tarfile.SYMTYPE, "/etc/passwd")), "a link"),
    "hard link in tar": ("to a secret", "a.tar.gz", lambda: tarred(GOOD, member("cat/evil.png", tarfile.LNKTYPE, "/etc/passwd")), "a link"),
    "device in tar": ("it would be made", "a.tar.gz", lambda: tarred(GOOD, member("cat/evil.png", tarfile.CHRTYPE)), "a device"),
    "pipe in tar": ("reading it would wait for ever", "a.tar", lambda: tarred(GOOD, member("cat/evil.png", tarfile.FIFOTYPE), packed=False), "a device"),
    "sparse in tar": ("ten gigabytes of nothing", "a.tar", lambda: sparse() + tarred(GOOD, packed=False), "sparse|at most"),
    "tar in zip's clothes": ("its name lies, gzip or not", "a.tar", lambda: tarred(GOOD), None),
}  # fmt: skip


def flagged(content):
    """Return a ZIP whose last member says that it is encrypted."""
    local, central = content.rindex(b"PK\3\4") + 6, content.rindex(b"PK\1\2") + 8
    found = bytearray(content)
    found[local] |= 1
    found[central] |= 1
    return bytes(found)


def packed_as(content, method):
    """Return a ZIP whose last member is packed by an unknown method."""
    found = bytearray(content)
    for place in (content.rindex(b"PK\3\4") + 8, content.rindex(b"PK\1\2") + 10):
        found[place : place + 2] = struct.pack("<H", method)
    return bytes(found)


def lying(content, size):
    """Return a ZIP whose last member says that it has this size."""
    last = content.rindex(b"PK\3\4")
    directory = content.rindex(b"PK\1\2")
    found = bytearray(content)
    found[last + 22 : last + 26] = found[directory + 24 : directory + 28] = struct.pack("<I", size)
    return bytes(found)


@pytest.mark.parametrize("name", PACKED, ids=lambda name: f"{name}: {PACKED[name][0]}")
def test_a_hostile_member_is_skipped_and_the_others_are_used(tmp_path, good_folder, name):
    _, file, content, reason = PACKED[name]
    path = put(tmp_path, {file: content()}) / file
    found = opened(path, tmp_path)
    assert (found.name, found.title, found.class_names[:2]) == (str(path), "a", ("cat", "doggy"))
    assert re.search(reason or "^$", reasons(found))
    assert IDS - ids(found) == set() if name != "file for folder" else len(ids(found)) == 2 * EACH
    written = [path for path in (tmp_path / "home/data/archives").rglob("*") if path.is_file()]
    assert {path.suffix for path in written} <= {".png", ".jpg", ".json", ".lock", ""}


REFUSED = {
    "no zip": ("another file under its name", "a.zip", lambda: b"no archive", "cut short or damaged, or no archive"),
    "empty zip": ("0 bytes", "a.zip", lambda: b"", "cut short or damaged"),
    "zip cut short": ("its directory is gone", "a.zip", lambda: zipped(GOOD)[:-30], "cut short or damaged"),
    "tar cut short": ("an interrupted download", "a.tar.gz", lambda: tarred(GOOD)[:-40], "cut short or damaged"),
    "no tar": ("another file under its name", "a.tar", lambda: b"x" * 2000, "cut short or damaged"),
    "zip in tar's clothes": ("its name lies", "a.tar.gz", lambda: zipped(GOOD), "cut short or damaged"),
    "zip bomb": ("members that together claim 10 GB", "a.zip", lambda: claims(zipped({f"a/{n}.png": EVIL for n in range(60)}), 200 * 2**20), "more than 100 times as much"),
    "tar bomb": ("zeros packed a thousandfold, under any name", "a.tar.gz", lambda: tarred({"a.bin": bytes(120 * 2**20)}), "more than 100 times as much"),
    "endless name": ("a name of a hundred megabytes would be read into memory", "a.tar", lambda: named(), "impossible size"),
    "nothing in it": ("no member at all", "a.zip", lambda: zipped({}), "holds 0 folders with pictures"),
    "no pictures in it": ("a program's archive", "a.zip", lambda: zipped({"setup.py": b""}), "holds 0 folders with pictures"),
    "only evil": ("every member is refused", "a.zip", lambda: raw_zip({"../a.png": EVIL, "../b.png": EVIL}), "2 files cannot be used; the first is ../a.png: its path leads outside"),
}  # fmt: skip


def named():
    """Return a tar whose first header says that the next name has a hundred megabytes."""
    info = member("x", tarfile.GNUTYPE_LONGNAME)
    info.size = 100 * 2**20
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(10**5)


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: f"{name}: {REFUSED[name][0]}")
def test_a_hostile_archive_is_refused_in_a_sentence_and_leaves_nothing(tmp_path, good_folder, name):
    _, file, content, sentence = REFUSED[name]
    path = put(tmp_path, {file: content()}) / file
    with pytest.raises(ExplorerError, match=sentence) as refused:
        opened(path, tmp_path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    left = [path for path in (tmp_path / "home/data/archives").glob("*/files/**/*") if path.is_file()]
    assert left == []


def test_more_members_than_any_data_set_has_end_in_a_sentence(tmp_path, good_folder, monkeypatch):
    for module in ("members", "extraction"):
        monkeypatch.setattr(f"explorer.datasets.archives.{module}.MOST_FILES", 5)
    for file, content in (("a.zip", zipped(GOOD)), ("a.tar", tarred(GOOD, packed=False))):
        with pytest.raises(ExplorerError, match="holds 5 files or more; give an archive of fewer"):
            open_dataset(str(put(tmp_path, {file: content}) / file))


def test_a_full_disk_is_said_before_anything_is_unpacked(tmp_path, good_folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    with pytest.raises(
        ExplorerError, match=r"^Unpacking needs .* has 1 kB left; free some space, or set EXPLORER_HOME"
    ):
        open_dataset(str(put(tmp_path, {"a.zip": zipped(GOOD)}) / "a.zip"))


@pytest.mark.parametrize("around", ["", "one/", "one/two/", "train/"])
def test_an_archive_is_its_folder_whatever_lies_around_it(good_folder, tmp_path, around):
    path = put(tmp_path, {"a.zip": zipped({around + name: content for name, content in GOOD.items()})}) / "a.zip"
    assert opened(path, tmp_path).digest == open_dataset(str(good_folder)).digest


def test_an_archive_is_unpacked_once_and_again_where_a_file_is_gone(good_folder, tmp_path):
    path = put(tmp_path, {"a.zip": zipped(GOOD)}) / "a.zip"
    first = opened(path, tmp_path)
    file = first.train.pictures.paths[0]
    before = file.stat().st_mtime_ns
    assert (opened(path, tmp_path).digest, file.stat().st_mtime_ns) == (first.digest, before)
    file.unlink()
    assert opened(path, tmp_path).digest == first.digest
    assert file.is_file()


def test_names_of_three_hundred_letters_are_shortened(tmp_path, good_folder):
    long = "ä" * 300
    path = (
        put(tmp_path, {"a.zip": zipped({**GOOD, f"cat/{long}.png": EVIL, f"cat/{long}b.png": good("b", 1)})}) / "a.zip"
    )
    found = opened(path, tmp_path)
    assert (len(ids(found)), found.skipped) == (2 * EACH + 2, ())


def test_an_archive_of_a_file_of_many_pictures_says_so(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("data/train.parquet", b"PAR1")
    with pytest.raises(ExplorerError, match=r"It holds data/train\.parquet; unpack it and give the folder\.$"):
        open_dataset(str(tmp_path / "a.zip"))
