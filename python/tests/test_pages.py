"""The programs of Python that the pages show."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import kickmsg
import pytest
from conftest import HEARS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page for page in (ROOT / "README.md", ROOT / "python/README.md") if page.exists()]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def programs():
    return [(page, number, text) for page in PAGES for number, text in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))]


@pytest.mark.parametrize(
    "page, number, text", programs(), ids=lambda value: getattr(value, "name", value) if not isinstance(value, str) else ""
)
def test_a_page_shows_python(page, number, text):
    compile(text, f"{page.name}:{number}", "exec")


def test_the_first_program_of_the_readme_prints_what_another_one_sends(prefix, monkeypatch):
    monkeypatch.setenv("KICKMSG_PREFIX", prefix)
    text = BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8")).group(1)
    node = kickmsg.Node("sensor")
    with subprocess.Popen([sys.executable, "-c", HEARS + text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        pub = node.advertise_or_join("temperature", float)
        assert node.wait_for_subscriber("temperature", 30)
        pub.send(20.5)
        assert child.stdout.readline() == "20.5\n"
        child.send_signal(signal.SIGINT)
        assert child.wait(30) != 0 and "KeyboardInterrupt" in child.stderr.read()
