"""``python -m tools.bench build --n 1000000 --shards 10 --json``: a whole build beside listing, decoding and network forward alone.

The data are drawn from a seed into a folder that is removed, with a home of its own. The three parts are measured on a sample of the same
pictures, in one process, before and after the build, and counted for all pictures; seconds of processor time are compared, as other work
on the machine does not change those. ``--kills`` ends that many builds by SIGKILL before the one that is measured, in one stage after the
other, and counts which files that were finished each start wrote again; the times are then those of what was left to do.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from tools.bench.build_data import KINDS, SIZE, write_network, write_pictures
from tools.bench.build_kills import killed
from tools.bench.build_watch import watched

# Pictures of the sample, and pictures in a batch of it.
SAMPLE, BATCH = 10_000, 250


def main(arguments: list[str]) -> None:
    given = parsed(arguments)
    with tempfile.TemporaryDirectory(prefix="build-", dir=given.folder) as made:
        folder = Path(made)
        (folder / "data").mkdir()
        write_pictures(given.kind, folder / "data", given.n, given.shards, given.seed)
        write_network(folder / "network.pt", given.seed)
        print(json.dumps(measured(folder, given), indent=None if given.json else 1))


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench build", description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000, help="pictures, of which one in five is for testing")
    parser.add_argument("--shards", type=int, default=10)
    parser.add_argument("--kind", choices=KINDS, default="tar")
    parser.add_argument("--l2", type=float, help="λ; chosen where it is not given")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", help="where the data are made")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def measured(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    parts = plain_parts(folder, given)
    kills = killed(build_command(folder, given), home(folder), folder / "home", given.kills, given.seed)
    start = time.perf_counter()
    built, watch = watched(build_command(folder, given), home(folder))
    wall, used = time.perf_counter() - start, sum(watch.stages.values())
    start = time.perf_counter()
    subprocess.run(
        command("explain", "--run", "bench", "--test", "0", "--json"),
        env=home(folder),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    opened = time.perf_counter() - start
    again = plain_parts(folder, given)
    plain = {name: (parts[name] + again[name]) / 2 for name in parts}
    seconds = json.loads(built)["seconds"]
    stages = sum(seconds[name] for name in ("data", "features"))
    return {
        "n": given.n,
        "kind": given.kind,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "seconds": seconds,
        "build_seconds": round(wall, 1),
        "build_processor_seconds": round(used, 1),
        "stage_processor_seconds": {stage: round(value, 1) for stage, value in watch.stages.items()},
        "plain_processor_seconds": {name: round(value, 1) for name, value in plain.items()},
        "plain_seconds": round(sum(plain.values()) / (os.cpu_count() or 1), 1),
        "ratio": round(stages * (os.cpu_count() or 1) / sum(plain.values()), 2),
        "processor_ratio": round(used / sum(plain.values()), 2),
        "peak_mb": round(watch.peak / 2**20),
        "start_seconds": round(opened, 2),
        "kills": kills,
    }


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "explorer", *words]


def build_command(folder: Path, given: argparse.Namespace) -> list[str]:
    network = (
        "--backbone",
        "torchscript",
        "--checkpoint",
        str(folder / "network.pt"),
        "--trust-code",
        "--size",
        str(SIZE),
    )
    l2 = ("--l2", str(given.l2)) if given.l2 else ()
    return command("build", "--dataset", str(folder / "data"), *network, *l2, "--as-read", "--run", "bench", "--json")


def home(folder: Path) -> dict[str, str]:
    # bytecode is kept, as in an installed program: without it every start compiles 200 modules
    return os.environ | {"EXPLORER_HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": ""}


def plain_parts(folder: Path, given: argparse.Namespace) -> dict[str, float]:
    """Return the processor seconds of listing, decoding and forward alone for all pictures, from a sample."""
    listing, contents = timed(lambda: listed(given.kind, folder / "data"))
    decoding, pixels = timed(lambda: [np.asarray(Image.open(io.BytesIO(each)).convert("RGB")) for each in contents])
    torch.set_num_threads(1)
    network = torch.jit.load(str(folder / "network.pt"))
    forward, _ = timed(lambda: [features(network, pixels[at : at + BATCH]) for at in range(0, len(pixels), BATCH)])
    share = given.n / len(contents)
    return {"listing": listing * share, "decoding": decoding * share, "forward": forward * share}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


@torch.inference_mode()
def features(network: Any, pixels: list[np.ndarray]) -> np.ndarray:
    given = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous() / 255
    enlarged = torch.nn.functional.interpolate(given, (SIZE, SIZE), mode="bicubic", antialias=True)
    return network(enlarged).numpy()


def listed(kind: str, folder: Path) -> list[bytes]:
    """Return the bytes of the pictures of a sample, read as plainly as its kind allows."""
    return [
        content
        for content, _ in zip(
            {"tar": tarred, "parquet": tabled, "folders": filed}[kind](folder), range(SAMPLE), strict=False
        )
    ]


def tarred(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content and member.name.endswith(".png"):
                    yield content.read()


def tabled(folder: Path) -> Iterator[bytes]:
    import pyarrow.parquet

    for path in sorted(folder.glob("*.parquet")):
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(1000):
            yield from (one["bytes"] for one in batch.column("image").to_pylist())


def filed(folder: Path) -> Iterator[bytes]:
    for each in os.scandir(folder):
        yield from (Path(entry.path).read_bytes() for entry in os.scandir(each.path))
