"""What nobody asked for ends with the server that began it, also where that was killed, and where it stood still."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.support.servers import ROOT

# A server that begins something unasked and a job that does nothing but watch; the job's id is printed. The job says in one byte that it
# is there: of a line that is printed in two parts the second would meet a server that was killed after the first.
JOB = "import os, time; from explorer.runs.work.worker_process import end_with_parent; end_with_parent(lambda: {unasked}); os.write(1, b'x'); time.sleep(30)"
SERVER = """
import os, subprocess, sys, time
job = subprocess.Popen([sys.executable, "-c", sys.argv[1]], process_group=0, stdout=subprocess.PIPE, env=os.environ | {"EXPLORER_PARENT": str(os.getpid())})
job.stdout.read(1)
print(job.pid, flush=True)
time.sleep(30)
"""


def state(pid):
    """The letter of the state of a process that is nobody's child here (proc(5)): T where it stands still; none where it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def is_in(pid, states, seconds):
    """Whether a process comes into one of some states by then."""
    give_up = time.monotonic() + seconds
    while not (there := state(pid) in states) and time.monotonic() < give_up:
        time.sleep(0.05)
    return there


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize(
    ("unasked", "stopped", "ends"),
    [(True, False, True), (True, True, True), (False, False, False)],
    ids=["it runs", "it stands still", "a person asked for it meanwhile"],
)
def test_what_nobody_asked_for_ends_with_its_server(unasked, stopped, ends):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, JOB.format(unasked=unasked)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    job = int(server.stdout.readline())
    try:
        if stopped:
            os.kill(job, signal.SIGSTOP)
            assert is_in(job, ["T"], 10), f"the job does not stand still: {state(job)!r}"
        server.kill()
        server.wait()
        assert is_in(job, ["", "Z"], 10 if ends else 1.5) is ends, f"its job is in the state {state(job)!r}"
    finally:
        with suppress(ProcessLookupError):
            os.kill(job, signal.SIGKILL)
