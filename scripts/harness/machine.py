"""Where a run took place, without the name of the host, and with which tools."""

import os
import platform
import re
import subprocess
from pathlib import Path

TOOLS = {
    "cmake": "cmake",
    "ninja": "ninja",
    "compiler": "c++",
    "clang-format": "clang-format",
    "clang-tidy": "clang-tidy",
    "shellcheck": "shellcheck",
    "git": "git",
}


def first_output(argv, cwd=None):
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=cwd, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


def tool_versions():
    versions = {}
    for name, program in TOOLS.items():
        version = re.search(r"\d+\.\d+(\.\d+)?", first_output([program, "--version"]))
        versions[name] = version.group(0) if version else "missing"
    compiler = first_output(["c++", "--version"]).splitlines()
    return {**versions, "compiler": compiler[0] if compiler else "missing", "python": platform.python_version()}


def cache():
    """Where to keep what every checkout on this machine may use."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "kickmsg"


def field_of(path, pattern):
    try:
        found = re.search(pattern, Path(path).read_text(errors="replace"), re.MULTILINE)
    except OSError:
        return ""
    return found.group(1).strip() if found else ""


def fingerprint():
    return {
        "cpu": field_of("/proc/cpuinfo", r"^model name\s*:\s*(.*)$") or platform.processor(),
        "cpus": os.cpu_count(),
        "memory_kib": int(field_of("/proc/meminfo", r"^MemTotal:\s*(\d+)") or 0),
        "architecture": platform.machine(),
        "kernel": f"{platform.system()} {platform.release()}",
        "distribution": field_of("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)'),
        "virtualised": bool(field_of("/proc/cpuinfo", r"^flags.*\b(hypervisor)\b")),
    }


def git(root, *arguments):
    """Git in a checkout, also in one of another user's."""
    return first_output(["git", "-c", "safe.directory=*", *arguments], cwd=root)


def commit(root):
    found = git(root, "rev-parse", "--short=12", "HEAD")
    return (found + ("-dirty" if git(root, "status", "--porcelain") else "")) if found else "unknown"
