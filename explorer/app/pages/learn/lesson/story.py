"""Steps 1 and 7 of the lesson, on a real run: one misclassified cat, the training images behind it, and the repair."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.components.accuracy_change.accuracy_change import accuracy_sentence
from explorer.app.components.blocks.blocks import Block, columns, doors, draw, heading, small, text
from explorer.app.components.confusion.confusion import confusion
from explorer.app.components.explanation_sections.explanation_sections import TOP, answer
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress.awaited import awaited
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.pages.learn.lesson.steps import TEXTS
from explorer.attribution import Tests
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.group_influence import GroupEffect, group_effect
from explorer.lesson.scenarios import ARTICLE
from explorer.runs.edits import edit_scope
from explorer.runs.results.audit import AuditResult
from explorer.runs.results.comparison import Comparison, compare_runs
from explorer.runs.run import Run

# Culprits on the screen: two rows at 1280 px; suspects: one row.
SHOWN, SUSPECTS = 16, 10
# The share of a prediction's culprits with wrong labels from which mislabelled images are its story.
MISLED = 0.9


def draw_puzzle(top: Sequence[Block]) -> None:
    """Draw step 1 below its head: how often each class is right, and one wrong cat; or the button that builds the story."""
    story = story_run_and_image(top)
    if story is None:
        return
    run, index = story
    explanation = backend.explain(run.id, index, run.default_method, TOP)
    right = [heading("How often is it right?"), *confusion(run)]
    cat = Section("The test image", [image_tiles.prediction_tile(run, index, pictured=True)], tile=260, single=True)
    wrong = [heading(f"This {explanation.label} was called {screen_text.article(explanation.predicted)}"), gallery(cat)]
    draw("step", *top, prose(TEXTS / "step1.md", **accuracies(run)), columns((3, right), (2, wrong)))


def draw_repair(top: Sequence[Block]) -> None:
    """Draw step 7 below its head: the culprits of the wrong cat, the suspects as a group, the repair, and what became of the cat."""
    story = story_run_and_image(top)
    if story is None:
        return
    run, index = story
    audit = cached_audit(run)
    draw(
        "step",
        *top,
        prose(TEXTS / "step7.md", weights=f"{free_weights(run):,}"),
        gallery(*harmful_sections(run, index)),
        *kind_effects(run),
    )
    if audit is not None:
        draw("suspects", heading("The suspects, as a group"), *suspects_effect(run, audit))
    else:
        draw("suspects", awaited("", "audit", run_name()))
    after = repaired_run(run)
    if after is not None:
        share = wrong_label_share(run, index)
        draw("repaired", heading("After the repair"), *share, *repair_outcome(run, after, index))
    elif reason := unrepairable_blocks(run):
        draw("repaired", *reason)
    else:
        draw_repair_button(run)


def story_run_and_image(top: Sequence[Block]) -> tuple[Run, int] | None:
    """Return the lesson's run and its misclassified image; where there is none, draw the reason and a link, and return None."""
    run = story_run()
    if run is None:
        draw_story_offer(top)
        return None
    index = wrong_cat(run.id)
    if index is None:
        reason = "This run predicts every test image rightly, so it holds no puzzle."
        draw("step", *top, text(reason), doors(("Tell the lesson on its own run", urls.address("learn"))))
        return None
    return run, index


def free_weights(run: Run) -> int:
    """Return how many weights the last layer is free to choose: only differences between classes count, so one class less."""
    classes, inputs = run.arrays["weights"].shape
    return int((classes - 1) * inputs)


def unrepairable_blocks(run: Run) -> list[Block]:
    """Return why the lesson cannot repair a run, with links; empty where it can."""
    queue = ("Go through the queue", urls.address("suspects", run=run_name()))
    if run.truth is None:
        reason = "Nobody has recorded which labels of this run are wrong, so the lesson cannot correct them. You can look for yourself."
        return [text(reason), doors(queue)]
    base = run.manifest.base
    if base is None:
        return []
    before = urls.address("learn", **urls.learn_state(step=7, run=urls.name_of(base)))
    return [text("This run has corrected labels already."), doors(("The run before the corrections", before), queue)]


def draw_repair_button(run: Run) -> None:
    """Draw the button that repairs a run, and the progress of the repair."""
    label = f"Look at the first {screen_text.counted(budget(run), 'label')}, correct the wrong ones, refit"
    draw_offer(label, ":material/build:", "repair", run_name(), "--budget", str(budget(run)), primary=True)


def run_name() -> str:
    """Return the name of the lesson's run: that in the address, else the story's."""
    return urls.param("run") or ARTICLE.name


def story_run() -> Run | None:
    """Return the lesson's run; None where the story is not built yet.

    Raises:
        ExplorerError: the address names a run that does not exist.
    """
    run_id = backend.runs().get(run_name())
    if run_id is None and not urls.param("run"):
        return None
    return backend.run(run_id or urls.run_id())


def draw_story_offer(top: Sequence[Block]) -> None:
    """Draw an introduction to the story and the button that builds its run."""
    draw("step", *top, prose(TEXTS / "story.md"))
    story = ("build", ARTICLE.name, "--scenario", ARTICLE.name)
    draw_offer("Build the story", ":material/play_arrow:", *story, primary=True)


def budget(run: Run) -> int:
    """Return how many labels the repair looks at: the story's, or a quarter where the run is small."""
    return min(ARTICLE.budget, max(1, len(run.train_labels) // 4))


def accuracies(run: Run) -> dict[str, str]:
    """Return the places of the first step's text: the worst class and the best one, and how often each is right."""
    each = run.manifest.accuracy_per_class
    worst, best = min(each, key=lambda name: each[name]), max(each, key=lambda name: each[name])
    return {
        "worst": worst,
        "worst_right": screen_text.percent(each[worst]),
        "best": best,
        "best_right": screen_text.percent(each[best]),
    }


@keyed_cache(backend.RUNS)
def wrong_cat(run_id: str) -> int | None:
    """Return the surest wrong prediction of the worst class, most of whose harmful training images have wrong labels.

    Where the truth is not known, or no image has such culprits, it is the surest wrong prediction of all; None where all are right.
    """
    run = backend.warm_run(run_id)
    each = run.manifest.accuracy_per_class
    wrong = run.confidently_wrong(run.class_names.index(min(each, key=lambda name: each[name])))
    wrong = wrong if len(wrong) else run.confidently_wrong()
    if not len(wrong):
        return None
    if run.truth is None:
        return int(wrong[0])
    mislabelled = run.truth != run.train_labels
    counts = np.zeros(len(wrong))
    for part, scores in run.scorer(run.default_method).blocks(run.tests_of(wrong)):
        leading = np.argpartition(scores, TOP, axis=0)[:TOP]
        counts[part] = mislabelled[leading].sum(axis=0)
    misled = wrong[counts >= MISLED * TOP]
    return int(misled[0] if len(misled) else wrong[0])


def harmful_sections(run: Run, index: int) -> list[Section]:
    """Return the wrong image and its most harmful training images, without marks: what is wrong with them, pupils are asked."""
    explanation = backend.explain(run.id, index, run.default_method, TOP)
    image = Section(
        "The test image", [image_tiles.prediction_tile(run, index, pictured=True)], "This image", tile=220, single=True
    )
    tiles = image_tiles.neighbour_tiles(run, explanation, explanation.harmful[:SHOWN], "harmful")
    title = answer(explanation, explanation.label).sides()[1]
    return [image, Section(title, [replace(tile, marks=()) for tile in tiles], title, empty="No training image does.")]


def wrong_label_share(run: Run, index: int) -> list[Block]:
    """Return how many of the most harmful images carry a wrong label beside their share of all; nothing where it is not known."""
    explanation = backend.explain(run.id, index, run.default_method, TOP)
    rows = [entry.train_index for entry in explanation.harmful[:SHOWN]]
    if run.truth is None or not rows:
        return []
    wrong = run.truth != run.train_labels
    sentence = (
        f"Of the {screen_text.counted(len(rows), 'training image')} that misled it most, {int(wrong[rows].sum())} carry a wrong label; of all "
        f"training images it is {screen_text.percent(float(wrong.mean()), 0)}. The program does not use that knowledge, it only tells it here."
    )
    return [small(sentence)]


def cached_audit(run: Run) -> AuditResult | None:
    """Return the audit of the run's labels where there is one."""
    return backend.audit(run.id, "all")


def suspects_effect(run: Run, audit: AuditResult) -> list[Block]:
    """Return the first suspects and what all within the budget do together to the worst class, predicted and refitted."""
    rows = audit.order[: budget(run)]
    tiles = [_suspect_tile(run, int(row), str(run.class_names[audit.suggested[row]])) for row in audit.order[:SUSPECTS]]
    return [
        text(
            f"Without all {len(rows):,} first suspects, {effect_sentence(*predicted_effect(run.id, tuple(rows.tolist())))}"
        ),
        gallery(Section("First suspects", tiles, tile=84)),
        doors(("Go through the queue", urls.address("suspects", run=run_name()))),
    ]


def _suspect_tile(run: Run, row: int, suggested: str) -> Tile:
    label = run.class_names[run.train_labels[row]]
    alt = f"suspect, labelled {label}, maybe {suggested}, training image {row}"
    return image_tiles.training_tile(run, row, alt=alt, lines=(label, f"maybe {suggested}"), state={"run": run_name()})


def kind_effects(run: Run) -> list[Block]:
    """Return what each kind that is no class (wild cats among cats) does together, where the data set knows kinds."""
    kinds = run.dataset.train.kinds or ()
    kind_of_row = [kinds[row] for row in run.arrays["train_rows"]] if kinds else []
    sentences = []
    for kind in sorted({*kind_of_row} - {*run.class_names}):
        rows = [row for row, each in enumerate(kind_of_row) if each == kind]
        effect = effect_sentence(*predicted_effect(run.id, tuple(rows)))
        sentences.append(
            text(f"The {len(rows):,} training images that show a {kind}, as a group: without them {effect}")
        )
    return [heading("A kind of its own"), *sentences] if sentences else []


@keyed_cache(backend.RUNS)
def predicted_effect(run_id: str, rows: tuple[int, ...]) -> tuple[str, float, float | None]:
    """Return the worst class and the change of its mean test loss without these rows, predicted and measured, nats."""
    run = backend.warm_run(run_id)
    each = run.manifest.accuracy_per_class
    label = min(each, key=lambda name: each[name])
    tests: Tests = run.tests_of(np.flatnonzero(run.test_labels == run.class_names.index(label)))
    effect: GroupEffect = group_effect(run.scorer(run.default_method), tests, np.array(rows))
    return label, float(effect.predicted.mean()), None if effect.measured is None else float(effect.measured.mean())


def effect_sentence(label: str, predicted: float, measured: float | None) -> str:
    """Return what leaving a group out does to the mean test loss of a class, predicted and measured, in words."""
    sentence = f"the mean loss on the test images labelled {label} would change by {screen_text.number(predicted, '+')} nats as the scores add up"
    if measured is None:
        return f"{sentence}; a refit is impossible, because a class would be left empty."
    return f"{sentence}, and by {screen_text.number(measured, '+')} when the last layer is really fitted again."


def repaired_run(run: Run) -> Run | None:
    """Return the repaired run of this one where there is one."""
    run_id = backend.runs().get(edit_scope.derived_name(run_name(), "repaired"))
    after = backend.run(run_id) if run_id else None
    return after if after is not None and after.manifest.base == run.id else None


def repair_outcome(run: Run, after: Run, index: int) -> list[Block]:
    """Return accuracy before and after the repair, and what became of the cat."""
    comparison = compare_runs(run, after)
    label = int(run.test_labels[index])
    name, before, now = (
        run.class_names[label],
        run.test_probabilities[index, label],
        after.test_probabilities[index, label],
    )
    verdict = run.class_names[int(after.predicted[index])]
    same = "still" if after.predicted[index] == run.predicted[index] else "now"
    right = ", which is right" if verdict == name else ""
    name_after = edit_scope.derived_name(run_name(), "repaired")
    return [
        *(text(accuracy_sentence(each, change)) for each, change in comparison.classes.items()),
        text(
            f"The image above: {screen_text.change(name, before, now)}. It is {same} called {screen_text.article(verdict)}{right}."
        ),
        small(_counted(after, comparison)),
        doors(
            ("Compare both runs", urls.address("compare", what="runs", before=run_name(), after=name_after)),
            ("See the repaired run", urls.address("overview", run=name_after)),
            ("See every correction, or take them back", urls.address("retrain", run=run_name())),
        ),
    ]


def _counted(after: Run, comparison: Comparison) -> str:
    corrected = sum(action == "relabel" for _, action, _ in after.manifest.edits)
    return (
        f"{screen_text.counted(corrected, 'label')} corrected. "
        f"{screen_text.counted(len(comparison.fixed), 'prediction')} fixed, {len(comparison.broken):,} broken."
    )
