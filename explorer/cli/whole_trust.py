"""``trust --whole``: the scores of a whole network beside trainings from scratch."""

import sys
from typing import TYPE_CHECKING

from explorer.cli.output import reported, show
from explorer.runs.whole_network.trust_plan import TrustPlan

if TYPE_CHECKING:
    from explorer.core.progress import Progress
    from explorer.runs.whole_network.trust_table import Interval, TrustTable


def show_whole_trust(run: str, plan: TrustPlan, job: str | None, as_json: bool) -> None:
    """Print how far all methods agree with trainings from scratch; measured once, then read."""
    from explorer.runs.store import resolve

    with reported(job) as progress:
        table = _table(run, resolve(run), plan, progress)
    show(table.plain(), as_json, _lines(table))


def _table(run: str, run_id: str, plan: TrustPlan, progress: "Progress") -> "TrustTable":
    from explorer.runs.whole_network.trust_table import kept_trust

    table = kept_trust(run_id, plan)
    if table is None:
        from explorer.runs.store import open_run  # torch, which no second call waits for
        from explorer.runs.whole_network.truth.report import measure_trust
        from explorer.runs.whole_network.truth.subject import subject_of

        table = measure_trust(subject_of(open_run(run), progress), plan, progress, _announce)
    return table


def _announce(missing: int, seconds: float) -> None:
    """Say on standard error what is to come."""
    from explorer.core.phrases import counted
    from explorer.runs.build.preflight_summary import duration

    print(f"{counted(missing, 'training')} from scratch will take {duration(seconds)}.", file=sys.stderr)


def _lines(table: "TrustTable") -> list[str]:
    shares = list(table.retrainings)
    lines = ["LDS               " + "".join(f"{share + ' %':>24s}" for share in shares)]
    for name, method in table.methods.items():
        lines.append(f"{name:18s}" + "".join(f"{_interval(method.lds[share]):>24s}" for share in shares))
        if method.lds_other_seed:
            cells = (f"{_interval(method.lds_other_seed[share]):>24s}" for share in shares)
            lines.append("  other seeds     " + "".join(cells))
    for chooser, sets in table.chosen.items():
        said = f"the most helpful images by {chooser}: margin {sets.mean_measured:+.3f} without them"
        lines.append(said + (f", {sets.ratio:.2f} times as predicted" if sets.ratio is not None else ""))
    return lines + list(table.left_out.values())


def _interval(found: "Interval") -> str:
    value, low, high = found
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
