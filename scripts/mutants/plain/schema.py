"""Writes all mutants of a file into it, each behind a switch: the library is compiled once, and a process plays the one that its
environment names (switch.h).

    a < b          (M(7) ? ((a) <= (b)) : (a < b))
    call(x);       (M(8) ? (void)0 : (void)(call(x)));
    return f(x);   if (M(9)) { return {}; } return f(x);

What stands in place of a text is the text as it is without other mutants; the text itself has those that lie within. Lines stay where
they are: what is added has no line ends."""

from dataclasses import dataclass, field

from mutants.plain.sites import CONDITION, DROPPED, RETURN, VALUE


@dataclass
class Group:
    """Mutants of one form and one text, and the groups within."""

    start: int
    end: int
    form: int
    mutants: list = field(default_factory=list)
    within: list = field(default_factory=list)


@dataclass
class Written:
    """A file with switches, and where in it which mutant stands."""

    contents: bytes
    places: list  # (start, end, mutant) of what each added

    def mutants_at(self, offset):
        return [mutant for start, end, mutant in self.places if start <= offset < end]

    def mutants_on(self, line):
        starts = [0]
        for text in self.contents.split(b"\n"):
            starts.append(starts[-1] + len(text) + 1)
        begin, end = starts[line - 1], starts[line]
        return [mutant for at, _, mutant in self.places if begin <= at < end]

    def offset_of(self, line, column):
        lines = self.contents.split(b"\n")
        return sum(len(text) + 1 for text in lines[: line - 1]) + column - 1


def groups_of(mutants):
    """The outermost groups, in order."""
    groups = {}
    for mutant in mutants:
        key = (mutant.start, -mutant.end, mutant.form)
        groups.setdefault(key, Group(mutant.start, mutant.end, mutant.form)).mutants.append(mutant)
    outermost, open_ones = [], []
    for _, group in sorted(groups.items()):
        while open_ones and open_ones[-1].end <= group.start:
            open_ones.pop()
        if open_ones and group.end > open_ones[-1].end:
            raise ValueError(f"{group.mutants[0].in_words()} crosses {open_ones[-1].mutants[0].in_words()}")
        (open_ones[-1].within if open_ones else outermost).append(group)
        open_ones.append(group)
    return outermost


class Writer:
    def __init__(self, source, numbers):
        """`numbers`: of each mutant by its name, what the environment calls it."""
        self.source, self.numbers = source, numbers
        self.parts, self.length, self.places = [], 0, []

    def write(self, mutants):
        self.copy(0, len(self.source.contents), groups_of(mutants))
        return Written(b"".join(self.parts), self.places)

    def put(self, text, mutant=None):
        data = text if isinstance(text, bytes) else text.encode()
        if mutant is not None:
            self.places.append((self.length, self.length + len(data), mutant))
        self.parts.append(data)
        self.length += len(data)

    def copy(self, start, end, groups):
        for group in groups:
            self.put(self.source.contents[start : group.start])
            self.group(group)
            start = group.end
        self.put(self.source.contents[start:end])

    def group(self, group):
        before, after = {
            RETURN: ("", ""),
            DROPPED: ("(", "(void)({}))"),
            CONDITION: ("(", "static_cast<bool>({}))"),
            VALUE: ("(", "({}))"),
        }[group.form]
        self.put(before)
        for mutant in group.mutants:
            on = f"::kickmsg_mutants::on({self.numbers[mutant.name]})"
            if group.form == RETURN:
                self.put(f"if ({on}) {{ {mutant.code}; }} ", mutant)
            else:
                self.put(f"{on} ? ({mutant.code}) : ", mutant)
        opening, _, closing = after.partition("{}")
        self.put(opening)
        self.copy(group.start, group.end, group.within)
        self.put(closing)


def write(source, mutants, numbers):
    return Writer(source, numbers).write(mutants)
