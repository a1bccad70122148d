"""``verify``, ``flip`` and ``trust``: scores put to the test by really refitting."""

from dataclasses import asdict
from typing import Annotated

import typer

from explorer.cli.output import JobOption, JsonOption, RunOption, indices, on_run, reported, show
from explorer.cli.whole_flip import show_whole_flip
from explorer.cli.whole_trust import show_whole_trust
from explorer.core.errors import ExplorerError
from explorer.models import TRAINED_HERE
from explorer.runs.whole_network.trust_plan import SHARES, TrustPlan, shares_of

TestOption = Annotated[int, typer.Option(help="Index of the test image.")]


@on_run
def verify(
    run: RunOption,
    test: TestOption,
    remove: Annotated[str | None, typer.Option(help="Training images to leave out: I,J,K.")] = None,
    top: Annotated[
        int | None, typer.Option(help="Leave out the strongest so many instead; the last of a class stays.")
    ] = None,
    sign: Annotated[str, typer.Option(help="Of --top: helpful or harmful.")] = "helpful",
    method: Annotated[str | None, typer.Option(help="The estimator; newton where its factor fits.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Leave training images out, refit the head, and show the predicted beside the measured change."""
    if (remove is None) == (top is None):
        raise ExplorerError("Give either --remove I,J,K or --top NUMBER.")
    if sign not in ("helpful", "harmful"):
        raise ExplorerError(f"The sign is {sign!r}; choose helpful or harmful.")
    from explorer.runs.results.removal_trials import strongest
    from explorer.runs.results.removal_trials import verify as prove
    from explorer.runs.store import open_run

    opened = open_run(run)
    rows = strongest(opened, test, int(top), sign, method) if top is not None else indices(remove or "", "--remove")
    trial = prove(opened, test, rows, method)
    lines = [
        f"Without {len(trial.removed)} training images, test image {test}:",
        f"loss: {trial.predicted_loss_change:+.6f} predicted, {trial.measured_loss_change:+.6f} measured",
        f"P(true label): {trial.probability_before:.4f} → {trial.probability_after:.4f}",
        f"label: {trial.label_before} → {trial.label_after} ({trial.seconds:.2f} s)",
    ]
    show(asdict(trial), as_json, lines)


@on_run
def flip(
    run: RunOption,
    test: Annotated[
        int | None, typer.Option(help="Index of the test image; the mistake that Overview shows where it is left out.")
    ] = None,
    by: Annotated[str, typer.Option(help="removing or relabelling.")] = "removing",
    any_method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="newton, verified by refits of the last layer; or unrolled, replay-basis, linearised: the whole network, really trained again.",
        ),
    ] = None,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find few training images whose removal changes the predicted label; verified by a refit or a training, and kept."""
    if by not in ("removing", "relabelling"):
        raise ExplorerError(f"--by is {by!r}; choose removing or relabelling.")
    if any_method not in (None, "newton"):
        show_whole_flip(run, test, by, str(any_method), job, as_json)
        return
    from explorer.runs.results.flipping_sets import find_flip, first_mistake
    from explorer.runs.store import open_run

    with reported(job) as progress:
        opened = open_run(run)
        chosen = first_mistake(opened) if test is None else test
        if chosen is None:
            raise ExplorerError("No test image is misclassified in this run; say which prediction to flip: --test.")
        progress("Searching the flipping set", 0, 1)
        found = find_flip(opened, chosen, by == "relabelling")
        progress("Searching the flipping set", 1, 1)
    before, after = opened.class_names[found.before], opened.class_names[found.after]
    rows = None if found.rows is None else found.rows.tolist()
    labels = None if found.labels is None else [opened.class_names[label] for label in found.labels]
    changed = {"removed": rows} if by == "removing" else {"relabelled": rows, "labels": labels}
    if test is None:
        changed |= {"test": chosen}
    result = changed | {"label_before": before, "label_after": after, "verified": before != after}
    lines = [f"Nothing found that changes {before!r}." if rows is None else f"{before} → {after} by {by} {rows}"]
    show(result, as_json, lines)


@on_run
def trust(
    run: RunOption,
    pairs: Annotated[int, typer.Option(help="Training images left out alone, each with a test image.")] = 2000,
    subsets: Annotated[int, typer.Option(help="Random halves of the training set.")] = 100,
    whole: Annotated[
        bool, typer.Option("--whole", help="Train the whole network again instead, for a run of small-cnn-smooth.")
    ] = False,
    shares: Annotated[str, typer.Option(help="With --whole: percentages of the images that are left out.")] = SHARES,
    retrainings: Annotated[int, typer.Option(help="With --whole: trainings from scratch at each share.")] = 100,
    seeds: Annotated[int, typer.Option(help="With --whole: other seeds, with 24 trainings a share at most.")] = 1,
    sets: Annotated[
        int, typer.Option(help="With --whole: test images whose 24 most helpful images are left out together.")
    ] = 0,
    singles: Annotated[int, typer.Option(help="With --whole: images that are left out alone.")] = 0,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare every method with real refits: single images, groups of 100, and random halves; measured once, then read."""
    if whole:
        show_whole_trust(run, TrustPlan(shares_of(shares), retrainings, seeds, sets, singles), job, as_json)
        return
    from explorer.runs.results.agreement import RemovalSample, kept_agreement, load_seed_comparison, measure_agreement
    from explorer.runs.store import open_run

    sample = RemovalSample(pairs, subsets)
    with reported(job) as progress:
        opened = open_run(run)
        report = kept_agreement(opened, sample) or measure_agreement(opened, sample, progress)
        if opened.manifest.backbone in TRAINED_HERE or opened.manifest.finetune:
            from explorer.runs.results.retraining import stability  # torch is loaded where something is trained

            report["seeds"] = load_seed_comparison(opened.id) or stability(opened, progress)
    lines = ["method            pairs: Pearson  Spearman  slope    groups: Pearson   LDS"]
    for method, found in report["methods"].items():
        alone = "".join(f"{found['pairs'][name]['value']:10.4f}" for name in ("pearson", "spearman", "slope"))
        lines.append(f"{method:18s}{alone}{found['groups']['pearson']['value']:15.4f}{found['lds']['value']:10.4f}")
    show(report, as_json, lines)


@on_run
def retrain(
    run: RunOption,
    test: TestOption,
    remove: Annotated[str, typer.Option(help="Training images to leave out: I,J,K.")],
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train the network of a run again from scratch without some images: same seed, same schedule."""
    from explorer.runs.results.retraining import retrain as train
    from explorer.runs.store import open_run

    with reported(job) as progress:
        trial = train(open_run(run), test, indices(remove, "--remove"), progress)
    lines = [f"loss: {trial.predicted_loss_change:+.6f} predicted, {trial.measured_loss_change:+.6f} measured"]
    show(asdict(trial), as_json, [*lines, f"label: {trial.label_before} → {trial.label_after}"])
