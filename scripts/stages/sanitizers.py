"""The tests under AddressSanitizer with UndefinedBehaviorSanitizer, and under ThreadSanitizer; beyond the gate also the stress
tests, and once valgrind. ThreadSanitizer follows the accesses of one process to one address: it sees neither two mappings of a
region nor two processes. What it checks here is the threads that share a handle, a mapping and the library's own state; the orders
between processes are the matter of the stages models and mutants. A finding of any of them ends the program: a failed check.
What is left out stands in LEFT_OUT and in scripts/valgrind.supp, each with its reason."""
import re

from harness import build, tests

TIMEOUT = {"quick": 900, "main": 3600, "full": 3600}
NEEDS = ("build",)  # valgrind runs its program

OPTIONS = {
    "asan-ubsan": {"ASAN_OPTIONS": "detect_stack_use_after_return=1:abort_on_error=0:exitcode=86",
                   "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=86"},
    # die_after_fork: the tests fork beside threads, and the children work on.
    "tsan": {"TSAN_OPTIONS": "halt_on_error=1:exitcode=86:die_after_fork=0:second_deadlock_stack=1"},
}
# Tests that cannot run under an instrument: these have the kernel refuse every system call to send() and receive(), and the
# runtimes of ThreadSanitizer and of valgrind make calls of their own.
LEFT_OUT = {"asan-ubsan": [], "tsan": ["Budget.*SystemCall*"],
            "valgrind": ["Budget.SendAndReceiveMakeNoSystemCall"]}
REPORT = re.compile(r"ERROR: \w+Sanitizer: .*|WARNING: ThreadSanitizer: .*|\S+: runtime error: .*")
VALGRIND = ["valgrind", "--error-exitcode=86", "--child-silent-after-fork=no", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite", "--quiet",
            # The unit tests count allocations: a new and delete of their own over malloc, inlined, which valgrind takes for a mix.
            "--show-mismatched-frees=no"]
VALGRIND_SECONDS = 1500


def run(stage):
    threads = threaded_suites(stage.run.root / "lib/test")
    stage.expect(threads, "there are tests with threads", "no test names std::thread")
    with_stress = not stage.run.quick and (stage.run.root / "stress/CMakeLists.txt").exists()
    programs = ["kickmsg_unit"] + (["kickmsg_stress_test"] if with_stress else [])
    for preset in OPTIONS:
        if not compiled(stage, preset, programs, with_stress):
            continue
        suites = threads if stage.run.quick and preset == "tsan" else ["*"]
        for program in programs:
            sanitized(stage, preset, program, chosen(preset, suites))
    if not stage.run.quick:
        memcheck(stage)


def threaded_suites(folder):
    """The test suites in files that start threads, as a filter names them."""
    found = set()
    for path in folder.glob("*_test.cc"):
        text = path.read_text(encoding="utf-8")
        if "std::thread" in text:
            found.update(re.findall(r"^TEST(?:_[FP])?\((\w+),", text, re.MULTILINE))
    return sorted(f"{suite}.*" for suite in found)


def chosen(instrument, suites):
    """The option that runs these suites without what is left out; none when it says nothing."""
    left_out = f"-{':'.join(LEFT_OUT[instrument])}" if LEFT_OUT[instrument] else ""
    said = ":".join(suites) + left_out
    return [f"--gtest_filter={said}"] if said != "*" else []


def compiled(stage, preset, programs, with_stress):
    stress = [f"-DBUILD_STRESS_TESTS={'ON' if with_stress else 'OFF'}"]
    with build.locked(stage.run):
        return (stage.check_command(f"{preset}: configure", ["cmake", "--preset", preset, *stress]) and
                stage.check_command(f"{preset}: compile", ["cmake", "--build", "--preset", preset, "--target", *programs]))


def sanitized(stage, preset, program, only):
    """Each test is a check; so is that no sanitizer spoke, in a child neither."""
    label = f"{preset}-{program.removeprefix('kickmsg_')}"
    before = stage.total
    tests.run_gtest(stage, label, stage.run.root / "build" / preset / program, only, env=OPTIONS[preset])
    stage.expect(stage.total > before, f"{label}: tests", "no test ran")
    log = stage.folder / f"{label}.log"
    spoken = REPORT.search(log.read_text(encoding="utf-8", errors="replace"))
    stage.expect(not spoken, f"{label}: no report", spoken and spoken.group(0), log)


def memcheck(stage):
    """valgrind once over the unit tests of the release build, their children included: no error, nothing lost for certain."""
    program = stage.run.build / "kickmsg_unit"
    if not program.exists():
        stage.failed("valgrind", f"{stage.run.relative(program)} is not built: stage build")
        return
    outcome = stage.command("valgrind", [*VALGRIND, f"--suppressions={stage.run.root / 'scripts/valgrind.supp'}", program,
                                         "--gtest_color=no", *chosen("valgrind", ["*"])], timeout=VALGRIND_SECONDS, cwd=program.parent)
    text = outcome.text()
    ran = re.search(r"^\[==========\] (\d+) tests? from .* ran", text, re.MULTILINE)
    wrong = re.search(r"^==\d+== (?!\s*$).*", text, re.MULTILINE)
    if outcome.ok and ran and not wrong:
        stage.passed("valgrind", outcome.seconds, numbers=f"{ran.group(1)} tests")
    else:
        stage.failed("valgrind", f"{outcome.describe()}: {wrong.group(0) if wrong else 'no report'}", outcome.log)
