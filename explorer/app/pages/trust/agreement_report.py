"""The agreement of scores with real refits, as sentences and a table."""

from typing import Any

from explorer.app import screen_text
from explorer.runs.results import agreement

# Images that are the last of their class are left in, so that some pairs fall out.
NEARLY_ALL = 0.9
SMALL = (
    "This is a small sample: the intervals in brackets are wide. With more refits they become narrower; the figures above stay "
    "until the new ones are there."
)


def agreement_rows(report: dict[str, Any]) -> list[dict[str, str]]:
    """Return one row for each method, its figures with 95 % intervals."""
    return [
        {
            "method": method,
            "one image out: correlation": _with_interval(results["pairs"]["pearson"]),
            "rank correlation": _with_interval(results["pairs"]["spearman"]),
            "slope": _with_interval(results["pairs"]["slope"]) if results["unit"] == "nats" else "another unit",
            "groups: correlation": _with_interval(results["groups"]["pearson"]),
            "random halves (LDS)": _with_interval(results["lds"]),
        }
        for method, results in report["methods"].items()
    ]


def agreement_numbers(report: dict[str, Any]) -> list[dict[str, object]]:
    """Return one row for each method: its figures with all their digits, and the ends of their 95 % intervals."""
    rows = []
    for method, results in report["methods"].items():
        pairs = results["pairs"]
        figures = {"correlation": pairs["pearson"], "rank correlation": pairs["spearman"], "slope": pairs["slope"]}
        figures |= {"groups: correlation": results["groups"]["pearson"], "random halves (LDS)": results["lds"]}
        row: dict[str, object] = {"method": method, "unit": results["unit"]}
        for name, figure in figures.items():
            row |= {name: figure["value"], f"{name}, low": figure["low"], f"{name}, high": figure["high"]}
        rows.append(row)
    return rows


def agreement_sentences(report: dict[str, Any]) -> str:
    """Return the number of refits and the main correlations as Markdown sentences."""
    refits, (name, results) = report["refits"], next(iter(report["methods"].items()))
    return (
        f"We really left out **{refits['pairs']:,} single images**, **{refits['groups']} random groups** and "
        f"**{refits['subsets']} random halves** of the training set, and fitted the last layer again each time. "
        f"For single images, what {name} predicted and what happened correlate at **{results['pairs']['pearson']['value']:.4f}**; "
        f"for halves, where half of all images go at once, the ranks agree at **{results['lds']['value']:.2f}**."
    )


def is_small(report: dict[str, Any], images: int) -> bool:
    """Return whether a report was measured with fewer removals than the command measures; of a run with so many training images."""
    whole = agreement.RemovalSample()
    few = report["refits"]["pairs"] < min(whole.pairs, images) * NEARLY_ALL
    return few or report["refits"]["subsets"] < whole.subsets


def reading_help() -> str:
    """Return how to read the table."""
    return screen_text.spaced(
        "1 is perfect, 0 is chance. In brackets: 95 % of bootstrap resamples. Slope 1 means that sizes agree too; above 1, "
        "effects are larger than predicted. The linear datamodeling score (LDS) asks whether a method ranks random halves of "
        "the training set as their refits do (Park et al. 2023)."
    )


def alike_sentence(report: dict[str, Any], classes: int) -> str:
    """Return why rows of the table are equal in every digit or in the last column; empty where none are."""
    methods = report["methods"]
    if classes != 2 or not {"gradcos", "similarity", "graddot", "representer"} <= set(methods):
        return ""
    return (
        "Some rows are equal because with two classes these methods put the images in the same order: gradcos and similarity both "
        "ask how alike two pictures look to the network; graddot and representer differ by one factor for each test image, "
        "and the last column asks for the order only."
    )


def seeds_sentence(run_id: str) -> str:
    """Return how much of an explanation survives training from other seeds; empty where it was not measured."""
    overlap = agreement.load_seed_comparison(run_id)
    if overlap is None:
        return ""
    return (
        f"Trained again from **{overlap['seeds']} other seeds**, the network keeps **{screen_text.percent(overlap['share'], 0)}** of the {overlap['top']} "
        f"strongest images a side, over {overlap['tests']} test images; by chance it would be {screen_text.percent(overlap['chance'])}."
    )


def _with_interval(figure: dict[str, float]) -> str:
    return f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})".replace("-", "−")
