"""The counts of the README are of things that are there."""

import re

import pytest

import evidence
import marked

ROW = re.compile(r"^\| ([\d,]+) \| (.+) \| (.+) \|$", re.MULTILINE)


def said(text):
    section = text[text.index(evidence.BEGIN) : text.index(evidence.END)]
    return [(what, int(count.replace(",", "")), where) for count, what, where in ROW.findall(section)]


def test_the_readme_says_no_more_than_there_is():
    counted = evidence.counted()
    told = said((evidence.ROOT / "README.md").read_text(encoding="utf-8"))
    assert [(what, where) for what, _, where in told] == [(what, where) for what, _, where in counted], "run analysis/evidence.py"
    for (what, least, _), (_, count, _) in zip(told, counted):
        assert 0 < least <= count, f"{what}: {least} are said, {count} are there: run analysis/evidence.py"
        assert least * 1.5 >= count, f"{what}: {count} are there, and only {least} are said: run analysis/evidence.py"


@pytest.mark.parametrize(("count", "told"), ((7, 7), (41, 41), (851, 850), (1299, 1200)))
def test_a_count_is_rounded_down_to_two_digits(count, told):
    assert evidence.rounded(count) == told


def test_the_section_is_written_between_the_marks(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{evidence.BEGIN}\nold\n{evidence.END}\nafter\n", encoding="utf-8")
    marked.rewrite(readme, evidence.BEGIN, evidence.END, evidence.section([("tests", 1299, "`unit`")]))
    assert said(readme.read_text(encoding="utf-8")) == [("tests", 1200, "`unit`")]
    assert readme.read_text(encoding="utf-8").startswith("before\n") and readme.read_text(encoding="utf-8").endswith("\nafter\n")
    marked.rewrite(readme, evidence.BEGIN, evidence.END, evidence.section([("tests", 12, "`unit`")]))
    assert said(readme.read_text(encoding="utf-8")) == [("tests", 12, "`unit`")]


def test_a_readme_without_the_marks_is_refused(tmp_path):
    (tmp_path / "README.md").write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="once each, found 0 and 0"):
        marked.rewrite(tmp_path / "README.md", evidence.BEGIN, evidence.END, "text")
