"""What a stranger does to the tool: odd names and numbers, closed and full outputs, tiny terminals, signals, files of all kinds."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from conftest import environment, wait_until

LONGEST = 255  # bytes of a file's name; a region's has a slash before it, and one less
LISTENING = (["echo", "imu"], ["hz", "imu"], ["bw", "imu"], ["delay", "imu"])
LASTING = (*LISTENING, ["watch"], ["top"], ["pub", "imu", "x", "-n", "0", "--rate", "0.001"], ["echo", "later", "--wait"])


def ready(actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu times=1 subscribers=8")
    one(f"subscribe {prefix} imu")
    return one


def test_a_file_whose_name_is_too_long_for_a_region_hides_no_other(kickmsg, actor, prefix):
    ready(actor, prefix)
    path = Path("/dev/shm") / (prefix + "x" * (LONGEST - len(prefix)))
    path.write_bytes(b"foreign")
    regions = {region["region"]: region["status"] for region in kickmsg("list", "--json").document["regions"]}
    assert regions == {f"/{prefix}_imu": "ready", f"/{path.name}": "unreadable"} or regions == {f"/{prefix}_imu": "ready"}
    for words in (
        ["list"],
        ["who"],
        ["diagnose"],
        ["doctor"],
        ["top", "-n", "1", "--interval", "0.01"],
        ["prune", "--dry-run"],
        ["recover", "--all"],
    ):
        outcome = kickmsg(*words)
        assert outcome.code in (0, 1) and "unexpected" not in outcome.err, (words, outcome.err)
    assert kickmsg("list", scoped=False).code == 0
    assert kickmsg("prune", "--json").code in (0, 1)
    assert path.exists(), "what is no region is not removed"


def test_files_of_all_kinds_are_nothing_to_wait_for(kickmsg, actor, prefix):
    ready(actor, prefix)
    folder = Path("/dev/shm")
    os.mkfifo(folder / f"{prefix}_fifo")
    (folder / f"{prefix}_loop").symlink_to(f"{prefix}_loop")
    (folder / f"{prefix}_link").symlink_to(f"{prefix}_imu")
    (folder / f"{prefix}_line\nbreak\033[2J").write_bytes(b"x")
    (folder / f"{prefix}_empty").write_bytes(b"")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / f"{prefix}_socket"))
    for words in (["list"], ["who"], ["diagnose"], ["top", "-n", "1", "--interval", "0.01"], ["watch", "--seconds", "0.01"]):
        outcome = kickmsg(*words)
        assert outcome.code in (0, 1) and "\033" not in outcome.out and "break" not in outcome.out.split("\n")[0], words
        assert kickmsg(*words, "--json").documents or words == ["watch"]
    for name in ("fifo", "loop", "link", "socket", "empty"):
        for words in (["info"], ["stats"], ["echo", "--seconds", "0.1"], ["pub"], ["schema"]):
            outcome = kickmsg(words[0], f"/{prefix}_{name}", *words[1:], *(["x"] if words[0] == "pub" else []))
            assert outcome.code in (1, 2), (name, words, outcome.err)
    assert kickmsg("info", f"/{prefix}_imu").code == 0


def test_names_take_as_many_columns_as_they_take(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} \u6e2c\u8ddd")
    one(f"advertise {prefix} cafe\u0301")
    one(f"advertise {prefix} \u202egnp")
    lines = kickmsg("list").out.splitlines()
    columns = {}
    for line in lines[1:]:
        before = line[: line.index(prefix)]
        columns[line.split()[1]] = len(before) + before.count("\u6e2c") + before.count("\u8ddd") - before.count("\u0301")
    assert len(set(columns.values())) == 1, lines
    assert "\\u202egnp" in kickmsg("list").out and "\u202e" not in kickmsg("list").out


def test_a_name_of_the_longest_kind_is_found(kickmsg, actor, prefix):
    one = actor()
    name = "t" * (LONGEST - 2 - len(prefix))  # no broadcast may be called so
    one(f"advertise {prefix} {name}")
    assert kickmsg("info", name, "--json").document["region"]["name"] == name
    assert kickmsg("info", "t" * 300).code == 2
    owner, tag = "o" * 60, "t" * 100
    one(f"mailbox_of {prefix} {owner} {tag}")
    assert kickmsg("info", f"{owner}/{tag}", "--json").document["region"]["kind"] == "mailbox"
    outcome = kickmsg("info", f"{owner}/{tag}x")
    assert outcome.code == 2 and "no region, topic" in outcome.err


@pytest.mark.parametrize("number", ["nan", "inf", "-1", "1e300", "", "1x"])
def test_odd_numbers_are_refused(kickmsg, number):
    for words in (
        ["top", "--interval", number],
        ["watch", "--interval", number],
        ["watch", "--seconds", number],
        ["list", "--rates", number],
        ["hz", "imu", "--window", number],
        ["pub", "imu", "x", "--rate", number],
        ["call", "plan", "--timeout", number],
    ):
        assert kickmsg(*words).code == 64, words


def test_an_output_that_is_full_is_an_error(kickmsg, folder, actor, prefix):
    ready(actor, prefix)
    for words in (["list"], ["list", "--json"], ["info", "imu"], ["echo", "imu", "--seconds", "0.2"], ["doctor"], ["diagnose"]):
        if words[0] == "echo":
            subprocess.Popen(["sh", "-c", "sleep 0.05"]).wait()
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [str(folder / "kickmsg"), *words, "--prefix", prefix], stdout=full, stderr=subprocess.PIPE, text=True, env=environment()
            )
        if words[0] != "echo":  # which had nothing to say
            assert done.returncode == 2 and "the output cannot be written" in done.stderr, words


def test_closed_files_take_no_region_for_the_output(folder, actor, prefix):
    one = ready(actor, prefix)
    before = Path(f"/dev/shm/{prefix}_imu").read_bytes()
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        for words in ("list", "info imu", "stats imu --json", "diagnose", "doctor", "top -n 1 --interval 0.01", "watch --seconds 0.01"):
            command = f"exec {folder}/kickmsg {words} --prefix {prefix} {closed}"
            done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, env=environment())
            assert done.returncode in (0, 1, 2), (closed, words)
            assert done.returncode == 2 or ">&-" not in closed.replace("2>&-", ""), (closed, words)
    assert Path(f"/dev/shm/{prefix}_imu").read_bytes() == before
    one("send 1 still")


@pytest.mark.parametrize("words", [*LISTENING, ["watch"], ["top", "--interval", "0.05"], ["pub", "imu", "--stdin"]])
def test_what_nobody_reads_any_more_ends_though_nothing_happens(folder, kickmsg, actor, prefix, words):
    ready(actor, prefix)
    process = subprocess.Popen(
        [str(folder / "kickmsg"), *words, "--prefix", prefix],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    process.stdout.close()
    try:
        assert process.wait(60) in (0, 1), "a reader that has gone is no fault"
    finally:
        process.kill()
        process.stdin.close()
    subscribers = kickmsg("list", "--json").document["regions"][0]["subscribers"]
    assert subscribers == {"alive": 1, "dead": 0}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_command_that_lasts_ends_by_a_signal_and_leaves_nothing(folder, kickmsg, actor, prefix, number):
    ready(actor, prefix)
    started = []
    for words in (*LASTING, ["pub", "imu", "--stdin"]):
        process = subprocess.Popen(
            [str(folder / "kickmsg"), *words, "--prefix", prefix],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        started.append((words, process))
        if "later" not in words and words[0] not in ("watch", "top"):
            wait_until(lambda pid=process.pid: str(pid) in kickmsg("who", "imu").out)
        else:
            wait_until(lambda pid=process.pid: catches(pid, number))
    for words, process in started:
        process.send_signal(number)
        try:
            code = process.wait(60)
        finally:
            process.kill()
            process.stdin.close()
        assert code in (0, 1) or "--wait" in words, (words, code)
    region = kickmsg("list", "--json").document["regions"][0]
    assert (region["subscribers"], region["publishers"]) == ({"alive": 1, "dead": 0}, {"alive": 1, "dead": 0})
    assert kickmsg("diagnose").code in (0, 1) and region["sent"] <= 1, "what waits for its time is not sent earlier"


def catches(pid, number):
    caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(caught[1], 16) >> (number - 1) & 1


def frames(folder, prefix, rows, columns, keys=b"", stdin=None):
    own, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    before = termios.tcgetattr(its)
    process = subprocess.Popen(
        [str(folder / "kickmsg"), "top", "--interval", "0.05", "-n", "3", "--participants", "--prefix", prefix],
        stdin=stdin or its,
        stdout=its,
        stderr=its,
        env=environment({"TERM": "xterm"}),
    )
    os.write(own, keys)
    written = b""
    while process.poll() is None or not written.endswith(b"\033[?1049l"):
        try:
            written += os.read(own, 65536)
        except OSError:
            break
        if written.endswith(b"\033[?1049l"):
            break
    assert process.wait(60) in (0, 1)
    assert termios.tcgetattr(its) == before, "the terminal is as it was"
    os.close(its)
    os.close(own)
    return re.sub(r"\033\[(\d*m|K|J|\?\d+[hl])", "", written.decode().replace("\r\r\n", "\r\n")).split("\033[H")[1:]  # the terminal's ONLCR


@pytest.mark.parametrize("rows, columns", [(1, 1), (2, 3), (3, 10), (4, 15), (24, 17), (2, 200)])
def test_top_fits_the_smallest_terminal(folder, actor, prefix, rows, columns):
    ready(actor, prefix)
    all_frames = frames(folder, prefix, rows, columns, b"jjesr")
    assert all_frames
    for frame in all_frames:
        lines = frame.split("\r\n")
        assert len(lines) <= rows and all(len(line) <= columns for line in lines), frame


def test_json_that_is_nested_without_end_is_no_json(folder, kickmsg, actor, prefix, tmp_path):
    assert kickmsg("pub", "deep", "x", "--create", "--max-payload", "400000").code == 0
    (tmp_path / "deep").write_bytes(b"[" * 200000 + b"]" * 200000)
    for form in ([], ["--json"]):
        echo = subprocess.Popen(
            [str(folder / "kickmsg"), "echo", "deep", "--format", "json", "-n", "1", "--prefix", prefix, *form],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert " joined /" in echo.stderr.readline()
        assert kickmsg("pub", "deep", "--file", str(tmp_path / "deep")).code == 0
        out = echo.communicate(timeout=60)[0]
        assert echo.returncode == 0 and (out.startswith("no JSON: [[[") if not form else json.loads(out)["json"] is None)


def test_what_cannot_be_read_is_not_sent(kickmsg, actor, prefix, tmp_path):
    ready(actor, prefix)
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "nothing", "No such file")):
        outcome = kickmsg("pub", "imu", "--file", str(path))
        assert outcome.code == 2 and reason in outcome.err and "report it" not in outcome.err
    assert kickmsg("info", "imu", "--json").document["region"]["sent"] == 0


def test_a_region_of_another_version_or_none_is_refused_by_all_that_join(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} old")
    one("leave")
    path = Path(f"/dev/shm/{prefix}_old")
    good = path.read_bytes()
    for change, reason in ((struct.pack("<I", 1), "layout version 1"), (struct.pack("<I", 4000000000), "layout version 4000000000")):
        path.write_bytes(good[:8] + change + good[12:])
        for words in (["echo"], ["hz"], ["bw"], ["delay"], ["pub", "x"], ["recover"], ["schema"], ["who"]):
            outcome = kickmsg(
                words[0], "old", *words[1:], *([] if words[0] in ("pub", "recover", "schema", "who") else ["--seconds", "0.1"])
            )
            assert outcome.code == 2 and reason in outcome.err and " joined " not in outcome.err, (words, outcome.err)
    path.write_bytes(b"")
    for words in (["echo"], ["pub", "x"], ["recover"], ["schema"], ["who"]):
        outcome = kickmsg(words[0], "old", *words[1:])
        assert outcome.code == 2 and outcome.out == "" and " joined " not in outcome.err, (words, outcome.err)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_who_may_not_join_is_told_so_and_leaves_nothing(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} shown mode=0644")
    one(f"serve {prefix} plan")
    other = {"user": 12345, "group": 12345, "extra_groups": []}
    for words in (["echo", "shown", "--seconds", "0.1"], ["pub", "shown", "x"], ["call", "plan", "x"], ["unlink", "shown", "--yes"]):
        outcome = kickmsg(*words, **other)
        assert outcome.code == 2 and outcome.out == "" and outcome.err.startswith("kickmsg: ") and "(" in outcome.err, words
    assert kickmsg("info", "shown", **other).code == 0
    assert Path(f"/dev/shm/{prefix}_shown").exists()


def test_a_machine_without_shared_memory(folder, prefix):
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount namespace can be made here")
    script = "mount -t tmpfs -o size=64k,mode=0755 tmpfs /dev/shm && {}"
    for words, code in (
        ("list", 1),
        ("who", 1),
        ("diagnose", 0),
        ("doctor", 1),
        ("info imu", 2),
        ("prune --all", 1),
        ("pub imu x --create", 2),
    ):
        command = script.format(f"exec {folder}/kickmsg {words}")
        done = subprocess.run(["unshare", "--mount", "sh", "-c", command], capture_output=True, text=True, timeout=60, env=environment())
        assert done.returncode == code, (words, done.stdout, done.stderr)


def test_a_listener_whose_reader_is_stopped_ends_by_a_signal(start, kickmsg, actor, prefix):
    one = ready(actor, prefix)
    echo = start("echo", "imu")
    assert " joined /" in echo.stderr.readline()
    for _ in range(200):  # more than a pipe holds
        one("send 20 " + "x" * 800)
    wait_until(lambda: "pipe_write" in Path(f"/proc/{echo.pid}/wchan").read_text() or is_asleep_in_write(echo.pid))
    echo.terminate()
    assert echo.wait(60) == 0
    assert kickmsg("list", "--json").document["regions"][0]["subscribers"] == {"alive": 1, "dead": 0}


def is_asleep_in_write(pid):
    try:
        return Path(f"/proc/{pid}/syscall").read_text().split()[0] == "1"
    except (OSError, IndexError):
        return True


def test_top_without_a_keyboard_goes_on(folder, actor, prefix):
    ready(actor, prefix)
    assert len(frames(folder, prefix, 24, 80, stdin=subprocess.DEVNULL)) >= 3
