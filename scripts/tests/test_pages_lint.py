"""Planted faults of pages: each must be reported by pages_lint, and only it."""

import pytest

from pages_lint import anchor, lint

RIGHT = """\
# A lamp

[how](docs/lamp.md#to-light-it) and [where](#a-lamp)

```sh
light --on   # now
```

```text
it is on
```

<!-- run by: ci: light --off; ci: light --out -->
```sh
light --off
# a remark
light --out
```

<!-- given: extern int lamp; -->
```cpp
lamp = 1; // ](nowhere)
```
"""


@pytest.fixture(name="faults")
def over_a_tree(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/lamp.md").write_text("# Lamps\n\n## To light it\n", encoding="utf-8")
    (tmp_path / "ci").write_text("run: light --off\nrun: light --out\n", encoding="utf-8")

    def act(text):
        (tmp_path / "README.md").write_text(text, encoding="utf-8")
        return lint(tmp_path)[1]

    return act


def test_a_page_as_it_should_be_has_no_fault(faults):
    assert faults(RIGHT) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    (
        ("```sh\nlight --on", "```bash\nlight --on", "a block of 'bash', expected one of"),
        ("```sh\nlight --on", "```\nlight --on", "a block of '', expected one of"),
        ("it is on\n```", "it is on\n", "a block that does not end"),
        ("light --out -->", "light --out; ci: light -->", "2 commands, and 3 entries"),
        ("ci: light --out -->", "ci: light --red -->", "the command is 'light --out'"),
        ("light --out\n```", "light --outer\n```", None),
        ("ci: light --out -->", "cd: light --out -->", "cd has 'light --out', which it has not"),
        ("ci: light --out -->", "light --out -->", "expected 'FILE: TEXT'"),
        ("given:", "taken:", "a comment 'taken' that nothing reads"),
        ("given: extern int lamp;", "not compiled: ", "not compiled, without a reason"),
        ("```cpp", "```cmake", "on docs/install.md alone"),
        ("docs/lamp.md#", "docs/lamps.md#", "which is not there"),
        ("#to-light-it", "#to-break-it", "no such heading"),
        ("lamp = 1; // ](nowhere)\n```", "lamp = 1;", "a block that does not end"),
    ),
)
def test_a_planted_fault_is_reported(faults, old, new, words):
    assert old in RIGHT
    found = faults(RIGHT.replace(old, new))
    assert found == [] if words is None else any(words in fault for fault in found), found


def test_a_heading_has_the_anchor_that_github_gives_it():
    assert anchor("`send()` answers `-EAGAIN`, or null") == "send-answers--eagain-or-null"
