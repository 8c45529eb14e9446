"""The interface for C is complete in each list of it: what the headers declare is exported, and misused by a test."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DECLARED = re.compile(r"KICKMSG_API [^;(]*?\b(kickmsg_\w+)\(([^;]*)\);")
HANDLES = "region|publisher|subscriber|node|wait_set|server|client|stats|list|names|prune_report|view|request|response|call|loan"
MAKERS = ("kickmsg_region_create", "kickmsg_region_open", "kickmsg_region_create_or_open", "kickmsg_list_regions", "kickmsg_prune")


def declared():
    """{function: its parameters}"""
    headers = sorted((ROOT / "lib/include/kickmsg/c").glob("*.h"))
    return dict(found for header in headers for found in DECLARED.findall(header.read_text(encoding="utf-8")))


def test_each_function_is_exported_and_no_other_one():
    symbols = (ROOT / "test/consumers/abi/symbols.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(declared()) == [symbol for symbol in symbols if symbol.startswith("kickmsg_")]


def test_each_function_with_a_handle_is_given_one_that_is_none():
    handle = re.compile(rf"kickmsg_(?:{HANDLES})(?: const)?\* ?\w")
    taking = [name for name, parameters in declared().items() if handle.search(parameters) and name not in MAKERS]
    misused = (ROOT / "lib/test/CMisuse_test.cc").read_text(encoding="utf-8")
    assert len(taking) > 100
    assert not [name for name in taking if f"{name}(" not in misused]


def test_each_function_is_called_by_a_test():
    sources = [*(ROOT / "lib/test").glob("C*_test.cc"), ROOT / "lib/test/helper_c_peer.c"]
    called = "".join(source.read_text(encoding="utf-8") for source in sources)
    assert not [name for name in declared() if f"{name}(" not in called]


def test_the_page_names_each_header_of_cpp_or_says_why_not():
    page = (ROOT / "docs/c.md").read_text(encoding="utf-8")
    for name in (
        "SharedRegion",
        "Publisher",
        "Subscriber",
        "Node",
        "WaitSet",
        "Server",
        "Client",
        "list",
        "prune",
        "inspect",
        "SequenceTracker",
    ):
        assert f"`{name}" in page, name
