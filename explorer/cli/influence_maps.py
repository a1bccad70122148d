"""``where``: on which patches of two pictures a score hangs; the pages ask it, in a process of its own."""

import os
from contextlib import suppress

from explorer.cli.output import RunOption, plain_errors


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

    run_id = resolve(run)
    opened = Run(run_folder(run_id), load_manifest(run_id))  # whoever asks has compared all checksums
    known: list[FeaturePipeline] = []

    def layers(pair: Pair) -> dict[str, bytes]:
        known[:] = known or [view_of(opened)]
        return score_layers(opened, known[0], pair["test"], pair["train"], pair["target"])

    with suppress(ExplorerError):  # what is wrong with the run is the answer to each pair
        known.append(view_of(opened))
        _ = opened.dataset, opened.curvature
    serve_pairs(layers)
