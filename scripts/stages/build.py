"""Configures and compiles the release preset: library, tests, models, kill sweeps, examples, benchmarks, tool, testing kit; no warnings."""

from harness import build

TIMEOUT = {"quick": 1200, "main": 1200, "full": 1200}


def run(stage):
    with build.locked(stage.run):
        if not build.configure(stage) or not stage.check_command("compile", ["cmake", "--build", "--preset", "release"]):
            return
    folder = stage.run.build
    programs = [
        folder / "kickmsg_unit",
        folder / "kickmsg_bench",
        folder / "kickmsg_models",
        folder / "kickmsg_genmc",
        folder / "kickmsg_genmc_tsan",
        folder / "kickmsg_crash_test",
        folder / "kickmsg_crash_times",
        folder / "kickmsg-sweep",
        folder / "tools" / "kickmsg",
        folder / "kickmsg_testing_test",
    ]
    programs += [folder / "examples" / source.stem for source in sorted((stage.run.root / "examples").glob("*.cc"))]
    for program in programs:
        stage.expect(program.is_file(), f"built {program.name}", f"{stage.run.relative(program)} is not there")
