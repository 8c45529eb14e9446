"""What compare.py compares: the benchmarks of this checkout, compiled over the library of a commit or of the working tree."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from harness import machine
from harness.run import ROOT

FOLDER = ROOT / "build/compare"
LIBRARY = ("lib",)
BENCHMARKS = ("CMakeLists.txt", "cmake", "testkit", "bench")
VERSION = "lib/include/kickmsg/Version.h"  # what is older has none, and the build asks for it
BUILD_SECONDS = 1200


class Broken(Exception):
    """A subject could not be had, or did not measure."""


def resolve(name):
    """Returns: the commit of a name of git."""
    commit = machine.git(ROOT, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if not commit:
        raise Broken(f"'{name}' is no commit of this repository; expected a hash, a branch or a tag")
    return commit


def files_of_commit(commit, names=LIBRARY):
    there = machine.git(ROOT, "ls-tree", "--name-only", commit, *names).splitlines()
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "archive", "--format=tar", commit, *there], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise Broken(f"git archive {commit}: {done.stderr.decode('utf-8', 'replace').strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


def files_here(names):
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for name in names
        for path in [ROOT / name, *(ROOT / name).rglob("*")]
        if path.is_file() and "__pycache__" not in path.parts
    }


def write(files, folder):
    """Makes the folder hold these files; what is the same keeps its time, for the build."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, contents in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != contents:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)


def run(what, command, log):
    with open(log, "ab") as out:
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, timeout=BUILD_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Broken(f"{what}: {error}") from error
    if done.returncode != 0:
        raise Broken(
            f"{what} failed, see {log.relative_to(ROOT)}; where it does not compile, the benchmarks need an interface "
            "that its library has not"
        )


def build(name, say, benchmarks=None):
    """Builds kickmsg_bench over the library of a commit, or of the working tree when `name` is None; with the benchmarks of this checkout,
    or of the commit `benchmarks`. Returns: (program, what it was built from)."""
    commit = resolve(name) if name else None
    label = (commit[:12] if commit else "tree") + (f"-by-{benchmarks[:12]}" if benchmarks else "")
    library = files_of_commit(commit) if commit else files_here(LIBRARY)
    folder = FOLDER / label
    folder.mkdir(parents=True, exist_ok=True)
    measuring = files_of_commit(benchmarks, BENCHMARKS) if benchmarks else files_here(BENCHMARKS)
    write({**files_here((VERSION,)), **library, **measuring}, folder / "tree")
    log = folder / "build.log"
    log.unlink(missing_ok=True)
    say(f"building {label}")
    run(
        f"{label}: configure",
        [
            "cmake",
            "-S",
            folder / "tree",
            "-B",
            folder / "build",
            "-G",
            "Ninja",
            "-DCMAKE_BUILD_TYPE=Release",
            "-DKICKMSG_BUILD_BENCHMARKS=ON",
            "-DBUILD_BENCHMARKS=ON",  # its name in commits from before the prefix
        ],
        log,
    )
    run(f"{label}: compile", ["cmake", "--build", folder / "build", "--target", "kickmsg_bench"], log)
    digest = hashlib.sha256(b"".join(library[key] for key in sorted(library))).hexdigest()[:12]
    return folder / "build/kickmsg_bench", {"commit": commit or machine.commit(ROOT), "library": digest}


def stage(program, side):
    """Copies a program to build/compare/A or B: paths of one length, or the stack of one side begins elsewhere."""
    path = FOLDER / side / "kickmsg_bench"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"fresh-{os.getpid()}")
    shutil.copy2(program, fresh)
    fresh.replace(path)
    return Path(path)
