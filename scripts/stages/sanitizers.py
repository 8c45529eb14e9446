"""Unit and stress tests under AddressSanitizer with UndefinedBehaviorSanitizer, and under ThreadSanitizer; beyond the gate the tests of
the tool under the first two, and once valgrind over the unit tests. In the gate the stress tests are short, and ThreadSanitizer has those
unit tests that start threads. First kickmsg_sanitizer_fault commits faults on purpose: each must be reported, or a preset's flags and
options are not what they seem.

ThreadSanitizer follows the accesses of one process to one address: it sees neither two mappings of a region nor two processes.
What it checks is threads that share a handle, a mapping (the traffic of the stress tests: headers and payloads) and the
library's own state; the orders between processes are the matter of the stages models and mutants. A test that forks beside
threads continues in the child with what ThreadSanitizer knew at the fork (die_after_fork=0). A finding ends the program: a failed
check. What is left out stands in LEFT_OUT and in scripts/valgrind.supp, each with its reason."""

import re
from concurrent.futures import ThreadPoolExecutor

from harness import build, documents, tests

TIMEOUT = {"quick": 2400, "main": 3600, "full": 3600}
NEEDS = ("build",)  # valgrind runs its programs

PROCESSES = 2
STRESS_SHARE = {"quick": 1, "main": 10, "full": 10}  # percent of the streams, histories and messages of the stress tests
OPTIONS = {
    "asan-ubsan": {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:abort_on_error=0:exitcode=86",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=86",
    },
    # die_after_fork: the tests fork beside threads, and the children work on.
    "tsan": {"TSAN_OPTIONS": "halt_on_error=1:exitcode=86:die_after_fork=0:second_deadlock_stack=1"},
}
# Tests that cannot run under an instrument: these have the kernel refuse system calls, all but a few (Budget, WaitSetProcesses) or one kind
# (RefusedCalls, RefusalTable); the runtimes of ThreadSanitizer and of valgrind make calls of their own. And the runtimes need more
# address space and locked memory than Limits leaves. Two threads that open and close the same descriptors on purpose (Descriptors)
# are a race on a descriptor to ThreadSanitizer. UndefinedBehaviorSanitizer asks by a pipe whether memory is there before it looks at an
# object's type: where a test leaves no descriptor (WaitSetProcesses.SaysWhatItCannotHave…) it takes every object for none.
SPACE = ["Limits.OfAddressSpace*", "Limits.OfLockedMemory*"]
LEFT_OUT = {
    "asan-ubsan": ["WaitSetProcesses.SaysWhatItCannotHave*", *SPACE],
    "tsan": ["Budget.*SystemCall*", "WaitSetProcesses.*SystemCall*", "Descriptors.*AnotherThread*", *SPACE],
    "valgrind": ["Budget.*NoSystemCall", "WaitSetProcesses.*SystemCall*", "RefusedCalls.*", "RefusalTable.*", "Limits.*"],
}
REPORT = re.compile(r"ERROR: \w+Sanitizer: .*|WARNING: ThreadSanitizer: .*|\S+: runtime error: .*")
VALGRIND = [
    "valgrind",
    "--error-exitcode=86",
    "--child-silent-after-fork=no",
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
    "--quiet",
    # The unit tests bring a new and delete of their own: they stay, and the malloc() under them is watched.
    "--soname-synonyms=somalloc=nouserintercepts",
]
VALGRIND_SECONDS = 1500


def run(stage):
    files = threaded_files(stage.run.root / "lib/test")
    stage.expect(files, "there are tests with threads", "no test names std::thread")
    with_stress = (stage.run.root / "stress/CMakeLists.txt").exists()
    with_tool = not stage.run.quick and (stage.run.root / "tools/CMakeLists.txt").exists()
    jobs, rows = [], {"mode": stage.run.mode, "seed": stage.run.seed, "programs": [], "faults": []}
    for preset in OPTIONS:
        only = files if stage.run.quick and preset == "tsan" else []
        if not compiled(stage, preset, only, with_stress, with_tool and preset == "asan-ubsan"):
            continue
        rows["faults"] += plant(stage, preset, [stage.run.root / "build" / preset / "kickmsg_sanitizer_fault"], OPTIONS[preset])
        if with_stress:
            jobs.append((preset, "kickmsg_stress_test", ["*"], stress_environment(stage, stage.run.seed)))
        jobs.append((preset, "kickmsg_unit", suites_of(only) if only else ["*"], {}))
    with ThreadPoolExecutor(PROCESSES) as pool:
        rows["programs"] += list(pool.map(lambda job: sanitized(stage, *job), jobs))
    if with_tool:
        rows["programs"].append(tool(stage))
    if not stage.run.quick:
        rows["faults"] += plant(stage, "valgrind", [*VALGRIND, stage.run.build / "kickmsg_sanitizer_fault"], {})
        rows["programs"].append(memcheck(stage))
    documents.write(stage.run.artifacts / "sanitizers.json", rows)
    stage.note(
        "; ".join(f"{row['instrument']} {row['program'].removeprefix('kickmsg_')}: {row['tests']} tests" for row in rows["programs"])
        + f"; {sum(row['reported'] for row in rows['faults'])} of {len(rows['faults'])} planted faults reported"
    )


def stress_environment(stage, seed):
    return {"KICKMSG_STRESS_SEED": str(seed), "KICKMSG_STRESS_SHARE": str(STRESS_SHARE[stage.run.mode])}


def threaded_files(folder):
    """The test files that start threads."""
    return [path for path in sorted(folder.glob("*_test.cc")) if "std::thread" in path.read_text(encoding="utf-8")]


def suites_of(files):
    """Their test suites, as a filter names them."""
    found = set()
    for path in files:
        found.update(re.findall(r"^TEST(?:_[FP])?\((\w+),", path.read_text(encoding="utf-8"), re.MULTILINE))
    return sorted(f"{suite}.*" for suite in found)


def chosen(instrument, suites):
    """The option that runs these suites without what is left out; none when it says nothing."""
    left_out = f"-{':'.join(LEFT_OUT[instrument])}" if LEFT_OUT[instrument] else ""
    said = ":".join(suites) + left_out
    return [f"--gtest_filter={said}"] if said != "*" else []


def compiled(stage, preset, only, with_stress, with_tool):
    """The preset's programs; kickmsg_unit of these test files, or of all."""
    names = "|".join(path.name.removesuffix("_test.cc") for path in only)
    generated = (
        "OFF" if stage.run.quick else "ON"
    )  # the gate has no time to compile what rapidcheck generates; its scenarios and histories have the threads
    options = [
        f"-DKICKMSG_BUILD_STRESS_TESTS={'ON' if with_stress else 'OFF'}",
        f"-DKICKMSG_STRESS_GENERATED={generated}",
        f"-DKICKMSG_UNIT_ONLY={names}",
        f"-DKICKMSG_BUILD_TOOLS={'ON' if with_tool else 'OFF'}",
        "-DKICKMSG_BUILD_EXAMPLES=OFF",
    ]
    programs = ["kickmsg_sanitizer_fault", "kickmsg_unit"] + (["kickmsg_stress_test"] if with_stress else [])
    programs += ["kickmsg_tool", "kickmsg_actor"] if with_tool else []
    return build.preset(stage, preset, options, programs, f"{preset}: ")


def sanitized(stage, preset, program, suites, env):
    """Each test is a check; so is that no sanitizer spoke, in a child neither. Returns: its row."""
    label = f"{preset}-{program.removeprefix('kickmsg_')}"
    tests.run_gtest(stage, label, stage.run.root / "build" / preset / program, chosen(preset, suites), env={**OPTIONS[preset], **env})
    ran = [check for check in stage.checks if check.name.startswith(f"{label}: ")]
    stage.expect(ran, f"{label}: tests", "no test ran")
    log = stage.folder / f"{label}.log"
    spoken = REPORT.search(log.read_text(encoding="utf-8", errors="replace"))
    stage.expect(not spoken, f"{label}: no report", spoken and spoken.group(0), log)
    return {"instrument": preset, "program": program, "tests": sum(check.outcome == "passed" for check in ran), "clean": not spoken}


def tool(stage):
    """Its tests over an instrumented tool, and over instrumented processes that it looks at. Their output belongs to the tests: who reports
    something writes it to a file. Returns: its row."""
    label = "asan-ubsan-tool"
    reports = stage.folder / f"{label}-reports"
    reports.mkdir(parents=True, exist_ok=True)
    env = {name: f"{options}:log_path={reports / 'of'}" for name, options in OPTIONS["asan-ubsan"].items()}
    tests.run_pytest(stage, label, ["tools/tests", "--build", stage.run.root / "build/asan-ubsan"], stage.run.root, env)
    ran = [check for check in stage.checks if check.name.startswith(f"{label}: ")]
    stage.expect(ran, f"{label}: tests", "no test ran")
    found = sorted(reports.iterdir())
    said = found and REPORT.search(found[0].read_text(encoding="utf-8", errors="replace"))
    stage.expect(not found, f"{label}: no report", said[0] if said else "a report without its beginning", found[0] if found else "")
    passed = sum(check.outcome == "passed" for check in ran)
    return {"instrument": "asan-ubsan", "program": "kickmsg_tool", "tests": passed, "clean": not found}


def plant(stage, instrument, command, env):
    """Faults on purpose: each a check that the instrument reports it. Returns: their rows."""
    outcome = stage.command(f"{instrument} faults", command[-1:], env=env)
    listed = [line.split("\t") for line in outcome.text().splitlines() if line.count("\t") == 3]
    rows = []
    for name, reporter, code, report in listed:
        if reporter != instrument:
            continue
        outcome = stage.command(f"{instrument} fault {name}", [*command, name], env=env)
        reported = outcome.code == int(code) and report in outcome.text()
        rows.append({"fault": name, "instrument": instrument, "report": report, "reported": reported})
        stage.expect(
            reported,
            f"{instrument}: planted {name}",
            f'{outcome.describe()}, expected exit code {code} and "{report}": the instrument is off or lets it pass',
            outcome.log,
        )
    stage.expect(rows, f"{instrument}: planted faults", "kickmsg_sanitizer_fault names none", outcome.log)
    return rows


def memcheck(stage):
    """valgrind once over the unit tests of the release build, their children included: no error, nothing lost for certain.
    Returns: its row."""
    program = stage.run.build / "kickmsg_unit"
    if not program.exists():
        stage.failed("valgrind", f"{stage.run.relative(program)} is not built: stage build")
        return {"instrument": "valgrind", "program": program.name, "tests": 0, "clean": False}
    outcome = stage.command(
        "valgrind",
        [*VALGRIND, f"--suppressions={stage.run.root / 'scripts/valgrind.supp'}", program, "--gtest_color=no", *chosen("valgrind", ["*"])],
        timeout=VALGRIND_SECONDS,
        cwd=program.parent,
    )
    text = outcome.text()
    ran = re.search(r"^\[==========\] (\d+) tests? from .* ran", text, re.MULTILINE)
    wrong = re.search(r"^==\d+== (?!\s*$).*", text, re.MULTILINE)
    if outcome.ok and ran and not wrong:
        stage.passed("valgrind", outcome.seconds, numbers=f"{ran.group(1)} tests")
    else:
        stage.failed("valgrind", f"{outcome.describe()}: {wrong.group(0) if wrong else 'no report'}", outcome.log)
    return {"instrument": "valgrind", "program": program.name, "tests": int(ran.group(1)) if ran else 0, "clean": outcome.ok and not wrong}


def soak(stage, number):
    """The stress tests from a new seed."""
    for preset in OPTIONS:
        sanitized(stage, preset, "kickmsg_stress_test", ["*"], stress_environment(stage, stage.run.seed + number))
