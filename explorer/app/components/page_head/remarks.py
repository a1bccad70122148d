"""What was left out of the data: said small, with the way to what it was, until a person hides it."""

import re

from explorer.app import urls
from explorer.app.components.blocks.blocks import Remark
from explorer.runs.run import Run

# The sentences that explorer/datasets/assembly.py writes into a notice, which runs carry from their build.
LEFT_OUT = re.compile(
    r"(?:1 file|[\d,]+ files) cannot be used and (?:was|were) left out\."
    r"|Left out, because they lie beside the folders of the split: .*? pictures?\)\."
)


def notice_without_remarks(run: Run) -> str:
    """Return what must be known of a run's data, without what was left out of them."""
    return " ".join(LEFT_OUT.sub("", run.manifest.notice).split())


def remarks(run: Run) -> list[Remark]:
    """Return what was left out of a run's data, each remark with the link to what it was."""
    found = [match.group() for match in LEFT_OUT.finditer(run.manifest.notice)]
    href = urls.address("data", run=urls.run_name(), left="out")
    return [{"key": f"{run.id}-{number}", "text": text, "href": href} for number, text in enumerate(found)]
