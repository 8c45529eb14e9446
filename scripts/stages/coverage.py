"""Lines of lib/ that the unit, crash and stress tests run, by gcovr; not in the gate. The figure counts what processes report that
come to their end: a child that is killed, stopped or leaves by _exit writes nothing, so lines that only such a child runs count
as not covered, although the kill sweeps judge them. Crash pairs are thinned: what they add is not lines."""
import json
import shutil

from harness import build, tests

TIMEOUT = {"quick": 60, "main": 3600, "full": 3600}

PROGRAMS = {"BUILD_UNIT_TESTS": "kickmsg_unit", "BUILD_CRASH_TESTS": "kickmsg_crash_test", "BUILD_STRESS_TESTS": "kickmsg_stress_test"}
FOLDERS = {"BUILD_UNIT_TESTS": "lib/test", "BUILD_CRASH_TESTS": "crash", "BUILD_STRESS_TESTS": "stress"}
ENVIRONMENT = {"KICKMSG_CRASH_SHARE": "1000", "KICKMSG_CRASH_SECONDS": "10"}


def run(stage):
    if stage.run.quick:
        stage.skipped("coverage", "a matter of the main job")
        return
    folder = stage.run.root / "build/coverage"
    present = [option for option in PROGRAMS if (stage.run.root / FOLDERS[option] / "CMakeLists.txt").exists()]
    if not compiled(stage, folder, present):
        return
    for option in present:
        label = PROGRAMS[option].removeprefix("kickmsg_")
        tests.run_gtest(stage, label, folder / PROGRAMS[option], env=ENVIRONMENT)
    report(stage, folder, [PROGRAMS[option] for option in present])


def compiled(stage, folder, present):
    """The counts of earlier runs are removed."""
    with build.locked(stage.run):
        for old in folder.rglob("*.gcda") if folder.exists() else []:
            old.unlink()
        options = [f"-D{option}={'ON' if option in present else 'OFF'}" for option in PROGRAMS]
        targets = [PROGRAMS[option] for option in present]
        return (stage.check_command("configure", ["cmake", "--preset", "coverage", *options]) and
                stage.check_command("compile", ["cmake", "--build", "--preset", "coverage", "--target", *targets]))


def report(stage, folder, programs):
    pages = stage.run.artifacts / "coverage"
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    summary = pages / "summary.json"
    counted = [folder / name for name in ("lib", "crash", "stress") if (folder / name).exists()]
    if not stage.check_command("gcovr", ["gcovr", "--root", stage.run.root, "--object-directory", folder,
                                         "--filter", "lib/src/", "--filter", "lib/include/",
                                         "--exclude-unreachable-branches", "--exclude-throw-branches",
                                         "--html-details", pages / "index.html", "--html-title", "Kickmsg: lines that the tests run",
                                         "--json-summary", summary, "--print-summary", *counted]):
        return
    found = json.loads(summary.read_text(encoding="utf-8"))
    files = {file["filename"]: file for file in found["files"]}
    for source in sorted((stage.run.root / "lib/src").rglob("*.cc")):
        name = stage.run.relative(source)
        if not compiled_here(folder, source):
            continue
        figure = files.get(name)
        if figure and figure["line_covered"]:
            stage.passed(name, numbers=f"{figure['line_covered']} of {figure['line_total']} lines, {figure['line_percent']} %")
        else:
            stage.failed(name, "no line of it was run")
    stage.expect((pages / "index.html").exists() and found.get("line_covered"), "report page", "no page, or nothing covered")
    stage.note(f"{found['line_covered']} of {found['line_total']} lines of lib/ ({found['line_percent']} %) by {', '.join(programs)}; "
               f"killed children write no coverage; {stage.run.relative(pages / 'index.html')}")


def compiled_here(folder, source):
    """Whether this platform builds it."""
    return any(folder.rglob(f"{source.name}.gcno"))
