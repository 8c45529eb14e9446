"""Planted faults: each must be reported by proof_lint, and only it."""

import pytest

from proof_lint import lint, split_parts

PROOF = "/// Proof: lib/test/Lamp_test.cc; models lamp_lit, lamp_dark, lamp_oiled; sweep light; budget light/on, light\n"
HEADER = f"""\
/// A lamp.
///
/// Threads: one.
{PROOF}#pragma once

/// Not proof: what follows.
class Lamp {{}};
"""


@pytest.fixture
def tree(tmp_path):
    files = {
        "lib/include/kickmsg/core/Lamp.h": HEADER,
        "lib/test/Lamp_test.cc": "",
        "models/scenarios/lamps.cc": 'Registration<Lit>  const lit{"lamp_lit", "a lamp is lit", 2};\n'
        'Registration<Dark<1>> const dark{\n    "lamp_dark", "it is dark", 3};\n'
        'named("lamp_oiled", "a row of a table");\n'
        'Word const words[] = {{"lamp", "oil"}};\n',
        "crash/Operations.cc": 'all = {\n    {"light", {1, 0}, lighting},\n    {"put_out",\n     {1, 0}, ending}};\n',
        "bench/budgets/operations.json": '[{"family": "light", "operation": "on, others still lit"}]',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def faults(tree, header=HEADER):
    (tree / "lib/include/kickmsg/core/Lamp.h").write_text(header, encoding="utf-8")
    return lint(tree)[1]


def test_a_sound_line_has_no_fault(tree):
    assert lint(tree) == (1, [])


def test_a_part_may_have_nothing_for_a_reason(tree):
    assert faults(tree, HEADER.replace("sweep light", "sweep none (it burns in one process)")) == []


def test_the_four_parts_are_lists_of_names():
    parts = split_parts("a/b.cc, c; models none (a reason, with a comma); sweep x; budget y/z, w")
    assert parts == [["a/b.cc", "c"], [], ["x"], ["y/z", "w"]]


PLANTED = {
    "path": (("Lamp_test", "Lamps_test"), "there is no file 'lib/test/Lamps_test.cc'"),
    "scenario": (("lamp_dark", "lamp_dim"), "there is no 'lamp_dim' of models"),
    "a pair of words that is no scenario": (("lamp_dark", "lamp"), "there is no 'lamp' of models"),
    "operation of the sweep": (("sweep light", "sweep lights"), "there is no 'lights' of sweep"),
    "budget": (("light/on", "light/off"), "there is no 'light/off' of budget"),
    "a name of another part": (("sweep light", "sweep lamp_lit"), "there is no 'lamp_lit' of sweep"),
    "missing line": ((PROOF, ""), "0 lines `Proof:`"),
    "two lines": ((PROOF, PROOF + PROOF), "2 lines `Proof:`"),
    "line elsewhere": ((PROOF + "#pragma once\n", "#pragma once\n" + PROOF), "not the last line"),
    "line in the middle": ((PROOF, PROOF + "/// And so on.\n"), "not the last line"),
    "missing part": (("; sweep light", ""), "expected `Proof: PATHS"),
    "parts in another order": (("sweep light; budget light/on, light", "budget light; sweep light"), "expected `Proof: PATHS"),
    "nothing, without a reason": (("sweep light", "sweep none"), "there is no 'none' of sweep"),
    "a name twice": (("lamp_lit, lamp_dark", "lamp_lit, lamp_lit"), "'lamp_lit' is named twice"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_fault_is_reported(tree, what):
    (old, new), words = PLANTED[what]
    assert HEADER.count(old) == 1
    found = faults(tree, HEADER.replace(old, new))
    assert len(found) == 1 and words in found[0], found


@pytest.mark.parametrize("source", ["models/scenarios/lamps.cc", "crash/Operations.cc"])
def test_a_source_that_names_nothing_any_more_is_a_fault(tree, source):
    (tree / source).write_text("", encoding="utf-8")
    assert any("nothing is found that" in fault for fault in faults(tree))
