"""``flip --method``: the flipping set of a whole network, chosen by its scores and verified by really training again."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from explorer.cli.output import WHOLE_METHODS, reported, show
from explorer.core.errors import ExplorerError, unknown
from explorer.core.phrases import number
from explorer.runs.whole_network.methods import check_sizes

if TYPE_CHECKING:  # types alone: NumPy is loaded when a command runs, not for --help
    from explorer.runs.run import Run
    from explorer.runs.whole_network.flipping import WholeFlip


def show_whole_flip(run: str, test: int | None, by: str, method: str, job: str | None, as_json: bool) -> None:
    """Print the flipping set of a test image by a method of the whole network.

    Raises:
        ExplorerError: method or image do not exist, scores of the method have no size, or the run keeps no training.
    """
    if method not in WHOLE_METHODS:
        raise unknown("method", method, ["newton", *WHOLE_METHODS])
    if by != "removing":
        raise ExplorerError(f"{method} scores what leaving images out does; give --by removing, or no --method.")
    check_sizes(method)
    from explorer.runs.store import open_run
    from explorer.runs.whole_network.flipping import find_whole_flip, network_mistake

    with reported(job) as progress:
        opened = open_run(run)
        chosen = network_mistake(opened) if test is None else test
        if chosen is None:
            raise ExplorerError("The network misclassifies no test image; say which prediction to flip: --test.")
        found = find_whole_flip(opened, chosen, method, progress)
    named = {} if test is not None else {"test": chosen}
    show(_json(opened, found) | named, as_json, _lines(opened, found))


def _json(run: "Run", found: "WholeFlip") -> dict[str, Any]:
    names = run.class_names
    tries = [asdict(each) | {"after": names[each.after]} for each in found.tries]
    return {
        "removed": found.rows if found.flipped else None,
        "label_before": names[found.before],
        "label_after": names[found.after],
        "verified": found.flipped,
        "method": found.method,
        "margin": found.margin,
        "tries": tries,
        "tried": found.rows,
        "reach": found.reach,
    }


def _lines(run: "Run", found: "WholeFlip") -> list[str]:
    names = run.class_names
    lines = [
        f"Without {each.count} images: margin {number(each.predicted)} predicted, {number(each.measured)} after training again, label {names[each.after]}"
        for each in found.tries
    ]
    if not found.tries:
        return [
            f"By these scores no set flips it: without all {found.lowering} images that hold {names[found.before]!r} the margin of {number(found.margin)} would still be {number(found.reach)}."
        ]
    if not found.flipped:
        return [*lines, f"None of these sets changes {names[found.before]!r}."]
    return [*lines, f"{names[found.before]} → {names[found.after]} by removing {found.rows}"]
