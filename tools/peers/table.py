"""The table of ``docs/benchmarks.md``."""

from collections.abc import Sequence
from typing import Any

COLUMNS = (
    "method",
    "prepare",
    "one query",
    "100 queries",
    "peak memory",
    "bytes an image",
    "Spearman with exact",
    "LDS",
    "LDS, other seeds",
)


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table, a row a method; of one that could not be measured the reason."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    return "\n".join(lines + [_line(row) for row in rows]) + "\n"


def _line(row: dict[str, Any]) -> str:
    if "reason" in row:
        return f"| {row['method']} | not measured: {row['reason'].replace('|', '/')} |" + " |" * (len(COLUMNS) - 2)
    name = f"{row['method']} {row['version']}".strip()
    said = [row["note"]] if row["note"] else []
    said += [] if row.get("finite_margin", True) else ["some scores are no numbers"]
    cells = [f"{name} ({'; '.join(said)})" if said else name]
    cells += [_seconds(row[each]) for each in ("prepare", "one", "hundred")]
    if row["questions"] < 100:
        cells[-1] += f" for {row['questions']}"
    cells.append(f"{row['peak_megabytes']:.0f} MB (+{row['peak_megabytes'] - row['megabytes_before']:.0f})")
    cells.append(
        f"{row['bytes_per_image']:,.0f}" + (f"; {row['bytes_once'] / 1e6:.1f} MB once" if row["bytes_once"] else "")
    )
    cells.append(" / ".join(f"{row['spearman'][kind]:.3f}" for kind in sorted(row.get("spearman", {}))) or "–")
    cells += [_agreement(row.get(name, {})) for name in ("lds", "lds_other_seed")]
    return "| " + " | ".join(cells) + " |"


def _agreement(lds: dict[str, tuple[float, float, float]]) -> str:
    """Return the figure at each share with its interval."""
    each = [f"{value:.3f} [{low:.3f}, {high:.3f}] ({share} %)" for share, (value, low, high) in lds.items()]
    return " / ".join(each) or "–"


def _seconds(taken: dict[str, float]) -> str:
    return f"{_short(taken['wall'])} / {_short(taken['cpu'])} s"


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
