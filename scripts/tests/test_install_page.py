"""What docs/install.md tells a user to copy is what the stage packaging builds and runs."""

import re

import pytest

from harness.run import ROOT

CONSUMERS = ("find_package", "add_subdirectory", "fetch_content")
# What a project must say otherwise than the page: where its copy lies, and which version the test asks for.
ELSEWHERE = {
    "add_subdirectory(kickmsg)": "add_subdirectory(../../.. kickmsg)",
    "find_package(kickmsg 1.0 CONFIG REQUIRED)": "find_package(kickmsg ${WANTED_VERSION} CONFIG REQUIRED)",
}


def lines_of(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("at", range(len(CONSUMERS)))
def test_each_block_is_a_part_of_a_project_that_is_built(at):
    page = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    section = page[page.index("## Link it") : page.index("| option (all default OFF)")]
    blocks = re.findall(r"```cmake\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == len(CONSUMERS)
    project = lines_of((ROOT / "test/consumers" / CONSUMERS[at] / "CMakeLists.txt").read_text(encoding="utf-8"))
    for line in lines_of(blocks[at]):
        assert ELSEWHERE.get(line, line.replace("(app ", "(consumer ")) in project


def test_the_commands_of_the_table_are_those_that_are_run():
    page = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    recipes = (ROOT / "scripts/harness/packages.py").read_text(encoding="utf-8")
    for word in ("-DBUILD_SHARED_LIBS=ON", "-DCMAKE_INSTALL_PREFIX=/usr"):
        assert f'"{word}"' in recipes and word in page
    for words, told in (
        ('"cpack", "-G", "DEB"', "cpack -G DEB"),
        ('"create"', "conan create ."),
        ("packaging/vcpkg/kickmsg", "--overlay-ports=packaging/vcpkg"),
    ):
        assert words in recipes and told in page
