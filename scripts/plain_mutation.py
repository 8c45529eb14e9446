#!/usr/bin/env python3
"""Plain mutants of lib/: logic faults, one at a time, and whether a unit test detects each (scripts/mutants/plain/README.md).

usage: plain_mutation.py --list [FILE ...]   the mutants
       plain_mutation.py [FILE ...]          judges them. --build: a build of kickmsg_unit, which saves compiling what has no mutants
"""

import argparse
import os
import sys
from pathlib import Path

from harness import documents
from harness.run import ROOT
from mutants.plain import building, judging, results, sites
from mutants.plain.work import Wanted, Work


def shard(text):
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text}: expected I/N, as 1/4")
    return int(part), int(parts)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="of lib/; default: all that are mutated")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/mutants", help="for what is compiled and recorded")
    parser.add_argument("--results", type=Path, help="lines of JSON, continued where they end (default: results.jsonl of the folder)")
    parser.add_argument("--json", type=Path, help="where the document for the report goes")
    parser.add_argument("--only", default="", metavar="TEXT", help="mutants whose names have it")
    parser.add_argument("--shard", type=shard, default=(1, 1), metavar="I/N")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="so many, by chance")
    parser.add_argument("--seed", type=int, default=1, help="of the order, and so of a sample")
    parser.add_argument("--minutes", type=float, default=0.0, metavar="M", help="for judging; what is left is for the next run")
    parser.add_argument("--most-seconds", type=float, default=0.0, metavar="S", help="of tests for a mutant; default: all that come to it")
    words = "of tests, with commas: these alone are recorded; where they detect nothing all others run, or, with --most-seconds, none"
    parser.add_argument("--first", default="", metavar="SUITES", help=words)
    parser.add_argument("--models", action="store_true", help="what no test detects is model-checked, too; the build needs kickmsg_models")
    parser.add_argument("--model-seconds", type=float, default=20.0, metavar="S", help="for each of those")
    parser.add_argument("--compile-only", action="store_true")
    parser.add_argument("--again", action="store_true", help="also what has a result")
    parser.add_argument("--keep", action="store_true", help=f"judge nothing, write {results.KEPT.name} by the results that there are")
    parser.add_argument("--suites", action="store_true", help="write suites.json by the results that there are, and judge nothing")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args(arguments)
    unknown = [name for name in options.files if name not in sites.files(ROOT)]
    if unknown:
        parser.error(f"not among the mutated files: {', '.join(unknown)}")
    return options


def show(document):
    for row in document["survivors"]:
        place = f"{row['file']}:{row['line']} {row['function']}"
        print(f"{row['outcome']}: {place}: {row['operator']}: {row['change']}  [{row['mutant']}]  {row['reason']}")
    for name, found in (("all", document["score"]), ("core/", document["core"])):
        low, high = found["interval"]
        more = ", ".join(f"{found[what]} {what}" for what in ("survived", "equivalent", "accepted", "marked", "undecided", "timed_out"))
        print(f"{name}: {found['killed']} of {found['mutants']} killed ({found['percent']} %; 95 %: {low} to {high}), {more}")


def main(arguments):
    options = parse(arguments)
    store = results.Store(options.results or options.folder / "results.jsonl")
    if options.suites:
        documents.write(results.SUITES, results.suites_by_file(store.rows().values(), documents.read(results.SUITES, {})))
        return 0
    work = Work(ROOT, options.build, options.folder, jobs=options.jobs, with_models=options.models)
    found = work.find(options.files or None)
    if options.list:
        for mutant in found:
            print(mutant.in_words(), f"[{mutant.name}]")
        print(f"{len(found)} mutants")
        return 0
    wanted = Wanted(
        only=options.only,
        shard=options.shard,
        sample=options.sample,
        seed=options.seed,
        minutes=options.minutes,
        most_seconds=options.most_seconds,
        again=options.again,
        suites=tuple(name for name in options.first.split(",") if name),
        model_seconds=options.model_seconds,
    )
    try:
        work.compile()
        if options.compile_only:
            return 0
        rows = work.current(store) if options.keep else work.judge(wanted, store)
    except (building.Broken, judging.Unusable) as broken:
        print(f"plain_mutation: {broken}", file=sys.stderr)
        return 2
    survivors = results.load_survivors()
    names = [mutant.name for mutant in work.all]
    by_chance = not (options.only or options.keep)
    document = results.document(
        list(rows.values()), survivors, results.marked_lines(ROOT), names, work.refused, by_chance, bool(options.keep)
    )
    if options.json:
        documents.write(options.json, document)
    if options.keep:
        documents.write(results.KEPT, {**results.origin(ROOT), **document})
    show(document)
    wrong = list(results.list_faults(survivors, set(names), rows, complete=not options.files))
    for name, words in wrong:
        print(f"survivors.json: {name}: {words}")
    faults, _ = results.survivors_of(document, results.load_settled())
    return 1 if wrong or faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
