"""Raw features of many pictures in files of some rows, each computed by a worker process and kept before the next is begun.

A worker is told names of files only: a list of pictures, the network, and where the features go. So it can be on another machine that
sees the same folder or store, and what is finished is not done again after a kill.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file
from torch import nn

from explorer.core.files import lock, save_array, save_bytes
from explorer.core.object_store import fetched, forgotten, name_of, offered, path_of, present
from explorer.core.packed_arrays import packed
from explorer.core.progress import Progress, silent
from explorer.core.scale import shard_rows
from explorer.datasets.base import Split
from explorer.datasets.picture_lists import arrays_of, pictures_of
from explorer.datasets.pictures import Pictures
from explorer.engine import Engine
from explorer.models.backbones import Backbone, features_of
from explorer.models.batch_workers import one_thread_each
from explorer.models.custom.spec import NetworkSpec
from explorer.models.engine import ONNX_RUNTIME, with_graph
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.features import KnownFeatures, checksum_of, place_of, whole
from explorer.models.preparation.batches import BATCH
from explorer.models.preparation.preparation import Preparation

# A batch has as many pictures as have the pixels of ten at 128 px, and no more than this.
PIXELS, MOST = BATCH * 128 * 128, 128


@dataclass(frozen=True, eq=False)
class Network:
    """What computes features.

    Attributes:
        module: as it was loaded in this process.
        backbone: from which a worker loads it anew; None for one that was trained here, which this process computes itself.
        library: what computes it, :data:`~explorer.models.engine.TORCH` or ``ONNX_RUNTIME``.
    """

    module: nn.Module
    backbone: Backbone | None = None
    library: str = ""

    def to_json(self) -> str:
        """Return what a worker loads it from."""
        known = self.backbone
        assert known is not None
        way = known.preparation.to_dict() if known.preparation else None
        fields = asdict(replace(known, preparation=None)) | {"spec": known.spec.to_dict(), "preparation": way}
        return json.dumps({"backbone": fields, "library": self.library})


def feature_files(
    network: Network, recipe: dict[str, Any], split: Split, stage: str, progress: Progress, engine: Engine
) -> list[Path]:
    """Return the files of the features of a split, ``.npy`` ``(r, d)`` float32, in the order of its rows.

    Args:
        network: what computes them.
        recipe: everything that determines them except the images, their preparation among it.
        split: the images.
        stage: the name that progress is reported under.
        progress: called after every file.
        engine: whose workers compute them.
    """
    folder, ids, height = place_of(recipe, split), split.id_numbers, shard_rows()
    starts = list(range(0, len(ids), height))
    paths = [folder / f"{start:09d}.npy" for start in starts]
    with lock(folder):
        missing = [at for at, start in enumerate(starts) if not _known(paths[at], min(height, len(ids) - start))]
        done = len(ids) - sum(min(height, len(ids) - starts[at]) for at in missing)
        progress(stage, done, len(ids))
        known = KnownFeatures.beside(folder)
        # before the first file: what is finished serves the next build too where a picture has to be taken out first
        save_array(folder / "ids.npy", ids)
        lists = [_list_of(split, slice(starts[at], starts[at] + height), known, paths[at]) for at in missing]
        for at in _computed(network, recipe, lists, engine):
            done += min(height, len(ids) - starts[missing[at]])
            lists[at].unlink(missing_ok=True)
            forgotten(lists[at])
            progress(stage, done, len(ids))
    return paths


def _written(path: Path) -> tuple[Path, Path]:
    """Return both files of some features: themselves and their checksum."""
    return path, path.with_suffix(".sum.npy")


def _known(path: Path, rows: int) -> bool:
    """Return whether a file of features is whole here, or in the store; from now on it is in both."""
    if not (whole(path, rows) or (all(map(fetched, _written(path))) and whole(path, rows))):
        return False
    for each in _written(path):
        offered(each)
    return True


def _list_of(split: Split, rows: slice, known: KnownFeatures, path: Path) -> Path:
    """Write what a worker needs for one file of features beside it; features that are known go with it."""
    ids = split.id_numbers[rows]
    places, features = known.of(ids)
    missing = np.setdiff1d(np.arange(len(ids)), places)
    arrays = arrays_of(split.pictures, missing + rows.start) | {"rows": missing, "places": places, "known": features}
    told = path.with_suffix(".list")
    save_bytes(told, packed(arrays))
    offered(told)
    return told


def _computed(network: Network, recipe: dict[str, Any], lists: Sequence[Path], engine: Engine) -> Any:
    """Yield the place of each list whose features are written, as they end."""
    how = json.dumps(Preparation.of_recipe(recipe).to_dict())
    if network.backbone is None or next(network.module.parameters(), torch.empty(0)).device.type != "cpu":
        for place, path in enumerate(lists):
            _write(network.module, path, Preparation.of_recipe(recipe))
            yield place
        return
    for place, _ in engine.calls([(compute, (name_of(path), how, network.to_json())) for path in lists]):
        for file in _written(lists[place].with_suffix(".npy")):
            present(file, anew=True)
        yield place


def compute(path: str, how: str, network: str) -> None:
    """Write the features of a list of pictures beside it, in a process of its own.

    Args:
        path: of the list.
        how: the preparation, as JSON.
        network: see :meth:`Network.to_json`.
    """
    there = path_of(path)
    brought = fetched(there)  # whatever another build has left here under this name
    with one_thread_each():
        _write(_loaded(network), there, Preparation.from_dict(json.loads(how)))
    if brought:
        there.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _loaded(network: str) -> FeatureExtractor:
    known = json.loads(network)
    fields = known["backbone"]
    way = fields["preparation"] and Preparation.from_dict(fields["preparation"])
    backbone = Backbone(**fields | {"spec": NetworkSpec.from_dict(fields["spec"]), "preparation": way, "device": "cpu"})
    extractor = backbone.load(silent)
    return with_graph(extractor, backbone.size) if known["library"] == ONNX_RUNTIME else extractor


def _write(network: nn.Module, path: Path, how: Preparation) -> None:
    """Compute what is not known of a list, and write it with its checksum."""
    arrays = load_file(path)
    found, known = _features(network, pictures_of(arrays), how), arrays["known"]
    features = np.empty((len(arrays["rows"]) + len(arrays["places"]), max(found.shape[1], known.shape[1])), np.float32)
    for places, values in ((arrays["rows"], found), (arrays["places"], known)):
        if len(places):
            features[places] = values
    for file, array in zip(_written(path.with_suffix(".npy")), (features, checksum_of(features)), strict=True):
        save_array(file, array)
        offered(file)


def _features(network: nn.Module, pictures: Pictures, how: Preparation) -> np.ndarray:
    if not len(pictures):
        return np.empty((0, 0), dtype=np.float32)
    batch = max(BATCH, min(MOST, PIXELS // (how.size[0] * how.size[1])))
    return features_of(network, pictures, range(len(pictures)), how, batch)
