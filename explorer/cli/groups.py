"""``groups``: the sub-populations of every class, and what each of them does."""

from typing import TYPE_CHECKING, Any

from explorer.cli.output import JobOption, JsonOption, RunOption, plain_errors, reported, show

if TYPE_CHECKING:
    from explorer.runs.results.groups import Group


@plain_errors
def groups(
    run: RunOption,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find groups of similar images inside each class, with their summed influence and a real refit without each."""
    from explorer.runs.results.groups import find_groups as compute
    from explorer.runs.store import open_run

    with reported(job) as progress:
        opened = open_run(run)
        found = [_entry(opened.class_names[group.label], group) for group in compute(opened, progress)]
    show({"groups": found}, as_json, [_line(entry) for entry in found])


def _entry(name: str, group: "Group") -> dict[str, Any]:
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


def _line(entry: dict[str, Any]) -> str:
    joint, measured = entry["joint_by_class"] or {}, entry["measured_by_class"] or {}
    figures = [
        f"{name} {score:+.5f} predicted"
        + (f", {joint[name]:+.5f} in one step" if joint else "")
        + (f", {measured[name]:+.5f} measured" if measured else "")
        for name, score in entry["score_by_class"].items()
    ]
    return f"{entry['class']}, {entry['size']} images: without them, mean change of loss: " + "; ".join(figures)
