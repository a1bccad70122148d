"""``where``: on which patches of two pictures a score hangs; the pages ask it, in a process of its own."""

import os
from contextlib import suppress
from functools import lru_cache

from explorer.cli.output import RunOption, plain_errors

# Runs whose networks are kept: two people seldom look at more.
RUNS = 2


@plain_errors
def where(run: RunOption) -> None:
    """Read pairs of a test and a training image from standard input, one a line, and print a map of each, as JSON."""
    os.nice(5)  # it is started before anybody asks: clicks come first
    from explorer.core.errors import ExplorerError
    from explorer.models.pixels import FeaturePipeline
    from explorer.runs.influence_maps.map_worker import Pair, serve_pairs
    from explorer.runs.influence_maps.maps import score_layers
    from explorer.runs.network_view import view_of
    from explorer.runs.run import Run
    from explorer.runs.store import load_manifest, resolve, run_folder

    @lru_cache(RUNS)
    def opened(run_id: str) -> tuple[Run, FeaturePipeline]:
        known = Run(run_folder(run_id), load_manifest(run_id))  # whoever asks has compared all checksums
        _ = known.dataset, known.curvature
        return known, view_of(known)

    def layers(pair: Pair) -> dict[str, bytes]:
        return score_layers(*opened(pair["run"]), pair["test"], pair["train"], pair["target"])

    with suppress(ExplorerError, OSError):  # what is wrong with the run is the answer to each pair
        opened(resolve(run))
    serve_pairs(layers, opened)
