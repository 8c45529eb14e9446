"""All mutants of the tree: found, tried whether they compile, and kept for the next run over the same sources."""

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from mutants.plain import schema, sites
from mutants.plain.source import Source

HERE = Path(__file__).resolve().parent
SWITCH = HERE / "switch.h"
FINDERS = ("sites.py", "source.py", "schema.py", "listing.py")
MOST_ROUNDS = 20


def digest(paths):
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def numbers_of(mutants):
    return {mutant.name: number for number, mutant in enumerate(mutants, 1)}


def compiling(root, name, mutants, text=None):
    """Those that the compiler takes. A template says only where it is used whether it compiles: the build finds the rest (building.py)."""
    source = Source.read(root, name) if text is None else Source(name, text.encode())
    clang = sites.cindex()
    flags = [*sites.FLAGS, *sites.includes(root), "-include", str(SWITCH)]
    for _ in range(MOST_ROUNDS):
        written = schema.write(source, mutants, numbers_of(mutants))
        unit = clang.Index.create().parse(str(root / name), args=flags, unsaved_files=[(str(root / name), written.contents.decode())])
        wrong = set()
        for diagnostic in unit.diagnostics:
            if diagnostic.severity >= clang.Diagnostic.Error:
                wrong |= refused(written, diagnostic.location.offset, diagnostic.location.line, str(diagnostic))
        if not wrong:
            return mutants
        mutants = [mutant for mutant in mutants if mutant.name not in wrong]
    raise ValueError(f"{name}: errors without end")


def refused(written, offset, line, words):
    """The names of the mutants that an error of the compiler speaks of: those that stand there, else those of the line."""
    found = {mutant.name for mutant in written.mutants_at(offset) or written.mutants_on(line)}
    if not found:
        raise ValueError(f"no mutant is there: {words}")
    return found


def mutants_of_file(job):
    """Returns: those that the compiler takes, and the names of the others."""
    root, name = job
    all_of_them = sites.find(root, name)
    taken = compiling(root, name, all_of_them)
    return {
        "mutants": [asdict(mutant) for mutant in taken],
        "refused": sorted({one.name for one in all_of_them} - {one.name for one in taken}),
    }


def mutants_of(root, folder, names=None, processes=2):
    """Returns: {file: mutants} of the files named, or of all, and {file: names of what does not compile}. `folder`: where they are kept."""
    names = sites.files(root) if names is None else names
    headers = [path for path in sorted((root / "lib").rglob("*.h")) if "test" not in path.relative_to(root).parts]
    tools = digest([HERE / finder for finder in FINDERS])
    folder.mkdir(parents=True, exist_ok=True)
    kept, missing, found, refused = {}, [], {}, {}
    for name in names:
        key = f"{Path(name).name}-{hashlib.sha256(f'{name} {tools} {digest([root / name])} {digest(headers)}'.encode()).hexdigest()[:16]}"
        kept[name] = folder / f"{key}.json"
        if not kept[name].exists():
            missing.append(name)
    if missing:
        with ProcessPoolExecutor(max_workers=processes) as pool:
            for name, told in zip(missing, pool.map(mutants_of_file, [(root, name) for name in missing])):
                kept[name].write_text(json.dumps(told), encoding="utf-8")
    for name in names:
        told = json.loads(kept[name].read_text(encoding="utf-8"))
        found[name] = [sites.Mutant(**row) for row in told["mutants"]]
        refused[name] = told["refused"]
    return found, refused
