"""Planted faults: a public header that does not say something must be reported by doxygen.py."""

import shutil
from pathlib import Path

import pytest

from doxygen import check, interface

ROOT = Path(__file__).resolve().parents[2]
HEADER = """\
/// Lamps.
#pragma once

#include "kickmsg/os/Wire.h"

namespace kickmsg {

/// A lamp.
///
/// Threads: any.
class KICKMSG_API Lamp {
public:
    /// Sets the light to `level`.
    /// Returns: the level before.
    int dim(int level);

private:
    int helper(int unsaid);
    int level_ = 0;
};

} // namespace kickmsg
"""
WIRE = """\
/// Wires.
#pragma once

/// The length of a wire.
constexpr int wire_length = 3;
"""


@pytest.fixture
def tree(tmp_path):
    """A tree with one public header and one of os/ that it includes."""
    for name in ("docs/Doxyfile", "docs/doxygen.sed"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    include = tmp_path / "lib/include/kickmsg"
    (include / "os").mkdir(parents=True)
    (include / "os/Wire.h").write_text(WIRE, encoding="utf-8")
    (include / "os/Unused.h").write_text("/// Nothing.\n#pragma once\n\nint unsaid();\n", encoding="utf-8")
    return tmp_path


def faults(tree, header=HEADER):
    (tree / "lib/include/kickmsg/Lamp.h").write_text(header, encoding="utf-8")
    return check(tree, tree / "pages")


def test_a_complete_header_has_no_fault(tree):
    assert faults(tree) == (1, [])
    page = (tree / "pages/html/classkickmsg_1_1Lamp.html").read_text(encoding="utf-8")
    assert "<dt>Threads</dt><dd>any." in page, "the contract is not on the class"


def test_a_constexpr_constructor_returns_nothing(tree):
    assert faults(tree, HEADER.replace("private:", "    /// Off.\n    constexpr Lamp() noexcept {}\n\nprivate:")) == (2, [])


def test_the_interface_is_the_public_headers_and_what_they_include_of_os(tree):
    faults(tree)
    assert interface(tree / "lib/include") == ["kickmsg/Lamp.h", "kickmsg/os/Wire.h"]


PLANTED = {
    "member": (("private:", "    int unsaid = 0;\n\nprivate:"), "unsaid (variable) of class kickmsg::Lamp is not documented"),
    "function": (("private:", "    void off();\n\nprivate:"), "off() (function) of class kickmsg::Lamp is not documented"),
    "class": (("/// A lamp.\n///\n/// Threads: any.\n", ""), "Compound kickmsg::Lamp is not documented"),
    "enumeration": (("/// A lamp", "enum class Light { On };\n\n/// A lamp"), "Light (enumeration) of namespace kickmsg is not documented"),
    "value of an enumeration": (("/// A lamp", "/// Light.\nenum class Light { On };\n\n/// A lamp"), "On (value of an enumeration)"),
    "parameter": (("(int level)", "(int brightness)"), "dim: the parameter brightness is not named"),
    "return value": (("    /// Returns: the level before.\n", ""), "dim: nothing says what is returned"),
    "label unknown to Doxygen": (("Threads: any.", "\\thread any."), "unknown command"),
    "header of os/ once it is included": (("kickmsg/os/Wire.h", "kickmsg/os/Unused.h"), "unsaid() (function) of file Unused.h"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_not_said_is_reported(tree, what):
    (old, new), words = PLANTED[what]
    assert HEADER.count(old) == 1
    _, found = faults(tree, HEADER.replace(old, new))
    assert any(words in fault for fault in found), found
