"""Runs a command in a session of its own, to a log, within a time; nothing of it outlives the call."""

import contextlib
import os
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Outcome:
    code: int
    timed_out: bool
    seconds: float
    log: Path

    @property
    def ok(self):
        return self.code == 0 and not self.timed_out

    def describe(self):
        if self.timed_out:
            return f"time-out after {self.seconds:.0f} s"
        if self.code < 0:
            return f"killed by {signal.Signals(-self.code).name}"
        return f"exit code {self.code}"

    def text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")


def last_line(log):
    """The last line of a log that says something, shortened."""
    with open(log, "rb") as file:
        file.seek(max(0, os.path.getsize(log) - 4096))
        lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:100] if lines else ""


def session_members(session):
    """The processes of a session, those included that left its first process group."""
    members = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(entry.name))
    return members


def kill_session(session):
    """Kills until nobody is left: a process may fork while the others are being killed."""
    for _ in range(50):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(session, signal.SIGKILL)
        members = session_members(session)
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not members:
            return
        time.sleep(0.01)


def wait(process, timeout, progress):
    """Returns: whether the process ended by itself."""
    deadline = time.monotonic() + timeout
    while True:
        left = deadline - time.monotonic()
        try:
            process.wait(min(1.0, max(0.0, left)))
            return True
        except subprocess.TimeoutExpired:
            pass
        if left <= 0:
            return False
        progress()


def run(argv, log, timeout, env, cwd, progress=lambda: None):
    """Runs argv with standard input closed; both outputs go to `log`, which begins with the command.
    `progress` is called about once a second."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with open(log, "wb") as output:
        output.write(("$ " + shlex.join(map(str, argv)) + "\n").encode())
        output.flush()
        try:
            process = subprocess.Popen(
                list(map(str, argv)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as error:
            output.write(f"{error}\n".encode())
            return Outcome(127, False, time.monotonic() - started, log)
        try:
            ended = wait(process, timeout, progress)
        finally:
            kill_session(process.pid)
            process.wait()
    return Outcome(process.returncode, not ended, time.monotonic() - started, log)
