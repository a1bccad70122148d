"""The head of a page about a run: title, question, notices, and the menu of runs."""

from urllib.parse import urlencode

import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.blocks import blocks
from explorer.app.components.blocks.blocks import HeadBlock, Menu
from explorer.app.components.leverage_badge.leverage_badge import leverage_badge
from explorer.app.components.methods.methods import method_title
from explorer.app.components.methods.whole_methods import has_whole_methods, scope
from explorer.app.components.page_head.remarks import notice_without_remarks, remarks
from explorer.models import TRAINED_HERE
from explorer.runs.run import Run
from explorer.runs.whole_network.offered import covered, why_none

LAST_LAYER = (
    "This network was trained on the same images, so the scores are only the last layer's share of their influence."
)

# The same where other methods count the rest of the network.
LAST_LAYER_ALONE = "This network was trained on the same images: scores of its last layer are only that layer's share of their influence."


def page_head(run: Run, title: str, question: str, *methods: str) -> HeadBlock:
    """Return a page's title, its question, the menu of runs, and notices on the data and on the methods shown."""
    return {**blocks.head(title, question, _notices(run, methods), *_run_menu(run)), "remarks": remarks(run)}


def _run_menu(run: Run) -> list[Menu]:
    """Return the menu of runs, in which the open one stands by its name, or by what it was made of where it has none."""
    current = urls.name_of(run.id)
    names = urls.run_names(current)
    names += [current] if current not in names else []
    ids = backend.runs()
    addresses = {name: _with_run(run, name, ids.get(name, name)) for name in names}
    menu = Menu(
        "run", "Run", {name: name for name in names} | {current: urls.title_of(run.id)}, current, addresses=addresses
    )
    return [menu] if len(names) > 1 else []


def _with_run(run: Run, name: str, run_id: str) -> str:
    """Return the present address for another run; on other images, without what belongs to these."""
    state = st.query_params.to_dict() | {"run": name}
    same = backend.manifest(run_id).data_digest == run.data_digest
    kept = state.keys() - {"page", "train", urls.LARGE} if same else {"run", "view", "what"} & state.keys()
    return "?" + urlencode({key: state[key] for key in state if key in kept})


def _scopes(run: Run, methods: tuple[str, ...]) -> list[str]:
    """Return which question each method answers; it is named where two of them answer different ones."""
    said = {name: sentence for name in methods if (sentence := scope(run, name))}
    if len(set(said.values())) < 2:
        return list(dict.fromkeys(said.values()))
    return [f"{method_title(name)}: {sentence[0].lower()}{sentence[1:]}" for name, sentence in said.items()]


def _notices(run: Run, methods: tuple[str, ...]) -> list[str]:
    notices = [said] if (said := notice_without_remarks(run)) else []
    told = bool(methods) and has_whole_methods(run)  # which question each of them answers
    if (run.manifest.backbone in TRAINED_HERE or run.manifest.finetune) and not told:
        notices += [LAST_LAYER_ALONE if has_whole_methods(run) else LAST_LAYER]
    if run.manifest.finetune:
        notices += [why_none(run) or covered(run)]
    notices += _scopes(run, methods)
    if any(name.startswith("influence") for name in methods):
        holds, sentence = leverage_badge(run)
        notices += [] if holds else [sentence]
    return notices
