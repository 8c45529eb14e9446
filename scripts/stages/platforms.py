"""Builds the library for other platforms and runs what was built under an emulator: unit tests and examples; beyond the gate
also the portable kill sweep and a short stress, on more processors, and by every compiler of this one. What an emulator shows is
layout and logic; orders are the models' part. A target that the machine has no tools for fails, for bootstrap.sh installs them."""

import re
import shutil
from dataclasses import dataclass, field

from harness import build, compilers, documents, tests
from harness.expected import first_missing

TIMEOUT = {"quick": 2400, "main": 3600, "full": 3600}  # a busy machine compiles for minutes

EXAMPLE_SECONDS = 60
DECLARED = re.compile(r"^TEST(?:_P|_F)?\((\w+), (\w+)\)", re.MULTILINE)


@dataclass
class Target:
    """A platform that this machine is not."""

    name: str
    preset: str
    compiler: str
    runner: tuple  # what runs its programs, relative to the checkout
    suffix: str  # of its programs
    quick_example: str  # the one that the gate runs
    warm_up: tuple = ()  # what starts the emulator's own processes
    end: tuple = ()  # what ends them
    options: tuple = field(default=())
    in_gate: bool = True
    unit_in_gate: bool = True
    has: str = ""  # instructions that its library must have,
    not_has: str = ""  # and those that it must not


LINUX_ONLY = ("hello_epoll",)  # examples that call what no other system has

# Of ARM64, as objdump prints them.
LSE = r"\t(cas|ldadd|ldclr|ldset|swp)\w*\t"
LL_SC = r"\t(ldx|ldax|stx|stlx)r\w*\t"
OUTLINED = "__aarch64_"  # the compiler's helpers, which choose when they run


def linux(name, processor, **more):
    return Target(name, name, f"{processor}-linux-gnu-g++", ("scripts/qemu.sh",), "", "hello_diagnose", **more)


TARGETS = (
    Target(
        "windows-x86-64",
        "windows-mingw",
        "x86_64-w64-mingw32-g++-posix",
        ("scripts/wine.sh",),
        ".exe",
        "hello_diagnose",
        warm_up=("scripts/wine.sh", "cmd", "/c", "ver"),
        end=("scripts/wine.sh", "--end"),
    ),
    linux("linux-arm64", "aarch64", has=LSE, not_has=f"{LL_SC}|{OUTLINED}"),
    linux("linux-arm64-llsc", "aarch64", in_gate=False, has=LL_SC, not_has=f"{LSE}|{OUTLINED}"),
    linux("linux-riscv64", "riscv64", in_gate=False),
    linux("linux-s390x", "s390x", in_gate=False),
    Target("macos-layer-on-linux", "darwin-on-linux", "g++", (), "", "hello_diagnose", unit_in_gate=False),
)


def run(stage):
    compilers.check_headers(stage)
    for target in TARGETS:
        if stage.run.quick and not target.in_gate:
            continue
        try:
            run_target(stage, target)
        finally:
            if target.end:
                stage.command(f"{target.name}-end", on_this_machine(stage, target.end), timeout=30)
    if not stage.run.quick:
        compilers.check_matrix(stage)


def run_target(stage, target):
    if not stage.expect(
        shutil.which(target.compiler), f"{target.name}: compiler", f"{target.compiler} is not there (scripts/bootstrap.sh installs it)"
    ):
        return
    if not compiled(stage, target):
        return
    folder = stage.run.root / "build" / target.preset
    if target.has:
        check_atomics(stage, target, folder / "lib" / "libkickmsg.a")
    # The first start of an emulator may make its surroundings: not counted against a test.
    if target.warm_up and not stage.check_command(f"{target.name}-start", on_this_machine(stage, target.warm_up)):
        return
    counts = []
    if target.unit_in_gate or not stage.run.quick:
        counts += run_unit(stage, target, folder)
    sources = sorted((stage.run.root / "examples").glob("*.cc"))
    if target.suffix:
        sources = [one for one in sources if one.stem not in LINUX_ONLY]
    chosen = [one for one in sources if not stage.run.quick or one.stem == target.quick_example]
    counts.append(f"{sum(run_example(stage, target, folder, source) for source in chosen)} examples")
    if not stage.run.quick:
        counts += run_long(stage, target, folder)
    stage.note(f"{target.name}: {', '.join(counts)}", told=True)


def run_long(stage, target, folder):
    """Returns: what was run, in words."""
    runner = on_this_machine(stage, target.runner)
    tests.run_gtest(stage, f"{target.name}-crash", folder / f"kickmsg_crash_portable_test{target.suffix}", runner=runner)
    tests.run_gtest(
        stage,
        f"{target.name}-stress",
        folder / f"kickmsg_stress_test{target.suffix}",
        runner=runner,
        env={"KICKMSG_STRESS_SEED": str(stage.run.seed), "KICKMSG_STRESS_SHARE": "2"},
    )
    return [
        f"{len(ran(stage, f'{target.name}-crash')[0])} tests of the kill sweep",
        f"{len(ran(stage, f'{target.name}-stress')[0])} of stress",
    ]


def ran(stage, label):
    """Returns: the names of the tests that were run, and of those that were skipped, by the program's own report."""
    report = stage.folder / f"{label}.json"
    done, skipped = set(), set()
    for name, test in documents.gtest_results(report):
        if test.get("status") == "RUN":
            (skipped if test.get("result") == "SKIPPED" else done).add(name)
    return done, skipped


def on_this_machine(stage, command):
    return [stage.run.root / command[0], *command[1:]] if command else []


def compiled(stage, target):
    """The gate builds what it runs."""
    units = ["kickmsg_unit"] if target.unit_in_gate else []
    wanted = [*units, target.quick_example] if stage.run.quick else ["all"]
    return build.preset(stage, target.preset, target.options, wanted, f"{target.name}-")


def check_atomics(stage, target, library):
    """The build is what its name says: else one of the two ways to be atomic would never have been run."""
    outcome = stage.command(f"{target.name}-objdump", [target.compiler.replace("g++", "objdump"), "-d", library])
    text = outcome.text()
    stray = re.search(target.not_has, text)
    stage.expect(
        outcome.ok and re.search(target.has, text) and not stray,
        f"{target.name}: atomic instructions",
        f"expected /{target.has}/ and none of /{target.not_has}/, found {stray.group(0).strip() if stray else 'neither'}",
        outcome.log,
    )


def run_unit(stage, target, folder):
    """Returns: what was run, in words."""
    label = f"{target.name}-unit"
    tests.run_gtest(stage, label, folder / f"kickmsg_unit{target.suffix}", runner=on_this_machine(stage, target.runner))
    done, skipped = ran(stage, label)
    stage.expect(done, f"{target.name}: counts", "no unit test was run")
    absent = declared(stage) - done - skipped
    suites = ", ".join(sorted({name.partition(".")[0] for name in absent}))
    return [
        f"{len(done)} unit tests run",
        f"{len(skipped)} skipped",
        f"{len(absent)} not built there" + (f" (of {suites})" if absent else ""),
    ]


def declared(stage):
    """Every unit test of lib/test, whichever platform builds it."""
    return {
        f"{suite}.{name}"
        for source in (stage.run.root / "lib/test").glob("*_test.cc")
        for suite, name in DECLARED.findall(source.read_text(encoding="utf-8"))
    }


def run_example(stage, target, folder, source):
    """Returns: whether it did what is expected."""
    name = f"{target.name}-{source.stem}"
    program = folder / "examples" / f"{source.stem}{target.suffix}"
    outcome = stage.command(name, [*on_this_machine(stage, target.runner), program], timeout=EXAMPLE_SECONDS)
    replay = " ".join([*target.runner, stage.run.relative(program)])
    if not outcome.ok:
        stage.failed(name, outcome.describe(), outcome.log, replay)
        return False
    missing = first_missing(source.with_suffix(".expected").read_text(encoding="utf-8"), outcome.text())
    if missing is None:
        stage.passed(name, outcome.seconds)
    else:
        stage.failed(name, f"no line of the output, in order, matches: {missing}", outcome.log, replay)
    return missing is None
