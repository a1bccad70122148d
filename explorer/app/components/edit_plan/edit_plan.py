"""The edits in force laid on an unedited run, and the refit with them."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.runs.edits import actions, edit_log, edit_scope, refit
from explorer.runs.edits.edit_log import Change
from explorer.runs.edits.refit import RunChanges
from explorer.runs.run import Run


@dataclass(frozen=True, eq=False)
class EditPlan:
    """The edits in force, laid on an unedited run.

    Attributes:
        base: the unedited run.
        name: a name or the id of it.
        changes: of its training images.
        kept: number of labels that were confirmed.
    """

    base: Run
    name: str
    changes: RunChanges
    kept: int


def edit_plan(run: Run) -> EditPlan:
    """Return the edits in force, laid on the unedited run behind ``run``."""
    base = backend.run(run.manifest.base or run.id)
    kept = edit_log.state(base.data_digest).kept
    name = urls.run_name() if run.id == base.id else urls.name_of(base.id)
    return EditPlan(base, name, refit.run_changes(base), len(kept))


def refit_plan(plan: EditPlan) -> Run:
    """Fit the last layer again with the edits in force, and return the edited run under its name."""
    with st.spinner("Fitting the last layer again"):
        return backend.run(refit.refit_edited(backend.warm_run(plan.base.id), edited_name(plan)).id)


def edited_name(plan: EditPlan) -> str:
    """Return the name of the edited run; a name that another run carries already is left alone."""
    runs, wanted = backend.runs(), edit_scope.derived_name(plan.name, "edited")
    mine = wanted not in runs or backend.manifest(runs[wanted]).base == plan.base.id
    return wanted if mine else edit_scope.derived_name(plan.base.id, "edited")


def draw_adoption(run: Run, index: int, rows: np.ndarray, labels: np.ndarray | None) -> None:
    """Draw the button that makes removals, or new labels, a person's changes and refits.

    Images whose label was confirmed are named and stay as they are; a second button takes them too.

    Args:
        run: whose training images they are.
        index: the test image they are meant for.
        rows: ``(r,)`` training images.
        labels: ``(r,)`` their new labels; they are left out where None.
    """
    safe = actions.confirmed(run, rows.tolist(), edit_log.state(run.data_digest))
    free = ~np.isin(rows, safe)
    if safe:
        st.markdown(_confirmed_sentence(safe, len(rows)))
    if free.any() and _adopt_button(f"Make {_these(int(free.sum()))} my changes and refit", "adopt"):
        adopt(run, index, rows[free], labels if labels is None else labels[free])
    also = "the confirmed one" if len(safe) == 1 else f"the {len(safe):,} confirmed ones"
    if safe and _adopt_button(f"Take {also} too: make {_these(len(rows))} my changes and refit", "adopt-confirmed"):
        adopt(run, index, rows, labels)


def _confirmed_sentence(safe: list[int], count: int) -> str:
    one = len(safe) == 1
    return (
        f"The label{'' if one else 's'} of training {actions.named(safe)} {'was' if one else 'were'} confirmed, so "
        f"{'it stays as it is' if one else 'they stay as they are'} unless you say otherwise. Without "
        f"{'it' if one else 'them'} the other {screen_text.counted(count - len(safe), 'image')} may not be enough."
    )


def _adopt_button(label: str, key: str) -> bool:
    return st.button(label, icon=":material/edit:", key=key)


def _these(count: int) -> str:
    return "this" if count == 1 else f"these {count:,}"


def adopt(run: Run, index: int, rows: np.ndarray, labels: np.ndarray | None) -> None:
    """Record removals, or new labels, as decisions, refit with all changes in force, and open the result on Retrain.

    Args:
        run: whose training images they are.
        index: the test image they are meant for.
        rows: ``(r,)`` training images.
        labels: ``(r,)`` their new labels; they are left out where None.
    """
    names = [""] * len(rows) if labels is None else [run.class_names[label] for label in labels]
    action = "exclude" if labels is None else "relabel"
    pairs = zip(rows.tolist(), names, strict=True)
    edit_log.record_edits(run, [Change("train", run.picture_row("train", row), action, name) for row, name in pairs])
    refit_plan(edit_plan(run))
    st.switch_page(urls.PAGES["retrain"], query_params=urls.query_state(test=index))
