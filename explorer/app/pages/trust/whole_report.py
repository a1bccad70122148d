"""What the scores of a whole trained network were found to be worth, as sentences, tables and rows of numbers."""

from collections.abc import Mapping

from explorer.app import screen_text
from explorer.app.components.methods.methods import method_title
from explorer.app.components.methods.whole_methods import WHOLE_METHODS
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.trust_table import ChosenSets, Interval, MethodTrust, TrustTable

# How the table names the head's methods, of which a reader knows the short names only.
LAST_LAYER = "last layer alone: {}"
READING = (
    "1 is perfect, 0 is chance. In brackets: 95 % of resamples of the test images and of the sets that were left out. The linear "
    "datamodeling score (LDS) asks whether a method puts the sets in the order of what their trainings really changed (Park et al. 2023)."
)
NO_UNIT = "no unit"


def sorted_methods(table: TrustTable) -> dict[str, MethodTrust]:
    """Return the methods, the one that agrees best over all shares first."""
    return dict(sorted(table.methods.items(), key=lambda entry: -_mean(entry[1])))


def _mean(method: MethodTrust) -> float:
    return sum(value for value, *_ in method.lds.values()) / max(1, len(method.lds))


def title(name: str) -> str:
    """Return what the table calls a method."""
    return method_title(name) if name in WHOLE_METHODS else LAST_LAYER.format(name)


def share_title(share: str) -> str:
    """Return a share of the training images as a column says it."""
    return screen_text.spaced(f"{share} % left out")


def agreement_columns(table: TrustTable) -> list[str]:
    """Return the headings of the tables of agreement."""
    return ["method", *map(share_title, table.retrainings)]


def agreement_rows(table: TrustTable, other_seed: bool) -> list[list[str]]:
    """Return a row for each method: how far it agrees at each share; empty where nothing was measured.

    Args:
        table: of the run.
        other_seed: whether with trainings from other starts; else from the run's own.
    """
    rows = []
    for name, method in sorted_methods(table).items():
        found = method.lds_other_seed if other_seed else method.lds
        if found:
            rows.append([title(name), *(_cell(found.get(share)) for share in table.retrainings)])
    return rows


def _cell(figure: Interval | None) -> str:
    if figure is None:
        return "–"
    value, low, high = (f"{each:.2f}".replace("-", "−") for each in figure)
    return f"{value} ({low} to {high})"


def cost_rows(table: TrustTable) -> list[list[str]]:
    """Return a row for each method: what its numbers are, how right their sizes are, and what it takes."""
    return [
        [
            title(name),
            "nats" if method.unit else NO_UNIT,
            _slope(method),
            "–" if method.single_removals is None else f"{method.single_removals:.3f}",
            _seconds(method.seconds_prepare),
            _seconds(method.seconds_query),
            f"{method.peak_memory_bytes / 2**20:,.0f}\N{NO-BREAK SPACE}MB",
            f"{method.bytes_per_image:,.0f}",
        ]
        for name, method in sorted_methods(table).items()
    ]


COST_COLUMNS = [
    "method",
    "the number is",
    "measured ÷ predicted",
    "one image out: correlation",
    "prepared once in",
    "one question in",
    "memory",
    "bytes an image",
]


def _slope(method: MethodTrust) -> str:
    """Return by how much effects are larger than predicted, at the least share and at the largest."""
    found = list(method.slope.values())
    if not found:
        return "–"
    ends = [found[0]] if len(found) == 1 else [found[0], found[-1]]
    return " to ".join(f"{each:.2f}".replace("-", "−") for each in ends)


def _seconds(seconds: float) -> str:
    if not seconds:
        return "–"
    if seconds < 1:
        return f"{1000 * seconds:,.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:,.0f} min"


def sentences(table: TrustTable) -> str:
    """Return what was done, and how well the best method did, here and from another start, as Markdown."""
    counts, methods = table.retrainings, sorted_methods(table)
    many = ", ".join(f"{count:,} times without {share} %" for share, count in counts.items())
    said = (
        f"The whole network was trained again from scratch, from the same start: {many} of the training images, drawn at random. "
        f"What the scores had predicted for **{screen_text.counted(len(table.tests), 'test image')}** is compared with what happened."
    )
    if not methods:
        return screen_text.spaced(said)
    name, best = next(iter(methods.items()))
    share, figure = next(iter(best.lds.items()))
    said += f" **{title(name)}** agrees best: **{figure[0]:.2f}** where {share} % were left out."
    return screen_text.spaced(said + _from_other_starts(table, best, share))


def _from_other_starts(table: TrustTable, best: MethodTrust, share: str) -> str:
    """Return how the best method, and the mean over starts, agree with trainings from other starts; empty where there were none."""
    other = best.lds_other_seed.get(share)
    if other is None:
        return ""
    said = f" From {screen_text.counted(len(table.seeds), 'other start')} it is **{other[0]:.2f}**"
    average = table.methods.get(AVERAGE)
    if average is not None and average is not best:
        return f"{said}, and that of **{title(AVERAGE)}** **{average.lds_other_seed[share][0]:.2f}**."
    return (
        f"{said}."
        if average is best
        else f"{said}: these scores are about this training, not about any training on these images."
    )


def chosen_rows(chosen: Mapping[str, ChosenSets]) -> list[list[str]]:
    """Return a row for each way to choose images: what was predicted of their removal, and what happened."""
    return [
        [
            "drawn at random" if name == "random" else title(name),
            NO_UNIT if sets.predicted is None else _change(_average(sets.predicted)),
            "–" if sets.replayed is None else _change(_average(sets.replayed)),
            _change(sets.mean_measured),
            f"{sets.wrong:,} of {len(sets.tests):,}",
        ]
        for name, sets in sorted(chosen.items(), key=lambda entry: entry[1].mean_measured)
    ]


CHOSEN_COLUMNS = [
    "chosen by",
    "predicted by itself",
    f"predicted by {WHOLE_METHODS['replay-basis'].title}",
    "really retrained",
    "wrong afterwards",
]


def chosen_sentence(chosen: Mapping[str, ChosenSets]) -> str:
    """Return what the sets are and how far the size that was predicted is from the one that was measured."""
    first = next(iter(chosen.values()))
    count = max(map(len, first.removed))
    said = (
        f"For {len(first.tests):,} test images that were right, the {count} images that argue most for the right answer were taken out "
        "together and the whole network was trained again without them. The number is the change of the margin: the right answer's "
        "logit minus the other's."
    )
    basis = chosen.get("replay-basis")
    if basis is not None and basis.ratio is not None:
        said += f" What happened is {basis.ratio:.2f} times what {WHOLE_METHODS['replay-basis'].title} had predicted."
    return said


def pairs(chosen: Mapping[str, ChosenSets]) -> list[tuple[float, float]]:
    """Return predicted and measured change of the margin of each set of the best chooser with a unit; empty where there is none."""
    for name in ("replay-basis", "unrolled"):
        sets = chosen.get(name)
        if sets is not None and sets.predicted is not None:
            return list(zip(sets.predicted, sets.measured, strict=True))
    return []


def numbers(table: TrustTable) -> list[dict[str, object]]:
    """Return one row for each method with all digits of its figures."""
    rows = []
    for name, method in sorted_methods(table).items():
        row: dict[str, object] = {"method": name, "unit": method.unit}
        for words, found in (("LDS", method.lds), ("LDS, other seeds", method.lds_other_seed)):
            for share in table.retrainings:
                value, low, high = found.get(share) or (None, None, None)
                at = f"{words} at {share} %"
                row |= {at: value, f"{at}, low": low, f"{at}, high": high}
        row |= {f"slope at {share} %": method.slope.get(share) for share in table.retrainings}
        row |= {f"correlation at {share} %": method.pearson.get(share) for share in table.retrainings}
        row |= {
            "single removals": method.single_removals,
            "seconds to prepare": method.seconds_prepare,
            "seconds a question": method.seconds_query,
            "bytes an image": method.bytes_per_image,
            "peak memory, bytes": method.peak_memory_bytes,
        }
        rows.append(row)
    return rows


def _average(values: list[float]) -> float:
    return sum(values) / len(values)


def _change(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
