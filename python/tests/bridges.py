"""Bridges for tests: real processes, which say lines of JSON."""

import contextlib
import dataclasses
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

import kickmsg
from conftest import SECONDS

QUICK = ["--scan", "0.05", "--stats", "0.05"]
RETRY = """
[zenoh.connect.retry]
period_init_ms = 50
period_max_ms = 100
"""
ROUTER = """
import sys, time, zenoh
config = zenoh.Config()
config.insert_json5("transport/shared_memory/enabled", "false")
for key, value in (("mode", '"router"'), ("listen/endpoints", f'["{sys.argv[1]}"]'), ("scouting/multicast/enabled", "false")):
    config.insert_json5(key, value)
session = zenoh.open(config)
print("ready", flush=True)
time.sleep(1000)
"""


@dataclasses.dataclass
class Goal:
    schema_name: ClassVar[str] = "test/Goal"
    x: float
    y: float


class BridgeProcess:
    """kickmsg-bridge, and what it says."""

    def __init__(self, *arguments, before=()):
        command = [*before, sys.executable, "-m", "kickmsg.bridge", *QUICK, *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.lines = queue.Queue()
        self.errors = []
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._read_errors)]
        for thread in self.threads:
            thread.start()
        self.until(lambda status: status["event"] == "ready")

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def _read_errors(self):
        self.errors.extend(self.process.stderr)

    def until(self, holds):
        """Returns: the first status from now on that `holds`."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.lines.get_nowait()
        end, status = time.monotonic() + SECONDS, None
        while time.monotonic() < end:
            with contextlib.suppress(queue.Empty):
                found = self.lines.get(timeout=1)
                assert found is not None, f"it has ended: {self.errors}"
                status = found
                if holds(status):
                    return status
        raise AssertionError(f"never so: {status}, {self.errors}")

    def until_topic(self, name, holds):
        return self.until(lambda status: name in status["topics"] and holds(status["topics"][name]))["topics"][name]

    def end(self, number=signal.SIGTERM):
        """Returns: exit code, its last line, errors."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
        self.process.wait(SECONDS)
        for thread in self.threads:
            thread.join()
        last = None
        while not self.lines.empty():
            last = self.lines.get() or last
        self.process.stdout.close()
        self.process.stderr.close()
        return self.process.returncode, last, "".join(self.errors)


class Net:
    """Bridges of one test, over sockets in a folder of its own."""

    def __init__(self, prefix, folder):
        self.prefix, self.folder, self.bridges, self.others = prefix, folder, [], []
        self.retry = folder / "retry.toml"
        self.retry.write_text(RETRY)

    def endpoint(self, name):
        return f"unixsock-stream/{self.folder / name}"

    def bridge(self, side, *arguments, before=()):
        made = BridgeProcess("--config", str(self.retry), "--prefix", f"{self.prefix}_{side}", *arguments, before=before)
        self.bridges.append(made)
        return made

    def pair(self, *arguments, others=None):
        """Two bridges that are connected, of the prefixes a and b."""
        one = self.bridge("a", *arguments, "--listen", self.endpoint("ab"))
        other = self.bridge("b", *(arguments if others is None else others), "--connect", self.endpoint("ab"))
        for each in (one, other):
            each.until(lambda status: status["peers"] > 0)
        return one, other

    def node(self, side):
        return kickmsg.Node("tester", f"{self.prefix}_{side}")

    def router(self, endpoint):
        process = subprocess.Popen([sys.executable, "-c", ROUTER, endpoint], stdout=subprocess.PIPE, text=True)
        self.others.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    def close(self):
        for process in self.others:
            process.kill()
            process.wait()
            process.stdout.close()
        for bridge in self.bridges:
            if bridge.process.returncode is None:
                bridge.end(signal.SIGKILL)


def received(sub, count):
    """Returns: the next `count` values."""
    found = []
    while len(found) < count:
        message = sub.receive(SECONDS)
        assert message is not None, f"{len(found)} of {count}"
        found.append(message.value)
    return found


def wait_until(holds):
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def in_region(name):
    return any(one.name == name for one in kickmsg.list_regions(name))


def shares_memory_of_zenoh(bridge):
    """Returns: whether files of Zenoh in /dev/shm are mapped there."""
    return ".zenoh" in Path(f"/proc/{bridge.pid}/maps").read_text(encoding="utf-8")
