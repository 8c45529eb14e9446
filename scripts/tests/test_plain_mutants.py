"""Plain mutants: what is found in a sample, how it is written, what stage and command make of results; each planted disagreement must be
reported."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import fakes
from harness.run import ROOT
from mutants.plain import building, judging, listing, results, schema, sites
from mutants.plain.source import Source
from mutants.plain.work import Wanted, Work
from stages import plain_mutants

SAMPLE = """\
#include "other.h"

constexpr int most = 7;       // the compiler's
static_assert(most + 1 == 8); // too

bool is_free(int a, int b, bool c)
{
    char name[most + 1];
    if (a < b && !c) { // a comment with a < b
        note(a,
             b);
        return true;
    }
    a += 2;
    return a == b;
}

template <class T>
struct Stack {
    int pop(std::memory_order order)
    {
        word.store(1, order);
        for (int at = 0; at < 3; ++at) {
            drop(word + at);
        }
        if (word == other) {
            throw 5;
        }
        return word ? helper(word) : 0;
    }
    T word, other;
};
"""
OTHER = """\
#pragma once
void note(int a, int b);
int helper(int a);
namespace std { enum class memory_order { relaxed }; }
template <class T> void drop(T value);
"""
# (line, function, operator, before, after)
EXPECTED = [
    (9, "is_free", "logic", "a < b && !c", "a < b || !c"),
    (9, "is_free", "negated", "a < b", "!(a < b)"),
    (9, "is_free", "boundary", "a < b", "a <= b"),
    (9, "is_free", "negated", "!c", "c"),
    (10, "is_free", "call dropped", "note(a, b)", "nothing"),
    (10, "is_free", "arguments swapped", "note(a, b)", "note(b, a)"),
    (12, "is_free", "return", "return true", "return false"),
    (14, "is_free", "assignment dropped", "a += 2", "nothing"),
    (14, "is_free", "arithmetic", "a += 2", "a -= 2"),
    (14, "is_free", "constant", "2", "2 + 1"),
    (14, "is_free", "constant", "2", "2 - 1"),
    (15, "is_free", "return", "return a == b", "return false"),
    (15, "is_free", "return", "return a == b", "return true"),
    (15, "is_free", "negated", "a == b", "a != b"),
    (22, "Stack::pop", "call dropped", "word.store(1, order)", "nothing"),
    (22, "Stack::pop", "constant", "1", "1 + 1"),
    (22, "Stack::pop", "constant", "1", "1 - 1"),
    (23, "Stack::pop", "constant", "0", "0 + 1"),
    (23, "Stack::pop", "negated", "at < 3", "!(at < 3)"),
    (23, "Stack::pop", "boundary", "at < 3", "at <= 3"),
    (23, "Stack::pop", "constant", "3", "3 + 1"),
    (23, "Stack::pop", "constant", "3", "3 - 1"),
    (24, "Stack::pop", "call dropped", "drop(word + at)", "nothing"),
    (24, "Stack::pop", "arithmetic", "word + at", "word - at"),
    (26, "Stack::pop", "negated", "word == other", "word != other"),
    (27, "Stack::pop", "throw dropped", "throw 5", "nothing"),
    (27, "Stack::pop", "constant", "5", "5 + 1"),
    (27, "Stack::pop", "constant", "5", "5 - 1"),
    (29, "Stack::pop", "return", "return word ? helper(word) : 0", "return {}"),
    (29, "Stack::pop", "negated", "word", "!(word)"),
    (29, "Stack::pop", "constant", "0", "0 + 1"),
]
NAME = "lib/src/Sample.cc"


@pytest.fixture(name="tree")
def tree_of_the_sample(tmp_path):
    """A checkout that has the sample only."""
    folder = tmp_path / "lib/src"
    folder.mkdir(parents=True)
    (tmp_path / "lib/include").mkdir()
    (tmp_path / "lib/test").mkdir()
    (folder / "Sample.cc").write_text(SAMPLE, encoding="utf-8")
    (folder / "other.h").write_text(OTHER, encoding="utf-8")
    return tmp_path


def test_the_sample_has_exactly_these_mutants(tree):
    found = [(one.line, one.function, one.operator, one.before, one.after) for one in sites.find(tree, NAME)]
    assert found == EXPECTED


def test_names_stay_where_lines_shift_and_other_code_changes(tree):
    before = {one.name: one.line for one in sites.find(tree, NAME)}
    changed = SAMPLE.replace("constexpr int most = 7;", "// a line\n\nconstexpr int most = 7;").replace("a += 2;", "a += 3;")
    after = {one.name: one.line for one in sites.find(tree, NAME, changed)}
    gone = [name for name in before if name not in after]
    assert len(before) == len(EXPECTED) and len(gone) == 4 and all("is_free" in name for name in gone)
    assert all(after[name] == line + 2 for name, line in before.items() if name in after)


def test_equal_texts_of_a_function_have_ordinals(tree):
    twice = SAMPLE.replace("    a += 2;\n", "    a += 2;\n    a += 2;\n")
    names = [one.name for one in sites.find(tree, NAME, twice)]
    assert len(set(names)) == len(names) and sum(name.endswith(" #2") for name in names) == 4


def test_what_does_not_compile_is_left_out(tree):
    text = "struct S { S(int); bool operator<(S const&) const; };\nbool less(S a, S b)\n{\n    return a < b;\n}\n"
    found = sites.find(tree, NAME, text)
    assert [one.operator for one in found] == ["return", "return", "negated", "boundary"]
    assert [one.operator for one in listing.compiling(tree, NAME, found, text)] == ["return", "return", "negated"]


PROGRAM = """\
int calls = 0;
void note(int a, int b) { calls += a * 10 + b; }
constexpr int twice(int n) { return n + n; }
static_assert(twice(2) == 4);
int play(int a, int b)
{
    if (a < b) {
        note(a, b);
    }
    return calls + twice(b);
}
int main(int count, char**)
{
    return play(count, 2);
}
"""


def test_a_process_plays_the_mutant_that_its_environment_names(tree):
    (tree / NAME).write_text(PROGRAM, encoding="utf-8")
    found = listing.compiling(tree, NAME, sites.find(tree, NAME))
    numbers = listing.numbers_of(found)
    written = schema.write(Source(NAME, PROGRAM.encode()), found, numbers)
    assert written.contents.count(b"\n") == PROGRAM.count("\n")
    (tree / "program.cc").write_bytes(written.contents)
    subprocess.run(
        ["g++", "-std=c++17", "-w", "-include", listing.SWITCH, listing.HERE / "switch.cc", "program.cc", "-o", "program"],
        cwd=tree,
        check=True,
    )

    def played(mutant):
        number = str(numbers[mutant.name]) if mutant else "0"
        return subprocess.run([tree / "program"], env={"KICKMSG_MUTANT": number}).returncode

    answers = {(one.operator, one.after): played(one) for one in found if one.function != "main"}
    assert played(None) == 16
    assert answers[("call dropped", "nothing")] == 4
    assert answers[("arguments swapped", "note(b, a)")] == 25
    assert answers[("negated", "!(a < b)")] == 4
    assert answers[("arithmetic", "n - n")] == 12, "what the compiler computes is as it was, what runs is not"
    assert answers[("return", "return {}")] == 0


def test_an_error_of_the_compiler_names_the_mutant(tree):
    found = sites.find(tree, NAME)
    build = building.Build(tree, tree, tree / "build/mutants")
    build.write({NAME: found}, listing.numbers_of(found))
    written = build.written[NAME]
    start, _, mutant = next(place for place in written.places if place[2].after == "word - at")
    line = written.contents.count(b"\n", 0, start) + 1
    column = start - written.contents.rfind(b"\n", 0, start)
    place = f"{build.tree}/{NAME}:{line}:{column}"
    assert build.refused_by(f"{place}: error: no match for operator-\n") == {mutant.name}
    assert build.refused_by(f"{place}:   required from here\n/usr/include/x:1:2: error: no\n") == {mutant.name}
    bracket = f"{build.tree}/{NAME}:{line}:1"
    assert mutant.name in build.refused_by(f"{bracket}:   required from here\n/usr/include/x:1:2: error: no\n"), "by its line at last"
    with pytest.raises(building.Broken, match="no mutant is the reason"):
        build.refused_by("/usr/include/x:1:2: error: no\n")


HEADER = "lib/include/kickmsg/core/Word.h"
TEMPLATE = """\
#pragma once
template <class W>
bool take(W& word, unsigned long expected, unsigned long const desired)
{
    return word.exchange_if(expected, desired);
}
"""
USER = """\
#include "kickmsg/core/Word.h"
struct Word { bool exchange_if(unsigned long& expected, unsigned long desired) { return expected == desired; } };
bool use(Word& word) { return take(word, 1, 2); }
"""


@pytest.fixture(name="headers")
def build_of_a_header(tree, monkeypatch):
    """(Build, mutants by file): a template, and a source that uses it. Compiled for real, not linked."""
    (tree / HEADER).parent.mkdir(parents=True)
    (tree / HEADER).write_text(TEMPLATE, encoding="utf-8")
    (tree / NAME).write_text(USER, encoding="utf-8")
    build = building.Build(tree, tree, tree / "build/mutants", 1)
    target = build.objects / "lib/a.o"
    words = ["g++", "-std=c++17", "-w", f"-I{build.tree}/lib/include", "-include", listing.SWITCH, "-c", build.tree / NAME, "-o", target]
    unit = building.Unit("lib/a.o", tuple(map(str, words)), (HEADER, NAME))
    monkeypatch.setattr(building.Build, "units", lambda self, names, allow_none=False: [unit])
    monkeypatch.setattr(building.Build, "link", lambda self, units: None)
    return build, {HEADER: listing.compiling(tree, HEADER, sites.find(tree, HEADER))}


def test_what_a_template_refuses_only_where_it_is_used_is_found_and_kept(headers, monkeypatch):
    build, mutants = headers
    wrong = {one.name for one in mutants[HEADER] if one.operator == "arguments swapped"}
    assert len(wrong) == 1 and len(mutants[HEADER]) > 1
    assert build.build(mutants, listing.numbers_of(mutants[HEADER])) == wrong
    text = (build.tree / HEADER).read_text(encoding="utf-8")
    assert "kickmsg_mutants::on" in text and "(desired, expected)" not in text, "the copy is what was compiled"
    monkeypatch.setattr(building.Build, "refused_by", lambda self, log: pytest.fail(log))
    again = building.Build(build.root, build.base, build.folder, 1)
    assert again.build(mutants, listing.numbers_of(mutants[HEADER])) == wrong, "and not asked again"


def test_the_units_that_are_asked_first_include_all_headers_between_them():
    one, two, three, four = (f"lib/include/kickmsg/core/{name}.h" for name in "ABCD")
    units = [
        building.Unit("lib/a.o", (), (one,)),
        building.Unit("lib/b.o", (), (one, two)),
        building.Unit("lib/c.o", (), (three, NAME)),
        building.Unit("lib/test/d.o", (), (one, two, three)),
        building.Unit("models/e.o", (), (two,)),
    ]
    found = [unit.object for unit in building.pilots(units, {one: [], two: [], three: [], four: [], NAME: []})]
    assert sorted(found) == ["lib/b.o", "lib/c.o", "lib/test/d.o", "models/e.o"]


def test_a_program_is_linked_again_only_when_something_of_it_is_newer(tree, monkeypatch):
    build, linked = building.Build(tree, tree, tree / "build/mutants", 1), []
    build.programs.mkdir(parents=True)

    def link(command, **_):
        linked.append(command)
        (build.programs / "program").touch()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(building.subprocess, "run", link)
    (tree / "a.o").touch()
    for _ in range(2):
        build.link_one("program", ["c++", "a.o"])
    assert len(linked) == 1
    os.utime(tree / "a.o", (time.time() + 5, time.time() + 5))
    build.link_one("program", ["c++", "a.o"])
    build.link_one("program", ["c++", "-g", "a.o"])
    assert len(linked) == 3


# Plays kickmsg_unit: Good.First comes to mutants 1 to 5 and detects those of `killed`, Good.Second to 2; to 6 comes no test that passes.
FAKE = """\
#!{python}
import json, os, sys
killed = {killed}
log, played = os.environ.get("KICKMSG_MUTANTS_LOG"), int(os.environ.get("KICKMSG_MUTANT", "0"))
if log:
    rows = [("", "passed", ""), ("Good.First", "passed", "1 2 3 4 5"), ("Good.Second", "passed", "2"), ("Bad.Third", "failed", "6")]
    open(log, "w").write("".join("\\t".join((name, "1", *more)) + "\\n" for name, *more in rows))
    sys.exit(0)
tests = next(word.partition("=")[2] for word in sys.argv if word.startswith("--gtest_filter")).split(":")
print("[==========] Running", len(tests), "tests")
open("{calls}", "a").write(json.dumps([played, tests]) + "\\n")
for test in tests:
    print("[ RUN      ]", test)
    if test == "Good.First" and played in killed:
        print("[  FAILED  ]", test)
        sys.exit(1)
"""


@pytest.fixture(name="work")
def work_over_a_fake(tree, monkeypatch):
    """A run of the sample, its programs played by a script. `killed`: the numbers of the mutants that are detected."""
    monkeypatch.setattr(Work, "find", lambda self, files=None: find(self))
    monkeypatch.setattr(Work, "compile", lambda self: compile_it(self))
    monkeypatch.setattr(judging, "PARTS", 2)

    def find(self):
        self.mutants = {NAME: sites.find(tree, NAME)[:6]}
        return self.all

    def compile_it(self):
        self.numbers = listing.numbers_of(self.all)
        self.build = building.Build(tree, tree, self.folder, 1, self.with_models)
        self.build.write(self.mutants, self.numbers)

    def act(killed=(1, 2, 3, 4, 5)):
        text = FAKE.format(python=sys.executable, killed=set(killed), calls=tree / "calls")
        fakes.program(tree / "build/mutants/programs/kickmsg_unit", text)
        return Work(tree, tree, tree / "build/mutants", say=lambda text: None, jobs=1)

    return act


def calls(tree):
    """What the fake was asked to play, without the look whether it works."""
    path = tree / "calls"
    return [row[0] for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()) if row[0]] if path.exists() else []


def judged(work, tree, **wanted):
    work.find()
    work.compile()
    return work.judge(Wanted(**wanted), results.Store(tree / "results.jsonl"))


def test_each_mutant_is_judged_by_the_tests_that_come_to_it(work, tree):
    rows = judged(work(killed=(1, 3, 4, 5)), tree)
    outcomes = [rows[name]["outcome"] for name in listing.numbers_of(sites.find(tree, NAME)[:6])]
    assert outcomes == ["killed", "survived", "killed", "killed", "killed", "unreached"]
    assert sorted(calls(tree)) == [1, 2, 3, 4, 5]
    assert {row["by"] for row in rows.values()} == {"Good.First", ""}


def test_a_run_continues_with_what_has_no_result(work, tree):
    judged(work(), tree, sample=2)
    first = calls(tree)
    judged(work(), tree)
    assert len(calls(tree)) == 5 and len(set(calls(tree))) == 5, "each once"
    judged(work(), tree)
    assert len(calls(tree)) == 5 and set(first) <= set(calls(tree))


def test_what_is_kept_are_the_results_that_still_hold(work, tree):
    judged(work(killed=(1, 3, 4, 5)), tree)
    one = work()
    one.find()
    one.compile()
    store = results.Store(tree / "results.jsonl")
    assert len(one.current(store)) == 6
    (tree / "lib/test/New_test.cc").write_text("int a;\n", encoding="utf-8")
    assert {row["outcome"] for row in one.current(store).values()} == {"killed"} and len(calls(tree)) == 5, "nothing was judged"


def test_survivors_are_asked_again_when_a_test_changes(work, tree):
    judged(work(killed=(1, 3, 4, 5)), tree)
    (tree / "lib/test/New_test.cc").write_text("int a;\n", encoding="utf-8")
    rows = judged(work(), tree)
    assert calls(tree)[5:] == [2] and sum(row["outcome"] == "killed" for row in rows.values()) == 5


def test_what_was_killed_is_asked_again_when_its_file_changes(work, tree):
    judged(work(), tree)
    (tree / NAME).write_text(SAMPLE + "// another\n", encoding="utf-8")
    judged(work(), tree)
    assert len(calls(tree)) == 10


# Plays kickmsg_models: of two scenarios one comes to the mutants 2 and 6, and detects 6.
MODELS = """\
#!{python}
import json, os, sys
played, reached = os.environ.get("KICKMSG_MUTANT"), os.environ.get("KICKMSG_MUTANTS_REACHED")
if "--list" in sys.argv:
    json.dump({{"scenarios": [{{"name": "far"}}, {{"name": "near@1"}}]}}, open(sys.argv[-1], "w"))
elif reached:
    with open(reached, "r+b") as file:
        for number in (2, 6) if sys.argv[1] == "near@1" else ():
            file.seek(number)
            file.write(b"\\1")
else:
    batch = json.load(open(sys.argv[2]))
    assert {{search["scenario"] for search in batch["searches"]}} == {{"near@1"}}
    print("near@1                       random: 7 executions in 0.1 s,", "FAILED: a slot is lost" if played == "6" else "clean")
    sys.exit(played == "6")
"""


def test_models_judge_what_no_test_detects(work, tree, names):
    one = work(killed=(1, 3, 4, 5))
    fakes.program(tree / "build/mutants/programs/kickmsg_models", MODELS.format(python=sys.executable))
    (tree / "kickmsg_models").touch()
    one.with_models = True
    rows = judged(one, tree)
    assert (rows[names[1]]["outcome"], rows[names[5]]["outcome"]) == ("survived", "killed")
    assert rows[names[5]]["by"] == "model near@1" and rows[names[0]]["by"] == "Good.First"


def test_what_survived_without_models_is_shown_to_the_models_alone(work, tree, names, monkeypatch):
    monkeypatch.setattr(Work, "is_of_core", lambda self, mutant: True)
    judged(work(killed=(1, 3, 4)), tree)
    before = calls(tree)
    one = work(killed=(1, 3, 4))
    fakes.program(tree / "build/mutants/programs/kickmsg_models", MODELS.format(python=sys.executable))
    (tree / "kickmsg_models").touch()
    one.with_models = True
    rows = judged(one, tree)
    assert rows[names[5]]["by"] == "model near@1" and calls(tree) == before, "no test was asked again"
    judged(one, tree)
    assert calls(tree) == before


def test_a_recording_that_was_interrupted_goes_on_with_the_parts_that_are_missing(work, tree):
    judged(work(), tree)
    folder = next((tree / "build/mutants/reached").iterdir())
    parts = sorted(folder.glob("*.complete"))
    assert len(parts) == judging.PARTS
    times = {log: log.stat().st_mtime_ns for log in folder.glob("*.tsv")}
    parts[0].unlink()
    judged(work(), tree, again=True)
    assert [log.stem for log, before in times.items() if log.stat().st_mtime_ns != before] == [parts[0].stem]


def test_shards_share_all_mutants(work, tree):
    names = [set(judged(work(), tree, shard=(part, 3))) for part in (1, 2, 3)]
    assert sum(map(len, names)) == 6 and len(set().union(*names)) == 6


def test_a_mutant_without_an_end_is_killed(work, tree, monkeypatch):
    monkeypatch.setattr(judging, "LEAST_SECONDS", 1)
    one = work(killed=(1, 3, 4, 5))
    program = tree / "build/mutants/programs/kickmsg_unit"
    program.write_text(program.read_text(encoding="utf-8") + "if played == 2:\n    import time\n    time.sleep(600)\n", encoding="utf-8")
    rows = judged(one, tree)
    assert sum(row["outcome"] == "killed" for row in rows.values()) == 5
    assert [row["timed_out"] for row in rows.values()].count(True) == 1
    score = results.document(list(rows.values()), {}, set(), list(rows), {NAME: ["a", "b"]})
    assert (score["score"]["killed"], score["score"]["timed_out"], score["not_compilable"]) == (5, 1, 2)
    assert score["files"][0]["not_compilable"] == 2 and score["score"]["mutants"] == 6, "what does not compile is no mutant"


def test_suites_that_come_first_leave_the_rest_undecided_where_their_time_is_over(work, tree):
    rows = judged(work(killed=(1, 3, 4, 5)), tree, suites=("Good",), most_seconds=5)
    outcomes = [rows[name]["outcome"] for name in listing.numbers_of(sites.find(tree, NAME)[:6])]
    assert outcomes == ["killed", "undecided", "killed", "killed", "killed", "undecided"]


def test_tests_that_fail_without_a_mutant_are_no_use(work, tree):
    with pytest.raises(judging.Unusable, match=r"Good\.First fails without a mutant"):
        judged(work(killed=(0, 1)), tree)


def stage_over(work, tree, monkeypatch, survivors=None, settled=(NAME,), **fake):
    """The stage in a main run over the sample."""
    work(**fake)
    path = tree / "survivors.json"
    path.write_text(json.dumps(survivors or {}), encoding="utf-8")
    monkeypatch.setattr(results, "load_survivors", lambda: json.loads(path.read_text(encoding="utf-8")))
    monkeypatch.setattr(results, "load_settled", lambda: list(settled))
    return fakes.ran(fakes.run_in(tree, "main"), "plain_mutants", plain_mutants.run)


@pytest.fixture(name="names")
def names_of_the_sample(tree):
    return [one.name for one in sites.find(tree, NAME)[:6]]


def test_all_killed_or_argued_pass(work, tree, monkeypatch, names):
    found = stage_over(work, tree, monkeypatch, {names[5]: "equivalent: nobody comes here"})
    assert not found.failed and found.passed == [NAME, "survivors.json", "mutants were judged"]
    document = json.loads((found.run.artifacts / "plain_mutants.json").read_text(encoding="utf-8"))
    assert document["score"]["killed"] == document["score"]["mutants"] == 5 and document["score"]["equivalent"] == 1
    assert found.stage.notes[0].startswith("5 of 5 plain mutants killed (100.0 %)")


def test_a_survivor_fails(work, tree, monkeypatch, names):
    found = stage_over(work, tree, monkeypatch, {names[5]: "equivalent: nobody comes here"}, killed=(1, 2, 4, 5))
    assert [check.reason for check in found.failed.values()] == ["survived: boundary: a < b -> a <= b"]
    assert names[2] in found.failed[f"{NAME}:9 is_free"].replay


def test_a_survivor_of_a_file_that_is_not_settled_is_told(work, tree, monkeypatch):
    found = stage_over(work, tree, monkeypatch, settled=(), killed=(1, 2, 4, 5))
    assert not found.failed and found.stage.told == [f"2 survived in files that settled.json does not name yet: {NAME}"]


def test_what_no_test_comes_to_fails(work, tree, monkeypatch):
    found = stage_over(work, tree, monkeypatch)
    assert [check.reason for check in found.failed.values()] == ["unreached: arguments swapped: note(a, b) -> note(b, a)"]


def test_what_no_test_comes_to_is_argued_by_a_marker_of_its_line(work, tree, monkeypatch):
    marked = SAMPLE.replace("note(a,\n", "note(a, // uncovered: no test comes here\n")
    (tree / NAME).write_text(marked, encoding="utf-8")
    found = stage_over(work, tree, monkeypatch)
    assert not found.failed and "1 on marked lines" in found.stage.notes[0]


@pytest.mark.parametrize(
    ("entry", "reason", "words"),
    [
        ("lib/src/Sample.cc gone: negated 01234567", "equivalent: it was", "there is no such mutant"),
        (0, "equivalent: it is not", "Good.First kills it"),
        (5, "nobody comes here", "its reason begins with none of equivalent:, accepted:"),
        (5, "accepted: ", "or says nothing"),
    ],
)
def test_an_entry_that_is_wrong_fails(work, tree, monkeypatch, names, entry, reason, words):
    name = entry if isinstance(entry, str) else names[entry]
    survivors = {names[5]: "equivalent: nobody comes here", name: reason}
    found = stage_over(work, tree, monkeypatch, survivors)
    assert words in found.failed[f"survivors.json: {name}"].reason


def test_entries_of_other_files_are_not_asked_for_in_a_part():
    survivors = {"lib/src/A.cc f: negated 1": "equivalent: x", "lib/src/B.cc g: negated 2": "equivalent: y"}
    assert not list(results.list_faults(survivors, {"lib/src/A.cc f: negated 1"}, {}, complete=False))
    assert len(list(results.list_faults(survivors, {"lib/src/A.cc f: negated 1"}, {}))) == 1


def test_the_most_promising_tests_come_first_and_each_once():
    rows = [judging.Test(f"S.{name}", seconds, True, frozenset([1])) for name, seconds in (("slow", 5.0), ("quick", 0.01), ("long", 40.0))]
    judge = judging.Judge(None, {}, judging.Tests(rows))
    assert [row.name for row in judge.order(rows)] == ["S.quick", "S.slow", "S.long"]
    assert judge.order(rows, first="S.long")[0].name == "S.long"
    assert [[row.name for row in part] for part in judge.batches(judge.order(rows))] == [["S.quick"], ["S.slow"], ["S.long"]]


def test_what_runs_before_the_tests_all_of_them_may_detect():
    rows = [
        judging.Test("", 0, True, frozenset([7])),
        judging.Test("S.one", 0.1, True, frozenset()),
        judging.Test("S.bad", 0.1, False, frozenset()),
    ]
    assert [row.name for row in judging.Tests(rows).of(7)] == ["S.one"]


def test_a_sample_says_how_sure_it_is():
    assert results.interval(90, 100) == [82.6, 94.5] and results.interval(0, 0) == [0.0, 100.0]
    assert results.score(["killed"] * 6 + ["timed out"] * 2 + ["survived"] + ["equivalent"] * 4 + ["undecided"]) | {"interval": None} == {
        "killed": 8,
        "timed_out": 2,
        "mutants": 9,
        "percent": 88.9,
        "interval": None,
        "survived": 1,
        "equivalent": 4,
        "accepted": 0,
        "marked": 0,
        "undecided": 1,
    }


def test_what_is_kept_counts_as_survived_what_the_tests_asked_did_not_detect():
    row = {"file": NAME, "line": 1, "function": "f", "operator": "negated", "change": "", "outcome": "undecided", "tests_run": 3}
    rows = [{**row, "mutant": "a"}, {**row, "mutant": "b", "tests_run": 0}, {**row, "mutant": "c", "outcome": "killed"}]
    assert results.document(rows, {}, set(), list("abcd"))["score"]["mutants"] == 1
    found = results.document(rows, {}, set(), list("abcd"), kept=True)
    assert (found["score"]["killed"], found["score"]["survived"], found["score"]["undecided"]) == (1, 1, 1)
    assert [(one["mutant"], one["outcome"]) for one in found["survivors"]] == [("a", "undecided")]


def test_suites_are_told_by_what_they_detect():
    rows = [{"file": "a", "outcome": "killed", "by": by} for by in ("One.x", "Two.y", "Two.z")] + [
        {"file": "b", "outcome": "survived", "by": ""}
    ]
    assert results.suites_by_file(rows, {"c": ["Old"]}) == {"a": ["Two", "One"], "c": ["Old"]}


def committed(tree, *words):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *identity, *words], cwd=tree, check=True, stdout=subprocess.DEVNULL)


def test_a_quick_run_looks_at_what_changed_since_the_branch_began(tree, monkeypatch):
    monkeypatch.setattr(building.Build, "units", lambda self, names, allow_none: [building.Unit(f"{name}.o", (), ()) for name in names])
    (tree / "lib/src/Other.cc").write_text("int a;\n", encoding="utf-8")
    committed(tree, "init", "-q", "-b", "main")
    committed(tree, "add", "lib")
    committed(tree, "commit", "-q", "-m", "one")
    committed(tree, "checkout", "-q", "-b", "branch")
    (tree / NAME).write_text(SAMPLE + "int b;\n", encoding="utf-8")
    committed(tree, "commit", "-q", "-a", "-m", "two")
    committed(tree, "commit", "-q", "--allow-empty", "-m", "three")
    run = fakes.run_in(tree)
    stage = type("Stage", (), {"run": run, "note": lambda self, text: None})()
    assert plain_mutants.quick_files(stage) == [NAME]
    monkeypatch.setattr(plain_mutants, "MOST_UNITS", 0)
    assert plain_mutants.quick_files(stage) == []
    shutil.rmtree(tree / ".git")
    monkeypatch.setattr(plain_mutants, "MOST_UNITS", 5)
    assert len(plain_mutants.quick_files(stage)) == 1, "without a history any file will do"


def test_every_shipped_survivor_is_of_a_file_that_is_mutated():
    files = set(sites.files(ROOT))
    assert all(name.partition(" ")[0] in files for name in results.load_survivors())
    assert set(results.load_settled()) <= files
    assert all(Path(ROOT / name).exists() for name in json.loads(results.SUITES.read_text(encoding="utf-8")))
