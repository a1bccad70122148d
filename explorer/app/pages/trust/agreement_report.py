"""What the trust report says, in sentences and a table."""

from typing import Any

from explorer.runs.results import agreement


def agreement_rows(report: dict[str, Any]) -> list[dict[str, str]]:
    """Return a row for each method; figures with their 95 % intervals."""
    return [
        {
            "method": method,
            "one image out: correlation": _figure(found["pairs"]["pearson"]),
            "rank correlation": _figure(found["pairs"]["spearman"]),
            "slope": _figure(found["pairs"]["slope"]) if found["unit"] == "nats" else "another unit",
            "groups: correlation": _figure(found["groups"]["pearson"]),
            "random halves (LDS)": _figure(found["lds"]),
        }
        for method, found in report["methods"].items()
    ]


def sentences(report: dict[str, Any]) -> str:
    """Return what a teacher could read out."""
    refits, (name, known) = report["refits"], next(iter(report["methods"].items()))
    return (
        f"We really left out **{refits['pairs']:,} single images**, **{refits['groups']} random groups** and "
        f"**{refits['subsets']} random halves** of the training set, and fitted the last layer again each time. "
        f"For single images, what {name} predicted and what happened correlate at **{known['pairs']['pearson']['value']:.4f}**; "
        f"for halves, where thousands go at once, the ranks agree at **{known['lds']['value']:.2f}**."
    )


def explained() -> str:
    """Return how the table is read."""
    return (
        "1 is perfect, 0 is chance. In brackets: 95 % of bootstrap resamples. Slope 1 means that sizes agree too; above 1, "
        "effects are larger than predicted. The linear datamodeling score (LDS) asks whether a method ranks random halves of "
        "the training set as their refits do (Park et al. 2023)."
    )


def seeds(run_id: str) -> str:
    """Return how much of an explanation stays when the network is trained from other seeds; nothing where unknown."""
    known = agreement.load_seed_comparison(run_id)
    if known is None:
        return ""
    return (
        f"Trained again from **{known['seeds']} other seeds**, the network keeps **{known['share']:.0%}** of the {known['top']} "
        f"strongest images a side, over {known['tests']} test images; by chance it would be {known['chance']:.1%}."
    )


def _figure(figure: dict[str, float]) -> str:
    return f"{figure['value']:.4f} ({figure['low']:.4f} to {figure['high']:.4f})".replace("-", "−")
