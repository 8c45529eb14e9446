"""Many regions: the work for each is the same however many there are, and what is not shown is not looked at."""

import fcntl
import json
import os
import pty
import shutil
import struct
import subprocess
import termios
from pathlib import Path

import many
import pytest
from conftest import environment


def reads_of(process):
    """Reading calls of a process that has ended."""
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    try:
        fields = dict(line.split(": ") for line in Path(f"/proc/{process.pid}/io").read_text().splitlines())
    except OSError:
        pytest.skip("this system does not count reads")
    process.wait(60)
    return int(fields["syscr"])


def reads(folder, *words, **arguments):
    command = [str(folder / "kickmsg"), *words]
    return reads_of(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), **arguments))


def calls(folder, *words):
    """All system calls."""
    command = ["strace", "-f", "-c", "-o", "/dev/stderr", str(folder / "kickmsg"), *words]
    text = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=600, env=environment()).stderr
    total = [line.split() for line in text.splitlines() if line.endswith(" total")]
    return int(total[0][3]) if total else None


@pytest.mark.parametrize(
    "words", [["list"], ["list", "--json"], ["list", "--names"], ["diagnose"], ["top", "-n", "1", "--interval", "0.001"]]
)
def test_the_work_for_a_region_is_the_same_among_many(folder, prefix, request, words):
    count = int(request.config.getoption("--regions"))
    work = {}
    for total in (count // 4, count // 2, count):
        many.make(folder / "kickmsg_actor", prefix, total)
        work[total] = reads(folder, *words, "--prefix", prefix)
    first, second = (work[count // 2] - work[count // 4]) / (count // 4), (work[count] - work[count // 2]) / (count // 2)
    assert second < 1.2 * first + 1, work
    assert second < 60, f"{second} reads for each region"


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")
def test_a_region_among_many_is_a_few_system_calls(folder, prefix):
    work = {}
    for total in (50, 100, 300):
        many.make(folder / "kickmsg_actor", prefix, total)
        work[total] = calls(folder, "list", "--json", "--prefix", prefix)
    if None in work.values():
        pytest.skip("strace may not trace here")
    first, second = (work[100] - work[50]) / 50, (work[300] - work[100]) / 200
    assert second < first + 2 and second < 60, work


def test_a_list_of_many_is_one_document(kickmsg, folder, prefix):
    many.make(folder / "kickmsg_actor", prefix, 100)
    assert len(kickmsg("list", "--json").document["regions"]) == 100
    assert len(kickmsg("list", "--names").out.splitlines()) == 100
    assert len(kickmsg("list", "--json", "--rates", "0.01").document["regions"]) == 100


def test_a_name_is_looked_up_without_looking_at_the_others(folder, prefix):
    many.make(folder / "kickmsg_actor", prefix, 4)
    few = reads(folder, "info", "3", "--prefix", prefix), reads(folder, "info", "nothing", "--prefix", prefix)
    many.make(folder / "kickmsg_actor", prefix, 300)
    assert (reads(folder, "info", "3", "--prefix", prefix), reads(folder, "info", "nothing", "--prefix", prefix)) == few


def on_a_terminal(folder, rows, columns, *words):
    """Returns: (reading calls, what was written)."""
    own, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen([str(folder / "kickmsg"), *words], stdin=its, stdout=its, stderr=its, env=environment({"TERM": "xterm"}))
    os.close(its)
    written = b""
    try:
        while part := os.read(own, 65536):
            written += part
    except OSError:  # nobody has the other end any more
        pass
    count = reads_of(process)
    os.close(own)
    return count, written.decode()


def test_top_looks_only_at_processes_that_it_shows(folder, actor, prefix):
    one = actor()
    for number in range(10):
        one(f"advertise {prefix} topic{number}")
        for _ in range(4):
            one(f"subscribe {prefix} topic{number}")
    words = ("top", "--interval", "0.01", "-n", "20", "--prefix", prefix)
    collapsed, _ = on_a_terminal(folder, 6, 80, *words)
    expanded, written = on_a_terminal(folder, 6, 80, *words, "--participants")
    assert "  > " in written or "  < " in written
    assert expanded - collapsed < 20 * 30, "of 50 processes three are shown"


def test_json_of_many_is_written_as_it_is_found(folder, prefix):
    """The first part is there before the last region was looked at: nothing grows with their number but the list of names."""
    many.make(folder / "kickmsg_actor", prefix, 300)
    command = [str(folder / "kickmsg"), "list", "--json", "--prefix", prefix]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()) as process:
        first = process.stdout.read(1)  # the pipe is full then, and the process waits
        for number in range(300):
            Path(f"/dev/shm/{prefix}_{number}").unlink()
        rest = process.stdout.read()
    assert 0 < len(json.loads(first + rest)["regions"]) < 300
