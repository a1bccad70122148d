"""What each kind of long work is called, and where its result stands."""

from explorer.app import urls

# What a screen calls it, and the page where its result stands.
KINDS = {
    "build": ("Build", "overview"),
    "preflight": ("Check", "data"),
    "trust": ("Trust report", "trust"),
    "map": ("Map", "map"),
    "audit": ("Audit", "suspects"),
    "cleaning": ("Cleaning curve", "suspects"),
    "groups": ("Groups", "suspects"),
    "duplicates": ("Duplicates", "suspects"),
    "flip": ("Flipping set", "overview"),
    "retrain": ("Training from scratch", "explain"),
    "repair": ("Repair", "learn"),
    "experiment": ("Experiment", "learn"),
}
# Which state of that page shows the result, where it is not the first.
RESULT_STATES = {
    "map": {"projection": "tsne"},
    "cleaning": {"view": "cleaning"},
    "groups": {"view": "groups"},
    "duplicates": {"view": "duplicates"},
    "repair": {"step": "7"},
    "experiment": {"view": "experiments"},
}


def title(kind: str) -> str:
    """Return what a screen calls a kind of work; its own word where a newer version has begun it."""
    return KINDS[kind][0] if kind in KINDS else kind.capitalize()


def result_page(kind: str) -> str:
    """Return the page where the result of a kind of work stands."""
    return KINDS[kind][1] if kind in KINDS else "overview"


def result_state(kind: str, run: str) -> dict[str, str]:
    """Return the parameters of that page that show the result for a run."""
    return {"run": run} | RESULT_STATES.get(kind, {})


def result_address(kind: str, run: str) -> str:
    """Return the link to the result of a kind of work for a run."""
    page = result_page(kind)
    return urls.address("" if page == "overview" else page, **result_state(kind, run))
