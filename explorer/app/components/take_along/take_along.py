"""The quiet line *Take along: CSV · JSON*: downloads of what a page shows, as tables."""

from dataclasses import dataclass, field
from typing import Literal, TypedDict
from urllib.parse import quote, urlencode

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, Link, small
from explorer.runs.results.explanation import Explanation

FORMS = {"CSV": "csv", "JSON": "json"}
# Forms of a review, keys of :data:`explorer.runs.review.forms.FORMS`, and where each goes.
REVIEWS = {
    "csv": "a spreadsheet",
    "label-studio": "Label Studio",
    "fiftyone": "FiftyOne",
    "huggingface": "Hugging Face",
    "cleanlab": "cleanlab",
}
REVIEWS_GO = (
    "A review has every training image with its label before and now, what you decided and why. The one for a spreadsheet (CSV) is a list that "
    "this program reads too; Label Studio imports its JSON as tasks; FiftyOne's is labels.json beside the folder data; Hugging "
    "Face's is a Parquet file with the pictures inside; cleanlab's (CSV) has the columns of its label issues."
)


@dataclass(frozen=True)
class Tabled:
    """A table that can be taken along.

    Attributes:
        said: what is in it, in words that follow *Take along*.
        what: the table's name in the address, a key of :data:`explorer.app.table_routes.TABLES`.
        state: what of it is asked for, as the address carries it; empty values are left out.
    """

    said: str
    what: str
    state: dict[str, object] = field(default_factory=dict)


class Taken(TypedDict):
    """A table in words, and a link to it in each form."""

    said: str
    links: list[Link]


class TakeBlock(TypedDict):
    """Tables that can be taken along."""

    kind: Literal["take"]
    tables: list[Taken]


def take_along(*tables: Tabled) -> TakeBlock:
    """Return the line that offers tables of the run that is open."""
    return {"kind": "take", "tables": [_taken(urls.run_name(), table) for table in tables]}


def take_review(*tables: Tabled) -> list[Block]:
    """Return the line that offers tables and the review in each form, and the sentence that says which form goes where."""
    run, line = quote(urls.run_name()), take_along(*tables)
    links: list[Link] = [{"label": label, "href": f"/review/{run}/{form}"} for form, label in REVIEWS.items()]
    line["tables"].append({"said": "the whole review for", "links": links})
    return [line, small(REVIEWS_GO)]


def galleries_table(found: Explanation, top: int) -> Tabled:
    """Return the table of both galleries of an explanation, ``top`` images a side."""
    target = "" if found.target == found.label else found.target
    state = {"test": found.index, "method": found.method, "target": target, "top": top}
    return Tabled("both galleries", "explanation", state)


def _taken(run: str, table: Tabled) -> Taken:
    return {
        "said": table.said,
        "links": [{"label": label, "href": _address(run, table, form)} for label, form in FORMS.items()],
    }


def _address(run: str, table: Tabled, form: str) -> str:
    state = urlencode({name: value for name, value in table.state.items() if value not in (None, "")})
    return f"/export/{quote(run)}/{table.what}.{form}" + (f"?{state}" if state else "")
