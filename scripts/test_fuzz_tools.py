"""The faults of fuzz/plant.py still fit the tree and stand in the table; fuzz/coverage.py would notice a line that no input runs."""
import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def loaded(name):
    """A program of fuzz/ under a name of its own: crash/faults has a plant.py, too."""
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", ROOT / "fuzz" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(ROOT / "fuzz"))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "fuzz"))
    return module


plant, coverage = loaded("plant"), loaded("coverage")


@pytest.mark.parametrize("fault", plant.FAULTS, ids=lambda fault: fault.name)
def test_each_fault_still_fits(fault):
    text = (ROOT / fault.file).read_text(encoding="utf-8")
    assert plant.planted(text, fault) != text


def test_each_target_has_a_fault():
    targets = {file.name.removesuffix("_fuzz.cc") for file in (ROOT / "fuzz").glob("*_fuzz.cc")}
    assert {fault.target for fault in plant.FAULTS} == targets


def test_the_table_names_what_is_planted_and_where():
    assert not list(plant.table_faults(plant.TABLE.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("table", "wrong"), [
    ("", len(plant.FAULTS)),
    ("| `unheard-of` | F | `words` | x |", len(plant.FAULTS) + 1),
    ("| `slot-index-not-checked` | F | planned | x |", len(plant.FAULTS)),
    ("| `slot-index-not-checked` | F | `words` | x |", len(plant.FAULTS) - 1),
    ("| `slot-index-not-checked` | K | `words` | x |", len(plant.FAULTS)),
])
def test_table_and_faults_that_disagree_are_told(table, wrong):
    assert len(list(plant.table_faults(table))) == wrong


@pytest.mark.parametrize("text", ["", "sound sound"])
def test_a_text_that_is_not_there_once_is_not_planted(text):
    with pytest.raises(plant.Broken):
        plant.planted(text, plant.Fault("a", "words", "file", "sound", "broken"))


def test_a_copy_is_made_sound_again_and_keeps_what_did_not_change(tmp_path):
    plant.refresh(tmp_path)
    same, planted, stray = tmp_path / "lib/src/RegionHeader.cc", tmp_path / "lib/src/Region.cc", tmp_path / "lib/stray"
    before = same.stat().st_mtime_ns
    planted.write_text("broken", encoding="utf-8")
    stray.write_text("stray", encoding="utf-8")
    plant.refresh(tmp_path)
    assert planted.read_bytes() == (ROOT / "lib/src/Region.cc").read_bytes() and not stray.exists()
    assert same.stat().st_mtime_ns == before


@pytest.mark.parametrize(("demangled", "plain"), [
    ("kickmsg::detail::(anonymous namespace)::check(kickmsg::channel::Config const&)", "kickmsg::detail::check"),
    ("bool kickmsg::core::Registry<kickmsg::detail::Policy, kickmsg::detail::Layout>::adopt<A<B> >(unsigned, A<B>&)",
     "kickmsg::core::Registry::adopt"),
    ("kickmsg::detail::Geometry::operator==(kickmsg::detail::Geometry const&) const", "kickmsg::detail::Geometry::operator=="),
    ("kickmsg::detail::(anonymous namespace)::load_text[abi:cxx11](char const (&) [256])", "kickmsg::detail::load_text"),
    ("kickmsg::SharedMemory::Native::~Native()", "kickmsg::SharedMemory::Native::~Native"),
])
def test_a_function_is_known_by_its_plain_name(demangled, plain):
    assert coverage.plain(demangled) == plain


def test_lines_are_those_of_the_library_without_its_tests():
    lcov = f"SF:{ROOT}/lib/src/A.cc\nDA:3,7\nDA:4,0\nSF:{ROOT}/lib/test/b.h\nDA:1,1\nSF:/usr/include/c.h\nDA:9,9\n"
    assert coverage.lines_of(lcov) == {"lib/src/A.cc": {3: 7, 4: 0}}


def test_functions_are_found_and_lambdas_are_not():
    region = [3, 1, 9, 2, 5, 0, 0, 0]
    document = {"data": [{"functions": [
        {"name": "A.cc:_ZN1a1fEv", "regions": [region, [4, 1, 5, 1, 0, 0, 0, 0]], "filenames": [f"{ROOT}/lib/src/A.cc"]},
        {"name": "_ZZN1a1fEvENK3$_0clEv", "regions": [region], "filenames": [f"{ROOT}/lib/src/A.cc"]}]}]}
    assert coverage.functions_of(json.dumps(document)) == {"a::f": {("lib/src/A.cc", 3, 9)}}


@pytest.fixture(name="judged")
def attach_path_of_one_function(tmp_path, monkeypatch):
    """A function of two lines, `one` and `two`."""
    def judge(times, argued=(), name="a::f", text="one\n  two\nafter\n"):
        (tmp_path / "A.cc").write_text(text, encoding="utf-8")
        monkeypatch.setattr(coverage, "ROOT", tmp_path)
        monkeypatch.setattr(coverage, "FUNCTIONS", (name,))
        monkeypatch.setattr(coverage, "ARGUED", dict.fromkeys(argued, "reason"))
        lines = {number + 1: count for number, count in enumerate(times)}
        return coverage.attach_path({"A.cc": {**lines, 3: 0}}, {"a::f": {("A.cc", 1, 2)}})
    return judge


def test_an_attach_path_that_is_run_is_right(judged):
    assert judged((1, 2)) == {"functions": 1, "lines": 2, "run": 2, "argued": 0, "wrong": []}


def test_a_line_that_no_input_runs_is_told(judged):
    assert judged((1, 0))["wrong"] == ["A.cc:2: a::f: no input runs 'two'"]


def test_a_line_may_be_argued_but_only_while_no_input_runs_it(judged):
    assert not judged((1, 0), [("a::f", "two")])["wrong"]
    assert judged((1, 1), [("a::f", "two")])["wrong"] == ["a::f: 'two' is argued, but run or not there"]


def test_an_argued_line_takes_only_the_brace_after_it_along(judged):
    assert not judged((0, 0), [("a::f", "one")], text="one\n}\n")["wrong"]
    assert judged((0, 0), [("a::f", "one")])["wrong"] == ["A.cc:2: a::f: no input runs 'two'"]
    assert judged((1, 0), text="one\n}\n")["wrong"] == ["A.cc:2: a::f: no input runs '}'"]


def test_a_function_that_is_gone_is_told(judged):
    assert judged((1, 1), name="a::g")["wrong"] == ["a::g: there is no such function"]
