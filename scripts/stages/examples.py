"""Runs every example; its output must be as examples/NAME.expected says. The two of examples/c run side by side; that in Rust is built,
beyond the gate, where there is a cargo. Compiles and runs what the pages of the documentation show."""

import shutil

from harness import documentation
from harness.expected import first_missing

TIMEOUT = {"quick": 300, "main": 300, "full": 300}
NEEDS = ("build",)

EXAMPLE_SECONDS = 60


def run(stage):
    for source in sorted((stage.run.root / "examples").glob("*.cc")):
        check(stage, source)
    c_programs(stage)
    rust(stage)
    documentation.check(stage)


def c_programs(stage):
    """Two programs in C11: a publisher and a subscriber, of two processes."""
    programs = {name: stage.run.build / "examples" / name for name in ("hello_c_publisher", "hello_c_subscriber")}
    side_by_side = '"$0" & "$1"; code=$?; wait $! && exit $code'
    outcome = stage.command("hello_c", ["sh", "-c", side_by_side, *programs.values()], timeout=EXAMPLE_SECONDS)
    for name in programs:
        judge(stage, name, outcome, stage.run.root / f"examples/c/{name}.expected", "build/release/examples/hello_c_…, both")


def rust(stage):
    """It binds the interface for C, and depends on no crate: nothing is fetched."""
    name = "hello_rust"
    if stage.run.quick:
        stage.skipped(name, "beyond the gate: scripts/validate.sh")
    elif shutil.which("cargo") is None:
        stage.skipped(name, "no cargo")
    else:
        target = stage.folder / "rust"
        manifest = stage.run.root / "examples/rust/Cargo.toml"
        building = ["cargo", "build", "--release", "--offline", "--locked", "--manifest-path", manifest]
        seen = {"CARGO_TARGET_DIR": str(target), "KICKMSG_LIB_DIR": str(stage.run.build / "lib")}
        if stage.check_command("hello_rust builds", building, env=seen):
            outcome = stage.command(name, [target / "release/hello_rust"], timeout=EXAMPLE_SECONDS)
            judge(stage, name, outcome, stage.run.root / "examples/rust/hello_rust.expected", "cargo run, in examples/rust")


def check(stage, source):
    program = stage.run.build / "examples" / source.stem
    outcome = stage.command(source.stem, [program], timeout=EXAMPLE_SECONDS)
    judge(stage, source.stem, outcome, source.with_suffix(".expected"), stage.run.relative(program))


def judge(stage, name, outcome, expected, replay):
    if not outcome.ok:
        stage.failed(name, outcome.describe(), outcome.log, replay)
    elif not expected.exists():
        stage.failed(name, f"{stage.run.relative(expected)} is missing", outcome.log, replay)
    else:
        missing = first_missing(expected.read_text(encoding="utf-8"), outcome.text())
        if missing is None:
            stage.passed(name, outcome.seconds)
        else:
            stage.failed(name, f"no line of the output, in order, matches: {missing}", outcome.log, replay)
