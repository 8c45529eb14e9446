"""Lines of lib/ that the unit, crash and stress tests run, by gcovr, in the main job. The figure counts what processes report that
come to their end, those included that leave by _exit (scripts/coverage_exit.cc). A child that is killed writes nothing, so a line
that only such a child runs counts as not covered, although the kill sweeps judge it. Crash pairs are
thinned, stress tests short: what more of them adds is not lines.

Each line that was not run is marked in the source with the reason (harness/uncovered.py). One without a marker, and a marker whose line
was run or cannot be run, fail. A quick run counts nothing, it looks at the markers only."""

import shutil

from harness import build, documents, tests, uncovered

TIMEOUT = {"quick": 60, "main": 3600, "full": 3600}

PROGRAMS = {
    "KICKMSG_BUILD_UNIT_TESTS": "kickmsg_unit",
    "KICKMSG_BUILD_CRASH_TESTS": "kickmsg_crash_test",
    "KICKMSG_BUILD_STRESS_TESTS": "kickmsg_stress_test",
}
FOLDERS = {"KICKMSG_BUILD_UNIT_TESTS": "lib/test", "KICKMSG_BUILD_CRASH_TESTS": "crash", "KICKMSG_BUILD_STRESS_TESTS": "stress"}
ENVIRONMENT = {"KICKMSG_CRASH_SHARE": "1000", "KICKMSG_CRASH_SECONDS": "10"}


def run(stage):
    if stage.run.quick:
        markers, wrong = uncovered.all_markers(uncovered.sources(stage.run.root))
        say(stage, wrong, "every marker has its line and a reason", f"{len(markers)} markers")
        stage.note("lines are counted in the main job")
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
        env = build.uncached("coverage")
        return stage.check_command("configure", ["cmake", "--preset", "coverage", *options], env=env) and stage.check_command(
            "compile", ["cmake", "--build", "--preset", "coverage", "--target", *targets], env=env
        )


def report(stage, folder, programs):
    pages = stage.run.artifacts / "coverage"
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    summary, lines = pages / "summary.json", pages / "lines.json"
    counted = [folder / name for name in ("lib", "crash", "stress") if (folder / name).exists()]
    if not stage.check_command(
        "gcovr",
        [
            "gcovr",
            "--root",
            stage.run.root,
            "--object-directory",
            folder,
            "--filter",
            "lib/src/",
            "--filter",
            "lib/include/",
            # gcov solves for the counts of branches, and what a killed child did not write can make one negative
            "--gcov-ignore-parse-errors",
            "--exclude-unreachable-branches",
            "--exclude-throw-branches",
            "--html-details",
            pages / "index.html",
            "--html-title",
            "Kickmsg: lines that the tests run",
            "--json-summary",
            summary,
            "--json",
            lines,
            "--print-summary",
            *counted,
        ],
    ):
        return
    found = documents.read(summary)
    every_source_was_run(stage, folder, {file["filename"]: file for file in found["files"]})
    stage.expect((pages / "index.html").exists() and found.get("line_covered"), "report page", "no page, or nothing covered")
    argued, wrong = uncovered.judge(uncovered.times_run(documents.read(lines)), uncovered.sources(stage.run.root))
    say(stage, wrong, "every line that was not run is marked", f"{argued} lines")
    document = {
        "lines": found["line_total"],
        "covered": found["line_covered"],
        "percent": found["line_percent"],
        "argued": argued,
        "programs": programs,
    }
    documents.write(stage.run.artifacts / "coverage.json", document)
    stage.note(
        f"{found['line_covered']} of {found['line_total']} lines of lib/ ({found['line_percent']} %) by {', '.join(programs)}; "
        f"killed children write no coverage; {argued} lines argued; {stage.run.relative(pages / 'index.html')}"
    )


def every_source_was_run(stage, folder, files):
    for source in sorted((stage.run.root / "lib/src").rglob("*.cc")):
        name = stage.run.relative(source)
        if not compiled_here(folder, source.relative_to(stage.run.root / "lib")):
            continue
        figure = files.get(name)
        if figure and figure["line_covered"]:
            stage.passed(name, numbers=f"{figure['line_covered']} of {figure['line_total']} lines, {figure['line_percent']} %")
        else:
            stage.failed(name, "no line of it was run")


def say(stage, wrong, name, numbers):
    """`wrong`: [((file, line), words), ...], a failed check each."""
    for (file, line), words in wrong:
        stage.failed(f"{file}:{line}", words, stage.run.root / file)
    if not wrong:
        stage.passed(name, numbers=numbers)


def compiled_here(folder, source):
    """Whether this platform builds it: another one's may have the same name in another folder."""
    return any(path.as_posix().endswith(f"/{source.as_posix()}.gcno") for path in folder.rglob(f"{source.name}.gcno"))
