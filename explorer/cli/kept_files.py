"""``uploads`` and ``pictures``: what browsers sent and people kept on this computer, and its removal."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import JsonOption, plain_errors, show
from explorer.core.errors import ExplorerError, unknown

if TYPE_CHECKING:
    from explorer.runs.unused_uploads import KeptUpload

RemoveOption = Annotated[
    list[str] | None, typer.Option("--remove", help="Remove this one, by its name or key; may be given several times.")
]


@plain_errors
def uploads(
    remove: RemoveOption = None,
    unused: Annotated[
        bool, typer.Option("--unused", help="Remove those of more than a day ago that no run was built on.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the files that were dropped on Data and models, or remove some; one that a run needs stays."""
    from explorer.runs import unused_uploads

    if remove and unused:
        raise ExplorerError("Give --remove NAME or --unused, not both.")
    before = unused_uploads.kept_uploads()
    gone = unused_uploads.remove_uploads(remove or [])
    if unused:
        unused_uploads.remove()
        left = {upload.path for upload in unused_uploads.kept_uploads()}
        gone = [upload for upload in before if upload.path not in left]
    kept = [upload for upload in before if upload not in gone]
    result = {"uploads": [*map(_upload, kept)], "removed": [upload.name for upload in gone]}
    show(result, as_json, [*_removed(gone), *map(_upload_line, kept)] or ["No file was sent to this program."])


def _upload(upload: "KeptUpload") -> dict[str, Any]:
    return {
        "key": upload.key,
        "name": upload.name,
        "path": str(upload.path),
        "bytes": upload.size,
        "sent": round(upload.sent),
        "runs": list(upload.runs),
    }


def _upload_line(upload: "KeptUpload") -> str:
    used = f"used by {', '.join(upload.runs)}" if upload.runs else "used by no run"
    return f"{upload.key}  {_size(upload.size):>9}  {_day(upload.sent)}  {upload.name}  {used}"


def _removed(gone: "list[KeptUpload]") -> list[str]:
    return [f"Removed: {upload.name} ({_size(upload.size)})" for upload in gone]


@plain_errors
def pictures(remove: RemoveOption = None, as_json: JsonOption = False) -> None:
    """List the pictures that people kept on Explain, or remove some."""
    from explorer.runs.edits import edit_scope
    from explorer.runs.own_pictures import picture_store

    found = _kept_pictures()
    for name in remove or []:
        if name not in {each["name"] for each in found}:
            raise unknown("kept picture", name, [each["name"] for each in found])
    going = [each for each in found if each["name"] in (remove or [])]
    for each in going:
        with edit_scope.as_owner(each["owner"]):
            picture_store.remove(each["name"])
    kept = [each for each in found if each not in going]
    lines = [f"Removed: {each['name']} ({_size(each['bytes'])})" for each in going] + [*map(_picture_line, kept)]
    show({"pictures": kept, "removed": [each["name"] for each in going]}, as_json, lines or ["No picture is kept."])


def _kept_pictures() -> list[dict[str, Any]]:
    """Return the pictures of all owners, each owner's latest first."""
    from explorer.runs.edits import edit_scope
    from explorer.runs.own_pictures import picture_store

    found = []
    for owner in picture_store.owners():
        with edit_scope.as_owner(owner):
            for name in picture_store.saved_thumbnails():
                size, kept = picture_store.details(name)
                found.append({"name": name, "owner": owner, "bytes": size, "kept": round(kept)})
    return found


def _picture_line(each: dict[str, Any]) -> str:
    whose = f"of browser {each['owner'][:6]}" if each["owner"] else "of everybody"
    return f"{each['name']}  {_size(each['bytes']):>9}  {_day(each['kept'])}  {whose}"


def _size(size: int) -> str:
    from explorer.core.files import megabytes

    return megabytes(size)


def _day(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
