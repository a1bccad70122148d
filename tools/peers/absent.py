"""Libraries that would be compared and cannot be installed beside this program: what pip says of each."""

import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Each wants other versions of what this program needs.
ABSENT = {"pyDVL": "pydvl==0.10.0", "influenciae": "influenciae==0.3.0"}


def reasons() -> list[dict[str, Any]]:
    """Return a row for each with the reason in pip's own words; none of one that pip would install."""
    found = ((name, _refusal(asked)) for name, asked in ABSENT.items())
    return [{"method": name, "reason": said} for name, said in found if said]


def _refusal(asked: str) -> str:
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--disable-pip-version-check"]
    given = ["--requirement", str(ROOT / "requirements.txt"), asked]
    ended = subprocess.run(command + given, capture_output=True, text=True)
    return "" if ended.returncode == 0 else refusal(asked, ended.stderr)


def refusal(asked: str, said: str) -> str:
    """Return the lines of pip's complaint that name what is asked, as one."""
    lines = [" ".join(line.split()) for line in said.splitlines()]
    named = [line for line in lines if line.startswith(("ERROR:", asked.split("==")[0]))]
    return "does not install: " + "; ".join(dict.fromkeys(line.removeprefix("ERROR: ") for line in named))[:280]
