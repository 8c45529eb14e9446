"""Reads what bench/budgets counted, and compares it with what is checked in there. A number that is lower than its budget is a
fault as well: the budget has to follow, or the next change may use up what this one saved."""

import difflib
import re

TOLERANCE = 0.01  # of instructions
KINDS = {"rmw": "read-modify-writes", "loads": "loads", "stores": "stores", "lines": "lines changed"}


class Unreadable(Exception):
    """What was counted is not what this module knows."""


def name_of(row):
    return f"{row['family']}/{row['operation']}/rings:{row['live_rings']}"


def operation_faults(counted, budget):
    """Yields (name, what is wrong) of rows of atomic operations; exact, and both have the same rows."""
    counted, budget = ({name_of(row): row for row in rows} for rows in (counted, budget))
    yield from missing_faults(counted, budget)
    for name in counted.keys() & budget.keys():
        for kind, words in KINDS.items():
            wrong = verdict(counted[name][kind], budget[name][kind], words)
            if wrong:
                yield name, wrong


def instruction_faults(measured, budget):
    """Yields (name, what is wrong) of {name: instructions} of one compiler."""
    yield from missing_faults(measured, budget)
    for name in measured.keys() & budget.keys():
        wrong = verdict(measured[name], budget[name], "instructions", TOLERANCE)
        if wrong:
            yield name, wrong


def missing_faults(measured, budget):
    for name in sorted(measured.keys() - budget.keys()):
        yield name, "has no budget"
    for name in sorted(budget.keys() - measured.keys()):
        yield name, "has a budget, but was not measured"


def verdict(found, most, words, tolerance=0.0):
    """What is wrong with a number; None when nothing is."""
    if abs(found - most) <= tolerance * most:
        return None
    share = f" ({found / most - 1:+.1%})" if tolerance else ""
    if found > most:
        return f"{found:g} {words}, the budget is {most:g}{share}"
    return f"{found:g} {words}, fewer than the budget of {most:g}{share}: lower the budget"


def layout_faults(found, expected):
    """The lines that differ, - as checked in and + as compiled."""
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


# --- callgrind

CALLGRIND = ["valgrind", "--tool=callgrind", "--combine-dumps=yes", "--dump-line=no", "--dump-before=kickmsg_budget_mark"]
PART = re.compile(r"^part: (\d+)$", re.MULTILINE)
OBJECT = re.compile(r"^ob=\((\d+)\)(?: (.*))?$")


def callgrind_parts(text):
    """Yields {object file: instructions executed in it} of each part of a callgrind file with --combine-dumps.
    Errors: Unreadable when a part does not add up to its own total."""
    names = {}
    begins = [match.end() for match in PART.finditer(text)]
    for begin, end in zip(begins, [*begins[1:], len(text)]):
        yield self_costs(text[begin:end].splitlines(), names)


def self_costs(lines, names):
    """Of one part: the lines of costs but those that tell what a call cost inclusively."""
    costs, place, called, total = {}, None, False, None
    for line in lines:
        object_line = OBJECT.match(line)
        if object_line:
            number, name = object_line.groups()
            place = names.setdefault(number, name or number)
        elif line.startswith("cob=("):
            number, _, name = line[5:].partition(")")
            names.setdefault(number, name.strip() or number)
        elif line.startswith("calls="):
            called = True
        elif line.startswith("totals: "):
            total = int(line.split()[1])
        elif line[:1] in set("0123456789+-*"):
            if not called:
                costs[place] = costs.get(place, 0) + int(line.split()[1])
            called = False
    if total is None or sum(costs.values()) != total:
        raise Unreadable(f"a part of callgrind's file adds up to {sum(costs.values())}, it says {total}")
    return costs


def instructions(listing, parts, program):
    """`listing`: the driver's lines "repetitions name", the operation of every second part. Returns: ({name: instructions in
    the program itself}, {name: in the libraries of the system, which choose their code by the processor}), of one repetition."""
    names = [line.partition(" ")[::2] for line in listing.splitlines() if line[:1].isdigit()]
    parts = list(parts)
    if not names or len(parts) != 2 * len(names) + 1:
        raise Unreadable(f"{len(parts)} parts of callgrind's file for {len(names)} operations")
    own, other = {}, {}
    for (times, name), costs in zip(names, parts[1::2]):
        here = sum(cost for place, cost in costs.items() if place == program)
        own[name] = round(here / int(times), 2)
        other[name] = round((sum(costs.values()) - here) / int(times), 2)
    return own, other
