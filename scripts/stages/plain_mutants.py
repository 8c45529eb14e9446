"""Would the unit tests notice? Logic faults of lib/, one at a time: each must be detected, or listed with the reason
(scripts/mutants/plain/README.md). A survivor fails the stage in the files of settled.json, and is told of the others.

The gate leaves it out (QUICK): to compile what has mutants, and to record which test comes to which, takes it minutes before the first
one is judged, and what the suites detect that would be asked first (suites.json) is known of few files yet. There it would judge some of
the mutants of the files that changed, by chance of the commit; where none changed, of a file that the commit decides. What the time does
not suffice for is neither killed nor survived: a later run continues with it, over the same results. The others judge sources only:
with the mutants of core/ the programs are built, but no test was run in them yet (CORE), and kickmsg_models has not been built (MODELS)."""

import subprocess
import zlib

from harness import build, documents
from mutants.plain import building, judging, results, sites
from mutants.plain.work import Wanted, Work, files_changed

TIMEOUT = {"quick": 600, "main": 7200, "full": 7200}
NEEDS = ("build",)

MINUTES = {True: 1.0, False: 40.0}  # of judging; quick or not. All of them are judged each night, in parts (nightly.yml)
MOST_UNITS = 14  # that a quick run compiles anew
SURVIVORS_SHOWN = 40
# Whether a quick run judges; whether the others judge core/, too, and ask the models what no test detects there.
QUICK, CORE, MODELS = False, False, False
MAIN = ("origin/main", "main")


def run(stage):
    if stage.run.quick and not QUICK:
        stage.skipped("plain mutants", "they are judged beyond the gate")
        return
    files = quick_files(stage) if stage.run.quick else judged_files(stage)
    if files == []:
        check_list(stage, [], {}, complete=False)
        stage.note("no file that a quick run can compile changed: the main job judges")
        return
    folder = stage.run.root / "build/mutants"
    work = Work(stage.run.root, stage.run.build, folder, say=lambda text: stage.progress(text), with_models=MODELS and not stage.run.quick)
    wanted = Wanted(seed=seed_of(stage), minutes=MINUTES[stage.run.quick], suites=suites_of(files) if stage.run.quick else ())
    try:
        with build.locked(stage.run):
            work.find(files)
            work.compile()
        rows = work.judge(wanted, results.Store(folder / "results.jsonl"))
    except (building.Broken, judging.Unusable, ValueError) as broken:
        stage.failed("mutants are built and run", str(broken))
        return
    record(stage, work, rows, complete=not stage.run.quick)


def record(stage, work, rows, complete):
    survivors = results.load_survivors()
    names = [mutant.name for mutant in work.all]
    document = results.document(list(rows.values()), survivors, results.marked_lines(stage.run.root), names, work.refused)
    documents.write(stage.run.artifacts / "plain_mutants.json", document)
    standing, open_ones = results.survivors_of(document, results.load_settled())
    for row in standing[:SURVIVORS_SHOWN]:
        stage.failed(
            f"{row['file']}:{row['line']} {row['function']}",
            f"{row['outcome']}: {row['operator']}: {row['change']}",
            replay=f"scripts/plain_mutation.py --again --only '{row['mutant']}' {row['file']}",
        )
    if len(standing) > SURVIVORS_SHOWN:
        stage.failed("more survivors", f"{len(standing) - SURVIVORS_SHOWN} more, see plain_mutants.json")
    for file in document["files"]:
        if not any(row["file"] == file["file"] for row in standing):
            stage.passed(
                file["file"],
                numbers=f"{file['killed']} of {file['mutants']} killed, {file['survived']} survived, {file['undecided']} undecided",
            )
    check_list(stage, names, rows, complete)
    stage.expect(rows, "mutants were judged", "none was")
    say(stage, document)
    if open_ones:
        files = sorted({row["file"] for row in open_ones})
        stage.note(f"{len(open_ones)} survived in files that settled.json does not name yet: {', '.join(files)}", told=True)


def check_list(stage, names, rows, complete):
    wrong = list(results.list_faults(results.load_survivors(), set(names), rows, complete))
    for name, words in wrong:
        stage.failed(f"survivors.json: {name}", words)
    if not wrong:
        stage.passed("survivors.json")


def say(stage, document):
    score, core = document["score"], document["core"]
    left = document["all_mutants"] - score["mutants"] - score["equivalent"]
    stage.note(
        f"{score['killed']} of {score['mutants']} plain mutants killed ({score['percent']} %), "
        f"of core/ {core['killed']} of {core['mutants']}; {score['equivalent']} equivalent, {score['accepted']} accepted, "
        f"{score['marked']} on marked lines, {left} not judged"
    )


# --- what a quick run looks at
def git(stage, *arguments):
    """Returns: the lines; none where git does not know."""
    done = subprocess.run(["git", *arguments], cwd=stage.run.root, capture_output=True, text=True)
    return done.stdout.splitlines() if done.returncode == 0 else []


def seed_of(stage):
    return zlib.crc32(stage.run.commit.encode()) if stage.run.quick else stage.run.seed


def base_of(stage):
    """The commit that a change began at; of main itself the one before. None where the history is not there."""
    head = git(stage, "rev-parse", "HEAD")
    for main in MAIN:
        found = git(stage, "merge-base", "HEAD", main)
        if found and found != head:
            return found[0]
    return next(iter(git(stage, "rev-parse", "--verify", "--quiet", "HEAD~1")), None)


def sources(stage):
    return sorted(name for name in sites.files(stage.run.root) if name.endswith(".cc"))


def judged_files(stage):
    """The sources, and core/ where it is switched on. The mutants of the headers beside the sources have not been built yet."""
    core = [name for name in sites.files(stage.run.root) if name.startswith(building.CORE)]
    return sources(stage) + (core if CORE else [])


def quick_files(stage):
    """Of what changed, else of all, as many as MOST_UNITS allows. Empty where all that changed are headers of too many."""
    base = base_of(stage)
    changed = files_changed(stage.run.root, base, lambda *arguments: git(stage, *arguments)) if base else []
    others = sources(stage)
    turn = seed_of(stage) % max(1, len(others))
    chosen, units = [], set()
    works = building.Build(stage.run.root, stage.run.build, stage.run.root / "build/mutants")
    for name in results.shuffled_names(changed, seed_of(stage)) or others[turn : turn + 1]:
        more = {unit.object for unit in works.units([name], allow_none=True)} | units
        if len(more) <= MOST_UNITS:
            chosen, units = [*chosen, name], more
        else:
            stage.note(f"{name}: {len(more)} sources would be compiled, the main job judges it")
    return chosen


def suites_of(files):
    """The suites that detect most in these files, by suites.json; all tests follow where they do not."""
    known = documents.read(results.SUITES, {})
    return tuple(sorted({suite for name in files for suite in known.get(name, ())[:8]}))
