"""Valid data in unusual forms: numbers that mark no class, ids that a table has changed, topics, names on two sides, other programs' stores."""

import base64
import io
import json
import tarfile

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.doubts.far_numbers import far_numbers
from explorer.datasets.summary import summarise
from tests.support.container_files import encoded
from tests.support.hostile_data import put
from tests.support.layouts import KINDS, picture, pictures, table

LABELS = [KINDS[number % 3] for number in range(15)]


def held(found):
    """The class of each picture by its name."""
    sides = (found.train, found.test)
    return {
        side.pictures.name_of(row): found.class_names[side.labels[row]]
        for side in sides
        for row in range(len(side.labels))
    }


@pytest.mark.parametrize(
    ("names", "doubted"),
    [
        (["0", "1", "2", "255"], "'255'"),
        (["1", "2", "3", "99"], "'99'"),
        (["-100", "0", "1"], "'-100'"),
        (["0", "1", "65535", "-9"], "'-9', '65535'"),
        ([str(number) for number in range(256)], ""),
        ([str(number) for number in range(100)], ""),
        (["0", "10", "255"], ""),
        (["0", "255"], ""),
        (["cat", "0", "1", "255"], ""),
        (["0", "1", "7"], ""),
    ],
)
def test_numbers_far_from_the_others_are_doubted(names, doubted):
    found = far_numbers(names)
    assert [f"{doubted} {'are' if ',' in doubted else 'is'} far from the others" in one for one in found] == (
        [True] if doubted else []
    )


def test_a_list_whose_pictures_are_partly_ignored_is_doubted(tmp_path):
    rows = [(f"{number}.png", 255 if number < 3 else number % 3) for number in range(15)]
    files = {f"img/{name}": picture(name) for name, _ in rows} | {"labels.csv": table(("image", "label"), rows)}
    (doubt,) = open_dataset(str(put(tmp_path, files))).warnings
    assert doubt.startswith("The class '255' is far from the others (0 to 2), as programs mark pictures that are to be")


# How a file is called, and how a table writes that.
IDS = {"a number with a point": ("{}", "{}.0"), "zeros that were lost": ("{:05d}", "{}"), "both": ("{:05d}", "{}.0")}


@pytest.mark.parametrize("kind", IDS)
def test_an_id_that_became_a_number_finds_its_picture(kind, tmp_path):
    named, written = IDS[kind]
    files = {f"train/{named.format(number)}.png": picture(number) for number in range(15)}
    rows = [(written.format(number), label) for number, label in enumerate(LABELS)]
    found = open_dataset(str(put(tmp_path, files | {"train.csv": table(("id", "label"), rows)})))
    assert held(found) == dict(zip(files, LABELS, strict=True))


def test_an_id_that_several_pictures_may_have_is_left_out(tmp_path):
    names = ["01", "001", *(f"{number:02d}" for number in range(2, 14))]
    files = {f"train/{name}.png": picture(name) for name in names}
    rows = [(number, LABELS[number]) for number in range(1, 14)]
    found = open_dataset(str(put(tmp_path, files | {"train.csv": table(("id", "label"), rows)})))
    assert held(found) == {f"train/{number:02d}.png": LABELS[number] for number in range(2, 14)}
    assert [one.file for one in found.skipped] == ["1"]


TOPICS = {"/m/01yrx": "cat", "/m/0bt9lr": "dog", "/m/0306r": "fox"}


@pytest.mark.parametrize("described", [True, False])
def test_open_images_topics_are_classes_by_their_names_where_a_table_has_them(described, tmp_path):
    files = {f"train/{number:016x}.png": picture(number) for number in range(15)}
    rows = [(f"{number:016x}", "verification", list(TOPICS)[number % 3], 1) for number in range(15)]
    files["train-labels.csv"] = table(("ImageID", "Source", "LabelName", "Confidence"), rows)
    files |= {"class-descriptions.csv": table((), [*TOPICS.items(), ("/m/0k0pj", "nose")])} if described else {}
    found = held(open_dataset(str(put(tmp_path, files))))
    names = TOPICS if described else {topic: topic[1:].replace("/", "-") for topic in TOPICS}
    assert sorted(found.values()) == sorted(5 * list(names.values()))
    assert found["train/0000000000000001.png"] == names["/m/0bt9lr"]


def coco(rows, start):
    """COCO's form with a class for each picture, whose categories have numbers from ``start`` on."""
    return json.dumps(
        {
            "images": [{"id": row, "file_name": name} for row, (name, _) in enumerate(rows)],
            "annotations": [
                {"id": row, "image_id": row, "category_id": start + KINDS.index(kind)} for row, (_, kind) in enumerate(rows)
            ],
            "categories": [{"id": start + row, "name": name} for row, name in enumerate(KINDS)],
        }
    ).encode()  # fmt: skip


def test_pictures_of_one_name_on_two_sides_are_each_those_of_their_file(tmp_path):
    rows = [(f"{number}.png", label) for number, label in enumerate(LABELS)]
    turned = [(name, KINDS[KINDS.index(label) - 1]) for name, label in rows[:6]]
    files = {f"{side}/{name}": picture((side, name)) for side in ("train", "val") for name, _ in rows}
    files |= {"annotations/train.json": coco(rows, 1), "annotations/val.json": coco(turned, 30)}
    found = open_dataset(str(put(tmp_path, files)))
    assert held(found) == {f"train/{name}": label for name, label in rows} | {
        f"val/{name}": label for name, label in turned
    }
    assert len(found.test.labels) == 6


@pytest.mark.parametrize("name", ["test.csv", "test/labels.csv"])
def test_a_list_for_testing_alone_is_read_and_doubted(name, tmp_path):
    files = {f"{side}/{number}.png": picture((side, number)) for side in ("train", "test") for number in range(15)}
    files[name] = table(("file", "label"), [(f"{number}.png", label) for number, label in enumerate(LABELS)])
    found = open_dataset(str(put(tmp_path, files)))
    assert held(found) == {f"test/{number}.png": label for number, label in enumerate(LABELS)}
    assert found.warnings[0].startswith(f"{name} labels pictures for testing and no list those for training")
    assert [(one.file, one.pictures) for one in found.left_out] == [("train", 15)]


@pytest.mark.parametrize("form", ["train.txt", "train.csv", "train_list.txt"])
def test_lists_of_bare_names_for_each_side_beside_class_folders_are_doubted(form, tmp_path):
    files = pictures("{kind}/{kind}_{n:02d}.png", 10)
    names = [name.rpartition("/")[2] for name in files]
    for side, some in (("train", names[::2]), ("test", names[1::2])):
        head = "file\n" if form.endswith(".csv") else ""
        files[form.replace("train", side)] = (head + "\n".join(some) + "\n").encode()
    folder = str(put(tmp_path, files))
    (doubt,) = open_dataset(folder).warnings
    assert f"{form.replace('train', 'test')} says the sides of these pictures and not their labels" in doubt
    assert open_dataset(f"{folder}?classes=folders").warnings == ()


def test_a_list_of_pictures_elsewhere_beside_class_folders_does_not_matter(tmp_path):
    files = pictures("{kind}/{kind}_{n:02d}.png", 10) | {"train.txt": b"a.png\nb.png\n", "test.txt": b"c.png\n"}
    assert open_dataset(str(put(tmp_path, files))).warnings == ()


def test_a_cell_that_holds_a_picture_is_shortened_in_the_sentence(tmp_path):
    content = base64.b64encode(encoded(0, size=32)).decode()
    rows = [(content[number:], label) for number, label in enumerate(LABELS)]
    with pytest.raises(ExplorerError) as refused:
        open_dataset(str(put(tmp_path, {"a.csv": table(("image", "label"), rows)}) / "a.csv"))
    assert f"{content[:300]}… ({len(content):,} letters): there is no such file." in str(refused.value)


def test_whole_numbers_that_a_table_writes_with_a_point_are_classes(tmp_path):
    labels = [None, *(float(number % 3) for number in range(1, 15))]
    table = pyarrow.table({"image": [encoded(number) for number in range(15)], "label": labels})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    found = summarise(open_dataset(str(tmp_path / "a.parquet")))
    assert list(found["classes"]) == ["0", "1", "2"]
    assert (found["warnings"], [one["pictures"] for one in found["left_out"]]) == ([], [1])


# A record as TensorFlow writes it: length, checksum, message, checksum.
RECORD = (20).to_bytes(8, "little") + b"????" + b"\x0a" + bytes(23)
# Files of other programs' stores, as these write them, and what the sentence says.
STORES = {
    "Lance": (
        {"data/0f.lance": b"?", "_versions/1.manifest": b"?", "_transactions/0-a.txn": b"?"},
        r"a Lance table \(data/0f\.lance\), which is not read; write it as Parquet by pyarrow\.parquet\.write_table\(lance\.dataset"),
    "Zarr 3": ({"zarr.json": b"{}", "images/zarr.json": b"{}", "images/c/0/0/0/0": b"?"}, r"a Zarr store \(zarr\.json\), .* numpy\.savez"),
    "Zarr 2": ({".zgroup": b"{}", "images/.zarray": b"{}", "images/0.0.0.0": b"?"}, r"a Zarr store \(\.zgroup\), .* numpy\.savez"),
    "TensorFlow Datasets": (
        {"1.0.0/features.json": b"{}", "1.0.0/dataset_info.json": b"{}", "1.0.0/a-train.array_record-00000-of-00001": b"?"},
        r"TensorFlow Datasets \(1\.0\.0/features\.json\), .* tfds\.builder_from_directory"),
    "MosaicML": ({"index.json": b"{}", "shard.00000.mds": b"?"}, r"MosaicML's streaming \(shard\.00000\.mds\), .* streaming\.StreamingDataset"),
    "LitData": ({"index.json": b"{}", "chunk-0-0.bin": b"?"}, r"LitData \(chunk-0-0\.bin\), .* litdata\.StreamingDataset"),
    "HDF5": ({"cat/0.h5": b"\x89HDF\r\n\x1a\n"}, r"HDF5 \(cat/0\.h5\), which is not read; read it with h5py and save its arrays"),
    "NIfTI": ({"cat/0.nii.gz": b"?", "dog/0.nii.gz": b"?"}, r"NIfTI \(cat/0\.nii\.gz\), .*save the slices"),
    "DICOM": ({"cat/IM0001": bytes(128) + b"DICM"}, r"DICOM \(cat/IM0001\), which is not read; save its pictures as PNG"),
    "torch": ({"training.pt": b"PK\3\4"}, r"torch\.save \(training\.pt\), .*open it with torch\.load and save it by numpy\.savez"),
    "TFRecord": ({"flowers00-230.tfrec": b"?"}, r"TFRecord files \(flowers00-230\.tfrec\), which are not read; .* tf\.data\.TFRecordDataset"),
    "TFRecord without an ending": ({"train-00000-of-00001": RECORD}, r"TFRecord files \(train-00000-of-00001\)"),
    "FFCV": ({"train.beton": b"\2\0", "val.beton": b"\2\0"}, r"a file of FFCV \(train\.beton\), .* ffcv\.loader\.Loader"),
    "Deep Lake": ({"_deeplake_log/_meta/0.jsonl": b"{}", "1icf/0w/3h": b"?"}, r"a data set of Deep Lake \(_deeplake_log/.*\), .* deeplake\.open"),
    "Deep Lake 3": (
        {"dataset_meta.json": b"{}", "images/tensor_meta.json": b"{}", "images/chunks/0": b"?"},
        r"Deep Lake \(images/tensor_meta\.json\)"),
    "an unpacked shard": (
        {"000.png": encoded(0), "000.cls": b"0", "001.png": encoded(1), "001.cls": b"1"},
        r"a label beside each \(000\.cls\), .* pack them, tar --sort=name -cf data\.tar -C FOLDER \., and give that file\.$"),
    "an unpacked shard of arrays": (
        {"000.npy": b"?", "000.cls": b"0"}, r"no picture files \(000\.npy beside 000\.cls\); write each picture as PNG or JPEG beside its \.cls\.$"),
    "labels that Python reads": (
        {"000.png": encoded(0), "000.pyd": b"?", "001.png": encoded(1), "001.pyd": b"?"},
        r"labels of its pictures seem to stand in 000\.pyd and the like, which are not read; write each as text"),
    "an array a picture": ({"cat/0.npy": b"?", "dog/0.npy": b"?"}, r"cat/0\.npy below its first level, .* numpy\.savez"),
}  # fmt: skip


@pytest.mark.parametrize("name", STORES)
def test_stores_of_other_programs_are_named_with_the_line_that_leads_on(name, tmp_path):
    files, sentence = STORES[name]
    with pytest.raises(ExplorerError, match=sentence):
        open_dataset(str(put(tmp_path, files)))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.h5", r"is no data set that is read: read it with h5py and save its arrays by numpy\.savez\(.*\]\)\.$"),
        ("a.pt", r"is no data set that is read: open it with torch\.load and save it by numpy\.savez"),
        ("a.nii.gz", r"is no data set that is read: save the pictures that you look at as PNG"),
        ("a.npy.gz", r"is no data set that is read: unpack it"),
        ("a.tfrec", r"is no data set that is read: .* tf\.data\.TFRecordDataset\(PATHS\)\.$"),
        ("a.record", r"is no data set that is read: .* tf\.data\.TFRecordDataset\(PATHS\)\.$"),
        ("train-00000-of-00001", r"is no data set that is read: .* tf\.data\.TFRecordDataset\(PATHS\)\.$"),
        ("a.beton", r"is no data set that is read: .* ffcv\.loader\.Loader"),
    ],
)
def test_a_file_of_another_program_is_refused_with_the_way_in(name, sentence, tmp_path):
    (tmp_path / name).write_bytes(RECORD)
    with pytest.raises(ExplorerError, match=sentence):
        open_dataset(str(tmp_path / name))


@pytest.mark.parametrize(("ending", "said"), [("npy", "no picture files"), ("png", r"stand in 000\.pyd")])
def test_a_tar_whose_members_are_no_shard_here_says_what_to_write(ending, said, tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for number in range(6):
            label = "cls" if ending == "npy" else "pyd"
            for name, content in ((f"{number:03}.{ending}", encoded(number)), (f"{number:03}.{label}", b"0")):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    with pytest.raises(ExplorerError, match=said) as refused:
        open_dataset(str(tmp_path / "a.tar"))
    assert "unpack it" not in str(refused.value)


def test_a_shard_that_was_unpacked_is_read_where_it_is_packed_again(tmp_path):
    files = {
        f"{row:03}.{end}": body
        for row in range(12)
        for end, body in (("png", encoded(row)), ("cls", b"%d" % (row % 2)))
    }
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(put(tmp_path / "files", files), ".")
    assert np.bincount(open_dataset(str(tmp_path / "a.tar")).train.labels).tolist() == [5, 5]


def test_a_store_beside_class_folders_does_not_matter(tmp_path):
    files = pictures("{kind}/{n}.png") | {"model.pt": b"?", "features.h5": b"?"}
    found = open_dataset(str(put(tmp_path, files)))
    assert (found.class_names, found.warnings) == (KINDS, ())
    assert np.bincount(found.train.labels).tolist() == [4, 4, 4]


@pytest.mark.parametrize("name", ["a.tar", "a.parquet"])
def test_a_refusal_names_the_file_that_was_given(name, tmp_path):
    same = encoded(0)
    table = pyarrow.table({"image": [same] * 6, "label": [number % 2 for number in range(6)]})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for number in range(6):
            for ending, content in (("png", same), ("cls", b"%d" % (number % 2))):
                info = tarfile.TarInfo(f"{number}.{ending}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    with pytest.raises(ExplorerError, match=rf"^{tmp_path / name} has too few different pictures of: "):
        open_dataset(str(tmp_path / name))
