"""How long many small pictures in Parquet and in WebDataset shards take to open, beside reading their bytes alone.

``python -m tools.containers --pictures 100000 --json`` writes both sets into a temporary folder, reads all bytes with pyarrow and
with tarfile, then opens each with the program for the first time and again; each in a process of its own, in turn, several times.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

SHARDS = 10
# Pictures that differ; each of the set has four bytes more at its end, so that no two are the same.
DRAWN = 400
MEASURED = """
import json, resource, sys, time
kind, root = sys.argv[1:]
start, used = time.perf_counter(), time.process_time()
if kind == "parquet":
    import pyarrow.parquet
    for path in sorted(__import__("pathlib").Path(root).rglob("*.parquet")):
        for row in pyarrow.parquet.read_table(path, columns=["image"])["image"].to_pylist():
            len(row["bytes"])
elif kind == "shards":
    import tarfile
    for path in sorted(__import__("pathlib").Path(root).rglob("*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                archive.extractfile(member).read()
else:
    from explorer.datasets import open_dataset
    dataset = open_dataset(root)
    assert not dataset.skipped, dataset.skipped[:3]
print(json.dumps({"seconds": time.perf_counter() - start, "processor": time.process_time() - used,
                  "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def main() -> None:
    """Write, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pictures", type=int, default=100_000)
    asked.add_argument("--side", type=int, default=64, help="Pixels square.")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        size = written(root, given.pictures, given.side)
        found = {kind: _measured(root, kind, given.rounds) for kind in ("parquet", "shards")}
    report = {"pictures": given.pictures, "bytes_each": size} | found
    print(json.dumps(report) if given.json else json.dumps(report, indent=1))


def written(root: Path, pictures: int, side: int) -> int:
    """Write both sets below a folder and return the bytes of a picture."""
    import pyarrow
    import pyarrow.parquet

    drawn = [_drawn(number, side) for number in range(DRAWN)]
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    features = {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
    note = {"huggingface": json.dumps({"info": {"features": features}})}
    schema = pyarrow.schema([("image", image), ("label", pyarrow.int64())], metadata=note)
    for kind in ("parquet", "shards"):
        (root / kind).mkdir()
    for shard in range(SHARDS):
        name = f"{'train' if shard < 8 else 'test'}-{shard:05d}"
        rows = range(shard * pictures // SHARDS, (shard + 1) * pictures // SHARDS)
        contents = [drawn[row % DRAWN] + row.to_bytes(4, "big") for row in rows]
        cells = [{"bytes": content, "path": f"{row}.jpg"} for row, content in zip(rows, contents, strict=True)]
        table = pyarrow.table({"image": cells, "label": [row % 2 for row in rows]}, schema=schema)
        pyarrow.parquet.write_table(table, root / f"parquet/{name}-of-{SHARDS:05d}.parquet", row_group_size=1000)
        with tarfile.open(root / f"shards/{name}.tar", "w") as archive:
            for row, content in zip(rows, contents, strict=True):
                _add(archive, f"{row:08d}.jpg", content)
                _add(archive, f"{row:08d}.cls", str(row % 2).encode())
    return len(drawn[0])


def _drawn(number: int, side: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (side // 4, side // 4, 3)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=85)
    return stream.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _measured(root: Path, kind: str, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Return what reading, opening for the first time and opening again took, a row a round; a round before it counts for nothing."""
    found: dict[str, list[dict[str, float]]] = {"reading": [], "opening": [], "again": []}
    for number in range(-1, rounds):
        home = root / f"home-{kind}-{number}"
        for what, word in (("reading", kind), ("opening", "open"), ("again", "open")):
            found[what].append(_once(word, root / kind, home))
    return {what: rows[1:] for what, rows in found.items()}


def _once(word: str, root: Path, home: Path) -> dict[str, float]:
    # An installed program is not compiled at each start.
    compiled = {"PYTHONPYCACHEPREFIX": str(root.parent / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    environment = os.environ | compiled | {"EXPLORER_HOME": str(home)}
    process = subprocess.run(
        [sys.executable, "-c", MEASURED, word, str(root)], env=environment, capture_output=True, text=True, check=True
    )
    return {name: round(value, 2) for name, value in json.loads(process.stdout.splitlines()[-1]).items()}


if __name__ == "__main__":
    main()
