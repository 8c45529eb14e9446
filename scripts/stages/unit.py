"""Runs kickmsg_unit: in order, and beyond the gate shuffled. And those of its tests that lend memory over a library that was built with
KICKMSG_DEBUG_MEMORY, which detects what uses it too late: most tests of DebugMemory commit such a fault, the others commit none. Processes
of such a library talk with others, and each recovers the other's dead."""

import itertools
from typing import NamedTuple

from harness import abi, build, tests

TIMEOUT = {"quick": 600, "main": 900, "full": 900}
NEEDS = ("build",)

GUARDED = "debug-memory"  # the preset
GUARDED_FILES = ("DebugMemory", "Sample", "Send", "Service", "Typed", "TypedSlices", "View", "ViewLimit")
SHUFFLED_ROUNDS = 3
GTEST_SEEDS = 99999


def shuffled(stage, number):
    seed = (stage.run.seed + number - 1) % GTEST_SEEDS + 1
    tests.run_gtest(stage, f"shuffled-{number}", stage.run.build / "kickmsg_unit", ("--gtest_shuffle", f"--gtest_random_seed={seed}"))


class Side(NamedTuple):
    """Of a conversation: the preset that it was built by."""

    name: str


def guarded(stage):
    folder = stage.run.root / "build" / GUARDED
    if not build.preset(stage, GUARDED, [f"-DKICKMSG_UNIT_ONLY={'|'.join(GUARDED_FILES)}"], ["kickmsg_unit"], f"{GUARDED}: "):
        return
    tests.run_gtest(stage, GUARDED, folder / "kickmsg_unit")
    peers = {Side(GUARDED): folder / "kickmsg_peer", Side("release"): stage.run.build / "kickmsg_peer"}
    for one, other in itertools.permutations(peers, 2):
        abi.talk(stage, one, other, peers)
        abi.recover(stage, one, other, peers)


def run(stage):
    tests.run_gtest(stage, "in-order", stage.run.build / "kickmsg_unit")
    guarded(stage)
    for number in range(1, 1 if stage.run.quick else SHUFFLED_ROUNDS + 1):
        shuffled(stage, number)


def soak(stage, number):
    shuffled(stage, SHUFFLED_ROUNDS + number)
