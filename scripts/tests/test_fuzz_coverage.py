"""fuzz/coverage.py detects a line that no input runs."""

import importlib.util
import json

import pytest

from harness.run import ROOT

# Under a name of its own: there is a package named coverage.
SPEC = importlib.util.spec_from_file_location("fuzz_coverage", ROOT / "fuzz/coverage.py")
coverage = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(coverage)


LIBRARY = [file.read_text(encoding="utf-8") for file in (ROOT / "lib").rglob("*") if file.suffix in (".h", ".cc")]


@pytest.mark.parametrize("name", coverage.FUNCTIONS)
def test_each_function_of_the_attach_path_is_there(name):
    last = name.split("::")[-1]
    assert any(f"{last}(" in text for text in LIBRARY)


@pytest.mark.parametrize("argued", coverage.ARGUED, ids=" ".join)
def test_each_line_that_is_argued_is_there(argued):
    assert argued[0] in coverage.FUNCTIONS
    assert any(line.strip() == argued[1] for text in LIBRARY for line in text.splitlines())


@pytest.mark.parametrize(
    ("demangled", "plain"),
    [
        ("kickmsg::detail::(anonymous namespace)::check(kickmsg::channel::Config const&)", "kickmsg::detail::check"),
        (
            "bool kickmsg::core::Registry<kickmsg::detail::Policy, kickmsg::detail::Layout>::adopt<A<B> >(unsigned, A<B>&)",
            "kickmsg::core::Registry::adopt",
        ),
        ("kickmsg::detail::Geometry::operator==(kickmsg::detail::Geometry const&) const", "kickmsg::detail::Geometry::operator=="),
        ("kickmsg::detail::(anonymous namespace)::load_text[abi:cxx11](char const (&) [256])", "kickmsg::detail::load_text"),
        ("kickmsg::SharedMemory::Native::~Native()", "kickmsg::SharedMemory::Native::~Native"),
    ],
)
def test_a_function_is_known_by_its_plain_name(demangled, plain):
    assert coverage.plain(demangled) == plain


def test_lines_are_those_of_the_library_without_its_tests():
    lcov = f"SF:{ROOT}/lib/src/A.cc\nDA:3,7\nDA:4,0\nSF:{ROOT}/lib/test/b.h\nDA:1,1\nSF:/usr/include/c.h\nDA:9,9\n"
    assert coverage.lines_of(lcov) == {"lib/src/A.cc": {3: 7, 4: 0}}


def test_functions_are_found_and_lambdas_are_not():
    region = [3, 1, 9, 2, 5, 0, 0, 0]
    document = {
        "data": [
            {
                "functions": [
                    {"name": "A.cc:_ZN1a1fEv", "regions": [region, [4, 1, 5, 1, 0, 0, 0, 0]], "filenames": [f"{ROOT}/lib/src/A.cc"]},
                    {"name": "_ZZN1a1fEvENK3$_0clEv", "regions": [region], "filenames": [f"{ROOT}/lib/src/A.cc"]},
                ]
            }
        ]
    }
    assert coverage.functions_of(json.dumps(document)) == {"a::f": {("lib/src/A.cc", 3, 9)}}


@pytest.fixture(name="judged")
def attach_path_of_one_function(tmp_path, monkeypatch):
    """A function of two lines, `one` and `two`."""

    def judge(times, argued=(), name="a::f", text="one\n  two\nafter\n"):
        (tmp_path / "A.cc").write_text(text, encoding="utf-8")
        monkeypatch.setattr(coverage, "ROOT", tmp_path)
        monkeypatch.setattr(coverage, "FUNCTIONS", (name,))
        monkeypatch.setattr(coverage, "ARGUED", dict.fromkeys(argued, "reason"))
        lines = {number + 1: count for number, count in enumerate(times) if count is not None}
        return coverage.attach_path({"A.cc": {**lines, len(times) + 1: 0}}, {"a::f": {("A.cc", 1, len(times))}})

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
    assert not judged((0, None, 0), [("a::f", "one")], text="one\n// a comment\n}\n")["wrong"]
    assert judged((0, 0), [("a::f", "one")])["wrong"] == ["A.cc:2: a::f: no input runs 'two'"]
    assert judged((1, 0), text="one\n}\n")["wrong"] == ["A.cc:2: a::f: no input runs '}'"]


def test_a_function_that_is_gone_is_told(judged):
    assert judged((1, 1), name="a::g")["wrong"] == ["a::g: there is no such function"]
