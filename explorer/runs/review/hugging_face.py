"""A review as a Parquet table that Hugging Face's ``datasets`` (2 to 4) opens: pictures, labels with their names, decisions."""

import io
import json
from typing import Any

from explorer.datasets.pictures import EncodedPictures, FilePictures, Pictures
from explorer.runs.review.reviewed import Reviewed, reviewed
from explorer.runs.run import Run

# Pictures a group of rows, which is read as a whole.
GROUP = 200


def parquet_table(run: Run) -> bytes:
    """Return the table; excluded images have the label −1, which means that there is none."""
    import pyarrow
    import pyarrow.parquet

    names = list(run.class_names)
    classes = {"names": names, "_type": "ClassLabel"}
    features = {"image": {"_type": "Image"}, "label": classes, "given_label": classes}
    features |= {name: {"dtype": "string", "_type": "Value"} for name in ("decision", "reason", "file")}
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    kinds = [("image", image), ("label", pyarrow.int64()), ("given_label", pyarrow.int64())]
    kinds += [(name, pyarrow.string()) for name in ("decision", "reason", "file")]
    schema = pyarrow.schema(kinds, metadata={"huggingface": json.dumps({"info": {"features": features}})})
    stream, pictures = io.BytesIO(), run.dataset.train.pictures
    every = list(reviewed(run))
    with pyarrow.parquet.ParquetWriter(stream, schema) as writer:
        for start in range(0, len(every), GROUP):
            rows = [_row(run, pictures, each, names) for each in every[start : start + GROUP]]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
    return stream.getvalue()


def _row(run: Run, pictures: Pictures, each: Reviewed, names: list[str]) -> dict[str, Any]:
    content = encoded(pictures, run.picture_row("train", each.index))
    return {
        "image": {"bytes": content, "path": each.file},
        "label": names.index(each.label) if each.label else -1,
        "given_label": names.index(each.given),
        "decision": each.decision,
        "reason": each.reason,
        "file": each.file,
    }


def encoded(pictures: Pictures, row: int) -> bytes:
    """Return the bytes of a picture as they lie in its file, or as PNG where it lies in none."""
    if isinstance(pictures, FilePictures):
        return pictures.paths[row].read_bytes()
    if isinstance(pictures, EncodedPictures):
        return pictures.content(row)
    stream = io.BytesIO()
    pictures[row].save(stream, "PNG")
    return stream.getvalue()
