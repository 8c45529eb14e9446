"""Real processes for the tool to look at, and the tool."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import jsonschema
import pytest

HERE = Path(__file__).resolve().parent
SECONDS = 60  # a process that takes as long hangs
SCHEMA = json.loads((HERE.parent / "json-schema.json").read_text(encoding="utf-8"))


def pytest_addoption(parser):
    parser.addoption("--build", default=str(HERE.parents[1] / "build/release"), help="the build folder")
    parser.addoption("--regions", default="400", help="the most regions that are listed at once")
    parser.addoption("--mutations", default="12", help="regions with overwritten words that the commands look at")


class Actor:
    """A process that takes part in regions as it is told."""

    def __init__(self, program, **arguments):
        self.process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **arguments)
        self.pid = self.process.pid

    def __call__(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer, _, text = self.process.stdout.readline().rstrip("\n").partition(" ")
        assert answer == "ok", f"{line}: {text}"
        return text

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)
        while Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)


class Outcome:
    def __init__(self, finished):
        self.code, self.out, self.err = finished.returncode, finished.stdout, finished.stderr

    @property
    def documents(self):
        """Each line, checked against the schema."""
        found = [json.loads(line) for line in self.out.splitlines()]
        for each in found:
            jsonschema.validate(each, SCHEMA)
        return found

    @property
    def document(self):
        (only,) = self.documents
        return only


@pytest.fixture(scope="session")
def folder(request):
    return Path(request.config.getoption("--build")) / "tools"


@pytest.fixture
def prefix():
    text = f"{os.environ.get('KICKMSG_TEST_PREFIX', f'kmtest_{os.getpid()}')}_tool"
    remove(text)
    yield text
    remove(text)


def remove(prefix):
    for path in Path("/dev/shm").glob(f"{prefix}*"):
        path.unlink(missing_ok=True)
    for path in Path("/dev/shm/.kickmsg").glob(f"*{prefix}*"):
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)


@pytest.fixture
def actor(folder):
    started = []

    def start(**arguments):
        started.append(Actor(folder / "kickmsg_actor", **arguments))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.process.stdin.close()
        each.process.stdout.close()


def environment(extra=None):
    kept = {name: value for name, value in os.environ.items() if name not in ("KICKMSG_PREFIX", "NO_COLOR")}
    told = {"ASAN_OPTIONS": "exitcode=99", "UBSAN_OPTIONS": "exitcode=99"}  # else a fault that they find looks like a finding
    return {**told, **kept, **(extra or {})}


@pytest.fixture
def kickmsg(folder, prefix):
    """Runs the tool for the prefix of the test."""

    def run(*words, scoped=True, env=None, stdin="", **arguments):
        command = [str(folder / "kickmsg"), *words, *(["--prefix", prefix] if scoped else [])]
        return Outcome(
            subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=SECONDS, env=environment(env), **arguments)
        )

    return run


@pytest.fixture
def start(folder, prefix):
    """Starts the tool and leaves it running."""
    started = []

    def run(*words):
        command = [str(folder / "kickmsg"), *words, "--prefix", prefix]
        started.append(
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
            )
        )
        return started[-1]

    yield run
    for each in started:
        each.kill()
        each.communicate()


def wait_until(true, seconds=SECONDS):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.01)
