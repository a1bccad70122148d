"""What each kind of long work is called, and where its result stands."""

from explorer.app import urls
from explorer.experiments import EXPERIMENTS
from explorer.game.game import PREFIX
from explorer.runs.jobs import Job

# What a screen calls it, and the page where its result stands.
KINDS = {
    "build": ("Build", "overview"),
    "preflight": ("Check", "data"),
    "trust": ("Trust report", "trust"),
    "whole-trust": ("Trainings without images", "trust"),
    "smoothness": ("Smoothness of the training", "trust"),
    "exact": ("Whole network, exact", "explain"),
    "replay-basis": ("Whole network, instant", "explain"),
    "replay-average": ("Whole network, any training", "explain"),
    "index": ("Method for the whole network", "explain"),
    "map": ("Map", "map"),
    "audit": ("Audit", "suspects"),
    "cleaning": ("Cleaning curve", "suspects"),
    "groups": ("Groups", "suspects"),
    "duplicates": ("Duplicates", "suspects"),
    "flip": ("Flipping set", "overview"),
    "whole-flip": ("Flipping set, really trained", "explain"),
    "retrain": ("Training from scratch", "explain"),
    "repair": ("Repair", "learn"),
    "experiment": ("Experiment", "learn"),
}
# The command of a kind of work, and its first options, where it is not called like the kind.
COMMANDS = {"whole-trust": ("trust", "--whole", "--sets", "30"), "exact": ("explain", "--method", "unrolled")}
COMMANDS |= {"replay-average": ("replay-basis",), "index": ("explain",), "whole-flip": ("flip",)}
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


def title_of(job: Job) -> str:
    """Return what a screen calls a job: an experiment by its own title."""
    name = job.argv[3] if job.kind == "experiment" and len(job.argv) > 3 else ""
    return f"Experiment: {EXPERIMENTS[name].title}" if name in EXPERIMENTS else title(job.kind)


def command(kind: str, name: str, *options: str) -> list[str]:
    """Return the command line of the work ``kind`` for a run."""
    word, *own = COMMANDS.get(kind, (kind,))
    return [word, "--run", name, *own, *options]


def run_words(name: str) -> str:
    """Return what a screen calls the run of a job: its name; those of games have none that a person gave."""
    return "a game" if name.startswith(PREFIX) else name


def result_page(kind: str) -> str:
    """Return the page where the result of a kind of work stands."""
    return KINDS[kind][1] if kind in KINDS else "overview"


def result_state(job: Job) -> dict[str, str]:
    """Return the parameters of that page that show the result of a job."""
    state = {"run": job.name} | RESULT_STATES.get(job.kind, {})
    if job.kind == "experiment" and len(job.argv) > 3:
        given = (word.removeprefix("--set=") for word in job.argv[4:] if "=" in word)
        state |= {"name": job.argv[3]} | dict(word.split("=", 1) for word in given)
    return state


def result_address(job: Job) -> str:
    """Return the link to the result of a job."""
    page = result_page(job.kind)
    return urls.address("" if page == "overview" else page, **result_state(job))
