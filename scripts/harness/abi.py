"""Builds of the library by different compilers, at different levels, of different standards, static and shared: two processes of
different builds must talk over one region and recover each other's dead; a build of another layout must be refused with both versions."""

import itertools
import re
import shutil
import subprocess
from dataclasses import dataclass

SECONDS = 60
HEARD = "heard 2000 messages, lost 0"
RECOVERED = "dead 0, orphaned 0, rings of the dead 0, of the living"
LAYOUT = re.compile(r"(constexpr uint32_t layout_version = )(\d+);")
LISTED = re.compile(r"^[0-9a-f]{16} \w \S")
INTERFACE = "test/consumers/abi/symbols.txt"
VERSION_NODE = "KICKMSG_1"


@dataclass(frozen=True)
class Build:
    """One way to build; the standard and the level are the compiler's own flags."""

    compiler: str
    level: str
    standard: int
    shared: bool = False

    @property
    def name(self):
        return f"{self.compiler} {self.level} C++{self.standard} {'shared' if self.shared else 'static'}"

    @property
    def folder(self):
        return re.sub(r"[^\w]+", "-", self.name)


QUICK = (Build("g++", "-O3", 17), Build("clang++", "-O0", 20, shared=True))
ALL = (*QUICK, Build("clang++", "-O3", 17), Build("g++", "-O0", 20, shared=True))


def check(stage, work):
    builds = QUICK if stage.run.quick else ALL
    peers = {build: made for build in builds if (made := compiled(stage, build, work))}
    for one, other in itertools.permutations(peers, 2):
        talk(stage, one, other, peers)
        recover(stage, one, other, peers)
    for build, peer in peers.items():
        if build.shared:
            check_symbols(stage, build, peer)
    other_layout(stage, work, peers)


def compiled(stage, build, work, source=None, label=None):
    """Returns: the program, or None. Where a compiler is not there, the check fails: bootstrap.sh installs both."""
    folder = work / (label or build.folder)
    name = f"build {label or build.name}"
    options = [
        f"-DCMAKE_CXX_COMPILER={build.compiler}",
        "-DCMAKE_BUILD_TYPE=None",
        f"-DCMAKE_CXX_FLAGS={build.level}",
        f"-DCMAKE_CXX_STANDARD={build.standard}",
        f"-DBUILD_SHARED_LIBS={'ON' if build.shared else 'OFF'}",
        f"-DKICKMSG_SOURCE={source or stage.run.root}",
    ]
    done = stage.check_command(
        f"{name}: configure", ["cmake", "-G", "Ninja", "-S", stage.run.root / "test/consumers/abi", "-B", folder, *options]
    ) and stage.check_command(f"{name}: compile", ["cmake", "--build", folder])
    return folder / "peer" if done else None


def region(stage):
    return f"/{stage.run.prefix}abi"


def talk(stage, speaker, listener, peers):
    name = f"{speaker.name} talks to {listener.name}"
    with subprocess.Popen([peers[listener], region(stage), "hear"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as hearing:
        try:
            first = hearing.stdout.readline()
            if first == "ready\n":
                subprocess.run([peers[speaker], region(stage), "talk"], timeout=SECONDS, check=False)
            rest = hearing.communicate(timeout=SECONDS)[0]
        except subprocess.TimeoutExpired:
            hearing.kill()
            rest = f"no end within {SECONDS} s"
    stage.expect(rest.strip() == HEARD, name, f"expected 'ready' and '{HEARD}', found '{first.strip()}' and '{rest.strip()}'")
    call(peers[listener], region(stage), "remove")


def recover(stage, dead, living, peers):
    name = f"{living.name} recovers the dead of {dead.name}"
    died = call(peers[dead], region(stage), "die")
    found = call(peers[living], region(stage), "recover")
    stage.expect(
        died.returncode == 0 and found.returncode == 0 and found.stdout.strip() == f"{RECOVERED} 0",
        name,
        f"expected statuses 0 and '{RECOVERED} 0', found {died.returncode}, {found.returncode} and '{found.stdout.strip()}'",
    )
    call(peers[living], region(stage), "remove")


def call(program, *arguments):
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)


def other_layout(stage, work, peers):
    """The same sources with another number: each refuses the other's region, and names both numbers."""
    tree = work / "tree"
    for part in ("CMakeLists.txt", "lib", "cmake"):
        path = stage.run.root / part
        if path.is_dir():
            shutil.copytree(path, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            tree.mkdir(exist_ok=True)
            shutil.copy2(path, tree / part)
    header = tree / "lib/src/RegionHeader.h"
    text = header.read_text(encoding="utf-8")
    found = LAYOUT.search(text)
    if not stage.expect(found, "layout version", "RegionHeader.h has no line 'constexpr uint32_t layout_version = N;'"):
        return
    ours, theirs = int(found.group(2)), int(found.group(2)) + 1000
    header.write_text(LAYOUT.sub(rf"\g<1>{theirs};", text), encoding="utf-8")
    other = compiled(stage, Build("g++", "-O0", 17), work, source=tree, label="another layout version")
    if other is None or not peers:
        return
    here = next(iter(peers.values()))
    for creator, opener, created, opening in ((here, other, ours, theirs), (other, here, theirs, ours)):
        call(creator, region(stage), "die")
        said = call(opener, region(stage), "open")
        wanted = f"layout version {created}, this library speaks version {opening}"
        stage.expect(
            said.returncode == 3 and wanted in said.stdout,
            f"version {opening} refuses a region of version {created}",
            f"expected status 3 and '{wanted}', found {said.returncode} and '{said.stdout.strip()}'",
        )
        call(creator, region(stage), "remove")


def check_symbols(stage, build, peer):
    """A shared library shows the public interface, all of it under one version node, and no more."""
    library = next(peer.parent.rglob("libkickmsg.so"), None)
    listed = stage.command(f"symbols {build.folder}", ["nm", "-DC", "--defined-only", "--with-symbol-versions", library or "libkickmsg.so"])
    symbols = [line.split(maxsplit=2)[2] for line in listed.text().splitlines() if LISTED.match(line)]
    shown = [re.sub(r"@@?\w+$", "", symbol) for symbol in symbols if not symbol.startswith(f"{VERSION_NODE}@") and symbol != VERSION_NODE]
    compare_interface(stage, build, set(shown), listed.log)
    bare = [symbol for symbol in symbols if f"@@{VERSION_NODE}" not in symbol and symbol != VERSION_NODE]
    stage.expect(symbols and not bare, f"version node of {build.name}", f"without {VERSION_NODE}: {'; '.join(bare[:5])}", listed.log)
    soname = call("readelf", "-d", library or "libkickmsg.so").stdout
    wanted = f"[libkickmsg.so.{VERSION_NODE.rpartition('_')[2]}]"
    stage.expect(wanted in soname, f"soname of {build.name}", f"expected {wanted}, found: {soname[:300]}")
    stage.note(f"{build.name} shows {len(shown)} symbols")


def compare_interface(stage, build, shown, log):
    """The interface is written down: what comes to it or leaves it is decided, and not found out by its users."""
    path = stage.run.root / INTERFACE
    agreed = set(path.read_text(encoding="utf-8").splitlines())
    found = stage.folder / "symbols.txt"
    found.write_text("\n".join(sorted(shown)) + "\n", encoding="utf-8")
    told = [f"{word}: {'; '.join(sorted(symbols)[:5])}" for word, symbols in (("new", shown - agreed), ("gone", agreed - shown)) if symbols]
    stage.expect(
        not told, f"interface of {build.name}", f"{', '.join(told)}; if that is meant: cp {stage.run.relative(found)} {INTERFACE}", log
    )
