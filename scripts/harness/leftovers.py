"""What a run left behind: regions in /dev/shm, processes that still work."""

import os
import signal
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
WAITING = ".kickmsg"  # where regions wait for their names; whose one is may be in its header only, where its name is cut short
HEADER_BYTES = 1 << 16


def belongs(path, prefix):
    if prefix in path.name:
        return True
    if path.parent.name != WAITING:
        return False
    try:
        with open(path, "rb") as file:
            return prefix.encode() in file.read(HEADER_BYTES)
    except OSError:
        return False


def remove_regions(prefix, folder=SHARED_MEMORY):
    """Removes the entries of a run. Returns: their names."""
    found = []
    for path in [path for place in (folder, folder / WAITING) if place.is_dir() for path in sorted(place.iterdir())]:
        if belongs(path, prefix):
            found.append(path.name)
            path.unlink(missing_ok=True)
    return found


def kill_processes(prefix):
    """Kills the processes that were started with a run's prefix. Returns: their command lines."""
    marker = f"KICKMSG_TEST_PREFIX={prefix}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int(entry.name) == os.getpid() or marker not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip())
            os.kill(int(entry.name), signal.SIGKILL)
        except (OSError, ProcessLookupError):
            continue
    return found
