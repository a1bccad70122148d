"""``duplicates``: images that occur twice, exactly or nearly."""

from typing import TYPE_CHECKING, Any

from explorer.cli.output import JobOption, JsonOption, RunOption, plain_errors, reported, show

if TYPE_CHECKING:
    from explorer.evaluation.duplicates import DuplicateSet
    from explorer.runs.run import Run


@plain_errors
def duplicates(
    run: RunOption,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find training images that occur twice, also among the test images or with another label."""
    from explorer.runs.results.duplicates import find_duplicates
    from explorer.runs.store import open_run

    with reported(job) as progress:
        opened = open_run(run)
        found = find_duplicates(opened, progress)
    sets = [_entry(opened, one) for one in found.sets]
    show({"bound": found.bound, "sets": sets}, as_json, [_line(entry) for entry in sets] or ["No image occurs twice."])


def _entry(run: "Run", one: "DuplicateSet") -> dict[str, Any]:
    sides = (("train", one.train, run.train_labels), ("test", one.test, run.test_labels))
    rows = {f"{side}_indices": found.tolist() for side, found, _ in sides}
    names = {f"{side}_labels": [run.class_names[label] for label in labels[found]] for side, found, labels in sides}
    facts = {"exact": one.exact, "distance": one.distance}
    return rows | names | facts | {"across": one.across, "contradicting": one.contradicting}


def _line(entry: dict[str, Any]) -> str:
    words = [
        "exactly the same" if entry["exact"] else f"nearly the same (distance {entry['distance']:.3f})",
        *(["on both sides"] if entry["across"] else []),
        *(["labels differ"] if entry["contradicting"] else []),
    ]
    return f"training images {entry['train_indices']}, test images {entry['test_indices']}: {', '.join(words)}"
