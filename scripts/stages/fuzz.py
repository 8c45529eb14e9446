"""Fuzz targets: each over its whole corpus, then on from the run's seed, with ASan and UBSan; beyond the gate also the lines that the
corpora run, and planted faults. A round of --full continues from what earlier rounds found, in build/fuzz-corpus."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor

from harness import build, documents, planting

TIMEOUT = {"quick": 600, "main": 1800, "full": 1800}

TARGETS = ("attach", "names", "config", "operations", "words", "mutator", "schema")
SECONDS = {"quick": 8, "main": 60, "full": 60}  # of each target
SOAK_SECONDS = 120
PROCESSES = 2
LONGEST_INPUT = 16384  # bytes
WATCHDOG_SECONDS = 60  # of one input
BUILD_GRACE_SECONDS = 120  # beyond its time: a target ends after the input at hand


def run(stage):
    if not build.preset(stage, "fuzz"):
        return
    every_target_runs(stage)
    fuzz_all(stage, stage.run.seed, SECONDS[stage.run.mode])
    if not stage.run.quick:
        coverage(stage)
        plant(stage)


def every_target_runs(stage):
    """One check: no target is left out, no input of an unknown target, and none is cut short."""
    folder = stage.run.root / "fuzz"
    sources = {file.name.removesuffix("_fuzz.cc") for file in folder.glob("*_fuzz.cc")}
    corpora = {file.name for file in (folder / "corpus").iterdir()} if (folder / "corpus").exists() else set()
    long = [file.name for file in (folder / "corpus").rglob("*") if file.is_file() and file.stat().st_size > LONGEST_INPUT]
    stage.expect(
        sources == corpora == set(TARGETS) and not long,
        "every target and every input is run",
        f"targets {sorted(sources)}, corpora {sorted(corpora)}, run {sorted(TARGETS)}; longer than {LONGEST_INPUT}: {long}",
    )


def fuzz_all(stage, seed, seconds, grown=None):
    with ThreadPoolExecutor(PROCESSES) as pool:
        rows = list(pool.map(lambda target: fuzz(stage, target, seed, seconds, grown), TARGETS))
    document = {"mode": stage.run.mode, "seed": seed, "seconds": seconds, "targets": rows}
    documents.write(stage.run.artifacts / "fuzz.json", document)
    stage.note(
        f"{sum(row['executions'] for row in rows):,} executions, seed {seed}; edges covered: "
        + ", ".join(f"{row['target']} {row['edges']}" for row in rows)
    )


def fuzz(stage, target, seed, seconds, grown=None):
    """One check. Returns: its row."""
    program = stage.run.root / "build/fuzz" / f"kickmsg_fuzz_{target}"
    seeds = stage.run.root / "fuzz/corpus" / target
    replay_found(stage, target, program, seeds)
    new = (grown or stage.folder / "corpus") / target
    findings = stage.run.artifacts / "fuzz-findings"
    for folder in (new, findings):
        folder.mkdir(parents=True, exist_ok=True)
    dictionary = stage.run.root / "fuzz" / f"{target}.dict"
    options = [f"-dict={dictionary}"] if dictionary.exists() else []
    outcome = stage.command(
        target,
        [
            program,
            *options,
            f"-max_total_time={seconds}",
            f"-seed={libfuzzer_seed(seed)}",
            f"-timeout={WATCHDOG_SECONDS}",
            f"-max_len={LONGEST_INPUT}",
            "-print_final_stats=1",
            f"-artifact_prefix={findings}/{target}-",
            new,
            seeds,
        ],
        timeout=seconds + WATCHDOG_SECONDS + BUILD_GRACE_SECONDS,
    )
    row = {"target": target, "seeds": len(list(seeds.glob("*"))), **numbers(outcome.text())}
    wrong = fault_of(row, outcome)
    if wrong:
        stage.failed(target, wrong, outcome.log, replay_of(stage, program, findings, target))
    else:
        overlapped = f", {row['overlapped']:,} operations overwritten during" if "overlapped" in row else ""
        stage.passed(
            target, outcome.seconds, numbers=f"{row['executions']:,} executions, {row['edges']} edges, {row['seeds']} seeds{overlapped}"
        )
    return row


def replay_found(stage, target, program, seeds):
    """One check: each input that once was a finding is run, and is none any more."""
    found = sorted(seeds.glob("found-*"))
    if not found:
        return
    outcome = stage.command(f"{target}-found", [program, *found], timeout=WATCHDOG_SECONDS + BUILD_GRACE_SECONDS)
    left = [file.name for file in found if f"Executed {file} in" not in outcome.text()]
    if outcome.ok and not left:
        stage.passed(f"{target}: found inputs", outcome.seconds, numbers=f"{len(found)} replayed")
    else:
        stage.failed(
            f"{target}: found inputs",
            f"{outcome.describe()}; not run: {', '.join(left) or 'none'}",
            outcome.log,
            f"{stage.run.relative(program)} {stage.run.relative(seeds)}/found-*",
        )


def libfuzzer_seed(seed):
    return seed % (1 << 32) or 1  # 0 asks libFuzzer for one of its own


def numbers(log):
    """What libFuzzer says of its work."""
    executions = re.findall(r"^stat::number_of_executed_units: (\d+)", log, re.MULTILINE)
    edges = re.findall(r"\bcov: (\d+)", log)
    replayed = re.findall(r"^#(\d+)\s+INITED", log, re.MULTILINE)
    overlapped = re.findall(r"^stat::operations_overlapped: (\d+)", log, re.MULTILINE)
    more = {"overlapped": int(overlapped[-1])} if overlapped else {}
    return {
        "executions": int(executions[-1]) if executions else 0,
        "edges": int(edges[-1]) if edges else 0,
        "replayed": int(replayed[-1]) if replayed else 0,
        **more,
    }


def fault_of(row, outcome):
    """What is wrong with a run, or None."""
    if not outcome.ok:
        found = re.search(r"FOUND: .*|^SUMMARY: .*|runtime error: .*", outcome.text(), re.MULTILINE)
        return f"{outcome.describe()}: {found.group(0) if found else 'no report'}"
    if not row["seeds"] or row["replayed"] < row["seeds"]:
        return f"{row['replayed']} of {row['seeds']} seeds were run"
    if not row["edges"]:
        return "no edge was covered"
    if row["executions"] <= row["replayed"]:
        return f"{row['executions']} executions: nothing beyond the seeds"
    if row["target"] == "mutator" and not row.get("overlapped"):
        return "no word was overwritten during an operation"
    return None


def replay_of(stage, program, findings, target):
    kept = sorted(findings.glob(f"{target}-*"))
    return f"{stage.run.relative(program)} {stage.run.relative(kept[0])}" if kept else ""


def coverage(stage):
    """Lines of lib/ that the corpora run; the attach path is run whole."""
    answer = stage.run.artifacts / "fuzz_coverage.json"
    answer.unlink(missing_ok=True)
    if not build.preset(stage, "fuzz-coverage", prefix="coverage: "):
        return
    outcome = stage.command(
        "coverage",
        [sys.executable, stage.run.root / "fuzz/coverage.py", "--build", stage.run.root / "build/fuzz-coverage", "--json", answer],
    )
    found = documents.read(answer, {})
    path = found.get("attach_path", {"run": 0, "lines": 0, "argued": 0, "wrong": []})
    if outcome.ok and path["run"] and found["run"]:
        stage.passed("attach path", outcome.seconds, numbers=f"{path['run']} of {path['lines']} lines, {path['argued']} argued")
        stage.note(f"{found['run']} of {found['lines']} lines of lib/ by the corpora ({100 * found['run'] / found['lines']:.1f} %)")
    else:
        stage.failed("attach path", "; ".join(path["wrong"][:3]) or f"no measurement: {outcome.describe()}", outcome.log)


def plant(stage):
    """Faults in a copy of the library: the target of each must find it, and every target has one."""
    rows = planting.run_in_stage(stage, "fuzz/plant.py", "--seed", str(libfuzzer_seed(stage.run.seed)))
    found = {target for row in rows for target in row["by"]}
    stage.expect(found == set(TARGETS), "every target has a planted fault", f"only {', '.join(sorted(found)) or 'none'}")


def soak(stage, number):
    fuzz_all(stage, stage.run.seed + number, SOAK_SECONDS, stage.run.root / "build/fuzz-corpus")
