"""One process that has imported what a server imports, and makes servers: each is a fork of it, ready a few seconds sooner.

It reads lines of JSON (``port``, ``environment`` and ``fresh``), answers each with the process id of a server, and ends with its
standard input. What a server begins in a process of its own is a fork, too (:mod:`ready`), unless it is fresh. Servers that start
as a person starts them are tested in ``tests/processes/test_installed.py``.
"""

import importlib
import json
import os
import pkgutil
import signal
import sys

from streamlit.web import cli

import explorer.app
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.learn.game import score
from tests.support import ready
from tests.support.component_packages import manifest_scanner

# What a server loads when it starts, or draws its first page.
LATE = (
    "anyio._backends._asyncio",
    "pyarrow.pandas_compat",
    "starlette.applications",
    "starlette.middleware.sessions",
    "streamlit.web.server.starlette.starlette_agent_routes",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "uvicorn.supervisors",
)

manifest_scanner.scan_component_manifests()
for module in pkgutil.walk_packages(explorer.app.__path__, "explorer.app."):
    if module.name != "explorer.app.frame.main":  # the script that draws a page
        importlib.import_module(module.name)

for late in LATE:
    importlib.import_module(late)
score.WAIT_SECONDS = 1  # five in a classroom
job_progress.POLL_SECONDS = 2  # half a second for a person; each time the page around a job is drawn anew
place = ready.begin()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever asked for a server waits for its end
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(asked["environment"])
        if not asked["fresh"]:
            ready.use(place)
        sys.argv = ["streamlit", "run", "streamlit_app.py", "--server.port", str(asked["port"])]
        for stream in range(2):
            os.dup2(os.open(os.devnull, os.O_RDWR), stream)
        sys.exit(cli.main())
    print(child, flush=True)
