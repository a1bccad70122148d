"""``audit``, ``cleaning``, ``groups``, ``duplicates`` and ``map``: what is computed of a run once and kept beside it."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import JobOption, JsonOption, RunOption, TrustedOption, on_run, reported, show
from explorer.core.phrases import percent, spaced

if TYPE_CHECKING:  # types alone: NumPy is loaded when a command runs, not for --help
    from explorer.core.progress import Progress
    from explorer.evaluation.duplicates import DuplicateSet
    from explorer.runs.results.groups import Group
    from explorer.runs.run import Run

# Lines for a person; JSON has the whole queue.
LINES = 20
# What a command prints: the JSON object, and the lines for a person.
Printed = tuple[dict[str, Any], list[str]]


def show_result(run: str, job: str | None, as_json: bool, compute: "Callable[[Run, Progress], Printed]") -> None:
    """Open a run, compute a result of it, telling how far that is, and print it."""
    from explorer.runs.store import open_run  # NumPy and SciPy, which no refusal of a wrong word waits for

    with reported(job) as progress:
        result, lines = compute(open_run(run), progress)
    show(result, as_json, lines)


@on_run
def audit(
    run: RunOption,
    trusted: TrustedOption = "all",
    clean: Annotated[
        bool, typer.Option(help="Refit along the queue too: the cleaning curve, where the truth is known.")
    ] = False,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank all training images by how suspect their labels are, with the reason in words."""
    show_result(run, job, as_json, lambda opened, progress: _audit(opened, trusted, clean, progress))


def _audit(run: "Run", trusted: str, clean: bool, progress: "Progress") -> Printed:
    from explorer.runs.results.audit import audit_run
    from explorer.runs.results.audit_reasons import suspects
    from explorer.runs.results.cleaning import cleaning_curve

    found = audit_run(run, trusted, progress)
    cleaned = {"cleaning": cleaning_curve(run, found, progress)} if clean else {}
    queue = [{key: value for key, value in asdict(entry).items() if value is not None} for entry in suspects(found)]
    result = {"queue": queue, "curves": found.curves, "l2": found.l2, "trusted": len(found.facts["trusted"])}
    result |= {"caveats": found.caveats} if found.caveats else {}
    lines = [
        f"{e['train_index']:6d}  maybe {e['suggested_label']:12s} {spaced(str(e['reason']))}" for e in queue[:LINES]
    ]
    return result | cleaned, [*found.caveats, f"λ of the audit: {found.l2:.4g}", *lines]


@on_run
def cleaning(
    run: RunOption,
    trusted: TrustedOption = "all",
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refit along the queue of suspects where the truth is known, else along your own edits: accuracy of each class."""
    show_result(run, job, as_json, lambda opened, progress: _cleaning(opened, trusted, progress))


def _cleaning(run: "Run", trusted: str, progress: "Progress") -> Printed:
    from explorer.runs.results.audit import audit_run
    from explorer.runs.results.cleaning import cleaning_curve, edits_curve

    if run.truth is None:
        found = edits_curve(run, progress)
    else:
        found = cleaning_curve(run, audit_run(run, trusted, progress), progress)
    order = "edits" if "edits" in found else "queue"
    lines = [
        f"{count:6d}  "
        + ", ".join(f"{name} {percent(share)}" for name, share in zip(found["classes"], row, strict=True))
        for count, row in zip(found["counts"], found[order], strict=True)
    ]
    return found, [f"Looked at, and accuracy of each class, in the order of the {order}:", *lines]


@on_run
def groups(
    run: RunOption,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find groups of similar images inside each class, with their summed influence and a real refit without each."""
    show_result(run, job, as_json, _groups)


def _groups(run: "Run", progress: "Progress") -> Printed:
    from explorer.runs.results.groups import find_groups as compute

    found = [_group(run.class_names[group.label], group) for group in compute(run, progress)]
    return {"groups": found}, [_group_line(entry) for entry in found]


def _group(name: str, group: "Group") -> dict[str, Any]:
    return {
        "class": name,
        "size": len(group.rows),
        "train_indices": group.rows.tolist(),
        "score_by_class": group.score_by_class,
        "joint_by_class": group.joint_by_class,
        "measured_by_class": group.measured_by_class,
        "separation": group.separation,
        "stands_apart": group.apart,
        "reason": group.reason,
    }


def _group_line(entry: dict[str, Any]) -> str:
    joint, measured = entry["joint_by_class"] or {}, entry["measured_by_class"] or {}
    figures = [
        f"{name} {score:+.5f} predicted"
        + (f", {joint[name]:+.5f} in one step" if joint else "")
        + (f", {measured[name]:+.5f} measured" if measured else "")
        for name, score in entry["score_by_class"].items()
    ]
    return f"{entry['class']}, {entry['size']} images: without them, mean change of loss: " + "; ".join(figures)


@on_run
def duplicates(
    run: RunOption,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find training images that occur twice, also among the test images or with another label."""
    show_result(run, job, as_json, _duplicates)


def _duplicates(run: "Run", progress: "Progress") -> Printed:
    from explorer.runs.results.duplicates import find_duplicates

    found = find_duplicates(run, progress)
    sets = [_twins(run, one) for one in found.sets]
    recall = {} if found.recall is None else {"recall": vars(found.recall)}
    lines = [_twins_line(entry) for entry in sets] or ["No image occurs twice."]
    return {"bound": found.bound, "sets": sets} | recall, [*lines, *(_recall_line(**each) for each in recall.values())]


def _recall_line(images: int, close: int, found: int) -> str:
    return (
        "Approximate: images were compared with those in neighbouring cells; of "
        f"{close:,} close pairs of {images:,} images that were compared with all, {found:,} were found."
    )


def _twins(run: "Run", one: "DuplicateSet") -> dict[str, Any]:
    sides = (("train", one.train, run.train_labels), ("test", one.test, run.test_labels))
    rows = {f"{side}_indices": found.tolist() for side, found, _ in sides}
    names = {f"{side}_labels": [run.class_names[label] for label in labels[found]] for side, found, labels in sides}
    facts = {"exact": one.exact, "distance": one.distance}
    facts |= {"across": one.across, "contradicting": one.contradicting, "largest_distance": one.largest}
    return rows | names | facts | {"farthest": [{"side": side, "index": row} for side, row in one.farthest]}


def _twins_line(entry: dict[str, Any]) -> str:
    words = [
        "exactly the same" if entry["exact"] else f"nearly the same ({_apart(entry)})",
        *(["on both sides"] if entry["across"] else []),
        *(["labels differ"] if entry["contradicting"] else []),
    ]
    return f"training images {entry['train_indices']}, test images {entry['test_indices']}: {', '.join(words)}"


def _apart(entry: dict[str, Any]) -> str:
    one, other = (f"{end['side']} {end['index']}" for end in entry["farthest"])
    return f"at most {entry['largest_distance']:.3f} apart: {one} and {other}"


@on_run
def map_(
    run: RunOption,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lay all images out by PCA and by t-SNE, for the page Map; runs with the same features share the result."""
    start = time.perf_counter()
    show_result(run, job, as_json, lambda opened, progress: _map(opened, start, progress))


def _map(run: "Run", start: float, progress: "Progress") -> Printed:
    from explorer.runs.results.projection import PROJECTIONS, project_run

    found = [project_run(run, name, progress) for name in PROJECTIONS]
    images = len(found[0].train) + len(found[0].test)
    result = {"run": run.id, "images": images, "projections": list(PROJECTIONS), "shares": list(found[0].shares)}
    seconds = round(time.perf_counter() - start, 1)
    return result | {"seconds": seconds}, [f"{images:,} images laid out by PCA and t-SNE in {seconds} s."]
