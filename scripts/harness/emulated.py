"""The benchmark suite built for another processor and run under an emulator: every row must run, and no ratio may be reported."""

import re

from harness import build, documents

ARCHITECTURE, TRIPLE = "arm64", "aarch64-linux-gnu"
PACKAGES = {"benchmark": "libbenchmark-dev", "CLI11": "libcli11-dev", "nlohmann_json": "nlohmann-json3-dev"}
NEEDS_TOO = ("libbenchmark1debian",)
RUNNER = ("qemu-aarch64", "-L", f"/usr/{TRIPLE}")
RATIO = re.compile(r"ratio_to_floor|rmw_multiple|after_before")


def measure(stage):
    """Writes emulated/bench.json beside the run's own."""
    folder = stage.run.root / "build/bench-aarch64"
    program = folder / "kickmsg_bench"
    out = stage.run.artifacts / "emulated"
    if not built(stage, folder):
        return
    outcome = stage.command("emulated suite", [*RUNNER, program, "--quick", "--seed", str(stage.run.seed), "--out", out])
    results = out / "bench.json"
    if not stage.expect(results.exists(), "emulated suite", f"no bench.json: {outcome.describe()}", outcome.log):
        return
    judge(stage, documents.read(results), outcome.log)


def built(stage, folder):
    """Debian's packages of the other architecture are unpacked beside the build, none is installed."""
    root = folder.parent / f"sysroot-{ARCHITECTURE}"
    if not stage.check_command("sysroot", [stage.run.root / "scripts/sysroot.sh", ARCHITECTURE, root, *PACKAGES.values(), *NEEDS_TOO]):
        return False
    configs = {name: next(root.rglob(f"{name}Config.cmake"), root).parent for name in PACKAGES}
    options = [
        f"-DCMAKE_TOOLCHAIN_FILE={stage.run.root}/cmake/toolchains/{TRIPLE}.cmake",
        *(f"-D{name}_DIR={at}" for name, at in configs.items()),
    ]
    return build.benchmarks(stage, folder, "kickmsg_bench", options, prefix="emulated ")


def judge(stage, document, log):
    emulator = document["context"].get("emulated", "")
    rows = document["benchmarks"]
    for row in rows:
        if row.get("error_occurred"):
            stage.failed(f"emulated: {row['name']}", row.get("error_message", "error"), log)
    measured = [row for row in rows if "real_time" in row]
    stage.expect(measured, "emulated: rows", "no row was measured", log)
    stage.expect(emulator, "emulated: tag", "the context of bench.json has no `emulated`", log)
    told = sorted(
        {key for row in rows for key in row if RATIO.search(key)} | {key for key in ("headline", "targets") if key in document["context"]}
    )
    stage.expect(not told, "emulated: no ratio", f"told all the same: {', '.join(told)}", log)
    stage.note(
        f"{TRIPLE} under {emulator}: {len(measured)} rows measured, {sum('skipped' in row for row in rows)} skipped, no ratio told",
        told=True,
    )
