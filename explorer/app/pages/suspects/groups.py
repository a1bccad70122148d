"""The groups view of the Suspects page: clusters of similar training images inside each class."""

import streamlit as st

from explorer.app import backend, error_messages, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, pager, small, text
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.pages.suspects.group_effect import EFFECT_EXPLAINED, JOINT_EXPLAINED, draw_group_effect, effect_facts
from explorer.core.keyed_cache import keyed_cache
from explorer.runs import selections
from explorer.runs.results.groups import Group, load_groups
from explorer.runs.run import Run
from explorer.runs.search import search

# Groups a page and pictures of each: one row at 1280 px.
PAGE, PICTURES = 10, 10
APART = "Stands apart: there is a gap between it and the other images of its class."
LOOSE = "Runs into its neighbours: a part of a class that has no gaps."
WHOLE_CLASS = "The whole class: no parts were found on which two halves of its images agree."


def draw_groups(run: Run) -> None:
    """Draw the groups of a run, or the button that computes them; with a selection, the joint effect of its images."""
    key = urls.param("selection")
    if key:
        draw_group_effect(run, key)
        return
    groups = _cached_groups(run.id)
    if not groups:
        _draw_start_button(urls.run_name())
        _draw_search(run)
        return
    at, pages = urls.page_param(len(groups), PAGE)
    draw(
        "groups",
        heading("Groups of similar images inside each class"),
        text(groups_sentence(run, groups)),
        small(EFFECT_EXPLAINED + JOINT_EXPLAINED),
        *(block for group in groups[PAGE * (at - 1) : PAGE * at] for block in _group_blocks(run, group)),
        *pager(lambda to: urls.address("suspects", **urls.query_state(view="groups", page=to)), at, pages),
    )
    _draw_search(run)


def _draw_search(run: Run) -> None:
    """Draw the search field; its matches become a selection whose joint effect is shown."""
    with st.form("search", border=False):
        query = st.text_input(
            "A group of your own: a class, a tag, or a part of a note or file name", key="search-words"
        )
        if st.form_submit_button("What do these do together?", icon=":material/search:"):
            with error_messages.show_errors():
                st.query_params["selection"] = selections.save(run.id, "train", search(run, query))
                st.rerun()


@keyed_cache(backend.RUNS)
def _cached_groups(run_id: str) -> list[Group] | None:
    """Return the groups from disk in the order of the screen: those that stand apart first, the smallest first."""
    groups = load_groups(backend.run(run_id))
    return groups and sorted(groups, key=lambda group: (not group.apart, len(group.rows)))


def _draw_start_button(name: str) -> None:
    draw(
        "no-groups",
        heading("Groups of similar images inside each class"),
        text(
            "Wild cats among cats are no single outliers: they are a group. The groups of this run are not known yet. They "
            "are found in the background, with a real refit without each, in about half a minute for 10,000 images."
        ),
    )
    draw_offer("Find the groups", ":material/workspaces:", "groups", name)


def groups_sentence(run: Run, groups: list[Group]) -> str:
    """Return the number of groups in each class, and how many of them stand apart."""
    counts = [(name, sum(group.label == row for group in groups)) for row, name in enumerate(run.class_names)]
    each = ", ".join(f"{count} in {name}" for name, count in counts[:5]) + (", …" if len(counts) > 5 else "")
    apart = sum(group.apart for group in groups)
    stand = "1 stands" if apart == 1 else f"{apart or 'none'} stand"
    return f"{len(groups)} groups: {each}. Their number was read off the features; {stand} apart from the rest of the class."


def _group_blocks(run: Run, group: Group) -> list[Block]:
    name = run.class_names[group.label]
    title = f"{len(group.rows):,} images labelled {name}"
    kind = APART if group.apart else WHOLE_CLASS if group.separation is None else LOOSE
    tiles = [image_tiles.training_tile(run, int(row)) for row in group.rows[:PICTURES]]
    effects = effect_facts(group.score_by_class, group.measured_by_class, group.joint_by_class)
    key = selections.save(run.id, "train", group.rows)
    return [
        gallery(Section(title, tiles, title, f"{kind} The most typical images:", effects, tile=96)),
        doors(
            (
                "What they do, image by image",
                urls.address("suspects", **urls.query_state(view="groups", selection=key)),
            ),
            ("See them on the map", urls.address("map", **urls.query_state(selection=key))),
        ),
    ]
