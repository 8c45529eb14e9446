"""Runs the drivers of models/genmc under GenMC, over the shipped headers of the core or a copy in which one order is weaker."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.run import ROOT
from lints.atomics import ORDER
from mutants import orders

LEAST = (0, 11)
MODELS = ("rc11", "imm")
DRIVERS = ROOT / "models/genmc"
AT_THE_END = 4294967295  # Driver.h: no step has that number
NOT_A_DRIVER = ("main.cc",)
OPTIONS = ("--disable-estimation", "--disable-mm-detector")
# GenMC sees accesses of the size of their variables only, and copies of structures by their members: so they are packed, inlined and taken
# apart by the compiler, and none is made an access of several words. Without debugging information: GenMC's names of variables crash it.
FLAGS = (
    *("-std=c++17", "-O2", "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops", "-fno-builtin", "-fpack-struct=4"),
    *("-mllvm", "-inline-threshold=100000", "-fno-exceptions", "-g0", "-w"),
)
STEPS = re.compile(r": OneDies<(\d+)>")
VERSION = re.compile(r"\bv(\d+)\.(\d+)")
EXECUTIONS = re.compile(r"complete executions explored: (\d+)")
BLOCKED = re.compile(r"blocked executions seen: (\d+)")
SAYS = re.compile(r"^// rc11: (clean|reported), imm: (clean|reported)\.")
FAULTS = ("Safety violation", "Non-atomic race")  # its other reports are on what it cannot run
REPORT = re.compile(r"^Error: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Driver:
    name: str
    path: Path
    steps: int  # of the one that may die; 0: nobody dies

    def deaths(self):
        """Nobody's; before each step, and after the last."""
        return [0] + ([*range(1, self.steps + 1), AT_THE_END] if self.steps else [])


@dataclass(frozen=True)
class Verdict:
    outcome: str  # clean, reported, unfinished, broken
    executions: int
    blocked: int
    seconds: float
    words: str = ""


def drivers(folder=DRIVERS):
    """Those of a folder, by their names."""
    found = []
    for path in sorted(folder.glob("*.cc")):
        steps = STEPS.search(path.read_text(encoding="utf-8"))
        if path.name not in NOT_A_DRIVER:
            found.append(Driver(path.stem, path, int(steps.group(1)) if steps else 0))
    return found


def litmus(folder):
    """Small programs apart from the core: (program, {model: what has to come of it})."""
    for path in sorted(folder.glob("*.cc")):
        says = SAYS.match(path.read_text(encoding="utf-8"))
        yield Driver(path.stem, path, 0), dict(zip(MODELS, says.groups() if says else ("?", "?")))


def missing(program="genmc"):
    """Why there is nothing to run, or None."""
    if not shutil.which(program):
        return f"{program} is not in PATH: build GenMC {LEAST[0]}.{LEAST[1]} or later (models/genmc/README.md)"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    version = VERSION.search(said)
    if not version or tuple(map(int, version.groups())) < LEAST:
        return f"GenMC {'.'.join(version.groups()) if version else 'of no known version'} is older than {LEAST[0]}.{LEAST[1]}"
    return None


def command(driver, model, death=0, include=ROOT / "lib/include", program="genmc"):
    flags = [f"-I{include}", f"-I{DRIVERS}", *FLAGS, "-DKICKMSG_GENMC", f"-DKICKMSG_DEATH={death}U"]
    return [program, f"--{model}", *OPTIONS, "--", *flags, str(driver.path)]


def read(outcome):
    """What a run of GenMC found, by its log."""
    text = outcome.text()
    numbers = [int(found.group(1)) if (found := wanted.search(text)) else 0 for wanted in (EXECUTIONS, BLOCKED)]
    report = REPORT.search(text)
    if outcome.timed_out:
        return Verdict("unfinished", *numbers, outcome.seconds)
    if "No errors were detected" in text:
        return Verdict("clean", *numbers, outcome.seconds)
    if report and report.group(1).rstrip("!") in FAULTS:
        return Verdict("reported", *numbers, outcome.seconds, report.group(1))
    return Verdict("broken", *numbers, outcome.seconds, report.group(1) if report else outcome.describe())


def run(driver, model, log, seconds, **more):
    """One driver under one model with one death."""
    log.parent.mkdir(parents=True, exist_ok=True)
    return read(process.run(command(driver, model, **more), log, seconds, None, ROOT))


def reached(program):
    """Which drivers reach an operation, by FILE:LINE, as their threads have it."""
    said = subprocess.run([program, "--sites"], capture_output=True, text=True, check=True).stdout
    found = {}
    for driver, file, line in map(str.split, said.splitlines()):
        found.setdefault(f"{file}:{line}", []).append(driver)
    return found


# --- faults
def weakened(mutant, text):
    """The text of a header with the order of a mutant in it."""
    lines = text.splitlines(keepends=True)
    at = sum(map(len, lines[: mutant.site.line - 1]))
    found = list(ORDER.finditer(text, at))[1 if mutant.failure else 0]
    return text[: found.start(1)] + mutant.order + text[found.end(1) :]


def plant(folder, header, change):
    """A copy of the core with one header changed. Returns: the folder to include."""
    core = folder / "include/kickmsg/core"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(orders.CORE, core)
    before = (core / header).read_text(encoding="utf-8")
    after = change(before)
    if after == before:
        raise ValueError(f"{header}: nothing was changed")
    (core / header).write_text(after, encoding="utf-8")
    return folder / "include"


def plant_order(folder, mutant):
    return plant(folder, mutant.site.file, lambda text: weakened(mutant, text))
