#!/usr/bin/env python3
"""Many small regions, made of one by its bytes: what listing is tried on.

usage: many.py --actor build/release/tools/kickmsg_actor PREFIX COUNT
       many.py --remove PREFIX
"""

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path("/dev/shm")
PAGE = 4096
SMALLEST = "subscribers=1 ring=2 pool=8 publishers=1 views=1"


def seed(actor, prefix):
    """The bytes of one that nobody has open any more."""
    line = f"advertise {prefix} 0 {SMALLEST}\n"
    done = subprocess.run([str(actor)], input=line, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("ok "), done.stdout
    return (FOLDER / f"{prefix}_0").read_bytes()


def make(actor, prefix, count):
    content = seed(actor, prefix)
    used = [at for at in range(0, len(content), PAGE) if any(content[at : at + PAGE])]
    for number in range(1, count):
        with open(FOLDER / f"{prefix}_{number}", "wb") as file:
            for at in used:
                file.seek(at)
                file.write(content[at : at + PAGE])
            file.truncate(len(content))


def remove(prefix):
    for path in FOLDER.glob(f"{prefix}_*"):
        path.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("prefix")
    parser.add_argument("count", nargs="?", type=int, default=0)
    parser.add_argument("--actor", type=Path)
    parser.add_argument("--remove", action="store_true")
    arguments = parser.parse_args()
    if arguments.remove:
        remove(arguments.prefix)
    elif arguments.actor and arguments.count > 0:
        make(arguments.actor, arguments.prefix, arguments.count)
    else:
        parser.error("needs --remove, or --actor and a COUNT")
    return 0


if __name__ == "__main__":
    sys.exit(main())
