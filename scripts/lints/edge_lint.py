#!/usr/bin/env python3
"""Checks that every atomic operation of the core names the edge it is one end of, and that the edges meet.

An edge is a release operation that publishes something and the acquire operations that need it. In core/*.h
  - an operation stands on one line and has its orders written out (a compare-and-swap both of them);
  - a non-relaxed one has in the comment directly above its statement, or behind it,
        edge NAME (release|acquire|acq_rel|seq_cst)
    (acq_rel and seq_cst are both ends), and the operation is at least as strong as that;
    with the far ends behind an arrow, `-> Class::function` or `<- Class::function, Class::function:`, where it names them: each
    of them exists, and has the other end of that edge;
  - a relaxed one has there `relaxed:` and a reason;
  - fences, and operators in place of named operations, are not used.
ARCHITECTURE.md lists the edges, first column the name, between <!-- edges:begin --> and <!-- edges:end -->. Its second and third
column, the release and the acquire ends, are generated from the code.

usage: edge_lint.py [--write] [CORE_FOLDER [ARCHITECTURE.md]]
       --write  fills in the columns of ends
"""

import re
import sys
from pathlib import Path

from atomics import ENDS, OPERATION, TABLE, ends_of, find_operations, split_comment, table_rows, with_cells

FENCE = re.compile(r"\batomic_(?:thread|signal)_fence\b")
FAR_ENDS = re.compile(
    r"\bedge\s+([A-Z][A-Z0-9_]*)\s*\((release|acquire|acq_rel|seq_cst)\)\s*(?:->|<-)\s*"
    r"(\w+(?:::\w+)?(?:\s*,\s*\w+(?:::\w+)?)*)(?=\s*(?:[:;.]|$))",
    re.MULTILINE,
)
RELAXED = re.compile(r"\brelaxed:\s*\S+")
DECLARATION = re.compile(r"\batomic<[^<>]*>\s*&?\s*(\w+)\s*(?:;|\{)")
STRONG_ENOUGH = {
    "release": {"release", "acq_rel", "seq_cst"},
    "acquire": {"acquire", "acq_rel", "seq_cst"},
    "acq_rel": {"acq_rel", "seq_cst"},
    "seq_cst": {"seq_cst"},
}


def operation_faults(operation):
    what = f"{operation.place}: {operation.kind}"
    needed = 2 if operation.kind.startswith("compare_exchange") else 1
    if len(operation.orders) < needed:
        yield f"{what} does not write out its memory order" + (" for success and failure" if needed == 2 else "")
    elif operation.relaxed and not RELAXED.search(operation.comment):
        yield f"{what} is relaxed without a reason (expected a comment `relaxed: reason`)"
    elif not operation.relaxed and not operation.edges():
        yield f"{what} names no edge (expected a comment `edge NAME (order)`)"
    for name, order in operation.edges():
        if operation.orders and not STRONG_ENOUGH[order] & set(operation.orders):
            yield f"{what} is called edge {name} ({order}), but its order is {', '.join(operation.orders)}"
    if needed == 2 and operation.orders and "ailure" not in operation.comment:
        yield f"{what} does not explain its failure order (expected `Failure ORDER: reason`)"


def line_faults(path, text, names):
    """Faults that show on a line: two operations, a fence, an operator on an atomic."""
    member = r"(?:\bheader_?|\))(?:\.|->)(?:" + "|".join(sorted(names)) + r")"  # notes[i].x and report.x are no atomics
    operator = re.compile(member + r"\s*(?:\+\+|--|[-+&|^]?=(?!=))") if names else None
    for number, line in enumerate(text.splitlines(), 1):
        code = split_comment(line)[0]
        if len(OPERATION.findall(code)) > 1:
            yield f"{path}:{number}: two atomic operations on one line"
        if FENCE.search(code):
            yield f"{path}:{number}: a fence (ThreadSanitizer and the models do not see it)"
        if operator and operator.search(code):
            yield f"{path}:{number}: an operator on an atomic leaves its order unsaid"


def far_end_faults(operations):
    ends = ends_of(operations)
    for operation in operations:
        for edge, order, names in FAR_ENDS.findall(operation.comment):
            wanted = [end for end in ("release", "acquire") if ENDS[order] != {end}]
            real = set().union(*(ends.get((edge, end), set()) for end in wanted))
            for name in (name.strip() for name in names.split(",")):
                if name not in real:
                    yield (
                        f"{operation.place}: edge {edge} ({order}) names the far end {name}, which has no {wanted[0]} end of it "
                        f"(in the code: {', '.join(sorted(real)) or 'none'})"
                    )


def with_ends(page, operations):
    """The page with the columns of ends as the code says."""
    ends = ends_of(operations)

    def fill(edge, cells):
        cells[1:3] = [f" {', '.join(sorted(ends.get((edge, end), set())))} " for end in ("release", "acquire")]

    return with_cells(page, fill)


def stale_end_faults(page, operations):
    now = {edge: cells for _, edge, cells in table_rows(with_ends(page, operations))}
    for _, edge, cells in table_rows(page):
        if cells[1:3] != now[edge][1:3]:
            yield (
                f"ARCHITECTURE.md: the ends of edge {edge} are not those in the code "
                f"({now[edge][1].strip()} | {now[edge][2].strip()}): mend by scripts/lints/edge_lint.py --write"
            )


def table_edges(page):
    """The edges listed in ARCHITECTURE.md, or None where there is no table."""
    return [edge for _, edge, _ in table_rows(page)] if TABLE[0] in page and TABLE[1] in page else None


def edge_faults(operations, listed):
    ends, places = {}, {}
    for operation in operations:
        for name, order in operation.edges():
            ends.setdefault(name, set()).update(ENDS[order])
            places.setdefault(name, operation.place)
    for name in sorted(ends):
        for end in sorted({"release", "acquire"} - ends[name]):
            yield f"{places[name]}: edge {name} has no {end} end"
    if listed is None:
        yield f"ARCHITECTURE.md has no table of edges between {TABLE[0]} and {TABLE[1]}"
        return
    for name in sorted(set(ends) - set(listed)):
        yield f"{places[name]}: edge {name} is not in the table of ARCHITECTURE.md"
    for name in sorted(set(listed) - set(ends)):
        yield f"ARCHITECTURE.md: edge {name} is in the table but not in the code"
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        yield f"ARCHITECTURE.md: edge {name} is listed twice"


def lint(sources, architecture):
    """`sources`: text by path. Returns: the operations found, and the faults in words."""
    names = {name for text in sources.values() for name in DECLARATION.findall(text)}
    operations, faults = [], []
    for path, text in sorted(sources.items()):
        found = list(find_operations(path, text))
        operations += found
        faults += [fault for operation in found for fault in operation_faults(operation)]
        faults += line_faults(path, text, names)
    faults += edge_faults(operations, table_edges(architecture))
    faults += far_end_faults(operations)
    faults += stale_end_faults(architecture, operations)
    return operations, faults


def main(arguments):
    write = "--write" in arguments
    arguments = [argument for argument in arguments if argument != "--write"]
    root = Path(__file__).resolve().parents[2]
    core = Path(arguments[0]) if arguments else root / "lib/include/kickmsg/core"
    page = Path(arguments[1]) if len(arguments) > 1 else root / "ARCHITECTURE.md"
    sources = {
        path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path): path.read_text(encoding="utf-8")
        for path in core.glob("*.h")
    }
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    operations, faults = lint(sources, text)
    if write:
        page.write_text(with_ends(text, operations), encoding="utf-8")
        operations, faults = lint(sources, page.read_text(encoding="utf-8"))
    for fault in faults:
        print(fault)
    edges = {name for operation in operations for name, _ in operation.edges()}
    print(f"edge_lint: {len(operations)} operations, {len(edges)} edges, {len(faults)} faults")
    return 0 if operations and not faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
