"""A case as one HTML file: pictures inside, no script, nothing from elsewhere, good on paper and in the dark."""

import base64
import hashlib
import time
from collections.abc import Sequence
from math import log1p
from urllib.parse import urlencode

from explorer.core.phrases import SCANNED, article, change, counted, number, penalty, probability, signed
from explorer.core.resources import bundled
from explorer.figures.markup import Markup, element, joined, listed, table
from explorer.figures.score_histogram import histogram
from explorer.models import SMALL_CNN
from explorer.runs.edits.edit_log import Edit
from explorer.runs.results.case_facts import Case
from explorer.runs.results.explanation import Explanation, Neighbour
from explorer.runs.run import Run
from explorer.runs.thumbnails import data_address, encoded

_STYLE = (bundled("assets") / "casefile.css").read_text(encoding="utf-8")
# Where the program listens unless a person chose another port.
APP = "http://127.0.0.1:8501"
# The histogram's size, and how much of it is for the figures under the bars.
WIDTH, HEIGHT, FOOT = 720, 130, 18
DONE = {"relabel": "now labelled", "exclude": "left out", "keep": "label confirmed", "tag": "tagged", "note": "note:"}
NOT_CLAIMED = (
    "That a harmful image is labelled wrong. It misled this one prediction; for others it may be right and useful.",
    "That scores add up. The column “predicted” adds up scores; the column “measured” is a real refit.",
    "That this prediction speaks for others. What edits do to all test images is on the page Compare.",
)
FROZEN = "Anything about the network before its last layer: it came trained, and a refit leaves it as it is."
SHARE = "The whole influence. This network was trained on the same images; the scores are its last layer's share only."
UNKNOWN = "The program knows of no licence for these pictures. Ask whoever made them before you pass this file on."


def casefile(case: Case, app: str = APP) -> str:
    """Return the HTML of a case file.

    Args:
        case: what it says.
        app: where the program listens, for the link back into it.

    Raises:
        ExplorerError: a picture cannot be read.
    """
    title = _question(case)
    parts = (_evidence, _scores, _effects, _edits, _facts, _commands, _limits)
    top = joined(element("h1", title), element("p", _subtitle(case), class_="quiet"), _door(case, app), *_notices(case))
    head = element("head", *_meta(), element("title", title), element("style", Markup(_STYLE)))
    body = element("body", element("main", top, *(part(case) for part in parts)))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def explain_address(run: Run, found: Explanation) -> str:
    """Return the path and parameters that restore a view in the app; a run's id never means anything else."""
    state = {"run": run.id, "test": found.index, "method": found.method}
    return "/explain?" + urlencode(state | ({} if found.target == found.label else {"target": found.target}))


def _meta() -> list[Markup]:
    """Return what a browser reads first: a policy that allows this very style and the pictures inside, nothing else."""
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    named = {"viewport": "width=device-width, initial-scale=1", "color-scheme": "light dark", "referrer": "no-referrer"}
    return [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        *(element("meta", name=name, content=content) for name, content in named.items()),
    ]


def _question(case: Case) -> str:
    return f"Why does the model call this {case.found.label} {article(case.found.predicted)}?"


def _subtitle(case: Case) -> str:
    return f"Case file of test image {case.found.index} in run {case.name}, {case.made}"


def _door(case: Case, app: str) -> Markup:
    link = element("a", "Open this view in Influence Explorer", href=app + explain_address(case.run, case.found))
    return element("p", link, Markup(" "), element("span", "(while it runs on your machine)", class_="quiet"))


def _notices(case: Case) -> list[Markup]:
    notice = case.run.manifest["notice"]
    return [element("p", notice, class_="notice", role="note")] if notice else []


def _evidence(case: Case) -> Markup:
    found = case.found
    likely = sorted(found.probabilities.items(), key=lambda entry: -entry[1])[:5]
    facts = [
        ("Labelled", found.label),
        ("The model says", f"{found.predicted} {_mark(found.label == found.predicted)}"),
    ]
    alt = f"test image {found.index}, labelled {found.label}, the model says {found.predicted}"
    picture = element("figure", _image(case, "test", found.index, alt))
    facts += [(f"P({name})", probability(share)) for name, share in likely]
    return element(
        "div",
        element("section", element("h2", "This image"), picture, listed(facts), class_="this"),
        _side(case, found.helpful, "helpful", "▲ was taught by these"),
        _side(case, found.harmful, "harmful", "▼ and misled by these"),
        class_="sentence",
    )


def _mark(right: bool) -> str:
    return "✓" if right else "✗"


def _side(case: Case, side: Sequence[Neighbour], word: str, title: str) -> Markup:
    target, sure = case.found.target, "less sure" if word == "helpful" else "surer"
    nats = any(entry.probability_without is not None for entry in side)
    means = f"Without each of them, the model would be {sure} of {target}."
    means = (
        means if nats else f"By {case.found.method}, these speak {'for' if word == 'helpful' else 'against'} {target}."
    )
    tiles = [_tile(case, entry, word, rank) for rank, entry in enumerate(side, 1)]
    shown = element("div", *tiles, class_="gallery") if tiles else element("p", "No training image did.")
    return element("section", element("h2", title, class_=word), element("p", means, class_="quiet"), shown)


def _tile(case: Case, entry: Neighbour, word: str, rank: int) -> Markup:
    score, after = signed(entry.score), entry.probability_without
    alt = f"{word} {rank}, labelled {entry.label}, score {score[2:]}, training image {entry.train_index}"
    lines = [element("span", entry.label, class_="label"), element("span", score, class_=word)]
    if after is not None:
        lines.append(element("span", change(case.found.target, case.found.probability, after)))
    lines.append(element("span", f"image {entry.train_index}", class_="number"))
    lines += [element("span", _told(edit), class_="edited") for edit in case.edits_of(entry.train_index)]
    return element("figure", _image(case, "train", entry.train_index, alt), element("figcaption", *lines))


def _image(case: Case, side: str, index: int, alt: str) -> Markup:
    content, kind = encoded(case.run, side, index)
    small = {"class_": "small"} if kind == "image/png" else {}  # such pictures are enlarged without blur
    return element("img", src=data_address(content, kind), alt=alt, **small)


def _told(edit: Edit) -> str:
    return f"{DONE.get(edit.change.action, edit.change.action)} {edit.change.value}".rstrip()


def _scores(case: Case) -> Markup:
    bars = histogram(case.found.scores, (None, None))
    top, width = max(bars.counts), WIDTH / len(bars.counts)
    drawn = [
        element(
            "rect",
            x=f"{place * width + 0.5:.1f}",
            y=f"{(HEIGHT - FOOT) * (1 - _tall(count, top)):.1f}",
            width=f"{width - 1:.1f}",
            height=f"{(HEIGHT - FOOT) * _tall(count, top):.1f}",
            class_="zero" if 2 * place + 1 == len(bars.counts) else "positive" if centre > 0 else "negative",
        )
        for place, (count, centre) in enumerate(zip(bars.counts, bars.centres, strict=True))
    ]
    ends = [
        element("text", number(share * bars.reach, "+" if share else ""), x=x, y=HEIGHT - 4, text_anchor=anchor)
        for share, x, anchor in ((-1, 0, "start"), (0, WIDTH / 2, "middle"), (1, WIDTH, "end"))
    ]
    label = f"Histogram of {sum(bars.counts):,} scores from {number(-bars.reach)} to {number(bars.reach, '+')}"
    picture = element("svg", *drawn, *ends, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label)
    words = "Scores of all training images; heights grow by the logarithm, so that single images can be seen."
    words += "" if case.found.exact else f" {SCANNED}"
    return joined(element("h2", "Where these scores lie among all"), picture, element("p", words, class_="quiet"))


def _tall(count: int, top: int) -> float:
    """Return the height of a bar, 0 to 1."""
    return log1p(count) / log1p(top)


def _effects(case: Case) -> Markup:
    trial, effect = case.trial, case.effect
    rows = [
        [
            f"without {case.left_out}",
            f"{number(trial.predicted_loss_change, '+')} nats",
            f"{number(trial.measured_loss_change, '+')} nats",
            change(case.found.label, trial.probability_before, trial.probability_after),
            f"{trial.label_before} → {trial.label_after}",
        ]
    ]
    if effect:
        of = "" if case.run.id == effect.base else f" of run {effect.base}"
        rows.append(
            [
                f"with the edits in force, {counted(effect.changes, 'image')}{of}",
                f"{number(effect.predicted, '+')} nats",
                f"{number(effect.measured, '+')} nats",
                change(case.found.label, effect.before, effect.after),
                f"{effect.says[0]} → {effect.says[1]}",
            ]
        )
    head = ["The last layer fitted again", "predicted", "measured", "probability", "the model says"]
    left_out = f"Left out were the training images {', '.join(map(str, trial.removed))}."
    words = f"Change of the loss, −log P({case.found.label}). Standardisation, λ and n stayed as they were. {left_out}"
    return joined(
        element("h2", "Predicted, and what really happened"), table(head, rows), element("p", words, class_="quiet")
    )


def _edits(case: Case) -> Markup:
    title = element("h2", "Edits in force")
    if not case.edits:
        return joined(title, element("p", "Nobody has edited these data."))
    shown = {case.run.picture_row("train", entry.train_index) for entry in (*case.found.helpful, *case.found.harmful)}
    touching = sum(edit.change.side == "train" and edit.change.row in shown for edit in case.edits)
    words = (
        f"{counted(len(case.edits), 'edit')}, {touching} of them of images shown above. Rows are those of the data set."
    )
    rows = [
        [
            f"{'training' if edit.change.side == 'train' else 'test'} picture {edit.change.row}",
            _told(edit),
            edit.author,
            time.strftime("%Y-%m-%d %H:%M", time.localtime(edit.made)),
        ]
        for edit in case.edits
    ]
    return joined(title, element("p", words), table(["picture", "edit", "by", "when"], rows))


def _facts(case: Case) -> Markup:
    known = case.run.manifest
    right = ", ".join(f"{name} {share:.1%}" for name, share in known["accuracy_per_class"].items())
    noise = known.get("noise")
    facts = [
        (
            "Run",
            case.run.id + (f", {counted(len(known['edits']), 'edit')} on {known['base']}" if "base" in known else ""),
        ),
        ("Images", f"{known['title']}: {known['n_train']:,} for training, {known['n_test']:,} for testing"),
        (
            "Data set",
            f"{known['dataset']}, {known['data_digest'][:16]}" + (f", planted noise {noise}" if noise else ""),
        ),
        ("Network", f"{known['backbone']}, pictures at {known['recipe']['size']} px, seed {known['seed']}"),
        ("Accuracy", right),
        ("Method", case.found.method),
        ("λ", penalty(known)),
        ("‖∇R‖", f"{known['gradient_norm']:.1e}"),
        ("Versions", ", ".join(f"{name} {number_}" for name, number_ in case.versions.items())),
        ("Made", case.made),
        *((name.capitalize(), str(value)) for name, value in known["facts"].items()),
    ]
    licensed = any("licen" in name.lower() for name in known["facts"]) or known["dataset"] == "drawn"
    notice = [] if licensed else [element("p", UNKNOWN, class_="notice", role="note")]
    return joined(element("h2", "What this rests on"), listed(facts), *notice)


def _commands(case: Case) -> Markup:
    pairs = [(what, element("code", line)) for what, line in case.commands]
    return joined(element("h2", "Every figure again"), element("div", listed(pairs), class_="commands"))


def _limits(case: Case) -> Markup:
    own = SHARE if case.run.manifest["backbone"] == SMALL_CNN else FROZEN
    words = [*NOT_CLAIMED, own]
    return joined(element("h2", "What this does not claim"), element("ul", *(element("li", each) for each in words)))
