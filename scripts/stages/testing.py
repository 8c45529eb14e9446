"""The testing kit for users: faults of small programs are reported, right ones are clean, and what it injects is undone."""

from harness import tests

TIMEOUT = {"quick": 120, "main": 300, "full": 300}
NEEDS = ("build",)


def run(stage):
    tests.run_gtest(stage, "kit", stage.run.build / "kickmsg_testing_test")
