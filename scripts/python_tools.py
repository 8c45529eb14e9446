"""The interpreters of Python that are here, and for each a folder of its own with what builds, audits and tests the package of python/.

usage: python_tools.py    installs what is missing: scripts/bootstrap.sh does"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harness import machine
from harness.run import ROOT

OLDEST, NEWEST = 11, 15  # 3.x
REQUIREMENTS = "python/requirements.txt"
PATIENCE = ("--retries", "1", "--timeout", "30")  # where there is no PyPI this is said soon
PROBE = (
    "import json, os, platform, sys, sysconfig; print(json.dumps({"
    "'version': sys.version_info[:2], "
    "'name': platform.python_implementation(), "
    "'free': bool(sysconfig.get_config_var('Py_GIL_DISABLED')), "
    "'headers': os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h'))}))"
)


def candidates(minor):
    """Yields: where an interpreter of that version may be."""
    found = shutil.which(f"python3.{minor}")
    if found:
        yield found
    yield from map(str, sorted(Path("~/.pyenv/versions").expanduser().glob(f"3.{minor}.*/bin/python3.{minor}"), reverse=True))


def probed(path):
    """Returns: what an interpreter says of itself, or None where it does not run."""
    try:
        done = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, timeout=60, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def is_usable(found, minor):
    return bool(found) and found["version"] == [3, minor] and found["name"] == "CPython" and found["headers"] and not found["free"]


def interpreters():
    """Returns: path by minor version, of those that a module can be built for: with headers, and with the interpreter's lock."""
    chosen = {}
    for minor in range(OLDEST, NEWEST + 1):
        for path in candidates(minor):
            if is_usable(probed(path), minor):
                chosen[minor] = path
                break
    return chosen


def folder(minor):
    """Where the tools of an interpreter are: another one for other versions of them."""
    digest = hashlib.sha256((ROOT / REQUIREMENTS).read_bytes()).hexdigest()[:8]
    return machine.cache() / f"python-3.{minor}-{digest}"


def tools(minor):
    """Returns: the interpreter with the tools; None where they are not installed."""
    python = folder(minor) / "bin/python"
    return python if (folder(minor) / "complete").exists() else None


def wanted(found):
    """The oldest; and of those that have the stable interface (3.12) the oldest, which builds, and the newest, which has to take that."""
    stable = [minor for minor in found if minor >= 12]
    return sorted({min(found), *stable[:1], *stable[-1:]}) if found else []


def install(minor, path):
    """Returns: whether they are there now."""
    place = folder(minor)
    print(f"bootstrap: installing what builds and tests the Python package for 3.{minor} into {place}", flush=True)
    shutil.rmtree(place, ignore_errors=True)
    pip = [place / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PATIENCE, "-r", ROOT / REQUIREMENTS]
    for command in ([path, "-m", "venv", place], pip):
        if subprocess.run(list(map(os.fspath, command)), check=False).returncode != 0:
            shutil.rmtree(place, ignore_errors=True)
            return False
    (place / "complete").touch()
    return True


def main():
    found = interpreters()
    for minor in wanted(found):
        if not tools(minor) and not install(minor, found[minor]):
            print(f"bootstrap: {REQUIREMENTS} could not be had from PyPI for 3.{minor}: the stage python is skipped", file=sys.stderr)
            break
    return 0


def version_of_package():
    """Returns: that of Version.h."""
    text = (ROOT / "lib/include/kickmsg/Version.h").read_text(encoding="utf-8")
    return ".".join(re.search(rf"#define KICKMSG_VERSION_{part} (\d+)", text).group(1) for part in ("MAJOR", "MINOR", "PATCH"))


if __name__ == "__main__":
    sys.exit(main())
