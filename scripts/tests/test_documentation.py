"""Planted faults of pages that are compiled and run: the stage examples must report each."""

import pytest

import fakes
from harness import documentation
from harness.run import ROOT
from harness.terminals import pattern

PAGE = """\
<!-- program: lamp.cc -->
```cpp
#include <kickmsg/Node.h>
int main() { return kickmsg::Node("lamp").name() == "lamp" ? 0 : 1; }
```

<!-- given: extern kickmsg::Publisher pub; -->
```cpp
int32_t sent = pub.send("on", 2);
```

```sh
grep -c main lamp.cc
lamp --count 3 || echo "exit code $?"
```

```text
1
/kickmsg_lamp   17 lit
exit code 4
```

<!-- terminal 2, stays -->
```sh
(echo begun; sleep 60; echo too late)
```

```text
begun
```

```sh
lamp & echo started
wait
```

```text
started
```

<!-- terminal 2 -->
```sh
echo again
```

```text
again
```
"""
LAMP = """\
#!/bin/sh
echo "/${KICKMSG_PREFIX}_lamp 3 lit, quickly"
echo "/${KICKMSG_PREFIX}_lamp 3 lit"
test $# = 0 || exit 4
"""


@pytest.fixture(name="ran")
def over_a_tree(tmp_path, monkeypatch):
    """Returns: runs the checks over a page, and gives {name of a check that failed: reason}."""
    monkeypatch.setattr(documentation, "install", lambda stage, folder: folder.mkdir() is None)
    (tmp_path / "lib").symlink_to(ROOT / "lib")
    run = fakes.run_in(tmp_path)
    fakes.program(run.build / "tools/lamp", LAMP)

    def act(text, work=documentation.check):
        (tmp_path / "README.md").write_text(text, encoding="utf-8")
        found = fakes.ran(run, "examples", work)
        return {name: check.reason for name, check in found.failed.items()}, found.passed

    return act


def commands_alone(stage):
    """Without a compiler."""
    blocks = documentation.all_blocks(stage.run.root)
    documentation.commands(stage, blocks, stage.folder)


def test_a_page_that_holds_passes(ran):
    failed, passed = ran(PAGE)
    assert not failed and passed == ["README.md: 2 blocks of C++ compile", "README.md: commands"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    (
        ("grep -c main", "grep -c mane", "README.md:13: exit code 1: grep -c mane lamp.cc"),
        ("lamp --count 3 ||", "lump --count 3 ||", "README.md:18: no line of terminal 1, in order, is as: /kickmsg_lamp   17 lit"),
        ("17 lit", "17 dark", "is as: /kickmsg_lamp   17 dark"),
        ("lamp   17 lit\nexit code 4", "lamp 17 lit\nexit code 4\n1", "is as: 1"),
        ("echo begun", "echo began", "no line of terminal 2, in order, is as: begun"),
        ("wait\n", "sleep 60\n", "not at its end after 2 s"),
        ("echo again", "touch /dev/shm/${KICKMSG_PREFIX}_left; echo again", "README.md: leaves"),
    ),
)
def test_a_planted_command_or_output_is_reported(ran, monkeypatch, old, new, words):
    monkeypatch.setattr(documentation, "BLOCK_SECONDS", 2)  # that it is waited for in vain
    assert old in PAGE
    failed, _ = ran(PAGE.replace(old, new), commands_alone)
    assert list(failed) == ["README.md: commands"], failed
    assert words in failed["README.md: commands"]


@pytest.mark.parametrize(
    ("old", "new"),
    (
        ('pub.send("on", 2)', 'pub.send("on")'),
        ("int32_t sent = pub", "pub"),  # a result that has to be looked at
        ("given: extern kickmsg::Publisher pub;", "given: extern kickmsg::Subscriber pub;"),
        ("<kickmsg/Node.h>", "<kickmsg/Lamp.h>"),
    ),
)
def test_planted_code_that_does_not_compile_is_reported(ran, old, new):
    assert old in PAGE
    failed, _ = ran(
        PAGE.replace(old, new), lambda stage: documentation.compile_pages(stage, documentation.all_blocks(stage.run.root), stage.folder)
    )
    assert list(failed) == ["README.md: 2 blocks of C++ compile"]


def test_numbers_blanks_and_ellipses_of_a_page_stand_for_others():
    assert pattern("pid 12   (…) 1.5M").fullmatch("pid 4711 (lamp, stopped) 22.0M")
    assert not pattern("pid 12 (…)").fullmatch("pid x (lamp)")
