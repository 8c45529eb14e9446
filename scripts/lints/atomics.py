"""The atomic operations of core/*.h, as the lint of edges and the mutants find them, and the table of edges in ARCHITECTURE.md.

A scan of the text, no compiler: it counts on what the lint of edges requires, an operation on a line with its orders written out.
"""

import re
from dataclasses import dataclass

OPERATION = re.compile(
    r"(?:\.|->)\s*(load|store|exchange|fetch_(?:add|sub|and|or|xor)|compare_exchange_(?:weak|strong))"
    r"\s*\("
)
ORDER = re.compile(r"\bmemory_order(?:_|::)(relaxed|consume|acquire|release|acq_rel|seq_cst)\b")
EDGE = re.compile(r"\bedge\s+([A-Z][A-Z0-9_]*)\s*\((release|acquire|acq_rel|seq_cst)\)")
FUNCTION = re.compile(r"(\w+)\s*\(")
SCOPE = re.compile(r"(?:class|struct)\s+(\w+)[^;]*$")
TABLE = ("<!-- edges:begin -->", "<!-- edges:end -->")
ENDS = {"release": {"release"}, "acquire": {"acquire"}, "acq_rel": {"release", "acquire"}, "seq_cst": {"release", "acquire"}}


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
        for character in code[column if number == index else 0 :]:
            depth += (character == "(") - (character == ")")
            if depth == 0 and character == ")":
                return number
    return len(lines) - 1


def comment_of(lines, first, last):
    above = first
    while above > 0 and is_comment_line(lines[above - 1]):
        above -= 1
    return "\n".join(split_comment(line)[1] for line in lines[above : last + 1])


def function_around(lines, index):
    """The name of the function that a line belongs to: its body opens with a brace on a line of its own."""
    while index > 0 and lines[index].strip() != "{":
        index -= 1
    header = " ".join(split_comment(line)[0] for line in lines[first_line_of_statement(lines, index) : index])
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
            call = " ".join([code[match.end() :]] + [split_comment(later)[0] for later in lines[index + 1 : last + 1]])
            comment = comment_of(lines, first_line_of_statement(lines, index), last)
            yield Operation(path, index + 1, match.group(1), ORDER.findall(call), comment, function_around(lines, index), scope)


def table_rows(page):
    """(line, edge, cells) of each row of an edge in the table."""
    lines = page.split(TABLE[0], 1)[-1].split(TABLE[1], 1)[0].splitlines() if TABLE[0] in page else []
    for line in lines:
        cells = line.strip().strip("|").split("|")
        edge = cells[0].strip().strip("`")
        if re.fullmatch(r"[A-Z][A-Z0-9_]*", edge) and len(cells) > 2:
            yield line, edge, cells


def with_cells(page, change):
    """The page with the cells of each of these rows as change(edge, cells) leaves them."""
    for line, edge, cells in table_rows(page):
        change(edge, cells)
        page = page.replace(line, "|" + "|".join(cells) + "|")
    return page


def ends_of(operations):
    """The functions that have each end: by (edge, "release" or "acquire")."""
    ends = {}
    for operation in operations:
        for name, order in operation.edges():
            for end in ENDS[order]:
                ends.setdefault((name, end), set()).add(operation.name)
    return ends
