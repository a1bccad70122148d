"""Data for ``python -m tools.bench build``: small pictures of two classes in shards or folders, and a small network, from a seed."""

import io
import struct
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

# Pixels square, features and classes; pictures that are drawn at once.
SIDE, FEATURES, CLASSES, DRAWN = 8, 512, ("cat", "dog"), 10_000
# The least that a network is given.
SIZE = 16
KINDS = ("tar", "parquet", "folders")


def write_pictures(kind: str, folder: Path, n: int, shards: int, seed: int = 0) -> None:
    """Write n PNGs of ``SIDE`` px, every second one of each class, no two alike: in so many files, or in a folder a class."""
    for shard in range(shards):
        count = n * (shard + 1) // shards - n * shard // shards
        {"tar": _tar, "parquet": _parquet, "folders": _folders}[kind](folder, shard, _drawn([seed, shard], count))


def _drawn(seed: list[int], count: int) -> Iterator[tuple[int, bytes]]:
    """Yield class and PNG of each picture: noise, brighter above for cats and below for dogs."""
    rng, slope = np.random.default_rng(seed), np.linspace(30, -30, SIDE)[:, None, None]
    for start in range(0, count, DRAWN):
        labels = np.arange(start, min(start + DRAWN, count)) % len(CLASSES)
        noise = rng.normal(128, 50, (len(labels), SIDE, SIDE, 3)) + slope * np.where(labels, -1, 1)[:, None, None, None]
        # a byte before each line says that nothing is taken from its neighbours
        lines = np.zeros((len(labels), SIDE, 1 + 3 * SIDE), dtype=np.uint8)
        lines[:, :, 1:] = noise.clip(0, 255).reshape(len(labels), SIDE, -1)
        for label, pixels in zip(labels.tolist(), lines, strict=True):
            yield label, _png(pixels.tobytes())


def _png(lines: bytes) -> bytes:
    """Return a PNG of 8-bit RGB; Pillow's own writing takes longer than all that is measured."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines, 1)),
        (b"IEND", b""),
    )
    written = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def _tar(folder: Path, shard: int, pictures: Iterator[tuple[int, bytes]]) -> None:
    with tarfile.open(folder / f"train-{shard:05d}.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        for place, (label, content) in enumerate(pictures):
            for ending, data in (("png", content), ("cls", str(label).encode())):
                info = tarfile.TarInfo(f"{place:07d}.{ending}")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))


def _parquet(folder: Path, shard: int, pictures: Iterator[tuple[int, bytes]]) -> None:
    import pyarrow
    import pyarrow.parquet

    labels, contents = zip(*pictures, strict=True)
    table = pyarrow.table({"image": [{"bytes": each, "path": None} for each in contents], "label": list(labels)})
    pyarrow.parquet.write_table(table, folder / f"train-{shard:05d}.parquet", row_group_size=1000)


def _folders(folder: Path, shard: int, pictures: Iterator[tuple[int, bytes]]) -> None:
    for name in CLASSES:
        (folder / name).mkdir(exist_ok=True)
    for place, (label, content) in enumerate(pictures):
        (folder / CLASSES[label] / f"{shard:03d}-{place:07d}.png").write_bytes(content)


def write_network(path: Path, seed: int = 0) -> None:
    """Write a TorchScript network of ``FEATURES`` features of pictures of ``SIDE`` px: two convolutions and a mean."""
    torch.manual_seed(seed)
    layers = (
        nn.Conv2d(3, 32, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(32, FEATURES, 3, 2, 1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
    )
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(FEATURES, len(CLASSES))).eval()
    torch.jit.save(torch.jit.trace(network, torch.rand(2, 3, SIZE, SIZE)), str(path))
