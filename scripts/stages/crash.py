"""Kill sweeps in real processes: operations killed and stopped at each change of shared memory, pairs of them, creation, proof
of life, a swarm under random kills; and what a death costs, measured."""

import platform
from concurrent.futures import ThreadPoolExecutor

from harness import documents, planting, tests

TIMEOUT = {"quick": 420, "main": 2400, "full": 2400}
NEEDS = ("build",)

PROCESSORS = 2  # a shard of the tests on each
SHARE = {"quick": 6, "main": 1, "full": 1}  # one in so many of the pairs of states
SWARM_SECONDS = {"quick": 30, "main": 30, "full": 30}
SOAK_SECONDS = 120
KINDS = {
    "kill": "every operation killed",
    "stop": "every operation stopped",
    "pair": "pairs killed",
    "kill_calls": "creation killed",
    "stop_calls": "creation stopped",
    "swarm": "the swarm",
}


def run(stage):
    program = stage.run.build / "kickmsg_crash_test"
    if (platform.system(), platform.machine()) != ("Linux", "x86_64") and not program.exists():
        stage.skipped("sweeps", "single-stepping needs Linux on x86-64")
        return
    share = SHARE[stage.run.mode]
    rows = sweep(stage, program, share)
    for kind, words in KINDS.items():
        stage.expect(any(row["kind"] == kind for row in rows), f"table: {words}", "no test wrote a row of it")
    rows += count(stage)
    document = {"mode": stage.run.mode, "seed": stage.run.seed, "share": share, "rows": rows}
    path = stage.run.artifacts / "crash.json"
    documents.write(path, document)
    stage.note(summary(rows, share, stage.run.seed))
    measure(stage)
    if not stage.run.quick:
        planting.run_in_stage(stage, "crash/faults/plant.py")


def sweep(stage, program, share):
    """Runs the tests in shards, each on a processor of its own. Returns: the rows that they wrote."""
    stage.folder.mkdir(parents=True, exist_ok=True)
    told = {
        "KICKMSG_CRASH_SHARE": str(share),
        "KICKMSG_CRASH_SEED": str(stage.run.seed),
        "KICKMSG_CRASH_SECONDS": str(SWARM_SECONDS[stage.run.mode]),
    }

    def work(number):
        env = {**told, "KICKMSG_CRASH_PROCESSOR": str(number), "KICKMSG_CRASH_JSON": str(rows_file(stage, number))}
        tests.run_gtest(stage, f"shard-{number}", program, env=env, shard=(number, PROCESSORS))

    with ThreadPoolExecutor(PROCESSORS) as pool:
        list(pool.map(work, range(PROCESSORS)))
    return [row for number in range(PROCESSORS) for row in read_rows(rows_file(stage, number))]


def count(stage):
    """The portable sweep: around each atomic operation. Returns: its rows."""
    rows = rows_file(stage, "portable")
    tests.run_gtest(stage, "portable", stage.run.build / "kickmsg_crash_portable_test", env={"KICKMSG_CRASH_JSON": str(rows)})
    return read_rows(rows)


def rows_file(stage, number):
    return stage.folder / f"rows-{number}.jsonl"


def read_rows(path):
    return documents.read_rows(path)


def summary(rows, share, seed):
    def total(kinds, what):
        return sum(row.get(what, 0) for row in rows if row["kind"] in kinds)

    pairs = f"{total(('pair',), 'rounds'):,} of {total(('pair',), 'states'):,} pairs"
    return (
        f"{total(('kill', 'kill_calls'), 'states'):,} states, {total(('kill', 'kill_calls'), 'rounds'):,} kills, "
        f"{total(('stop', 'stop_calls'), 'rounds'):,} stops, {pairs} (one in {share}), "
        f"{total(('swarm',), 'kills'):,} random kills, seed {seed}"
    )


def measure(stage):
    """Nothing of it is asserted but that there are rows."""
    program = stage.run.build / "kickmsg_crash_times"
    path = stage.run.artifacts / "crash_times.json"
    options = ["--quick"] if stage.run.quick else []
    if stage.check_command("times", [program, *options, "--out", path]):
        stage.expect(documents.read(path)["benchmarks"], "times: rows", "no row was measured")


def soak(stage, number):
    """The swarm from a new seed."""
    env = {"KICKMSG_CRASH_SEED": str(stage.run.seed + number), "KICKMSG_CRASH_SECONDS": str(SOAK_SECONDS)}
    tests.run_gtest(stage, f"swarm-{number}", stage.run.build / "kickmsg_crash_test", ("--gtest_filter=SwarmOfProcesses.*",), env=env)
