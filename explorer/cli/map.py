"""``map``: where all images lie on a plane."""

import time

from explorer.cli.output import JobOption, JsonOption, RunOption, plain_errors, reported, show


@plain_errors
def map_(
    run: RunOption,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lay all images out by PCA and by t-SNE, for the page Map; runs with the same features share the result."""
    from explorer.runs.results.projection import PROJECTIONS, project_run
    from explorer.runs.store import open_run

    start = time.perf_counter()
    with reported(job) as progress:
        opened = open_run(run)
        found = [project_run(opened, name, progress) for name in PROJECTIONS]
    images = len(found[0].train) + len(found[0].test)
    result = {"run": opened.id, "images": images, "projections": list(PROJECTIONS), "shares": list(found[0].shares)}
    seconds = round(time.perf_counter() - start, 1)
    show(result | {"seconds": seconds}, as_json, [f"{images:,} images laid out by PCA and t-SNE in {seconds} s."])
