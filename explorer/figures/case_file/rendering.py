"""A case as one HTML file: pictures inside, no script, nothing from elsewhere, good on paper and in the dark."""

import base64
import hashlib
import time
from pathlib import Path
from urllib.parse import urlencode

from explorer.core.files import writing
from explorer.core.phrases import article, change, counted, number, penalty, percent, spaced
from explorer.datasets.corruption.hidden_noise import unsaid
from explorer.datasets.uploads import public_name
from explorer.figures.case_file.galleries import TEMPLATES, EmbeddedPicture, PictureOf, galleries_view, styles
from explorer.models import TRAINED_HERE
from explorer.models.preparation.preparation import preparation_words
from explorer.runs.build.reading import reading_lines
from explorer.runs.edits.edit_log import Edit
from explorer.runs.memory_run import has_pictures
from explorer.runs.results.case_facts import Case
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run
from explorer.runs.thumbnails import data_address, encoded
from explorer.runs.whole_network.methods import scope_of

# Where the program listens unless a person chose another port.
APP = "http://127.0.0.1:8501"
DONE = {"relabel": "now labelled", "exclude": "left out", "keep": "label confirmed", "tag": "tagged", "note": "note:"}
UNKNOWN = "The program knows of no licence for these pictures. Ask whoever made them before you pass this file on."


def casefile(case: Case, app: str = APP) -> str:
    """Return the HTML of a case file.

    Args:
        case: what it says.
        app: where the program listens, for the link back into it.

    Raises:
        ExplorerError: a picture cannot be read.
    """
    found, style, manifest = case.found, styles("page", "galleries", "sections"), case.run.manifest
    return TEMPLATES.get_template("case_file.html.jinja").render(
        case=case,
        found=found,
        view=galleries_view(found, _pictures_of(case.run), lambda row: _edits_of(case, row)),
        title=_question(found),
        style=style,
        policy=_policy(style),
        address=app + explain_address(case.run, found),
        notice=spaced(manifest.notice),
        effects=_effects(case),
        flipped=_flipped(case),
        touching=_touching(case),
        edits=[_edit_row(edit) for edit in case.edits],
        facts=_facts(case),
        licensed=any("licen" in name.lower() for name in manifest.facts) or manifest.dataset == "drawn",
        unknown_licence=UNKNOWN,
        trained_here=manifest.backbone in TRAINED_HERE or bool(manifest.finetune),
        scope=scope_of(found.method) if found.whole else "",
        held=_held(found),
    )


def prediction_text(run: Run, found: Explanation) -> str:
    """Return an explained prediction as an HTML page of its own, without the edits, refits and commands of a case.

    Raises:
        ExplorerError: a picture cannot be read.
    """
    style = styles("page", "galleries", "sections")
    facts = {"title": _question(found), "style": style, "policy": _policy(style), "notice": spaced(run.manifest.notice)}
    view = galleries_view(found, _pictures_of(run), _without_edits)
    return TEMPLATES.get_template("prediction.html.jinja").render(run_id=run.id, found=found, view=view, **facts)


def galleries_text(run: Run, found: Explanation) -> str:
    """Return the galleries and all scores of a prediction as HTML for a notebook, whose own styles they leave alone.

    Raises:
        ExplorerError: a picture cannot be read.
    """
    facts = {"title": _question(found), "notice": spaced(run.manifest.notice), "colours": styles("notebook")}
    view = galleries_view(found, _pictures_of(run), _without_edits)
    return TEMPLATES.get_template("notebook.html.jinja").render(view=view, style=styles("galleries"), **facts)


def write_page(path: Path, text: str) -> Path:
    """Write an HTML file, whole or not at all, that others may read; return its path.

    Raises:
        ExplorerError: it cannot be written.
    """
    with writing(path, len(text)) as temporary:
        temporary.write_text(text, encoding="utf-8")
        temporary.chmod(0o644)  # a temporary file is its owner's alone; this one is made to be passed on
    return path


def explain_address(run: Run, found: Explanation) -> str:
    """Return the path and parameters that restore a view in the app; a run's id never means anything else."""
    state = {"run": run.id, "test": found.index, "method": found.method}
    return "/explain?" + urlencode(state | ({} if found.target == found.label else {"target": found.target}))


def _question(found: Explanation) -> str:
    return f"Why does the model call this {found.label} {article(found.predicted)}?"


def _pictures_of(run: Run) -> PictureOf:
    """Return what gives the pictures of a run as they stand inside a file; none of a run without pictures."""
    if not has_pictures(run):
        return lambda side, index: None

    def picture(side: str, index: int) -> EmbeddedPicture:
        content, kind = encoded(run, side, index)
        return EmbeddedPicture(data_address(content, kind), kind == "image/png")

    return picture


def _without_edits(train_index: int) -> list[str]:
    return []


def _policy(style: str) -> str:
    """Return what a browser may use: this very style and the pictures inside, nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _edits_of(case: Case, train_index: int) -> list[str]:
    return [_decision(edit) for edit in case.edits_of(train_index)]


def _decision(edit: Edit) -> str:
    return f"{DONE.get(edit.change.action, edit.change.action)} {edit.change.value}".rstrip()


def _effects(case: Case) -> list[list[str]]:
    """Return one row for the removal, and one for the edits in force where they change anything: predicted and measured.

    Of a whole network it is one row for each training from scratch that was made.
    """
    trial, effect = case.trial, case.effect
    if trial is None:
        return [
            [f"without {counted(count, 'image')}", f"{number(predicted, '+')} nats", f"{number(measured, '+')} nats"]
            for count, predicted, measured in case.trainings
        ]
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
                f"with the changes in force, {counted(effect.changes, 'image')}{of}",
                f"{number(effect.predicted, '+')} nats",
                f"{number(effect.measured, '+')} nats",
                change(case.found.label, effect.before, effect.after),
                f"{effect.says[0]} → {effect.says[1]}",
            ]
        )
    return rows


def _model(case: Case) -> list[tuple[str, str]]:
    """Return how good the model is that is explained, the method and its unit, and of a last layer how it was fitted."""
    manifest, found = case.run.manifest, case.found
    right = ", ".join(f"{name} {percent(share)}" for name, share in manifest.accuracy_per_class.items())
    if found.whole:
        unit = found.unit or "its numbers have no unit and only an order"
        return [("Accuracy of the last layer, fitted again", right), ("Method", f"{found.method}, {unit}")]
    return [
        ("Accuracy", right),
        ("Method", found.method),
        ("λ", penalty(manifest.l2, bool(manifest.l2_curve), manifest.refitted)),
        ("‖∇R‖", f"{manifest.gradient_norm:.1e}"),
    ]


def _held(found: Explanation) -> str:
    """Return how much of the question the kept directions hold; empty for other methods than ``replay-basis``."""
    if found.share_held is None:
        return ""
    return (
        f"The kept directions hold {percent(found.share_held, 0)} of this question. What they miss can be what mattered most: the order "
        "below is a first guess."
    )


def _flipped(case: Case) -> str:
    """Return the sentence on the flipping set; empty where nobody searched, or none was found."""
    flip = case.flip
    if flip is None or flip.rows is None:
        return ""
    names, rows = case.run.class_names, flip.rows.tolist()
    return (
        f"Without {counted(len(rows), 'training image')} of {len(case.run.train_labels):,} the model says {names[flip.after]} "
        f"instead of {names[flip.before]}; verified by a real refit. They are, the strongest first: {', '.join(map(str, rows))}."
    )


def _touching(case: Case) -> int:
    """Return how many edits are of training images that the galleries show."""
    shown = {case.run.picture_row("train", entry.train_index) for entry in (*case.found.helpful, *case.found.harmful)}
    return sum(edit.change.side == "train" and edit.change.row in shown for edit in case.edits)


def _edit_row(edit: Edit) -> list[str]:
    return [
        f"{'training' if edit.change.side == 'train' else 'test'} picture {edit.change.row}",
        _decision(edit),
        edit.author,
        time.strftime("%Y-%m-%d %H:%M", time.localtime(edit.made)),
    ]


def _facts(case: Case) -> list[tuple[str, str]]:
    """Return what the figures rest on: data, network, λ, versions."""
    manifest = case.run.manifest
    noise = f", planted noise {unsaid(manifest.noise)}" if manifest.noise else ""
    base = f", {counted(len(manifest.edits), 'change')} on {manifest.base}" if manifest.base else ""
    return [
        ("Run", case.run.id + base),
        ("Images", f"{manifest.title}: {manifest.n_train:,} for training, {manifest.n_test:,} for testing"),
        ("Data set", f"{public_name(manifest.dataset)}, {manifest.data_digest[:16]}{noise}"),
        *reading_lines(manifest.reading).items(),
        ("Network", f"{manifest.backbone}, pictures at {manifest.recipe['size']} px, seed {manifest.seed}"),
        ("Preparation", preparation_words(manifest.recipe)),
        *_model(case),
        ("Versions", ", ".join(f"{name} {version}" for name, version in case.versions.items())),
        ("Made", case.made),
        *((name.capitalize(), spaced(str(value))) for name, value in manifest.facts.items()),
    ]
