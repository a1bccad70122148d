"""``preflight``: what a build would find, take and write, before it is begun."""

import functools
import time
from typing import Any

from explorer.cli.build import build, request
from explorer.cli.output import plain_errors, reported, show


@plain_errors
@functools.wraps(build, assigned=("__annotations__",))
def preflight(**asked: Any) -> None:
    """Check the data and time the network: what `build` with the same options would find, take and write where."""
    from explorer.figures.preflight_summary import lines
    from explorer.models.custom.spec import NetworkSpec
    from explorer.runs.build.builder import prepare_home
    from explorer.runs.build.preflight import preflight as compute
    from explorer.runs.build.request import Config

    job, as_json, scenario, run = (asked.pop(name) for name in ("job", "as_json", "scenario", "run"))
    own = NetworkSpec.parse(*(asked.pop(name) for name in ("checkpoint", "layer", "size", "mean", "std", "trust_code")))
    config, name = request(Config(**asked, own=own), scenario, run)
    prepare_home()
    with reported(job) as progress:
        found = compute(config, name, progress, time.process_time())
    show(found, as_json, lines(found))
