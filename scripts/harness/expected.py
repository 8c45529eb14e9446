"""Compares the output of a program with a file of expectations."""

import re


def first_missing(expectations, output):
    """Each non-empty line of `expectations` is a regular expression for a whole line; they must match lines of `output`
    in that order, others may stand between. Returns: the first that does not, or None."""
    lines = iter(line.rstrip() for line in output.splitlines())
    for pattern in filter(None, (line.rstrip() for line in expectations.splitlines())):
        if not any(re.fullmatch(pattern, line) for line in lines):
            return pattern
    return None
