"""``edit``: relabel, exclude, keep, tag, note and trust from the command line; list, undo, export, import, refit."""

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.edit_output import line, record, show_edits
from explorer.cli.output import JsonOption, indices, on_run, reported, show
from explorer.core.errors import ExplorerError

RunName = Annotated[str, typer.Option("--run", help="A run's name or id; its data set is edited.")]
TrainOption = Annotated[str, typer.Option("--train", help="Training images of the run: I,J,K.")]
AuthorOption = Annotated[str | None, typer.Option(help="Who decides; your login name by default.")]
AlsoOption = Annotated[
    bool,
    typer.Option("--also-confirmed", help="Also images whose labels somebody confirmed; else they are named and stay."),
]
OwnOption = Annotated[str | None, typer.Option("--author", help="Only this author's edits; everybody's by default.")]

edit = typer.Typer(
    help="Relabel, exclude, keep, tag or note images; edits belong to the data set.", no_args_is_help=True
)


@edit.command("list")
@on_run
def list_edits(run: RunName = "default", as_json: JsonOption = False) -> None:
    """List the decisions in force, in the order in which they were made."""
    from explorer.runs.edits.edit_log import live, state
    from explorer.runs.store import open_run

    opened = open_run(run)
    digest = opened.data_digest
    said = state(digest)
    counts = {"touched": said.touched(), "changed": said.changed()}
    show_edits(opened, "edits", live(digest), as_json, counts, with_ids=True)


@edit.command()
@on_run
def relabel(
    train: TrainOption,
    to: Annotated[str, typer.Option(help="The new class.")],
    run: RunName = "default",
    author: AuthorOption = None,
    also_confirmed: AlsoOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give training images another class; those whose labels somebody confirmed are named and stay."""
    record(run, train, "relabel", to, author, as_json, spare=not also_confirmed)


@edit.command()
@on_run
def exclude(
    train: TrainOption,
    run: RunName = "default",
    author: AuthorOption = None,
    also_confirmed: AlsoOption = False,
    as_json: JsonOption = False,
) -> None:
    """Leave training images out; those whose labels somebody confirmed are named and stay."""
    record(run, train, "exclude", "", author, as_json, spare=not also_confirmed)


@edit.command()
@on_run
def keep(
    train: TrainOption, run: RunName = "default", author: AuthorOption = None, as_json: JsonOption = False
) -> None:
    """Confirm the labels of training images; it clears what was relabelled or excluded."""
    record(run, train, "keep", "", author, as_json)


@edit.command()
@on_run
def tag(
    train: TrainOption,
    name: Annotated[str, typer.Option("--tag", help="The tag; with - before it, the tag is taken away.")],
    run: RunName = "default",
    author: AuthorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tag training images."""
    record(run, train, "tag", name, author, as_json)


@edit.command()
@on_run
def note(
    train: TrainOption,
    text: Annotated[str, typer.Option(help="The note; an empty one takes it away.")],
    run: RunName = "default",
    author: AuthorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a note to training images."""
    record(run, train, "note", text, author, as_json)


@edit.command()
@on_run
def trust(
    test: Annotated[str, typer.Option("--test", help="Test images: I,J,K.")],
    no: Annotated[bool, typer.Option("--no", help="Trust them no longer.")] = False,
    run: RunName = "default",
    author: AuthorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mark test images whose labels you trust."""
    record(run, test, "trust", "-" if no else "", author, as_json, side="test")


@edit.command()
@on_run
def undo(run: RunName = "default", author: OwnOption = None, as_json: JsonOption = False) -> None:
    """Take the latest edit back, with all that were recorded together with it."""
    from explorer.runs.edits.edit_log import undo_step
    from explorer.runs.store import open_run

    opened = open_run(run)
    show_edits(opened, "undone", undo_step(opened.data_digest, author), as_json)


@edit.command("take-back")
@on_run
def take_back_edits(
    ids: Annotated[str, typer.Argument(metavar="ID", help="Of edits, as edit list says them: I,J,K.")],
    run: RunName = "default",
    author: AuthorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take single edits back, whoever made them; redo puts them in force again."""
    from explorer.runs.edits.edit_log import AUTHOR, live, take_back
    from explorer.runs.store import open_run

    opened = open_run(run)
    asked = set(indices(ids, "ID"))
    if unknown := asked - {each.id for each in live(opened.data_digest)}:
        numbers = ", ".join(map(str, sorted(unknown)))
        raise ExplorerError(
            f"No edit in force has the id {numbers}; edit list says which there are. Nothing was changed."
        )
    taken = take_back(opened.data_digest, asked, AUTHOR if author is None else author)
    show_edits(opened, "undone", taken, as_json, with_ids=True)


@edit.command()
@on_run
def redo(run: RunName = "default", author: OwnOption = None, as_json: JsonOption = False) -> None:
    """Put in force again what was undone last."""
    from explorer.runs.edits.edit_log import redo_step
    from explorer.runs.store import open_run

    opened = open_run(run)
    show_edits(opened, "redone", redo_step(opened.data_digest, author), as_json)


@edit.command()
@on_run
def apply(
    file: Annotated[Path, typer.Argument(help="A CSV or JSON Lines file, as edit export writes it.")],
    run: RunName = "default",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be added.")] = False,
    author: AuthorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add the edits of a file; what is so already is left out, what cannot be matched is said."""
    from explorer.runs.edits.edit_log import AUTHOR
    from explorer.runs.edits.exchange import apply_edits, compare_edits, described
    from explorer.runs.store import open_run

    opened = open_run(run)
    diff = compare_edits(opened, file, author or AUTHOR)
    if not dry_run:
        apply_edits(opened, diff)
    added, unmatched = described(opened, diff.added), [{"line": line, "reason": why} for line, why in diff.unmatched]
    result = {
        "applied": not dry_run,
        "added": added,
        "already": described(opened, diff.already),
        "unmatched": unmatched,
    }
    lines = [*map(line, added), *(f"line {line}: {why}" for line, why in diff.unmatched)]
    verb = "would be added" if dry_run else "added"
    total = f"{len(added)} {verb}, {len(diff.already)} are so already, {len(unmatched)} cannot be matched."
    show(result, as_json, [*lines, total])


@edit.command("export")
@on_run
def export_edits(
    output: Annotated[Path, typer.Option(help="The file, or the folder, to write.")],
    run: RunName = "default",
    form: Annotated[
        str, typer.Option("--format", help="csv, jsonl or folder (a cleaned copy of the pictures).")
    ] = "csv",
    link: Annotated[
        bool, typer.Option("--link", help="Of a folder: link the pictures instead of copying them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the edits in force, or a cleaned copy of the pictures in ImageFolder layout."""
    if form not in ("csv", "jsonl", "folder"):
        raise ExplorerError(f"There is no format {form!r}; choose csv, jsonl or folder.")
    if link and form != "folder":
        raise ExplorerError("--link belongs to --format folder; leave it out.")
    from explorer.runs.edits.cleaned_copy import cleaned_copy
    from explorer.runs.edits.exchange import export_edits as write
    from explorer.runs.store import open_run

    opened = open_run(run)
    if form == "folder":
        with reported(None) as progress:
            found = cleaned_copy(opened, output, link, progress)
    else:
        found = {"edits": write(opened, output, form)}
    told = ", ".join(f"{count} {what}" for what, count in found.items())
    show({"run": run, "format": form, "output": str(output)} | found, as_json, [f"Written: {output} ({told})"])


@edit.command("retrain")
@on_run
def retrain_edited(
    name: Annotated[str, typer.Option("--as", help="Name of the new run.")],
    run: RunName = "default",
    as_json: JsonOption = False,
) -> None:
    """Refit the head to the edited data: a new run, the old one stays. For a network from scratch: build --edited."""
    from explorer.cli.build import SHOWN
    from explorer.runs.edits.refit import base_of, predicted_for, refit_edited
    from explorer.runs.store import open_run

    opened = open_run(run)
    with reported(None) as progress:
        made, base = refit_edited(opened, name, progress), base_of(opened)
    predicted = predicted_for(made)
    measured = made.test_losses - base.test_losses
    facts = {key: made.manifest.content[key] for key in (*SHOWN, "base", "edits")}
    changes = {"predicted_loss_change": float(predicted.mean()), "measured_loss_change": float(measured.mean())}
    lines = [
        f"Run {name} ({made.id}): {len(facts['edits'])} changes, {facts['n_train']} training images",
        f"accuracy: {base.manifest.accuracy:.4f} → {facts['accuracy']:.4f}",
        "mean test loss: {predicted_loss_change:+.6f} predicted, {measured_loss_change:+.6f} measured".format(
            **changes
        ),
    ]
    show({"run": name} | facts | changes, as_json, lines)
