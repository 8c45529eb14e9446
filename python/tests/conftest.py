"""What the tests share: names of their own, and real processes."""

import contextlib
import gc
import itertools
import os
import signal
import subprocess
import sys
import textwrap

import kickmsg
import pytest

NUMBERS = itertools.count()
HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell in the background lets nobody hear of it
SECONDS = 120  # for what has to happen: a machine may be busy


@pytest.fixture
def prefix():
    """Begins the names of a test's regions, which are gone afterwards."""
    name = f"{os.environ.get('KICKMSG_TEST_PREFIX', f'kmpy{os.getpid()}')}_py{next(NUMBERS)}"
    yield name
    gc.collect()
    for region in kickmsg.list_regions(name):
        kickmsg.unlink(region.name)


@pytest.fixture
def node(prefix):
    return kickmsg.Node("tester", prefix)


class Child:
    """A process of Python that runs a text. It says lines, and is told lines."""

    def __init__(self, text, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HEARS + "import kickmsg, sys, os, time\n" + textwrap.dedent(text), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self.process.pid

    def line(self):
        return self.process.stdout.readline().strip()

    def tell(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        return self.end()

    def end(self):
        """Returns: exit code, what else it said, and its errors."""
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, err


@pytest.fixture
def start():
    """Starts a child; what is still there at the end of the test is killed."""
    children = []

    def act(text, *arguments):
        children.append(Child(text, *arguments))
        return children[-1]

    yield act
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.process.kill()
        child.process.wait()
        for pipe in (child.process.stdin, child.process.stdout, child.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
