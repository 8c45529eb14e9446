"""Planted faults of what compilers must take and refuse."""

import shutil
from types import SimpleNamespace

import pytest

import fakes
from harness import compilers
from harness.run import ROOT


@pytest.fixture(name="check")
def over_a_tree(tmp_path):
    """Returns: what runs a check over a copy of the library, changed by `plant(text)` in one file."""

    def act(what, path="lib/src/Policy.h", plant=lambda text: text):
        for part in ("lib/src", "lib/include", "test/consumers/core"):
            shutil.copytree(ROOT / part, tmp_path / part)
        file = tmp_path / path
        before = file.read_text(encoding="utf-8")
        after = plant(before)
        file.write_text(after, encoding="utf-8")
        found = fakes.ran(fakes.run_in(tmp_path), "platforms", what)
        return SimpleNamespace(changed=before != after, failed=set(found.failed))

    return act


def test_the_headers_as_they_are_pass(check):
    assert not check(compilers.check_headers).failed


def test_an_exception_in_the_core_fails(check):
    found = check(
        lambda stage: compilers.without_exceptions(stage, "g++"),
        "lib/include/kickmsg/core/Sender.h",
        lambda text: text.replace("void give_back() noexcept\n    {", "void give_back()\n    {\n        if (!loan_) { throw 1; }"),
    )
    assert found.changed and found.failed == {"core headers by g++ without exceptions and run-time types"}


def test_a_template_that_nothing_instantiates_fails(check):
    found = check(compilers.named, "lib/include/kickmsg/core/Ring.h", lambda text: text + "\ntemplate <class P>\nclass Forgotten {};\n")
    assert found.failed == {"every template of the core headers is instantiated"}


def test_a_build_of_32_bits_that_is_taken_fails(check):
    found = check(compilers.no_32_bits, plant=lambda text: text.replace("sizeof(void*) == 8", "sizeof(void*) >= 4"))
    assert found.changed and found.failed == {"a build of 32 bits is refused"}
