"""Finds the mutants of a file with libclang: what of it is an operator, a constant, a call, by the compiler's own words.

    negated              a condition, or a part of one; a comparison
    boundary             < and <=, > and >=
    logic                && and ||
    return               true, false, or the empty value, whatever was found
    constant             a number that is greater or smaller by one; true and false
    arithmetic           + and -, += and -=
    call dropped         a statement that calls a function and uses no result
    throw dropped        a statement that throws
    assignment dropped   a statement that assigns
    arguments swapped    two neighbours of one type

Orders of memory are left alone: scripts/mutation.py has them. So is what the compiler computes: constexpr variables, bounds, labels."""

import hashlib
import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace

from mutants.plain.source import Source

FOLDERS = ("lib/src", "lib/src/os", "lib/src/os/linux", "lib/src/os/posix", "lib/include/kickmsg/core", "lib/include/kickmsg/os")
FLAGS = ("-x", "c++", "-std=c++17", "-DKICKMSG_STATIC", "-w", "-Wno-c++11-narrowing", "-ferror-limit=0")

BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
LOGIC = {"&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+", "+=": "-=", "-=": "+="}
COMPARISONS = (*BOUNDARY, "==", "!=")
EMPTY = ("std::optional<", "std::basic_string<", "std::vector<", "std::shared_ptr<", "std::unique_ptr<", "std::chrono::duration<")
INTEGER = re.compile(r"(0[xX][0-9a-fA-F']+|[0-9][0-9']*)([uUlL]*)$")

# Calls whose loss no test can see, with the reason; and those whose arguments mean the same in any order.
NEUTRAL = {
    "prefetch_for_write": "a hint to the cache",
    "reserve": "room ahead of time",
    "program_order": "an order: scripts/mutation.py",
    "atomic_thread_fence": "an order: scripts/mutation.py",
    "atomic_signal_fence": "an order: scripts/mutation.py",
}
SYMMETRIC = ("min", "max", "swap", "equal")

# How a mutant is written into the file (schema.py), from the outermost.
RETURN, DROPPED, CONDITION, VALUE = range(4)


@dataclass(frozen=True)
class Mutant:
    file: str
    line: int
    function: str
    operator: str
    before: str
    after: str
    form: int
    start: int
    end: int
    code: str  # what stands in place of the text, as it is written into the file
    around: str = ""  # the line that it begins on
    ordinal: int = 1

    @property
    def name(self):
        """Lines may shift and others change, it stays: a hash of the text and of its line, and the ordinal among equals."""
        text = hashlib.sha256(f"{self.before} -> {self.after} in {self.around}".encode()).hexdigest()[:8]
        return f"{self.file} {self.function}: {self.operator} {text}" + (f" #{self.ordinal}" if self.ordinal > 1 else "")

    def in_words(self):
        return f"{self.file}:{self.line} {self.function}: {self.operator}: {self.change()}"

    def change(self):
        """The two texts, without the most of what they have in common."""
        before, after = self.before, self.after
        if max(len(before), len(after)) <= 60:
            return f"{before} -> {after}"
        if after == "nothing":
            return f"{middle(before, 0, len(before))} -> {after}"
        least = min(len(before), len(after))
        front = next((at for at in range(least) if before[at] != after[at]), least)
        back = next((at for at in range(least - front) if before[-1 - at] != after[-1 - at]), least - front)
        return f"{middle(before, front, len(before) - back)} -> {middle(after, front, len(after) - back)}"


def middle(text, begin, end, around=24, most=100):
    """What lies between, with a little on either side."""
    first, last = max(0, begin - around), min(len(text), end + around)
    part = text[first:last] if last - first <= most else f"{text[first : first + most // 2]} ... {text[last - most // 3 : last]}"
    return ("..." if first else "") + part + ("..." if last < len(text) else "")


def files(root):
    """The names of the files that are mutated."""
    found = [path for folder in FOLDERS for path in sorted((root / folder).glob("*")) if path.suffix in (".h", ".cc")]
    return [path.relative_to(root).as_posix() for path in found]


def includes(tree):
    return [f"-I{tree / 'lib/include'}", f"-I{tree / 'lib/src'}"]


def cindex():
    """libclang's module, and the library that is installed: its bindings look for one name of several."""
    from clang import cindex as module

    if not module.Config.loaded:
        try:
            module.conf.get_filename()
            module.Index.create()
        except module.LibclangError:
            from glob import glob

            found = sorted([*glob("/usr/lib/llvm-*/lib/libclang.so.1"), *glob("/usr/lib/*/libclang-*.so.1")])
            if not found:
                raise
            module.Config.set_library_file(found[-1])
    return module


def find(root, name, text=None):
    """The mutants of a file. `text`: in place of what is on the disk."""
    source = Source.read(root, name) if text is None else Source(name, text.encode())
    clang = cindex()
    unit = clang.Index.create().parse(
        str(root / name), args=[*FLAGS, *includes(root)], unsaved_files=[(str(root / name), source.contents.decode())]
    )
    wrong = [str(diagnostic) for diagnostic in unit.diagnostics if diagnostic.severity >= clang.Diagnostic.Error]
    if wrong:
        raise ValueError(f"{name}: {wrong[0]}")
    return numbered(Finder(clang, source).of(unit))


def numbered(mutants):
    """In the order of the file, equals with their ordinals."""
    seen, found = Counter(), []
    for mutant in sorted(mutants, key=lambda mutant: (mutant.start, -mutant.end, mutant.form, mutant.after)):
        seen[mutant.name] += 1
        found.append(replace(mutant, ordinal=seen[mutant.name]))
    return found


@dataclass
class Function:
    name: str
    result: object  # a type, or None where it is deduced
    last: tuple = ()  # the extent of the last statement, without which a function that returns something would run on beyond its end


class Finder:
    """Walks over one file."""

    def __init__(self, clang, source):
        self.clang, self.source = clang, source
        self.kinds, self.types = clang.CursorKind, clang.TypeKind
        self.found = {}
        kinds = self.kinds
        self.functions = {
            kinds.FUNCTION_DECL,
            kinds.CXX_METHOD,
            kinds.CONSTRUCTOR,
            kinds.DESTRUCTOR,
            kinds.CONVERSION_FUNCTION,
            kinds.FUNCTION_TEMPLATE,
        }
        self.classes = {kinds.CLASS_DECL, kinds.STRUCT_DECL, kinds.CLASS_TEMPLATE, kinds.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION}
        self.scopes = {kinds.NAMESPACE, kinds.UNEXPOSED_DECL, kinds.LINKAGE_SPEC, *self.classes}
        self.visitors = {
            kinds.IF_STMT: self.visit_branch,
            kinds.WHILE_STMT: self.visit_branch,
            kinds.SWITCH_STMT: self.visit_branch,
            kinds.DO_STMT: self.visit_do,
            kinds.FOR_STMT: self.visit_for,
            kinds.CXX_FOR_RANGE_STMT: self.visit_range_for,
            kinds.CASE_STMT: self.visit_case,
            kinds.CONDITIONAL_OPERATOR: self.visit_conditional,
            kinds.BINARY_OPERATOR: self.visit_binary,
            kinds.COMPOUND_ASSIGNMENT_OPERATOR: self.visit_binary,
            kinds.CALL_EXPR: self.visit_call,
            kinds.RETURN_STMT: self.visit_return,
            kinds.INTEGER_LITERAL: self.visit_integer,
            kinds.CXX_BOOL_LITERAL_EXPR: self.visit_bool,
            kinds.LAMBDA_EXPR: self.visit_lambda,
            kinds.VAR_DECL: self.visit_variable,
            kinds.FIELD_DECL: self.visit_variable,
            kinds.PARM_DECL: self.visit_variable,
            kinds.COMPOUND_STMT: self.visit_block,
            kinds.DEFAULT_STMT: self.visit_block,
            kinds.DECL_REF_EXPR: self.visit_nothing,  # template arguments
            kinds.MEMBER_REF_EXPR: self.visit_member,
            kinds.STATIC_ASSERT: self.visit_nothing,
            kinds.ENUM_DECL: self.visit_nothing,
        }
        self.stack = []

    def of(self, unit):
        self.visit_scope(unit.cursor, unit.spelling)
        return self.found.values()

    # --- scopes and functions
    def visit_scope(self, cursor, file):
        for child in cursor.get_children():
            if cursor.kind.is_translation_unit() and (child.location.file is None or child.location.file.name != file):
                continue
            if child.kind in self.functions:
                self.visit_function(child)
            elif child.kind in self.scopes:
                self.visit_scope(child, file)
            elif child.kind in (self.kinds.VAR_DECL, self.kinds.FIELD_DECL):
                self.stack.append(Function(self.qualified(child), None))
                self.visit_variable(child)
                self.stack.pop()

    def qualified(self, cursor):
        names, parent = [cursor.spelling], cursor.semantic_parent
        while parent is not None and parent.kind in self.classes:
            names.append(parent.spelling)
            parent = parent.semantic_parent
        return "::".join(re.sub(r"<.*", "", name) or "(no name)" for name in reversed(names))

    def visit_function(self, cursor):
        kind = cursor.kind
        result = None if kind in (self.kinds.CONSTRUCTOR, self.kinds.DESTRUCTOR) else cursor.result_type
        self.stack.append(Function(self.qualified(cursor), result, self.last_statement(cursor, result)))
        for child in cursor.get_children():
            initialises = kind == self.kinds.CONSTRUCTOR and child.kind.is_expression()
            if initialises or child.kind in (self.kinds.COMPOUND_STMT, self.kinds.PARM_DECL, self.kinds.CXX_TRY_STMT):
                self.visit(child)
        self.stack.pop()

    def last_statement(self, cursor, result):
        if result is None or result.kind == self.types.VOID:
            return ()
        body = next((child for child in cursor.get_children() if child.kind == self.kinds.COMPOUND_STMT), None)
        statements = list(body.get_children()) if body else []
        return self.extent(statements[-1]) if statements else ()

    def visit_lambda(self, cursor):
        self.stack.append(Function(self.stack[-1].name if self.stack else "(no name)", None))
        for child in cursor.get_children():
            if child.kind in (self.kinds.COMPOUND_STMT, self.kinds.PARM_DECL):
                self.visit(child)
        self.stack.pop()

    def visit(self, cursor):
        if cursor.kind in self.classes:
            self.visit_scope(cursor, None)
        elif cursor.kind in self.visitors:
            self.visitors[cursor.kind](cursor)
        else:
            self.visit_children(cursor)

    def visit_children(self, cursor):
        for child in cursor.get_children():
            self.visit(child)

    def visit_nothing(self, cursor):
        pass

    def visit_member(self, cursor):
        """The object, but not what stands behind it: template arguments."""
        for child in list(cursor.get_children())[:1]:
            if child.kind.is_expression() and self.extent(child)[0] == self.extent(cursor)[0]:
                self.visit(child)

    def visit_variable(self, cursor):
        start, _ = self.extent(cursor)
        name = cursor.location.offset
        if cursor.kind == self.kinds.FIELD_DECL and cursor.is_bitfield():
            return
        if re.search(rb"\bconstexpr\b", self.source.bare[start:name]) or self.is_computed(cursor):
            return
        begin = self.end_of_bounds(name + len(cursor.spelling))
        for child in cursor.get_children():
            if self.extent(child)[0] >= begin:
                self.visit(child)

    def end_of_bounds(self, offset):
        """Behind what stands in square brackets after a name."""
        found = re.compile(rb"\s*\[").match(self.source.bare, offset)
        return self.end_of_bounds(self.source.closing(found.end() - 1)[0] + 1) if found else offset

    def is_computed(self, cursor):
        """A constant of numbers, which the compiler replaces by its value."""
        if not cursor.type.is_const_qualified() or cursor.type.get_canonical().kind not in self.integral_kinds():
            return False
        return not any(
            node.kind in (self.kinds.DECL_REF_EXPR, self.kinds.MEMBER_REF_EXPR, self.kinds.CALL_EXPR) for node in cursor.walk_preorder()
        )

    # --- statements
    def visit_block(self, cursor):
        for child in cursor.get_children():
            self.visit_body(child)

    def visit_case(self, cursor):
        for child in list(cursor.get_children())[1:]:  # without the label
            self.visit_body(child)

    def visit_branch(self, cursor):
        start, _ = self.extent(cursor)
        opening = self.source.bare.index(b"(", start)
        closing, _ = self.source.closing(opening)
        children = list(cursor.get_children())
        inside = [child for child in children if opening < self.extent(child)[0] < closing]
        declares = any(child.kind in (self.kinds.VAR_DECL, self.kinds.DECL_STMT) for child in inside)
        if b"constexpr" not in self.source.bare[start:opening]:
            for child in inside:
                if not declares and cursor.kind != self.kinds.SWITCH_STMT:
                    self.negate(child)
                if not declares or not child.kind.is_expression():
                    self.visit(child)
        for child in children:
            if self.extent(child)[0] > closing:
                self.visit_body(child)

    def visit_body(self, cursor):
        if cursor.kind.is_expression():
            self.visit_expression_statement(cursor)
        self.visit(cursor)

    def visit_do(self, cursor):
        body, condition = list(cursor.get_children())
        self.visit_body(body)
        self.negate(condition)
        self.visit(condition)

    def visit_for(self, cursor):
        """What counts on is left alone: a loop without it is one without end."""
        opening = self.source.bare.index(b"(", self.extent(cursor)[0])
        closing, semicolons = self.source.closing(opening)
        for child in cursor.get_children():
            start, _ = self.extent(child)
            if start > closing:
                self.visit_body(child)
            elif start < semicolons[0]:
                self.visit(child)
            elif start < semicolons[1]:
                self.negate(child)
                self.visit(child)

    def visit_range_for(self, cursor):
        for child in cursor.get_children():
            if child.kind.is_expression() or child.kind.is_statement():
                self.visit_body(child)

    def visit_expression_statement(self, cursor):
        core = self.unwrapped(cursor)
        kind = core.kind
        if kind == self.kinds.CXX_THROW_EXPR and self.extent(cursor) == self.stack[-1].last:
            return
        if kind == self.kinds.CXX_THROW_EXPR:
            self.drop(cursor, "throw dropped")
        elif kind in (self.kinds.BINARY_OPERATOR, self.kinds.COMPOUND_ASSIGNMENT_OPERATOR, self.kinds.UNARY_OPERATOR) or (
            kind == self.kinds.CALL_EXPR and core.spelling.startswith("operator")
        ):
            self.drop(cursor, "assignment dropped")
        elif self.is_call(core) and self.called(core) not in NEUTRAL:
            self.drop(cursor, "call dropped")

    def is_call(self, cursor):
        """Also one whose result is cast away."""
        calls = self.kinds.CALL_EXPR
        return cursor.kind == calls or (
            cursor.kind == self.kinds.CSTYLE_CAST_EXPR and any(node.kind == calls for node in cursor.walk_preorder())
        )

    def drop(self, cursor, operator):
        self.add(cursor, operator, "nothing", "(void)0", DROPPED)

    def visit_return(self, cursor):
        self.visit_children(cursor)
        value = next(iter(cursor.get_children()), None)
        if value is None:
            return
        text = self.text(value)
        function = self.stack[-1]
        result = function.result.get_canonical() if function.result is not None else None
        if result is None or result.kind in (self.types.AUTO, self.types.UNEXPOSED, self.types.DEPENDENT):
            result = value.type.get_canonical()
            if result.kind != self.types.BOOL:
                return
        for other in self.other_results(result):
            if other != text and not (other == "{}" and text in ("0", "{}", "std::nullopt")):
                self.add(cursor, "return", f"return {other}", f"return {other}", RETURN)

    def other_results(self, result):
        if result.kind == self.types.BOOL:
            return ["true", "false"]
        if result.kind == self.types.POINTER:
            return ["nullptr"]
        if result.kind in (*self.integral_kinds(), self.types.ENUM):
            return ["{}"]
        if result.kind == self.types.RECORD and (result.spelling.startswith(EMPTY) or self.is_plain(result.get_declaration())):
            return ["{}"]
        return []

    def is_plain(self, record):
        """A structure without constructors or references: {} makes one of zeros."""
        children = list(record.get_children())
        references = (self.types.LVALUEREFERENCE, self.types.RVALUEREFERENCE)
        return bool(children) and not any(
            child.kind in (self.kinds.CONSTRUCTOR, self.kinds.CXX_BASE_SPECIFIER)
            or (child.kind == self.kinds.FIELD_DECL and child.type.kind in references)
            for child in children
        )

    # --- expressions
    def visit_conditional(self, cursor):
        self.negate(next(iter(cursor.get_children())))
        self.visit_children(cursor)

    def negate(self, cursor):
        """The parts of a condition, each by itself."""
        core = self.unwrapped(cursor)
        if core.kind == self.kinds.PAREN_EXPR:
            self.negate(next(iter(core.get_children())))
            return
        sides = self.sides(core)
        if sides and sides[0] in LOGIC:
            for side in sides[1:]:
                self.negate(side)
        elif core.kind not in (self.kinds.CXX_BOOL_LITERAL_EXPR, self.kinds.INTEGER_LITERAL):
            text = self.text(core)
            if sides and sides[0] in ("==", "!="):
                shown = f"{self.text(sides[1])} {'!=' if sides[0] == '==' else '=='} {self.text(sides[2])}"
            else:
                shown = text[1:].strip() if re.match(r"!\s*[\w:.]+(\(.*\))?$", text) else f"!({text})"
            self.add(core, "negated", shown, f"!({text})", CONDITION)

    def visit_binary(self, cursor):
        self.visit_children(cursor)
        self.mutate_sides(cursor)

    def mutate_sides(self, cursor):
        sides = self.sides(cursor)
        if not sides:
            return
        operation, left, right = sides
        if operation in COMPARISONS or operation in LOGIC:
            self.negate(cursor)
        table, name = next(
            ((table, name) for table, name in ((BOUNDARY, "boundary"), (LOGIC, "logic"), (ARITHMETIC, "arithmetic")) if operation in table),
            (None, ""),
        )
        if table is None or (table is ARITHMETIC and self.is_difference_of_pointers(left, right)):
            return
        one, other = self.text(left), self.text(right)
        code = f"({one}) {table[operation]} ({other})"
        self.add(cursor, name, f"{one} {table[operation]} {other}", code, CONDITION if table is LOGIC else VALUE)

    def is_difference_of_pointers(self, left, right):
        return all(side.type.get_canonical().kind == self.types.POINTER for side in (left, right))

    def sides(self, cursor):
        """Returns: (operator, left, right) of what is written as one, also where a class defines it; else None."""
        if cursor.kind in (self.kinds.BINARY_OPERATOR, self.kinds.COMPOUND_ASSIGNMENT_OPERATOR):
            operands = list(cursor.get_children())
        elif cursor.kind == self.kinds.CALL_EXPR and cursor.spelling in [f"operator{name}" for name in COMPARISONS]:
            operands = [argument for argument in cursor.get_arguments() if argument is not None]
        else:
            return None
        if len(operands) != 2:
            return None
        between = self.source.bare[self.extent(operands[0])[1] : self.extent(operands[1])[0]].decode().strip()
        return (between, *operands) if re.fullmatch(r"[-+*/%<>=!&|^]+", between) else None

    def visit_call(self, cursor):
        sides = self.sides(cursor)
        if sides:
            self.visit_children(cursor)
            self.mutate_sides(cursor)
            return
        for child in cursor.get_children():
            self.visit(child)
        self.swap_arguments(cursor)

    def swap_arguments(self, cursor):
        arguments = [argument for argument in cursor.get_arguments() if argument is not None]
        start, end = self.extent(cursor)
        if self.is_construction(cursor) or self.called(cursor) in SYMMETRIC or self.source.bare[end - 1 : end] != b")":
            return
        for at, (one, other) in enumerate(itertools.pairwise(arguments)):
            (first, first_end), (second, second_end) = self.extent(one), self.extent(other)
            if not (start < first < first_end < second < second_end < end):
                continue
            stand_alone = (
                self.source.bare[start:first].rstrip().endswith((b"(", b","))
                and self.source.bare[first_end:second].strip() == b","
                and self.source.bare[second_end:end].lstrip().startswith((b",", b")"))
            )
            before, after = self.text(one), self.text(other)
            if stand_alone and before != after and self.have_one_type(cursor, at, one, other):
                flat = self.source.flat
                code = f"{flat(start, first)}{' ' if at else ''}{after}, {before}{flat(second_end, end)}"
                self.add(cursor, "arguments swapped", code, code, VALUE)

    def have_one_type(self, call, at, one, other):
        kinds = [unqualified(side.type.get_canonical().spelling) for side in (one, other)]
        if kinds[0] != kinds[1] or "memory_order" in kinds[0] or "dependent" in kinds[0] or not kinds[0]:
            return False
        function = call.referenced
        if function is None or function.type.kind != self.types.FUNCTIONPROTO:
            return True
        wanted = [kind.get_canonical().spelling for kind in function.type.argument_types()]
        return at + 1 < len(wanted) and wanted[at] == wanted[at + 1]

    def is_construction(self, cursor):
        return (cursor.referenced is not None and cursor.referenced.kind == self.kinds.CONSTRUCTOR) or cursor.spelling.startswith(
            "operator"
        )

    def called(self, cursor):
        if cursor.kind != self.kinds.CALL_EXPR:
            return ""
        if cursor.spelling:
            return cursor.spelling
        start, end = self.extent(cursor)
        found = re.search(r"(\w+)\s*(<[^()]*>)?\s*$", self.source.bare[start:end].decode().partition("(")[0])
        return found.group(1) if found else ""

    def visit_integer(self, cursor):
        text = self.text(cursor)
        found = INTEGER.match(text)
        if not found:
            return
        value = int(found.group(1).replace("'", ""), 8 if re.match(r"0\d", text) else 0)
        self.add(cursor, "constant", f"{text} + 1", f"{text} + 1", VALUE)
        if value:
            self.add(cursor, "constant", f"{text} - 1", f"{text} - 1", VALUE)

    def visit_bool(self, cursor):
        text = self.text(cursor)
        other = {"true": "false", "false": "true"}.get(text)
        statement = self.source.bare[: self.extent(cursor)[0]].rstrip()
        if other and not re.search(rb"\breturn$|\bwhile \($", statement[-10:]):
            self.add(cursor, "constant", other, other, VALUE)

    # --- what all of it needs
    def integral_kinds(self):
        types = self.types
        return (
            types.CHAR_S,
            types.SCHAR,
            types.UCHAR,
            types.SHORT,
            types.USHORT,
            types.INT,
            types.UINT,
            types.LONG,
            types.ULONG,
            types.LONGLONG,
            types.ULONGLONG,
        )

    def unwrapped(self, cursor):
        """Without what the compiler adds: conversions, ends of temporary objects."""
        while cursor.kind == self.kinds.UNEXPOSED_EXPR:
            children = list(cursor.get_children())
            if len(children) != 1 or self.extent(children[0]) != self.extent(cursor):
                break
            cursor = children[0]
        return cursor

    def extent(self, cursor):
        return cursor.extent.start.offset, cursor.extent.end.offset

    def text(self, cursor):
        return self.source.flat(*self.extent(cursor))

    def add(self, cursor, operator, after, code, form):
        start, end = self.extent(cursor)
        text = self.text(cursor)
        if start >= end or not self.stack or self.source.has_directive(start, end) or "memory_order" in text[:1]:
            return
        source = self.source
        place = (source.name, source.line_of(start), self.stack[-1].name)
        mutant = Mutant(*place, operator, text, after, form, start, end, code, source.flat_line(start))
        self.found.setdefault((start, end, operator, code), mutant)


def unqualified(spelling):
    return re.sub(r"\bconst\b|&", "", spelling).strip()
