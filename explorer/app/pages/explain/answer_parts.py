"""The parts of Explain once its answer is there: the doors above it, the galleries, and where their scores lie among all."""

from collections.abc import Sequence
from dataclasses import replace

from explorer.app.components.blocks.blocks import Block, doors, heading, small
from explorer.app.components.explanation_sections.explanation_sections import cuts, legend, more_links, whole_sentence
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.histogram.histogram import bars
from explorer.app.components.image_actions import image_actions
from explorer.app.components.methods.methods import score_meaning, score_unit
from explorer.app.components.removal_trial.removal_trial import doors_to_proof
from explorer.app.components.said_above.said_above import rest, said
from explorer.app.components.take_along.take_along import galleries_table, take_along
from explorer.app.pages.explain import case_file, first_answer, own_picture, whole_answer
from explorer.figures.score_histogram import histogram
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run


def ways(run: Run, explained: Explanation) -> Block:
    """Return the doors to a proof and to the case file."""
    return doors(*doors_to_proof(run, explained), *case_file.case_file_links(explained))


def galleries(
    run: Run, found: Explanation, told: str, image: Section, sides: Sequence[Section], top: int
) -> list[Block]:
    """Return both galleries beside the test image, with what is said above them; ``told`` names what was said."""
    acts = image_actions.on_explanation(run, found, own_picture.own_picture_link())
    return [
        said(told, whole_sentence(run, found)),
        *whole_answer.reliability(found),
        small(legend(found, found.label)),
        gallery(replace(image, acts=acts), *sides),
        *more_links("explain", top, sides),
    ]


def among_all(
    run: Run, found: Explanation, told: str, together: tuple[float | None, float | None], top: int
) -> list[Block]:
    """Return where the scores of the galleries lie among all, what they mean, and the table to take along."""
    return [
        rest(told, whole_sentence(run, found, together)),
        heading(first_answer.ALL),
        bars(histogram(found.scores, cuts(found)), score_unit(found.method)),
        small(score_meaning(found)),
        take_along(galleries_table(found, top)),
    ]
