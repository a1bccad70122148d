"""The lines that state a preflight report, for the terminal and for the page."""

import time
from collections.abc import Mapping
from typing import Any

from explorer.core.files import megabytes
from explorer.core.phrases import percent
from explorer.datasets import summary
from explorer.engine import Processes
from explorer.runs.build.request import AS_READ

# What stands before every number that is no count.
ABOUT = "about"
SIDES = {"train": "For training", "test": "For testing"}
SAID = summary.SAID
# An own last layer that gets no more than this above chance right tells little.
ABOVE_GUESSING = 0.1


def facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what will be done and what it takes, ``(name, words)`` from top to bottom."""
    images, network, sample = report["images"], report["network"], report["sample"]
    rows = [
        ("Run", report["run"]),
        ("Data set", report["data"]["dataset"]),
        ("Checked at", time.strftime("%Y-%m-%d %H:%M", time.localtime(report["made"]))),
        ("Pictures", f"{images['train']:,} for training, {images['test']:,} for testing{_known(images)}"),
        ("Network", f"{network['name']}, {network['features']:,} features of pictures at {network['size']} px"),
        *([("Prepared", network["preparation"])] if "preparation" in network else []),
        *([("Read of its file", " ".join(network["notes"]))] if "notes" in network else []),
        *([("Computed by", network["computed_by"])] if "computed_by" in network else []),
        ("Time", _time(report["seconds"])),
        ("Measured on", f"{sample['pictures']:,} of these pictures, in {sample['seconds']:.1f} s"),
        ("Memory", _memory(report["memory"])),
        *([("Workers", _workers(report["workers"]))] if "workers" in report else []),
        ("Disk", _disk(report["disk"])),
    ]
    rows[6:6] = _own_layer(report)
    rows += [(f"Written: {one['what']}", f"{one['path']} ({_size(one['bytes'])})") for one in report["disk"]["writes"]]
    apart = report["pictures"] not in ("", report["data"]["dataset"])
    return rows + ([("The pictures lie in", report["pictures"])] if apart else [])


def _own_layer(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how the own last layer of a person's network does; no row where there is none."""
    if "own_layer" not in report:
        return []
    own = report["own_layer"]
    said = f"{percent(own['right'])} of {own['pictures']:,} training pictures right, prepared as above"
    return [("Its own last layer", ". ".join([said, *([] if network_doubt(report) else own["told"])]))]


def network_doubt(report: Mapping[str, Any]) -> str:
    """Return why a person's network is doubtful: its own last layer does better on pictures that are prepared otherwise, or hardly better than guessing."""
    own = report.get("own_layer", {})
    if own.get("better"):
        return " ".join(["This network is doubtful as it is prepared here.", *own["told"]])
    guessing = own and own["right"] < 1 / len(report["data"]["classes"]) + ABOVE_GUESSING
    return (
        " ".join(["This network is doubtful: its own last layer is hardly better than guessing.", *own["told"]])
        if guessing
        else ""
    )


def classes(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return each class with its pictures for training and for testing."""
    sides = report["data"]["classes"]
    return [(name, f"{of['train']:,}", f"{of['test']:,}") for name, of in sides.items()]


def reading(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how the data were understood: the layout, and each side with where it comes from; nothing in old reports."""
    data = report["data"]
    layout = [("Read as", data["layout"])] if data.get("layout") else []
    return layout + _sides(data.get("splits", {}))


def _sides(splits: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the sides with their numbers and where they come from; in one line where both come from the same."""
    if len({each["from"] for each in splits.values()}) == 1:
        numbers = " and ".join(f"{each['pictures']:,}" for each in splits.values())
        return [("For training and testing", f"{numbers} pictures, {splits['train']['from']}")]
    return [(SIDES[side], f"{each['pictures']:,} pictures, {each['from']}") for side, each in splits.items()]


def doubts(report: Mapping[str, Any]) -> list[str]:
    """Return what is doubtful in the reading of the data and was not confirmed."""
    return [] if AS_READ in report["words"] else list(report["data"].get("warnings", ()))


def confirmed(report: Mapping[str, Any]) -> list[str]:
    """Return the command line of the build that takes the data as they were read."""
    words = list(report["words"])
    return words if AS_READ in words or not doubts(report) else [*words, AS_READ]


def remarks(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the remarks on the data, such as duplicates; where the reading says more, not how they were split and what is left out."""
    data = report["data"]
    said = SAID if "layout" in data else ()
    return [(key[:1].upper() + key[1:], text) for key, text in data["facts"].items() if key not in said]


def lines(report: Mapping[str, Any]) -> list[str]:
    """Return all of it for a terminal."""
    data = report["data"]
    layout, *sides = summary.understood(data)
    rows = [f"{data['title']}, run {report['run']} ({report['run_id']})", layout]
    rows += [f"{name}: {train} + {test}" for name, train, test in classes(report)]
    rows += sides + [f"{name}: {value}" for name, value in (*remarks(report), *facts(report))]
    rows += summary.left_out(data) + summary.choosable(data) + summary.doubtful(data)
    return rows + [
        value for value in (data["notice"], network_doubt(report), report["warning"], report["refusal"]) if value
    ]


def duration(seconds: float) -> str:
    """Return a time that is no more exact than an estimate."""
    if seconds < 90:
        return f"{ABOUT} {max(1, round(seconds))} s"
    return f"{ABOUT} {seconds / 60:.0f} min" if seconds < 5400 else f"{ABOUT} {seconds / 3600:.1f} h"


def _known(images: Mapping[str, int]) -> str:
    if not images["known"]:
        return ""
    return f"; the features of {images['known']:,} of all {images['all']:,} are there already and cost no time"


def _time(seconds: Mapping[str, float]) -> str:
    if "features" not in seconds:
        return "none: the run is there already"
    named = {"training": "the training", "features": "the features", "fit": "the fit"}
    parts = [f"{duration(seconds[part])} for {name}" for part, name in named.items() if part in seconds]
    return f"{duration(seconds['all'])}: {', '.join(parts)}, the rest to start, to open the data and to write"


def _memory(memory: Mapping[str, Any]) -> str:
    free = "" if memory["available"] is None else f"; {megabytes(memory['available'])} are free"
    return f"{_size(memory['all'])}{free}"


def _workers(workers: Mapping[str, Any]) -> str:
    where = "on this machine, among the memory above" if workers["here"] else "elsewhere"
    named = "worker processes" if workers["engine"] == Processes.name else f"workers of {workers['engine']}"
    return f"{workers['count']} {named}, {_size(workers['bytes'])} each, {where}; after a kill the build goes on from the last shard"


def _disk(disk: Mapping[str, Any]) -> str:
    return f"{_size(disk['all'])}; {megabytes(disk['free'])} are free"


def _size(size: int) -> str:
    """Return a size that is no more exact than an estimate: two digits."""
    if not size:
        return "nothing"
    shown = size / 2**20
    if shown < 0.1:
        return f"{ABOUT} {megabytes(size)}"
    if shown < 10:
        return f"{ABOUT} {shown:.1f} MB"
    return f"{ABOUT} {float(f'{shown:.2g}'):.0f} MB" if shown < 1000 else f"{ABOUT} {shown / 1024:.1f} GB"
