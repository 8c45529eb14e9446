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
from dataclasses import dataclass
from pathlib import Path

OPERATION = re.compile(r"(?:\.|->)\s*(load|store|exchange|fetch_(?:add|sub|and|or|xor)|compare_exchange_(?:weak|strong))"
                       r"\s*\(")
ORDER = re.compile(r"\bmemory_order(?:_|::)(relaxed|consume|acquire|release|acq_rel|seq_cst)\b")
FENCE = re.compile(r"\batomic_(?:thread|signal)_fence\b")
EDGE = re.compile(r"\bedge\s+([A-Z][A-Z0-9_]*)\s*\((release|acquire|acq_rel|seq_cst)\)")
FAR_ENDS = re.compile(r"\bedge\s+([A-Z][A-Z0-9_]*)\s*\((release|acquire|acq_rel|seq_cst)\)\s*(?:->|<-)\s*"
                      r"(\w+(?:::\w+)?(?:\s*,\s*\w+(?:::\w+)?)*)(?=\s*(?:[:;.]|$))", re.MULTILINE)
RELAXED = re.compile(r"\brelaxed:\s*\S+")
DECLARATION = re.compile(r"\batomic<[^<>]*>\s*&?\s*(\w+)\s*(?:;|\{)")
FUNCTION = re.compile(r"(\w+)\s*\(")
SCOPE = re.compile(r"(?:class|struct)\s+(\w+)[^;]*$")
TABLE = ("<!-- edges:begin -->", "<!-- edges:end -->")

ENDS = {"release": {"release"}, "acquire": {"acquire"}, "acq_rel": {"release", "acquire"},
        "seq_cst": {"release", "acquire"}}
STRONG_ENOUGH = {"release": {"release", "acq_rel", "seq_cst"}, "acquire": {"acquire", "acq_rel", "seq_cst"},
                 "acq_rel": {"acq_rel", "seq_cst"}, "seq_cst": {"seq_cst"}}


@dataclass
class Operation:
    path: str
    line: int
    kind: str
    orders: list
    comment: str
    function: str = ""
    scope: str = ""

    @property
    def name(self):
        """Class::function, or the function alone where it is of no class."""
        return f"{self.scope}::{self.function}" if self.scope else self.function

    @property
    def place(self):
        return f"{self.path}:{self.line}"

    @property
    def relaxed(self):
        return all(order == "relaxed" for order in self.orders)

    def edges(self):
        return EDGE.findall(self.comment)


def split_comment(line):
    """The code and the comment of a line (no string literal in the core contains //)."""
    code, slashes, comment = line.partition("//")
    return code.rstrip(), comment.lstrip("/<").strip() if slashes else ""


def is_comment_line(line):
    return line.strip().startswith("//")


def first_line_of_statement(lines, index):
    while index > 0:
        code = split_comment(lines[index - 1])[0].strip()
        if is_comment_line(lines[index - 1]) or not code or code[-1] in ";{}:" or code.startswith("#"):
            break
        index -= 1
    return index


def last_line_of_call(lines, index, column):
    """The line on which the parenthesis that opens at (index, column) closes."""
    depth = 0
    for number in range(index, len(lines)):
        code = split_comment(lines[number])[0]
        for character in code[column if number == index else 0:]:
            depth += (character == "(") - (character == ")")
            if depth == 0 and character == ")":
                return number
    return len(lines) - 1


def comment_of(lines, first, last):
    above = first
    while above > 0 and is_comment_line(lines[above - 1]):
        above -= 1
    return "\n".join(split_comment(line)[1] for line in lines[above:last + 1])


def function_around(lines, index):
    """The name of the function that a line belongs to: its body opens with a brace on a line of its own."""
    while index > 0 and lines[index].strip() != "{":
        index -= 1
    header = " ".join(split_comment(line)[0] for line in lines[first_line_of_statement(lines, index):index])
    name = FUNCTION.search(header)
    return name.group(1) if name else ""


def scopes(lines):
    """The class that each line is in, if any: one begins and ends in the first column."""
    scope = ""
    for line in lines:
        opened = SCOPE.match(line)
        scope = opened.group(1) if opened else scope
        yield scope
        scope = "" if line.startswith("};") else scope


def find_operations(path, text):
    lines = text.splitlines()
    for index, (line, scope) in enumerate(zip(lines, scopes(lines))):
        code = split_comment(line)[0]
        for match in OPERATION.finditer(code):
            last = last_line_of_call(lines, index, match.end() - 1)
            call = " ".join([code[match.end():]] + [split_comment(later)[0] for later in lines[index + 1:last + 1]])
            comment = comment_of(lines, first_line_of_statement(lines, index), last)
            yield Operation(path, index + 1, match.group(1), ORDER.findall(call), comment,
                            function_around(lines, index), scope)


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


def ends_of(operations):
    """The functions that have each end: by (edge, "release" or "acquire")."""
    ends = {}
    for operation in operations:
        for name, order in operation.edges():
            for end in ENDS[order]:
                ends.setdefault((name, end), set()).add(operation.name)
    return ends


def far_end_faults(operations):
    ends = ends_of(operations)
    for operation in operations:
        for edge, order, names in FAR_ENDS.findall(operation.comment):
            wanted = [end for end in ("release", "acquire") if ENDS[order] != {end}]
            real = set().union(*(ends.get((edge, end), set()) for end in wanted))
            for name in (name.strip() for name in names.split(",")):
                if name not in real:
                    yield (f"{operation.place}: edge {edge} ({order}) names the far end {name}, which has no {wanted[0]} end of it "
                           f"(in the code: {', '.join(sorted(real)) or 'none'})")


def table_rows(page):
    """(line, edge, cells) of each row of an edge in the table."""
    lines = page.split(TABLE[0], 1)[-1].split(TABLE[1], 1)[0].splitlines() if TABLE[0] in page else []
    for line in lines:
        cells = line.strip().strip("|").split("|")
        edge = cells[0].strip().strip("`")
        if re.fullmatch(r"[A-Z][A-Z0-9_]*", edge) and len(cells) > 2:
            yield line, edge, cells


def with_ends(page, operations):
    """The page with the columns of ends as the code says."""
    ends = ends_of(operations)
    for line, edge, cells in table_rows(page):
        for column, end in ((1, "release"), (2, "acquire")):
            cells[column] = f" {', '.join(sorted(ends.get((edge, end), set())))} "
        page = page.replace(line, "|" + "|".join(cells) + "|")
    return page


def stale_end_faults(page, operations):
    now = dict((edge, cells) for _, edge, cells in table_rows(with_ends(page, operations)))
    for _, edge, cells in table_rows(page):
        if cells[1:3] != now[edge][1:3]:
            yield (f"ARCHITECTURE.md: the ends of edge {edge} are not those in the code "
                   f"({now[edge][1].strip()} | {now[edge][2].strip()}): mend by scripts/lints/edge_lint.py --write")


def table_edges(text):
    """The edges listed in ARCHITECTURE.md, or None where there is no table."""
    if TABLE[0] not in text or TABLE[1] not in text:
        return None
    rows = text.split(TABLE[0], 1)[1].split(TABLE[1], 1)[0].splitlines()
    names = [row.strip().strip("|").split("|")[0].strip().strip("`") for row in rows if row.strip().startswith("|")]
    return [name for name in names if re.fullmatch(r"[A-Z][A-Z0-9_]*", name)]


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
    sources = {path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path):
               path.read_text(encoding="utf-8") for path in core.glob("*.h")}
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
