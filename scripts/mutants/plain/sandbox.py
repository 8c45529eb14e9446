"""Where the program of a mutant runs: it may do anything.

Where the system allows it, in namespaces of its own: an empty /dev/shm of limited size, and processes that all end with the first one.
Elsewhere the names of its regions have a prefix of their own, as in any run of the tests. Either way with a limit of memory."""

import functools
import os
import secrets
import subprocess

from harness import leftovers, process

INSIDE = 'mount -t tmpfs -o size=2g,mode=1777 kickmsg /dev/shm && mount -t proc proc /proc && "$@"; exit $?'
# it ends with the thread that began it, however that ends
NAMESPACES = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-c", INSIDE, "sh")
LIMITS = ("prlimit", f"--data={4 << 30}", "--core=0", "--")


@functools.cache
def namespaces():
    """The words before a command; none where no namespaces may be made."""
    try:
        done = subprocess.run([*NAMESPACES, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return NAMESPACES if done.returncode == 0 else ()


def run(argv, log, seconds, environment, folder):
    """Returns: as process.run. Nothing that it started or named is left."""
    prefix = f"kmmutant_{os.getpid()}_{secrets.token_hex(3)}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GTEST_", "KICKMSG_"))}
    environment = {**kept, "LC_ALL": "C.UTF-8", **environment, "KICKMSG_TEST_PREFIX": prefix}
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return process.run([*namespaces(), *LIMITS, *argv], log, seconds, environment, folder)
    finally:
        if not namespaces():
            leftovers.kill_processes(prefix)
            leftovers.remove_regions(prefix)
