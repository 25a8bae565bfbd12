# SPDX-License-Identifier: MPL-2.0
"""Runs one lane of a stopped process as if it were tomorrow: see later.c."""
import os
import select
import shlex
import signal
import subprocess
import time

from stage import ROOT

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "later.c")


def run_lane(stage, lane, until, timeout_s):
    """Starts the lane, waits for this line of its log, ends it. AssertionError when the line does not come."""
    library = os.path.join(stage.demo["state"], "later.so")  # where the lane's own account can read it
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, SOURCE], check=True, stdin=subprocess.DEVNULL)
    os.chmod(library, 0o755)
    script = '. %s/scripts/lib/load.sh; layout %s; process_sweep %s; as opx-%s env LD_PRELOAD=%s "$PROGRAM/bin/opx-jobs" --config "$CONFIG" --lane %s' % (
        shlex.quote(ROOT), stage.name, lane, lane, shlex.quote(library), lane)
    process = subprocess.Popen(["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        wait_for_line(process, until.encode(), time.monotonic() + timeout_s)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()


def wait_for_line(process, wanted, deadline):
    said = b""
    while wanted not in said:
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        more = os.read(process.stdout.fileno(), 65536) if ready else b""
        if not more:
            raise AssertionError("the lane of tomorrow did not say %r:\n%s" % (wanted, said.decode(errors="replace")[-2000:]))
        said += more
