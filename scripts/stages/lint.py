"""Everything that is checked without running the library, and the tests of the harness itself."""

import os
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import build, documents, machine, tests

TIMEOUT = {"quick": 900, "main": 1800, "full": 1800}

TIDY_FOLDERS = {"quick": ("lib/src/",), "main": ("lib/", "testkit/", "bench/", "examples/")}
TIDY_BUDGET = {"quick": 240, "main": 1500}  # seconds; files beyond it are skipped
TIDY_FILE_SECONDS = 240
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"


def run(stage):
    files = text_files(stage.run.root)
    no_absolute_paths(stage, files)
    python(stage, [path for path in files if path.endswith(".py")])
    sources = [path for path in files if path.endswith((".h", ".cc", ".c"))]
    over_files(stage, "clang-format", ["clang-format", "--dry-run", "-Werror"], sources)
    scripts = [path for path in files if path.endswith(".sh") or path == ".ci/run"]
    over_files(stage, "shellcheck", ["shellcheck", "--external-sources"], scripts)
    own_lints(stage)
    stage.check_command("edge table", [stage.run.python, "scripts/mutation.py", "--edges"])
    doxygen(stage)
    if not stage.run.quick:
        actionlint(stage)
    tests.run_pytest(stage, "harness", ["scripts"], cwd=stage.run.root)
    clang_tidy(stage)


def own_lints(stage):
    """One check for each lint of scripts/lints, found by its name."""
    lints = sorted((stage.run.root / "scripts/lints").glob("*_lint.py"))
    stage.expect(lints, "there are lints of our own", "scripts/lints has none")
    for lint in lints:
        stage.check_command(lint.stem, [stage.run.python, stage.run.relative(lint)])


def actionlint(stage):
    """The lint that knows GitHub's own rules, where there is a Go to build it."""
    if not shutil.which("go"):
        stage.skipped("actionlint", "there is no go to build it with")
        return
    environment = {"GOBIN": str(stage.folder / "bin"), "GOFLAGS": "-modcacherw"}
    if stage.check_command("actionlint builds", ["go", "install", ACTIONLINT], env=environment):
        stage.check_command("actionlint", [stage.folder / "bin/actionlint", *sorted((stage.run.root / ".github/workflows").glob("*.yml"))])


def doxygen(stage):
    """The pages of the public interface, complete."""
    stage.check_command("doxygen", [stage.run.python, "scripts/doxygen.py", stage.run.artifacts / "interface"])


def text_files(root):
    """The files of the project: as git knows them, else all but the build."""
    listed = machine.git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = listed.split("\0") if listed else [path.relative_to(root).as_posix() for path in root.rglob("*")]
    files = [name for name in names if name and not name.startswith(("build/", ".git/")) and (root / name).is_file()]
    return sorted(name for name in files if b"\0" not in (root / name).read_bytes()[:8192])


def ruff(root):
    """The program that bootstrap.sh installs: the version that pyproject.toml asks for."""
    version = re.search(r'^required-version = "==(.*?)"', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE).group(1)
    return str(machine.cache() / f"ruff-{version}/bin/ruff")


def over_files(stage, name, command, files):
    """One check: the command accepts all the files."""
    if not files:
        stage.skipped(name, "no files")
    else:
        stage.check_command(name, [*command, *files], replay=f"{' '.join(command)} {' '.join(files[:3])} …")


def no_absolute_paths(stage, files):
    place = str(stage.run.root).encode()
    found = [name for name in files if place + b"/" in (stage.run.root / name).read_bytes()]
    stage.expect(not found, "no path of this checkout in the tree", ", ".join(found))


def python(stage, files):
    python_compiles(stage, files)
    program = ruff(stage.run.root)
    for name, options in (("ruff check", ["check", "--no-cache"]), ("ruff format", ["format", "--no-cache", "--check"])):
        if Path(program).exists():
            over_files(stage, name, [program, *options], files)
        else:
            stage.skipped(name, f"there is no {program}: scripts/bootstrap.sh gets it from PyPI")


def python_compiles(stage, files):
    faults = []
    for name in files:
        try:
            compile((stage.run.root / name).read_bytes(), name, "exec")
        except SyntaxError as error:
            faults.append(f"{name}:{error.lineno}: {error.msg}")
    stage.expect(files and not faults, "python compiles", "; ".join(faults) or "no files")


def clang_tidy(stage):
    """One check per translation unit, as many at a time as there are processors."""
    with build.locked(stage.run):
        if not build.configure(stage):
            return
    mode = "quick" if stage.run.quick else "main"
    deadline = time.monotonic() + TIDY_BUDGET[mode]
    commands = documents.read(stage.run.build / "compile_commands.json")
    sources = sorted({os.path.relpath(entry["file"], stage.run.root) for entry in commands})
    sources = [source for source in sources if source.startswith(TIDY_FOLDERS[mode])]
    stage.expect(sources, "clang-tidy has files", "compile_commands.json names no source of the library")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda source: tidy_one(stage, source, deadline), sources))


def tidy_one(stage, source, deadline):
    name = f"clang-tidy {source}"
    if time.monotonic() > deadline:
        stage.skipped(name, "the time for clang-tidy was over")
    else:
        stage.check_command(
            name,
            ["clang-tidy", "--quiet", "--extra-arg-before=-std=c++17", "-p", stage.run.relative(stage.run.build), source],
            timeout=TIDY_FILE_SECONDS,
        )
