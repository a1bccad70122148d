"""Which methods of the whole network a run has, and why a run whose last block was trained has none: told without torch."""

from explorer.core.errors import ExplorerError
from explorer.core.phrases import percent
from explorer.models import SMALL_CNN_SMOOTH
from explorer.runs.results.smoothness import BOUNDS, is_smooth, load_smoothness
from explorer.runs.run import Run
from explorer.runs.whole_network.methods import METHODS

# Of a block: the others hold a thousand gradients at once, and of a block each is as large as the block.
OF_A_BLOCK = ("unrolled", "tracin-adamw", "gradient-product")


def methods_of(run: Run) -> tuple[str, ...]:
    """Return the methods of the network that was trained here, as far as its training was recorded and is smooth."""
    if run.manifest.refitted:
        return ()
    if run.manifest.backbone == SMALL_CNN_SMOOTH:
        return METHODS
    return OF_A_BLOCK if run.manifest.finetune and not why_none(run) else ()


def why_none(run: Run) -> str:
    """Return why scores of a block that was trained are not offered, in a sentence; empty where they are."""
    found = load_smoothness(run.id, list(BOUNDS))
    if len(found) < len(BOUNDS):
        return "Whether leaving an image out can be foretold through the block that was trained is not measured yet: `smoothness --run NAME` does."
    if is_smooth(found):
        return ""
    measured = " and ".join(f"{each.r:.2f} of 1 where {share:g} % are left out" for share, each in found.items())
    return f"The block that was trained is not explained: a small push of images' weights foretells what leaving them out does by {measured}, and less than {' and '.join(map(str, BOUNDS.values()))} is not enough."


def covered(run: Run) -> str:
    """Return which share of the weights the methods of a block cover, in a sentence; empty for any other run."""
    if not run.manifest.finetune:
        return ""
    share = percent(run.manifest.recipe["share_trained"])
    return (
        f"Covered is what was trained on these pictures: {share} of the network's weights; all others came as they are."
    )


def check_offered(run: Run, method: str = "") -> None:
    """Raise unless a run whose last block was trained has methods of its network, and this one.

    Raises:
        ExplorerError: it has not; the sentence says why.
    """
    if not run.manifest.finetune:
        return
    if said := why_none(run):
        raise ExplorerError(said)
    if method and method not in OF_A_BLOCK:
        raise ExplorerError(
            f"For a block that was trained {method} would hold too many gradients; choose {', '.join(OF_A_BLOCK[:-1])} or {OF_A_BLOCK[-1]}."
        )
