"""Sections of the documents that a program writes: what stands between a pair of marks, the marks included."""


def rewrite(path, begin, end, text):
    """Puts `text`, which has the marks itself, in place of the section.
    Errors: ValueError when the file has not exactly one pair of marks."""
    old = path.read_text(encoding="utf-8")
    if old.count(begin) != 1 or old.count(end) != 1:
        raise ValueError(f"{path.name}: expected '{begin}' and '{end}' once each, found {old.count(begin)} and {old.count(end)}")
    path.write_text(old[: old.index(begin)] + text + old[old.index(end) + len(end) :], encoding="utf-8")
