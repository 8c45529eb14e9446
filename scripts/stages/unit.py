"""Runs kickmsg_unit: in order, and beyond the gate shuffled."""

from harness import tests

TIMEOUT = {"quick": 300, "main": 900, "full": 900}
NEEDS = ("build",)

SHUFFLED_ROUNDS = 3
GTEST_SEEDS = 99999


def shuffled(stage, number):
    seed = (stage.run.seed + number - 1) % GTEST_SEEDS + 1
    tests.run_gtest(stage, f"shuffled-{number}", stage.run.build / "kickmsg_unit", ("--gtest_shuffle", f"--gtest_random_seed={seed}"))


def run(stage):
    tests.run_gtest(stage, "in-order", stage.run.build / "kickmsg_unit")
    for number in range(1, 1 if stage.run.quick else SHUFFLED_ROUNDS + 1):
        shuffled(stage, number)


def soak(stage, number):
    shuffled(stage, SHUFFLED_ROUNDS + number)
