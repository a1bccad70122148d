"""The part of Trust on a whole trained network: predictions beside trainings from scratch, and the button that starts them."""

import streamlit as st

from explorer.app import screen_text, urls
from explorer.app.components.as_table.as_table import as_table_of
from explorer.app.components.blocks.blocks import Block, draw, heading, small, table
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.job_progress.turns import of_trainings
from explorer.app.components.methods.whole_methods import WHOLE_METHODS
from explorer.app.pages.trust import whole_report
from explorer.app.pages.trust.whole_offer import draw_whole_offer
from explorer.figures.whole_agreement import agreement_by_method, set_changes
from explorer.runs.results.smoothness import load_smoothness, said
from explorer.runs.run import Run
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.trust_table import TrustTable, load_trust_table

COMING = (
    "Here will stand how well each method predicts what really happens to the whole network: images are left out at random, the "
    "network is trained again from scratch without them, and both changes are compared."
)

ABOUT = (
    "Scores of the whole network answer for this training: with another start, other images may matter. Those of "
    f"{WHOLE_METHODS[AVERAGE].title} are a mean over trainings from several starts."
)
UNMEASURED = (
    "Scores of the whole network can be right only if a small push of an image's weight foretells what leaving the image out does. "
    "Four trainings tell whether that is so here."
)


def draw_whole_trust(run: Run) -> None:
    """Draw what was measured of a run's whole network, or the offer to measure it."""
    draw("whole-title", heading("The whole network"), small(ABOUT))
    _draw_smoothness(run)
    known = load_trust_table(run.id)
    if known is None:
        st.markdown(COMING)
    else:
        _draw_table(known)
        if known.chosen:
            _draw_chosen(known)
    draw_whole_offer(run, known)


def _draw_smoothness(run: Run) -> None:
    if found := load_smoothness(run.id, (1.0, 10.0)):
        st.markdown(screen_text.spaced(said(found)))
    else:
        st.markdown(UNMEASURED)
        offer = "Measure how smooth the training is", ":material/stacked_line_chart:", "smoothness", urls.run_name()
        draw_offer(*offer, takes=of_trainings(run, 4))


def _draw_table(known: TrustTable) -> None:
    st.markdown(whole_report.sentences(known))
    share = next(iter(known.retrainings))
    same, other = (
        {
            whole_report.title(name): found[share]
            for name, method in whole_report.sorted_methods(known).items()
            if share in (found := method.lds_other_seed if seeds else method.lds)
        }
        for seeds in (False, True)
    )
    st.subheader(screen_text.spaced(f"Agreement where {share} % were left out"), anchor=False)
    draw_chart(agreement_by_method(same, other), "whole-agreement")
    columns = whole_report.agreement_columns(known)
    name, reading = urls.run_name(), whole_report.READING
    tables: list[Block] = [
        table("Agreement with trainings from the same start", columns, whole_report.agreement_rows(known, False))
    ]
    if rows := whole_report.agreement_rows(known, True):
        tables += [small("The same, trained from another start:")]
        tables += [table("Agreement with trainings from another start", columns, rows)]
    tables += [small("What the methods take, and how right their sizes are:")]
    tables += [table("What the methods take", whole_report.COST_COLUMNS, whole_report.cost_rows(known))]
    left_out = [f"{whole_report.title(method)}: {reason}" for method, reason in known.left_out.items()]
    draw(
        "whole-numbers",
        small(reading),
        *tables,
        *([small(" ".join(left_out))] if left_out else []),
        as_table_of("all digits", f"whole-trust-{name}", whole_report.numbers(known)),
    )


def _draw_chosen(known: TrustTable) -> None:
    st.subheader("The strongest images taken out together", anchor=False)
    st.markdown(whole_report.chosen_sentence(known.chosen))
    rows, points = whole_report.chosen_rows(known.chosen), whole_report.pairs(known.chosen)
    shown = table("Sets taken out together", whole_report.CHOSEN_COLUMNS, rows)
    if points:
        draw_chart(set_changes(points), "whole-sets")
        st.caption("Each point is one test image and its own set: on the line, what happened is what was predicted.")
    draw("whole-sets-table", shown)
