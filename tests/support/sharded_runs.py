"""A run whose features are shards, made of a run in memory; the head is fitted to the rounded features."""

import shutil
from dataclasses import replace

import numpy as np

from explorer.attribution.sharded import weighed
from explorer.core.checksums import write_manifest
from explorer.models.head import fit
from explorer.runs.run import TABLE
from explorer.runs.store import run_folder
from explorer.runs.writer import checksums, fitted, save_arrays
from explorer.shards import ShardedRows, append
from tests.support.engine_tasks import InALoop


def in_shards(run, rows_a_shard=300):
    """Put a run of two classes into the home of now as shards, under an id of its own; return the head that it should have, in memory.

    Whatever other tests of this process keep of the run in memory, under its id, is not met.
    """
    run_id = run.id[::-1]
    folder = run_folder(run_id)
    (folder.parent / "names").mkdir(parents=True)
    (folder.parent / "names/default").write_text(run_id)
    folder.mkdir()
    features = np.asarray(run.head.train_features).astype(np.float16).astype(np.float64)
    head = fit(features, run.train_labels, 2, run.head.l2)
    rows = ShardedRows(append(folder / TABLE, features, rows_a_shard))
    _, factor = weighed(replace(head, train_features=rows), rows, InALoop(), folder / "work")
    shutil.rmtree(folder / "work")
    np.save(folder / "factor.npy", factor)
    shutil.copy(run.folder / "test_features.npy", folder)
    save_arrays(folder, run.arrays | {"weights": head.weights})
    facts = (
        run.manifest.to_dict() | {"run_id": run_id} | fitted(head, run.test_features, run.test_labels, run.class_names)
    )
    write_manifest(folder / "manifest.json", facts | {"files": checksums(folder)})
    return head
