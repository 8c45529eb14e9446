"""Runs the stages named, or all of them, in the order of stages.ORDER, each after those that it builds upon (NEEDS and AFTER of its
module); then reports. Called by validate.sh, which sees to it that the packages are there."""

import argparse
import importlib
import random
import signal
import sys

from harness import machine, runner
from harness.run import Run
from stages import ORDER

SOAK_MINUTES = 720


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="scripts/validate.sh", description="Builds, checks, measures and reports. Without a mode: everything at report quality."
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--quick", action="store_const", dest="mode", const="quick", default="main", help="the gate of every change")
    mode.add_argument("--full", action="store_const", dest="mode", const="full", help="everything, then a soak from new seeds")
    parser.add_argument(
        "--minutes", type=float, metavar="N", help=f"how long --full soaks (default: {SOAK_MINUTES}, usual before a release)"
    )
    parser.add_argument("--seed", type=int, metavar="S", help="of every random choice (default: 1 with --quick, else new)")
    parser.add_argument("--list", action="store_true", help="name the stages and end")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"only these, and what they need, of: {' '.join(ORDER)}")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.stages if name not in ORDER]
    if unknown:
        parser.error(f"no stage named {', '.join(unknown)}; the stages are: {' '.join(ORDER)}")
    if options.minutes is not None and options.mode != "full":
        parser.error("--minutes is for --full")
    return options


def load(name):
    return importlib.import_module(f"stages.{name}")


def with_needs(names):
    """The stages named and those that they build upon, in order."""
    wanted, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            module = load(name)
            waiting += [*getattr(module, "NEEDS", ()), *getattr(module, "AFTER", ())]
    return [name for name in ORDER if name in wanted]


def interrupt(number, _frame):
    raise KeyboardInterrupt(f"ended by {signal.Signals(number).name}")


def main(arguments):
    options = parse(arguments)
    if options.list:
        print("\n".join(ORDER))
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    seed = options.seed
    if seed is None:
        seed = 1 if options.mode == "quick" else random.SystemRandom().randrange(1, 1 << 31)
    minutes = 0.0 if options.mode != "full" else SOAK_MINUTES if options.minutes is None else options.minutes
    run = Run(mode=options.mode, seed=seed, minutes=minutes)
    run.commit = machine.commit(run.root)
    names = with_needs(options.stages or ORDER)
    run.say(f"{run.mode} run of {' '.join(names)}, commit {run.commit}, seed {seed}, regions {run.prefix}*")
    return runner.run_all(run, {name: load(name) for name in names})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
