"""list, info, stats, who, schema, schema-diff, watch, top: against processes that live, are stopped, and were killed."""

import json
import os
import random
import re
import subprocess
import time
from pathlib import Path

import pytest
from conftest import wait_until


def region_bytes(prefix):
    return {path.name: path.read_bytes() for path in Path("/dev/shm").glob(f"{prefix}*")}


def test_list_shows_every_kind_with_the_living_and_the_dead(kickmsg, actor, prefix):
    living, killed = actor(), actor()
    living(f"advertise {prefix} imu")
    living(f"subscribe {prefix} imu")
    living(f"broadcast {prefix} chat")
    living(f"mailbox {prefix} reply")
    living(f"raw /{prefix}_raw")
    killed(f"subscribe {prefix} imu")
    killed.kill()
    regions = {region["name"]: region for region in kickmsg("list", "--json").document["regions"]}
    assert {name: region["kind"] for name, region in regions.items()} == {
        "imu": "topic",
        "chat": "broadcast",
        "actor/reply": "mailbox",
        f"/{prefix}_raw": "region",
    }
    assert regions["imu"]["publishers"] == {"alive": 1, "dead": 0}
    assert regions["imu"]["subscribers"] == {"alive": 1, "dead": 1}
    assert regions["imu"]["bytes"] == os.stat(f"/dev/shm/{prefix}_imu").st_size
    text = kickmsg("list")
    assert text.code == 0
    assert re.search(r"^topic +imu +\S+ +1 +1\+1 dead +0 +\S+ +ready", text.out, re.MULTILINE)
    assert "\033" not in text.out, "no colours in a pipe"
    assert kickmsg("list", "--names").out.splitlines() == ["actor/reply", "chat", "imu", f"/{prefix}_raw"]


def test_list_of_nothing_says_so_by_its_code(kickmsg):
    outcome = kickmsg("list", "--json")
    assert (outcome.code, outcome.document["regions"]) == (1, [])


def test_list_looks_twice_for_rates(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    one(f"subscribe {prefix} imu")
    assert kickmsg("list", "--json").document["regions"][0]["rate"] is None
    one("send 7 hello")
    region = kickmsg("list", "--json", "--rates", "0.05").document["regions"][0]
    assert region["rate"] == 0 and region["sent"] == 7


def test_info_says_what_was_decided(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu pool=32 ring=4 mode=0640")
    one(f"open /{prefix}_imu")
    one("type robot/Imu 3 24 8 0")
    region = kickmsg("info", "imu", "--json").document["region"]
    assert region["config"]["pool_size"] == 32
    assert region["config"]["mode"] == 0o640
    assert region["message_type"]["text"] == "robot/Imu version 3 (24 bytes at multiples of 8)"
    assert region["creator"]["pid"] == one.pid
    text = kickmsg("info", "imu").out
    assert "32 slots" in text and "mode          0640" in text and "robot/Imu version 3" in text


def test_a_name_that_is_not_there_is_an_error_with_a_remedy(kickmsg, actor, prefix):
    outcome = kickmsg("info", "nothing")
    assert outcome.code == 2 and outcome.out == ""
    assert "kickmsg list shows what there is" in outcome.err
    one = actor()
    one(f"advertise {prefix}_other imu")
    outcome = kickmsg("info", "imu")
    assert outcome.code == 2 and f"--prefix {prefix}_other" in outcome.err


def test_the_prefix_comes_from_the_environment(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    assert kickmsg("info", "imu", scoped=False, env={"KICKMSG_PREFIX": prefix}).code == 0


def test_stats_says_who_reads_who_loses_and_who_holds(kickmsg, actor, prefix):
    sends, loses, hoards = actor(), actor(), actor()
    sends(f"advertise {prefix} imu views=2")
    loses(f"subscribe {prefix} imu")
    hoards(f"subscribe {prefix} imu")
    loses.stop()
    sends("send 20 hello")
    assert hoards("view 5") == "2"
    region = kickmsg("stats", "imu", "--json").document["region"]
    by_pid = {subscriber["pid"]: subscriber for subscriber in region["subscriber_list"]}
    assert by_pid[loses.pid]["unread"] == 8 and by_pid[loses.pid]["evicted"] == 12
    assert by_pid[hoards.pid]["views"] == 2 and by_pid[hoards.pid]["views_refused"] > 0
    assert region["pool"]["orphaned"] == 0 and region["last_length"] == 5
    assert [publisher["sent"] for publisher in region["publisher_list"]] == [20]
    assert sum(region["pool"][use] for use in ("free", "kept", "unread", "held")) == 64
    text = kickmsg("stats", "imu").out
    assert re.search(rf"pid {loses.pid} +kickmsg_actor, stopped +live", text)
    loses.go_on()


def test_who_names_processes_only_where_they_have_the_region_open(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    one(f"subscribe {prefix} imu")
    people = kickmsg("who", "imu", "--json").document["participants"]
    assert {(person["kind"], person["command"], person["verified"]) for person in people} == {
        ("publisher", "kickmsg_actor", True),
        ("subscriber", "kickmsg_actor", True),
    }
    by_pid = kickmsg("who", str(one.pid), "--json").document["participants"]
    assert len(by_pid) == 2
    assert kickmsg("who", "4000000", "--json").code == 1


def test_who_and_watch_say_once_what_a_process_is_many_times(kickmsg, actor, prefix):
    one = actor()
    for _ in range(3):
        one(f"advertise {prefix} imu")
    one(f"subscribe {prefix} imu")
    lines = kickmsg("who", "imu").out.splitlines()
    assert len(lines) == 3 and "publisher x3" in "\n".join(lines), lines
    assert len(kickmsg("who", "imu", "--json").document["participants"]) == 4
    first = kickmsg("watch", "imu", "--seconds", "0.05").out.splitlines()
    assert len(first) == 3 and "publisher x3" in "\n".join(first), first


def test_who_says_that_there_is_nobody(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    one("leave")
    nobody = kickmsg("who", "imu")
    assert (nobody.code, nobody.out) == (1, "") and "nobody" in nobody.err
    assert kickmsg("who", "imu", "--json").document["participants"] == []


def test_who_marks_the_number_of_another_pid_namespace(kickmsg, folder, prefix, actor):
    made = actor()
    made(f"advertise {prefix} imu")
    if subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True).returncode != 0:
        pytest.skip("no pid namespace can be made here")
    other = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", str(folder / "kickmsg_actor")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        other.stdin.write(f"subscribe {prefix} imu\n")
        other.stdin.flush()
        assert other.stdout.readline().startswith("ok")
        (person,) = [each for each in kickmsg("who", "imu", "--json").document["participants"] if each["kind"] == "subscriber"]
        assert person["pid"] == 1 and person["alive"] and not person["verified"]
        assert re.search(r"^ *1 +\S+\? +subscriber", kickmsg("who", "imu").out, re.MULTILINE)
    finally:
        other.kill()
        other.communicate()


def test_schema_and_its_differences(kickmsg, actor, prefix):
    one = actor()
    for topic in ("a", "b"):
        one(f"advertise {prefix} {topic}")
        one(f"open /{prefix}_{topic}")
    assert kickmsg("schema", "a").code == 1
    one("type robot/Pose 2 16 8 0")
    outcome = kickmsg("schema", "b", "--json")
    assert outcome.code == 0 and outcome.document["message_type"]["version"] == 2
    assert kickmsg("schema-diff", "a", "b", "--json").document["differences"] == ["presence"]
    one(f"open /{prefix}_a")
    one("type robot/Pose 1 24 8 0")
    different = kickmsg("schema-diff", "a", "b", "--json")
    assert (different.code, different.document["differences"]) == (1, ["layout", "version"])
    assert kickmsg("schema-diff", "a", "a").code == 0


def test_looking_changes_no_byte_and_joins_nothing(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    one(f"subscribe {prefix} imu")
    one("send 3 hello")
    before = region_bytes(prefix)
    for words in (
        ["list"],
        ["info", "imu"],
        ["stats", "imu"],
        ["who", "imu"],
        ["schema", "imu"],
        ["diagnose"],
        ["doctor"],
        ["top", "-n", "1", "--interval", "0.1"],
    ):
        kickmsg(*words)
    assert region_bytes(prefix) == before


def test_watch_says_what_happens(kickmsg, start, actor, prefix):
    first, second = actor(), actor()
    first(f"advertise {prefix} imu")
    seen = []
    watch = start("watch", "imu", "--interval", "0.02", "--json")

    def next_event():
        seen.append(json.loads(watch.stdout.readline()))
        return seen[-1]["event"], seen[-1]["pid"]

    assert next_event() == ("there", None)
    assert next_event() == ("there", first.pid)
    second(f"subscribe {prefix} imu")
    assert next_event() == ("joined", second.pid)
    first("send 12 hello")
    assert next_event() == ("lost", second.pid)
    assert seen[-1]["lost"] == 4
    second.kill()
    assert next_event() == ("died", second.pid)
    assert kickmsg("recover", "imu").code == 0
    assert next_event() == ("recovered", second.pid)
    watch.terminate()
    assert watch.wait(60) == 0


def test_top_in_a_pipe_writes_documents(kickmsg, actor, prefix):
    one, other = actor(), actor()
    one(f"advertise {prefix} imu")
    other(f"subscribe {prefix} imu")
    one("send 3 hello")
    documents = kickmsg("top", "--json", "-n", "2", "--interval", "0.1").documents
    assert len(documents) == 2
    (region,) = documents[1]["regions"]
    assert region["unread"] == 3 and region["rate"] == 0 and region["free"] is not None
    assert {participant["pid"] for participant in region["participants"]} == {one.pid, other.pid}
    text = kickmsg("top", "-n", "1", "--interval", "0.1", "--participants")
    assert re.search(rf"^ +< {other.pid} +\S* *0 ", text.out, re.MULTILINE), text.out


def tmux(*words):
    return subprocess.run(["tmux", "-L", f"kickmsg-{os.getpid()}", *words], capture_output=True, text=True, timeout=60).stdout


def test_top_on_a_terminal_fits_it_and_obeys_its_keys(folder, actor, prefix):
    one, other = actor(), actor()
    one(f"advertise {prefix} imu")
    other(f"subscribe {prefix} imu")
    one(f"advertise {prefix} scan")
    one("send 3 hello")
    try:
        for columns, rows in ((80, 24), (200, 50)):
            tmux(
                "new-session",
                "-d",
                "-x",
                str(columns),
                "-y",
                str(rows),
                "-s",
                "top",
                f"{folder}/kickmsg top --interval 0.2 --prefix {prefix}",
            )
            wait_until(lambda: "imu" in tmux("capture-pane", "-p", "-t", "top"))
            lines = tmux("capture-pane", "-p", "-t", "top").splitlines()
            assert lines[0].startswith("kickmsg top: 2 regions")
            assert "RATE/s" in lines[1] and all(len(line) <= columns for line in lines)
            assert lines[rows - 1].startswith("q quit")
            tmux("send-keys", "-t", "top", "e")
            wait_until(lambda: f"< {other.pid}" in tmux("capture-pane", "-p", "-t", "top"))
            tmux("send-keys", "-t", "top", "s")
            wait_until(lambda: "vBYTES/s" in tmux("capture-pane", "-p", "-t", "top"))
            tmux("send-keys", "-t", "top", "q")
            wait_until(lambda: "top:" not in tmux("list-sessions"))
    finally:
        tmux("kill-server")


def test_what_sees_may_be_killed_at_any_time(start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    one(f"subscribe {prefix} imu")
    one("send 3 hello")
    before = region_bytes(prefix)
    number = random.Random(3)
    for words in (["top", "--interval", "0.001"], ["watch", "--interval", "0.001"], ["stats", "imu"], ["diagnose"]) * 3:
        process = start(*words)
        time.sleep(number.random() * 0.02)
        process.kill()
        process.wait()
    assert region_bytes(prefix) == before
