"""Another name for a run, or its end: what would go is said before anything does."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.job_progress.job_progress import with_error_message
from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.game import game
from explorer.runs import jobs, upkeep
from explorer.runs.edits import edit_scope
from explorer.runs.upkeep import Removal

DEFAULT = "The program builds this run anew at its next start."
LINKS = "Addresses that name it will no longer open it; those with its id do."
KEPT = "The pictures, your decisions about them, and the features of the network stay."
# What the results of a folder of the home are called.
WORDS = {
    "audits": "audit",
    "trust": "trust report",
    "groups": "list of groups",
    "duplicates": "list of duplicates",
    "flips": "search for flipping sets",
    "experiments": "experiment",
    "selections": "selection",
    "recordings": "recorded training",
    "smoothness": "measure of smoothness",
}
OTHERS = "Only whoever built a run can rename or delete it here."


def draw_manager() -> None:
    """Draw the panel for the run that the address names in ``manage``, where it names one."""
    name = urls.param("manage")
    if done := st.session_state.pop("managed", ""):
        st.success(done)
    if name is None:
        return
    if name not in urls.run_names(urls.run_name()):
        raise ExplorerError(f"There is no run {name[:64]!r} in the list of runs.")
    with st.container(border=True, key="manage"):
        st.subheader(screen_text.verbatim(name), anchor=False)
        if not _may_change(name):
            st.markdown(OTHERS)
        else:
            left, right = st.columns(2, gap="large")
            with left:
                _draw_renaming(name)
            with right:
                _draw_deleting(upkeep.removal(name))
        st.button("Close", key="manage-close", on_click=_close)


def _may_change(name: str) -> bool:
    """Return whether this browser may change a run: where people are kept apart, only its own builds and refits."""
    who = edit_scope.owner()
    mine = [job for job in jobs.jobs() if job.owner == who and job.name == name and job.kind == "build"]
    return not who or bool(mine) or name.endswith(edit_scope.owner_suffix())


def _draw_renaming(name: str) -> None:
    if name == upkeep.DEFAULT:
        st.markdown("This is the run that the program opens; it keeps its name.")
        return
    st.text_input("New name", name, key="new-name", max_chars=64, help=f"Letters, digits, . _ -  {LINKS}")
    st.button("Rename", icon=":material/edit:", key="rename", on_click=_rename, args=(name,))


def _draw_deleting(going: Removal) -> None:
    for sentence in sentences(going):
        st.markdown(screen_text.verbatim(sentence))
    label = f"Delete the name {going.name}" if going.keeps_run else f"Delete {going.name}"
    st.button(
        screen_text.verbatim(label),
        icon=":material/delete:",
        key="delete",
        on_click=_delete,
        args=(going.name,),
        disabled=bool(going.refusal),
    )


def sentences(going: Removal) -> list[str]:
    """Return what deleting would take away and what would stay; or why it cannot be done."""
    if going.refusal:
        return [going.refusal]
    if going.keeps_run:
        return [f"Only this name goes. The run stays under the name {', '.join(going.others)}."]
    frees = f"{megabytes(going.size)} are free again" if going.size >= 50_000 else "almost nothing is free again"
    said = f"This deletes the run: its last layer and its copy of the features ({frees})"
    if going.results:
        said += f", and what was made of it: {listed(going.results)} ({megabytes(going.results_size)})"
    shared = f" Other runs share {megabytes(going.shared)} of it; those stay." if going.shared else ""
    more = [DEFAULT] if going.name == upkeep.DEFAULT else []
    return [f"{said}. It cannot be undone.{shared}", f"{KEPT} Links to the run end.", *more]


def listed(results: Sequence[Path]) -> str:
    """Return what results are: "2 audits, 1 trust report and 3 selections"."""
    kinds = Counter(WORDS.get(path.parent.name, "other result") for path in results)
    words = [screen_text.counted(count, kind) for kind, count in sorted(kinds.items())]
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


@with_error_message
def _rename(name: str) -> None:
    new = str(st.session_state["new-name"]).strip()
    if new.startswith(game.PREFIX):
        raise ExplorerError(f"{game.PREFIX!r} begins the names of games; choose another name.")
    upkeep.rename(name, new)
    _leave(name, new)
    st.session_state["managed"] = screen_text.verbatim(f"{name} is called {new} now.")


@with_error_message
def _delete(name: str) -> None:
    gone = upkeep.remove(name)
    _leave(name, "", gone.run_id)
    freed = megabytes(gone.size + gone.results_size)
    said = f"The name {name} is deleted." if gone.keeps_run else f"{name} is deleted; {freed} are free again."
    st.session_state["managed"] = screen_text.verbatim(said)


def _close() -> None:
    st.query_params.pop("manage", None)


def _leave(name: str, new: str, run_id: str = "") -> None:
    """Close the panel; where the run that is open was renamed or deleted, let the address name another."""
    _close()
    if st.query_params.get("run") in (name, run_id):
        st.query_params.pop("run")
        if new:
            st.query_params["run"] = new
    backend.runs()
