"""Small valid files that hold many pictures each, as the libraries of the field write them."""

import gzip
import io
import json
import pickle
import struct
import tarfile

import numpy as np
import pyarrow
import pyarrow.parquet
from PIL import Image

NAMES = ("cat", "dog", "fox")


def pixels(number, size=16):
    """A picture that differs for every number."""
    return np.random.default_rng(number).integers(0, 256, (size, size, 3)).astype(np.uint8)


def encoded(number, form="PNG", size=16):
    """The bytes of such a picture in a file."""
    stream = io.BytesIO()
    Image.fromarray(pixels(number, size)).save(stream, form)
    return stream.getvalue()


def arrays(start, each=4, labels=NAMES):
    """Pixels ``(n, 16, 16, 3)`` and labels ``(n,)``, so many of each class."""
    rows = np.repeat(np.arange(len(labels)), each)
    return np.stack([pixels(start + row) for row in range(len(rows))]), rows


def parquet(path, start, each=4, label=None, column="label", names=NAMES, kind=None, shown=True, images=None):
    """Write a shard as ``datasets`` does: a structure of bytes and path, names in the note of the schema."""
    count = 3 * each
    rows = (
        [{"bytes": encoded(start + row), "path": f"{row}.png" if shown else None} for row in range(count)]
        if images is None
        else images
    )
    labels = [row // each for row in range(count)] if label is None else [label] * count
    features = {"image": {"_type": "Image"}, column: {"names": list(names or ()), "_type": "ClassLabel"}}
    note = {"huggingface": json.dumps({"info": {"features": features}})} if names else None
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    schema = pyarrow.schema([("image", image), (column, kind or pyarrow.int64())], metadata=note)
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table({"image": rows, column: labels}, schema=schema), path, row_group_size=5)


def saved(folder, start, each=4):
    """Write a side as ``Dataset.save_to_disk`` does: an Arrow stream and its notes."""
    folder.mkdir(parents=True)
    features = {"image": {"_type": "Image"}, "label": {"names": list(NAMES), "_type": "ClassLabel"}}
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    rows = [{"bytes": encoded(start + row), "path": None} for row in range(3 * each)]
    table = pyarrow.table(
        {"image": rows, "label": [row // each for row in range(3 * each)]},
        schema=pyarrow.schema([("image", image), ("label", pyarrow.int64())]),
    )
    with (
        pyarrow.OSFile(str(folder / "data-00000-of-00001.arrow"), "wb") as sink,
        pyarrow.ipc.new_stream(sink, table.schema) as writer,
    ):
        writer.write_table(table, max_chunksize=7)
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))


def shard(path, start, each=4, label="cls", value=lambda row: str(row), folder="", form="png", more=()):
    """Write a tar in which each picture stands beside its label under one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for row in range(3 * each):
            members = [(f"{folder}{start + row:06d}.{form}", encoded(start + row))]
            members += [(f"{folder}{start + row:06d}.{label}", value(row % 3).encode())] if label else []
            for name, content in (*members, *more):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))


def cifar(folder, python2=False):
    """Write batches as CIFAR-10's Python version has them."""
    folder.mkdir(parents=True)
    for number, (name, start) in enumerate((("data_batch_1", 0), ("data_batch_2", 100), ("test_batch", 200))):
        images, labels = arrays(start)
        batch = {
            b"data": images.transpose(0, 3, 1, 2).reshape(len(images), -1),
            b"labels": labels.tolist(),
            b"batch_label": b"batch %d" % number,
        }
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    (folder / "batches.meta").write_bytes(pickle.dumps({b"label_names": [name.encode() for name in NAMES]}, protocol=2))


def idx(path, array):
    """Write an array as MNIST's files have it, compressed where the name ends so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = (
        bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(np.uint8).tobytes()
    )
    path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)
