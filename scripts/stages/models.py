"""Model checking of the shipped core: every scenario at random and with wider and wider bounds, as C++ and seq_cst."""

from harness import documents, models

TIMEOUT = {"quick": 420, "main": 1200, "full": 1200}
NEEDS = ("build",)

BUDGET = {"quick": 120, "main": 480, "full": 480}  # seconds of wall time, for all scenarios, without the programs
PROGRAM_SECONDS = {"quick": 15, "main": 90, "full": 90}
SOAK_BUDGET = 900
WEIGHT = {False: 2, True: 1}  # of seq_cst mode: what C++ allows beyond it is where faults hide
STRATEGIES = ("random", "climb")
LEAST_SECONDS = 0.5


def seconds_each(total, scenarios, seq_cst, strategies=STRATEGIES):
    """What one search may take, when `total` seconds of wall time are for all of them."""
    share = WEIGHT[seq_cst] / (sum(WEIGHT.values()) * len(strategies))
    return max(LEAST_SECONDS, round(total * models.PROCESSES * share / max(1, scenarios), 2))


def run(stage):
    listed = models.listing(stage)
    if listed is None:
        return
    rows = search_all(stage, listed["scenarios"], BUDGET[stage.run.mode], STRATEGIES, stage.run.seed)
    programs = check_programs(stage)
    document = {"mode": stage.run.mode, "seed": stage.run.seed, "rows": rows, "programs": programs}
    path = stage.run.artifacts / "models.json"
    documents.write(path, document)
    executions = sum(row["executions"] for row in rows)
    stage.note(f"{len(listed['scenarios'])} scenarios, {executions:,} executions, seed {stage.run.seed}")


def soak(stage, number):
    listed = models.listing(stage)
    if listed is not None:
        search_all(stage, listed["scenarios"], SOAK_BUDGET, ("random",), stage.run.seed + number)


def search_all(stage, scenarios, total, strategies, seed):
    """Long searches first: none begins when the others have ended."""
    jobs = [(scenario, strategy, seq_cst) for seq_cst in (False, True) for strategy in strategies for scenario in scenarios]

    def work(job):
        scenario, strategy, seq_cst = job
        seconds = seconds_each(total, len(scenarios), seq_cst, strategies)
        return search(stage, scenario, strategy, seq_cst, seconds, seed)

    return [row for row in models.in_parallel(work, jobs) if row]


def search(stage, scenario, strategy, seq_cst, seconds, seed):
    """One check. Returns: its row of models.json, or None when there was no verdict."""
    name = f"{scenario['name']}: {strategy}, {'seq_cst' if seq_cst else 'C++'}"
    options = ["--seq-cst"] if seq_cst else []
    batch = {"searches": [{"scenario": scenario["name"], "strategy": strategy, "seconds": seconds, "seed": seed}]}
    try:
        steps, history = models.run_batch(stage, name, batch, options, keep_history=True)
    except models.Broken as broken:
        outcome = broken.args[0]
        stage.failed(name, f"kickmsg_models: {outcome.describe()}", outcome.log)
        return None
    row = as_row(scenario, strategy, seq_cst, seed, steps)
    failed = models.failed_row(steps)
    if failed:
        stage.failed(name, f"{failed['verdict']} ({row['numbers']})", history, models.replay(stage, failed, options))
    elif row["executions"] == 0:
        stage.failed(name, "no execution")
    else:
        stage.passed(name, row["seconds"], row["numbers"])
    return row


def as_row(scenario, strategy, seq_cst, seed, steps):
    failed = models.failed_row(steps)
    executions = sum(step["executions"] for step in steps)
    bound = models.reach(steps) if strategy == "climb" else None
    numbers = f"{executions:,} executions"
    numbers += f", {models.reach_in_words(bound)}" if strategy == "climb" else f", seed {seed}"
    return {
        "scenario": scenario["name"],
        "what": scenario["what"],
        "threads": scenario["threads"],
        "deaths": scenario["deaths"],
        "strategy": strategy,
        "seq_cst": seq_cst,
        "seed": seed,
        "executions": executions,
        "seconds": round(sum(step["seconds"] for step in steps), 3),
        "bound": bound if bound in (None, "full") else {"preemptions": bound[0], "stale": bound[1]},
        "complete": bound == "full",
        "numbers": numbers,
        "failed": bool(failed),
        "verdict": failed["verdict"] if failed else "",
    }


def check_programs(stage):
    """Random small client programs, each one searched (models/programs.cc), where they are built."""
    program = stage.run.build / "kickmsg_model_programs"
    if not program.exists():
        stage.skipped("programs", "kickmsg_model_programs is not built")
        return None
    stage.check_command("programs: self-test", [program, "--self-test"])
    answer = stage.folder / "programs.json"
    seconds = PROGRAM_SECONDS[stage.run.mode]
    stage.check_command("programs", [program, "--seconds", str(seconds), "--seed", str(stage.run.seed), "--json", answer])
    return documents.read(answer, None)
