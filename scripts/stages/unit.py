"""Runs kickmsg_unit: in order, and beyond the gate shuffled. And those of its tests that lend memory over a library that was built with
KICKMSG_DEBUG_MEMORY, which detects what uses it too late: each test of DebugMemory commits such a fault, the others commit none."""

from harness import build, tests

TIMEOUT = {"quick": 600, "main": 900, "full": 900}
NEEDS = ("build",)

GUARDED = "debug-memory"  # the preset
GUARDED_FILES = ("DebugMemory", "Sample", "Send", "Service", "Typed", "TypedSlices", "View", "ViewLimit")
SHUFFLED_ROUNDS = 3
GTEST_SEEDS = 99999


def shuffled(stage, number):
    seed = (stage.run.seed + number - 1) % GTEST_SEEDS + 1
    tests.run_gtest(stage, f"shuffled-{number}", stage.run.build / "kickmsg_unit", ("--gtest_shuffle", f"--gtest_random_seed={seed}"))


def guarded(stage):
    if build.preset(stage, GUARDED, [f"-DKICKMSG_UNIT_ONLY={'|'.join(GUARDED_FILES)}"], ["kickmsg_unit"], f"{GUARDED}: "):
        tests.run_gtest(stage, GUARDED, stage.run.root / "build" / GUARDED / "kickmsg_unit")


def run(stage):
    tests.run_gtest(stage, "in-order", stage.run.build / "kickmsg_unit")
    guarded(stage)
    for number in range(1, 1 if stage.run.quick else SHUFFLED_ROUNDS + 1):
        shuffled(stage, number)


def soak(stage, number):
    shuffled(stage, SHUFFLED_ROUNDS + number)
