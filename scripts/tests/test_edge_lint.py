"""Planted faults: each must be reported by edge_lint, and only it."""

import pytest

from edge_lint import lint, with_ends

HEADER = """\
template <class P>
struct Words {
    atomic<uint64_t> link;
};
void push()
{
    // edge FREE (release) -> pop: the link
    header.link.store(word, std::memory_order_release);
}
bool pop()
{
    // relaxed: a hint
    uint64_t head = header.link.load(std::memory_order_relaxed);
    // edge FREE (acquire) <- push: the link. Failure acquire: read again
    bool const won = header.link.compare_exchange_strong(head, next,
                                                         std::memory_order_acq_rel, std::memory_order_acquire);
}
"""
PAGE = """\
<!-- edges:begin -->
| edge | release end | acquire end | publishes | model that dies |
|---|---|---|---|---|
| `FREE` | push | pop | the link | free_stack |
<!-- edges:end -->
"""


def faults(header=HEADER, page=PAGE):
    return lint({"Words.h": header}, page)[1]


def test_a_sound_header_has_no_fault():
    operations, found = lint({"Words.h": HEADER}, PAGE)
    assert [operation.kind for operation in operations] == ["store", "load", "compare_exchange_strong"]
    assert found == []


def test_a_comment_behind_the_line_counts():
    trailing = "x.load(std::memory_order_relaxed); // relaxed: a hint\n"
    assert faults(HEADER + trailing) == []


PLANTED = {
    "operation without an edge": (("// edge FREE (release) -> pop: the link", "// the link"), "names no edge"),
    "edge with one end": (("// edge FREE (acquire)", "// edge FREE (release)"), "edge FREE has no acquire end"),
    "relaxed without a reason": (("// relaxed: a hint", "// relaxed:"), "relaxed without a reason"),
    "relaxed without a comment": (("    // relaxed: a hint\n", "\n"), "relaxed without a reason"),
    "operation without an order": (("load(std::memory_order_relaxed)", "load()"), "does not write out its memory order"),
    "exchange with one order": ((", std::memory_order_acquire);", ");"), "for success and failure"),
    "exchange without a reason": (("Failure acquire: read again", ""), "does not explain its failure order"),
    "weaker than its edge": (
        ("link.store(word, std::memory_order_release)", "link.store(word, std::memory_order_relaxed)"),
        "but its order is relaxed",
    ),
    "operator": (("header.link.store(word, std::memory_order_release);", "header.link = word;"), "an operator"),
    "two on one line": (
        (
            "header.link.store(word, std::memory_order_release);",
            "header.link.store(link.load(std::memory_order_acquire), std::memory_order_release);",
        ),
        "two atomic operations",
    ),
    "far end that does not exist": (("(release) -> pop:", "(release) -> take:"), "names the far end take"),
    "far end of another edge": (("(acquire) <- push:", "(acquire) <- pop:"), "names the far end pop"),
    "one of two far ends": (("(release) -> pop:", "(release) -> pop, Words::take:"), "names the far end Words::take"),
    "fence": (("// relaxed: a hint", "std::atomic_thread_fence(std::memory_order_seq_cst);\n// relaxed: a hint"), "a fence"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_in_the_code_is_reported(name):
    (before, after), expected = PLANTED[name]
    assert before in HEADER
    assert any(expected in fault for fault in faults(HEADER.replace(before, after, 1)))


@pytest.mark.parametrize(
    "page, expected",
    [
        (PAGE.replace("`FREE`", "`OTHER`"), "edge FREE is not in the table"),
        (PAGE.replace("`FREE`", "`OTHER`"), "edge OTHER is in the table but not in the code"),
        (PAGE.replace("<!-- edges:end -->", "| FREE | a | b | c | d |\n<!-- edges:end -->"), "edge FREE is listed twice"),
        (PAGE.replace("| push |", "| push, give |"), "the ends of edge FREE are not those in the code (push | pop)"),
        (PAGE.replace("| pop |", "|  |"), "the ends of edge FREE are not those in the code (push | pop)"),
        ("no table here", "has no table of edges"),
    ],
)
def test_a_planted_fault_in_the_table_is_reported(page, expected):
    assert any(expected in fault for fault in faults(page=page))


def test_a_comment_of_another_statement_does_not_count():
    unnamed = "    // edge FREE (release) -> pop: the link\n    prepare();\n    x.store(1, std::memory_order_release);\n"
    assert any("names no edge" in fault for fault in faults(HEADER + unnamed))


def test_the_ends_are_filled_in_from_the_code():
    stale = PAGE.replace("| push | pop |", "| | take |")
    operations, _ = lint({"Words.h": HEADER}, stale)
    assert with_ends(stale, operations) == PAGE


def test_a_function_of_a_class_is_named_with_it():
    member = (
        "class Words {\n    void push()\n    {\n        // edge FREE (release) -> pop: the link\n"
        "        link.store(word, std::memory_order_release);\n    }\n};\n"
    )
    assert any("(Words::push, push | pop)" in fault for fault in faults(HEADER + member))
