"""Builds kickmsg_unit, the programs that it starts, and kickmsg_models with all mutants in them: from a build of the tree (`base`), of
which only what has mutants in it is compiled anew, in a copy of lib/."""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness import documents
from mutants.plain import listing, schema
from mutants.plain.source import Source

UNIT = "kickmsg_unit"
MODELS = "kickmsg_models"
# What of the models is not of that program; it is left out.
OF_OTHERS = "kickmsg_model_programs.dir"
# Every test includes it, by support.h, and calls it in the library: it is not compiled anew for that.
SEAM = "lib/include/kickmsg/os/"
# Neither for this, unless it runs the algorithms over a layout or a policy of its own: of the library's the mutants are in the library.
CORE = "lib/include/kickmsg/core/"
OWN_CORE = ("lib/test/array_layout.h", "lib/test/observed.h")
INCLUDES_CORE = re.compile(r'^#include "kickmsg/core/', re.MULTILINE)
MORE_FLAGS = ("-O0", "-w", "-Wno-narrowing")
ERROR = re.compile(r"^([^\s:]+):(\d+):(\d+): +(?:fatal )?(error:|required from)", re.MULTILINE)
MOST_ROUNDS = 12
GROUPS = ("lib/test/", "models/", "")  # each has instantiations of its own; the last: the library


class Broken(Exception):
    """The build itself does not work."""


@dataclass(frozen=True)
class Unit:
    """A source that is compiled anew."""

    object: str  # of the base, from its folder
    command: tuple
    depends: tuple  # files of lib/, from the root of the checkout


class Build:
    def __init__(self, root, base, folder, jobs=None, with_models=False):
        self.with_models = with_models
        self.root, self.base, self.folder = root.resolve(), base.resolve(), folder.resolve()
        self.tree, self.objects, self.programs = self.folder / "tree", self.folder / "objects", self.folder / "programs"
        self.jobs = jobs or len(os.sched_getaffinity(0))
        self.written, self.names = {}, {}  # by file: the copies, the mutants in them

    @property
    def unit(self):
        return self.programs / UNIT

    # --- what there is to compile
    def helpers(self):
        return sorted(f"kickmsg_{path.stem.removeprefix('helper_')}" for path in (self.root / "lib/test").glob("helper_*.cc"))

    def depends(self):
        """{object: files of lib/}, as the base has found them."""
        found, files = {}, None
        for line in self.ask("ninja", "-C", self.base, "-t", "deps").splitlines():
            if line.startswith(" ") and files is not None:
                path = Path(os.path.normpath(self.base / line.strip()))
                if path.is_relative_to(self.root / "lib"):
                    files.append(path.relative_to(self.root).as_posix())
            elif ": #deps" in line:
                files = found.setdefault(line.partition(": #deps")[0], [])
        return found

    def ask(self, *argv):
        done = subprocess.run(list(map(str, argv)), capture_output=True, text=True, cwd=self.base)
        if done.returncode != 0:
            raise Broken(f"{shlex.join(map(str, argv))}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    @property
    def has_models(self):
        """Whether the base has them: they take long to compile."""
        return self.with_models and (self.base / MODELS).exists()

    def units(self, mutated, allow_none=False):
        """What of the library, of its tests and of the models is compiled of the files named."""
        depends, found = self.depends(), []
        for entry in documents.read(self.base / "compile_commands.json"):
            command = shlex.split(entry["command"])
            name = command[command.index("-o") + 1]
            source = Path(entry["file"])
            folders = ("lib/", "models/") if self.has_models else ("lib/",)
            if not source.is_relative_to(self.root) or not name.startswith(folders) or OF_OTHERS in name:
                continue
            files = {*depends.get(name, ()), *([source.relative_to(self.root).as_posix()] if name.startswith("lib/") else [])}
            left_out = self.not_for(source, files) if name.startswith("lib/test/") else ()
            if {file for file in files if not file.startswith(left_out)} & set(mutated):
                found.append(Unit(name, tuple(self.moved(command, name)), tuple(sorted(files))))
        if not found and not allow_none:
            raise Broken(f"{self.base} has nothing to compile of {', '.join(mutated)}: is it a build of kickmsg_unit?")
        return found

    def not_for(self, source, files):
        """Where the mutants stand that a test is not compiled anew for."""
        runs_core = not files.isdisjoint(OWN_CORE) or INCLUDES_CORE.search(source.read_text(encoding="utf-8"))
        return (SEAM,) if runs_core else (SEAM, CORE)

    def moved(self, command, name):
        """The command, over the copy. A launcher in front stays."""
        arguments, skip = [], 0
        for argument in command:
            if skip:
                skip -= 1
            elif argument in ("-MF", "-MT", "-MQ"):
                skip = 1
            elif argument not in ("-MD", "-MMD"):
                arguments.append(argument.replace(f"{self.root}/lib/", f"{self.tree}/lib/").replace(f"{self.root}/lib", f"{self.tree}/lib"))
        arguments[arguments.index("-o") + 1] = str(self.objects / name)
        at = arguments.index("-o")
        if shutil.which("ccache") and "ccache" not in arguments[0]:
            arguments, at = ["ccache", *arguments], at + 1
        return [*arguments[:at], *MORE_FLAGS, "-include", str(listing.SWITCH), *arguments[at:]]

    # --- the copy
    def write(self, mutants, numbers):
        """`mutants`: by file. The files without any are copied as they are; what stays as it was written last is not written again."""
        before, self.names = self.names, {name: [mutant.name for mutant in found] for name, found in mutants.items()}
        for path in sorted((self.root / "lib").rglob("*")):
            name = path.relative_to(self.root).as_posix()
            unchanged = name in before and before[name] == self.names.get(name)
            if path.suffix in (".h", ".cc") and not unchanged:
                contents = path.read_bytes()
                self.written.pop(name, None)
                if mutants.get(name):
                    self.written[name] = schema.write(Source(name, contents), mutants[name], numbers)
                    contents = self.written[name].contents
                self.put(self.tree / name, contents)

    def put(self, path, contents):
        if not path.exists() or path.read_bytes() != contents:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)

    # --- the build
    def build(self, mutants, numbers):
        """Returns: the names of the mutants that do not compile; they are not in the programs. A template says it only where it is used: a
        few units that have all headers between them are asked before all others, and what they refuse is kept for the next run."""
        units = self.units([name for name, found in mutants.items() if found])
        kept = self.folder / f"refused-{self.state_of(mutants)}.json"
        refused = set(documents.read(kept, []))
        for group in (*([unit] for unit in pilots(units, mutants)), units):
            for _ in range(MOST_ROUNDS):
                self.write({name: [one for one in found if one.name not in refused] for name, found in mutants.items()}, numbers)
                more = self.refused_of(group)
                if not more:
                    break
                refused |= more
                documents.write(kept, sorted(refused))
            else:
                raise Broken("the mutants do not compile, whatever is left out")
        self.link(units)
        return refused

    def state_of(self, mutants):
        """Of what the compiler says a digest: the mutants themselves, and the files that they stand in."""
        told = hashlib.sha256(json.dumps([(mutant.name, mutant.code) for found in mutants.values() for mutant in found]).encode())
        for name in mutants:
            told.update((self.root / name).read_bytes())
        return told.hexdigest()[:16]

    def refused_of(self, units):
        """Of the first units that do not compile: what follows would say the same."""
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            for begin in range(0, len(units), 4 * self.jobs):
                logs = [log for log in pool.map(self.compile, units[begin : begin + 4 * self.jobs]) if log]
                if logs:
                    return set().union(*map(self.refused_by, logs))
        return set()

    def compile(self, unit):
        """Returns: what the compiler says, where it fails."""
        target = self.objects / unit.object
        stamp = target.with_suffix(".stamp")
        state = hashlib.sha256("\0".join(unit.command).encode() + listing.SWITCH.read_bytes())
        for name in unit.depends:
            state.update((self.tree / name).read_bytes())
        if target.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == state.hexdigest():
            return ""
        target.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(unit.command, capture_output=True, text=True, cwd=self.base, env=self.environment())
        if done.returncode != 0:
            return done.stderr or f"{shlex.join(unit.command)}: exit code {done.returncode}"
        stamp.write_text(state.hexdigest(), encoding="utf-8")
        return ""

    def environment(self):
        return {"CCACHE_BASEDIR": str(self.root), "CCACHE_NOHASHDIR": "1", **os.environ, "LC_ALL": "C.UTF-8"}

    def refused_by(self, log):
        """The errors of templates stand where they are defined; what `required` them is asked when no mutant stands there, at last the
        whole line of it: the compiler may point to a bracket of the text that was there."""
        found, required, near = set(), [], []
        for path, line, column, what in ERROR.findall(log):
            name = os.path.relpath(self.base / path, self.tree)  # a compiler cache makes it relative to the base
            written = self.written.get(name)
            here = []
            if written:
                here = written.mutants_at(written.offset_of(int(line), int(column)))
                here = here or (written.mutants_on(int(line)) if what == "error:" else [])
            if what != "error:":
                required += here
                near += written.mutants_on(int(line)) if written else []
                continue
            found |= {mutant.name for mutant in here or required or near}
            required, near = [], []
        if not found:
            raise Broken(f"it does not compile, and no mutant is the reason: {log.strip()[:2000]}")
        return found

    def link(self, units):
        """What was compiled anew stands before all else: of a function that several objects have, the linker takes the first, and of a
        library nothing that is there."""
        self.programs.mkdir(parents=True, exist_ok=True)
        own = {name: self.own(name, name == "listener") for name in ("switch", "listener")}
        library = [str(self.objects / unit.object) for unit in units if not unit.object.startswith(("lib/test/", "models/"))]
        replaced = {unit.object: str(self.objects / unit.object) for unit in units if str(self.objects / unit.object) not in library}
        for program in (UNIT, *self.helpers(), *([MODELS] if self.has_models else [])):
            command = self.ask("ninja", "-C", self.base, "-t", "commands", "-s", program).strip().splitlines()[-1]
            words = [word for word in shlex.split(command) if word not in (":", "&&")]
            words = [replaced.get(word, word) for word in words]
            words[words.index("-o") + 1] = str(self.programs / program)
            more = [*([] if program == MODELS else library), own["switch"], *([own["listener"]] if program == UNIT else [])]
            self.link_one(program, [words[0], *more, *words[1:]])

    def link_one(self, program, command):
        """Not again what is newer than all that it is made of."""
        target = self.programs / program
        kept = target.with_suffix(".command")
        objects = [path for word in command if word.endswith((".o", ".a")) and (path := self.base / word).exists()]
        told = shlex.join(command)
        same = target.exists() and kept.exists() and kept.read_text(encoding="utf-8") == told
        if same and all(path.stat().st_mtime < kept.stat().st_mtime for path in objects):
            return
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.base)
        if done.returncode != 0:
            raise Broken(f"{program} cannot be linked: {done.stderr.strip()[-2000:]}")
        kept.write_text(told, encoding="utf-8")

    def own(self, name, with_tests):
        """An object of the switch itself, with the compiler of the base."""
        target = self.objects / f"{name}.o"
        self.objects.mkdir(parents=True, exist_ok=True)
        compiler = next(
            line.partition("=")[2]
            for line in (self.base / "CMakeCache.txt").read_text(encoding="utf-8").splitlines()
            if line.startswith("CMAKE_CXX_COMPILER:")
        )
        source = listing.HERE / f"{name}.cc"
        if target.exists() and target.stat().st_mtime > max(source.stat().st_mtime, listing.SWITCH.stat().st_mtime):
            return str(target)
        done = subprocess.run([compiler, "-std=c++17", "-O1", "-fPIC", "-c", source, "-o", target], capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"{source.name} does not compile: {done.stderr.strip()[:2000]}")
        return str(target)


def pilots(units, mutated):
    """Units that include between them all of the mutated files that any includes: of the library, of the tests and of the models."""
    found = []
    for group in GROUPS:
        rest = [unit for unit in units if (unit.object.startswith(group) if group else not unit.object.startswith(GROUPS[:-1]))]
        open_ones = set(mutated) & {name for unit in rest for name in unit.depends if name.endswith(".h")}
        while open_ones:
            best = max(rest, key=lambda unit: (len(open_ones & set(unit.depends)), unit.object))
            found.append(best)
            open_ones -= set(best.depends)
    return found
