#!/usr/bin/env python3
"""Kills kickmsg_bench in rounds of each peer and requires that nothing of it stays: no process, no name in /dev/shm or /tmp.

    bench/peers/kill_driver.py PROGRAM [--peer NAME ...] [--repeat N] [--seed N] [--json FILE]

Signals: TERM, INT and KILL. After a KILL the namespaces of the run take everything along; where none are permitted that is not tried.
Exit status: 0 when nothing stayed.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ENDS = ("TERM", "INT", "KILL")
OTHERS = re.compile(r"^(iceoryx_mgmt|roudi.*|iox-.*|(sem\.)?fast(rtps_|_datasharing_).*)$")
SECONDS = 20


def started_by(prefix):
    """Living processes with the prefix of the run in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if f"KICKMSG_TEST_PREFIX={prefix}".encode() in environment and state != "Z":
            found.append(int(process.name))
    return found


def names(prefix):
    """Names that a run could have left. The second segment of iox-roudi has the group's name."""
    group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
    found = set()
    for folder in ("/dev/shm", "/tmp", "/tmp/iceoryx2/nodes", "/tmp/iceoryx2/services"):
        for path in Path(folder).iterdir() if Path(folder).is_dir() else ():
            if path.name.startswith(prefix) or OTHERS.match(path.name) or str(path) == f"/dev/shm/{group}":
                found.add(str(path))
    return found


def are_namespaces_permitted():
    options = ["--mount", "--ipc", "--pid", "--fork", "--mount-proc"]
    return any(
        subprocess.run(["unshare", *user, *options, "true"], capture_output=True, check=False).returncode == 0 for user in ([], ["--user"])
    )


def run(program, prefix, *arguments):
    return subprocess.Popen(
        [program, "--out", "/tmp/" + prefix + "_out", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "KICKMSG_TEST_PREFIX": prefix},
        start_new_session=True,
    )


def trial(program, peer, end, seconds):
    """Returns: what stayed, an empty list when nothing did."""
    prefix = f"kmkill{os.getpid()}"
    before = names(prefix)
    driver = run(program, prefix, "--cells", f"rtt/peer:{peer}/.*", "--rounds", "1000")
    try:
        time.sleep(seconds)
        early = driver.poll()
        if early is not None:
            return [f"the driver ended by itself with {early}"]
        driver.send_signal(getattr(signal, f"SIG{end}"))
        driver.wait(SECONDS)
    finally:
        driver.kill()  # nothing when it has ended
    deadline = time.monotonic() + SECONDS
    while started_by(prefix) and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(f"/tmp/{prefix}_out", ignore_errors=True)
    return sorted(names(prefix) - before) + [f"process {pid}" for pid in started_by(prefix)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--peer", action="append", help="by default every peer that is found here")
    parser.add_argument("--repeat", type=int, default=1, help="trials of each peer and signal")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--json", type=Path, help="write the rows here")
    options = parser.parse_args()
    program = options.program.resolve()
    listed = subprocess.run([program, "--family", "rtt", "--list"], capture_output=True, text=True, check=True).stdout
    peers = options.peer or sorted(set(re.findall(r"^rtt/peer:([^/]+)/", listed, re.MULTILINE)))
    moments = random.Random(options.seed)
    permitted = are_namespaces_permitted()
    rows = []
    for peer in peers:
        for end in ENDS:
            if end == "KILL" and not permitted:
                rows.append({"peer": peer, "end": end, "left": [], "skipped": "no namespaces are permitted here: names stay after it"})
                continue
            for _ in range(options.repeat):
                seconds = moments.uniform(0.1, 2.0)
                left = trial(program, peer, end, seconds)
                rows.append({"peer": peer, "end": end, "seconds": round(seconds, 3), "left": left})
                print(f"{peer}, {end} after {seconds:.2f} s: {'nothing stayed' if not left else '; '.join(left)}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 1 if any(row["left"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
