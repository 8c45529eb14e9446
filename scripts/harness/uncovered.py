"""Markers of lines that no test runs. They stand in the source, with the reason:

    // uncovered: REASON                  of the line that it stands on, or of the next line of code
    // uncovered begin: REASON            of all lines up to
    // uncovered end

`sometimes uncovered` in place of `uncovered`: a schedule decides whether the line is run.
"""

import re
from dataclasses import dataclass

MARKER = re.compile(r"//\s*(sometimes )?uncovered( begin)?: *(\S.*)$")
END = re.compile(r"//\s*uncovered end$")
MEANT = re.compile(r"//\s*(sometimes )?uncovered\b")
FOLDERS = ("lib/src", "lib/include")


@dataclass(frozen=True)
class Marker:
    place: tuple  # file, line
    lines: range  # that it speaks of
    sometimes: bool


def sources(root):
    """Text by name of what is counted."""
    files = [file for folder in FOLDERS for file in sorted((root / folder).rglob("*")) if file.suffix in (".h", ".cc")]
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files}


def markers_of(name, text):
    """Returns: the markers of a file, and what is wrong with them: [((file, line), words), ...]."""
    lines, markers, wrong = text.splitlines(), [], []
    for index, line in enumerate(lines):
        found = MARKER.search(line)
        if not found:
            if MEANT.search(line) and not END.search(line):
                wrong.append(((name, index + 1), f"neither a marker with a reason nor the end of one: {line.strip()}"))
            continue
        marked = block(lines, index) if found.group(2) else code_line(lines, index)
        if marked:
            markers.append(Marker((name, index + 1), marked, bool(found.group(1))))
        else:
            wrong.append(((name, index + 1), f"it marks no line: {line.strip()}"))
    ends = sum(bool(END.search(line)) for line in lines)
    begins = sum(bool(found and found.group(2)) for found in map(MARKER.search, lines))
    if ends != begins:
        wrong.append(((name, 1), f"{begins} markers begin, {ends} end"))
    return markers, wrong


def block(lines, begin):
    """The numbers of the lines between a marker that begins and the end."""
    end = next((index for index in range(begin + 1, len(lines)) if END.search(lines[index])), begin)
    return range(begin + 2, end + 1)


def code_line(lines, index):
    """The number of the line itself, or of the next one that is more than a comment; an empty range where there is none."""
    for at in range(index, len(lines)):
        if lines[at].partition("//")[0].strip():
            return range(at + 1, at + 2)
    return range(0)


def all_markers(texts):
    """Returns: as markers_of, of all files."""
    found = [markers_of(name, text) for name, text in texts.items()]
    return [marker for markers, _ in found for marker in markers], [fault for _, wrong in found for fault in wrong]


def times_run(document):
    """{file: {line: how often it was run}} of a gcovr document, the instances of a template together."""
    found = {}
    for file in document["files"]:
        times = found.setdefault(file["file"], {})
        for line in file["lines"]:
            if not line.get("gcovr/noncode"):
                times[line["line_number"]] = times.get(line["line_number"], 0) + line["count"]
    return found


def judge(times, texts):
    """Each line that was not run is marked, and nothing else is. Returns: how many of those lines are marked, and what is wrong."""
    markers, wrong = all_markers(texts)
    marked = {(marker.place[0], number) for marker in markers for number in marker.lines}
    missed = [(name, number) for name, lines in sorted(times.items()) for number, count in sorted(lines.items()) if count == 0]
    for name, number in missed:
        if (name, number) not in marked:
            wrong.append(((name, number), f"not run, and no marker says why: {text_of(texts, name, number)}"))
    for marker in markers:
        name = marker.place[0]
        there = [number for number in marker.lines if number in times.get(name, {})]
        if not there:
            wrong.append((marker.place, "a marker of no line that can be run"))
        for number in there:
            if times[name][number] and not marker.sometimes:
                wrong.append(((name, number), f"marked as uncovered, but it was run: {text_of(texts, name, number)}"))
    return len(marked.intersection(missed)), wrong


def text_of(texts, name, number):
    return texts[name].splitlines()[number - 1].strip() if name in texts else ""
