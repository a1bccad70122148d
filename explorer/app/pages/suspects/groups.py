"""The groups view of the Suspects page: clusters of similar training images inside each class."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from explorer.app import backend, error_messages, urls
from explorer.app.components.as_table.as_table import as_table_of
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, menus, pager, small, text
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.search_field import found_images as found
from explorer.app.components.search_field.search_field import search_field
from explorer.app.pages.suspects.group_effect import EFFECT_EXPLAINED, JOINT_EXPLAINED, draw_group_effect, effect_facts
from explorer.core.keyed_cache import keyed_cache
from explorer.runs import selections
from explorer.runs.results.groups import Group, load_groups
from explorer.runs.run import Run
from explorer.runs.search import search

# Groups a page and pictures of each: one row at 1280 px.
PAGE, PICTURES = 10, 10
TITLE = "Groups of similar images inside each class"
ORDERS = {
    "effect": "the largest effect on all test images",
    "harm": "the most harmful to all test images",
    "help": "the most helpful to all test images",
    "apart": "those that stand apart",
    "large": "the largest",
    "small": "the smallest",
    "class": "by class",
}
APART = "Stands apart: there is a gap between it and the other images of its class."
LOOSE = "No gap around it: its images run over into those of the next group."
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
    sort = urls.param_menu("sort", "Sort by", ORDERS, "effect")
    wanted, count, sentence = found.found_images(run), len(groups), groups_sentence(run, groups)
    everything = groups
    groups = in_order(run, [one for one in groups if wanted is None or np.isin(one.rows, wanted).any()], sort.value)
    at, pages = urls.page_param(len(groups), PAGE)
    state = urls.query_state(view="groups", sort=sort.value, find=urls.param("find"))
    draw(
        "groups",
        heading(TITLE),
        text(sentence),
        small(EFFECT_EXPLAINED + JOINT_EXPLAINED),
        *([menus(sort)] if count > 1 else []),
        *([search_field("Search the groups", found.HINT)] if count > found.FEW or wanted is not None else []),
        *([] if groups else [text(found.NOTHING)]),
        *(block for group in groups[PAGE * (at - 1) : PAGE * at] for block in _group_blocks(run, group)),
        *pager(lambda to: urls.address("suspects", **state, page=to), at, pages),
        as_table_of("all groups", "groups", [group_numbers(run, one) for one in in_order(run, everything, sort.value)]),
    )
    _draw_search(run)


def group_numbers(run: Run, group: Group) -> dict[str, object]:
    """Return what is known of a group as a row of a table: mean changes of loss without it, in nats, for each class."""
    row: dict[str, object] = {"class": run.class_names[group.label], "images": len(group.rows)}
    row |= {"stands apart": group.apart, "on all test images (nats)": overall_effect(run, group)}
    for name in run.class_names:
        kinds = (
            ("predicted", group.score_by_class),
            ("in one step", group.joint_by_class),
            ("measured", group.measured_by_class),
        )
        row |= {f"on {name}, {word}": (figures or {}).get(name) for word, figures in kinds}
    return row | {"most typical": int(group.rows[0])}


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
    return load_groups(backend.run(run_id))


def in_order(run: Run, groups: Sequence[Group], sort: str) -> list[Group]:
    """Return groups in an order, a key of ``ORDERS``."""
    keys: dict[str, Callable[[Group], tuple[float, ...]]] = {
        "apart": lambda group: (not group.apart, len(group.rows)),
        "harm": lambda group: (overall_effect(run, group),),
        "help": lambda group: (-overall_effect(run, group),),
        "effect": lambda group: (-abs(overall_effect(run, group)),),
        "large": lambda group: (-len(group.rows),),
        "small": lambda group: (len(group.rows),),
        "class": lambda group: (group.label, -len(group.rows)),
    }
    return sorted(groups, key=keys[sort])


def overall_effect(run: Run, group: Group) -> float:
    """Return the mean change of all test losses without a group, nats: by the refit, by the scores where there is none.

    Negative: the group harms.
    """
    figures = group.measured_by_class or group.score_by_class
    counts = np.bincount(run.test_labels, minlength=len(run.class_names))
    return sum(figures.get(name, 0.0) * int(counts[row]) for row, name in enumerate(run.class_names)) / len(
        run.test_labels
    )


def _draw_start_button(name: str) -> None:
    draw(
        "no-groups",
        heading(TITLE),
        text(
            "Wild cats among cats are no single outliers: they are a group. The groups of this run are not known yet. They "
            "are found in the background, with a real refit without each."
        ),
    )
    draw_offer("Find the groups", ":material/workspaces:", "groups", name)


def groups_sentence(run: Run, groups: list[Group]) -> str:
    """Return the number of groups in each class, and how many of them stand apart."""
    counts = [(name, sum(group.label == row for group in groups)) for row, name in enumerate(run.class_names)]
    each = ", ".join(f"{count:,} in {name}" for name, count in counts[:5]) + (", …" if len(counts) > 5 else "")
    apart = sum(group.apart for group in groups)
    stand = "1 stands" if apart == 1 else f"{apart or 'none'} stand"
    return f"{len(groups):,} groups: {each}. How many there are was found from the pictures themselves; {stand} apart from the rest of the class."


def _group_blocks(run: Run, group: Group) -> list[Block]:
    name = run.class_names[group.label]
    title = f"{len(group.rows):,} images labelled {name}"
    kind = APART if group.apart else WHOLE_CLASS if group.separation is None else LOOSE
    tiles = marked(run, "train", [image_tiles.training_tile(run, int(row)) for row in group.rows[:PICTURES]])
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
