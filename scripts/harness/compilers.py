"""What compilers must take and refuse: the headers of core/ without exceptions and without run-time types; no build of 32 bits; beyond
the gate every compiler, standard and standard library that docs/platforms.md names, warnings being errors, with the unit tests run."""

import re
import shutil
from dataclasses import dataclass

from harness import build, tests

WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
EVERY_TEMPLATE = "test/consumers/core/every_template.cc"
DECLARED = re.compile(r"^template <class P\b[^>]*>\n(?:class|struct) (\w+)", re.MULTILINE)
INSTANTIATED = re.compile(r"^template (?:class|struct) (\w+)<", re.MULTILINE)
REFUSES_32 = "kickmsg regions are laid out for 64-bit processes"


@dataclass(frozen=True)
class Compiler:
    command: str
    library: str = "libstdc++"

    @property
    def name(self):
        return self.command if self.library == "libstdc++" else f"{self.command} with {self.library}"

    @property
    def flags(self):
        """Where the standard library is another than Debian's GoogleTest is built of, that is built anew."""
        return (
            []
            if self.library == "libstdc++"
            else [f"-DCMAKE_CXX_FLAGS=-stdlib={self.library}", "-DKICKMSG_GOOGLETEST_DIR=/usr/src/googletest"]
        )


STANDARDS = (17, 20)
MATRIX = (
    *(Compiler(f"g++-{version}") for version in (11, 12)),
    *(Compiler(f"clang++-{version}") for version in (13, 14, 15, 16, 19)),
    Compiler("clang++-14", "libc++"),
)


def check_headers(stage):
    for compiler in ("g++", "clang++"):
        without_exceptions(stage, compiler)
    named(stage)
    no_32_bits(stage)


def includes(stage):
    return [f"-I{stage.run.root / 'lib' / part}" for part in ("include", "src")]


def without_exceptions(stage, compiler):
    stage.check_command(
        f"core headers by {compiler} without exceptions and run-time types",
        [
            compiler,
            "-std=c++17",
            "-fno-exceptions",
            "-fno-rtti",
            *WARNINGS,
            "-fsyntax-only",
            *includes(stage),
            stage.run.root / EVERY_TEMPLATE,
        ],
    )


def named(stage):
    """Every template of the headers is instantiated: one that is not would be parsed only."""
    headers = (stage.run.root / "lib/include/kickmsg/core").glob("*.h")
    declared = {name for header in headers for name in DECLARED.findall(header.read_text(encoding="utf-8"))}
    found = set(INSTANTIATED.findall((stage.run.root / EVERY_TEMPLATE).read_text(encoding="utf-8")))
    stage.expect(
        declared and declared == found,
        "every template of the core headers is instantiated",
        f"{EVERY_TEMPLATE}: not as in the headers: {', '.join(sorted(declared ^ found)) or 'there is none'}",
    )


def no_32_bits(stage):
    """The library's sources as a build of 32 bits sees them: the compiler must refuse each that knows the layout, in our words.
    g++-multilib, which has such a build's headers, would remove the cross compilers: the one that is missing is an empty one."""
    stand_in = stage.folder / "stand-in"
    (stand_in / "gnu").mkdir(parents=True, exist_ok=True)
    (stand_in / "gnu" / "stubs-32.h").touch()
    triple = "x86_64-linux-gnu"
    found = sorted(path.name for path in (stage.run.root / "lib/src").glob("*.cc") if "Policy.h" in reached(path))
    refused = []
    for name in found:
        outcome = stage.command(
            f"32-bit-{name}",
            [
                "g++",
                "-m32",
                "-std=c++17",
                "-fsyntax-only",
                "-isystem",
                stand_in,
                "-isystem",
                f"/usr/include/{triple}/c++/{version_of('g++', stage)}",
                "-isystem",
                f"/usr/include/{triple}",
                *includes(stage),
                stage.run.root / "lib/src" / name,
            ],
        )
        if not outcome.ok and REFUSES_32 in outcome.text():
            refused.append(name)
    stage.expect(
        found and refused == found,
        "a build of 32 bits is refused",
        f"expected '{REFUSES_32}' of each of {', '.join(found) or 'no file'}, found it of {', '.join(refused) or 'none'}",
    )


def reached(path, seen=None):
    """The names of the library's own headers that a source includes, by whatever way."""
    seen = set() if seen is None else seen
    for name in re.findall(r'^#include "([\w./]+)"', path.read_text(encoding="utf-8"), re.MULTILINE):
        header = path.parent / name
        if name not in seen and header.exists():
            seen.add(name)
            reached(header, seen)
        seen.add(name)
    return seen


def version_of(compiler, stage):
    return stage.command(f"{compiler}-version", [compiler, "-dumpversion"]).text().split()[-1]


def check_matrix(stage):
    counts = []
    for compiler in MATRIX:
        if not stage.expect(
            shutil.which(compiler.command),
            f"{compiler.name}: compiler",
            f"{compiler.command} is not there (scripts/bootstrap.sh --platforms installs it)",
        ):
            continue
        for standard in STANDARDS:
            if count := build_and_run(stage, compiler, standard):
                counts.append(f"{compiler.name} C++{standard} {count}")
    stage.note(f"unit tests run by compiler: {', '.join(counts) or 'none'}", told=True)


def build_and_run(stage, compiler, standard):
    """Returns: how many unit tests were run."""
    label = re.sub(r"[^\w.]+", "-", f"{compiler.name}-C++{standard}")
    folder = stage.run.root / "build" / "compilers" / label
    options = [
        f"-DCMAKE_CXX_COMPILER={compiler.command}",
        "-DCMAKE_BUILD_TYPE=Release",
        f"-DCMAKE_CXX_STANDARD={standard}",
        "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON",
        "-DKICKMSG_BUILD_UNIT_TESTS=ON",
        *compiler.flags,
    ]
    with build.locked(stage.run):
        done = stage.check_command(
            f"{label}-configure", ["cmake", "-G", "Ninja", "-S", stage.run.root, "-B", folder, *options]
        ) and stage.check_command(f"{label}-compile", ["cmake", "--build", folder, "--target", "kickmsg_unit"])
    if not done:
        return 0
    before = stage.count("passed") + stage.count("failed")
    tests.run_gtest(stage, label, folder / "kickmsg_unit")
    return stage.count("passed") + stage.count("failed") - before
