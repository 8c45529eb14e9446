"""diagnose, recover, prune, unlink, doctor: faults are planted, found, and mended."""

import os
import struct
from pathlib import Path

import pytest


def codes(outcome):
    return sorted(finding["code"] for finding in outcome.document["findings"])


def test_a_healthy_system_is_healthy(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    one(f"subscribe {prefix} imu")
    one("send 3 hello")
    outcome = kickmsg("diagnose", "--json")
    assert (outcome.code, codes(outcome), outcome.document["looked_at"]) == (0, [], 1)
    assert kickmsg("diagnose").out.startswith("healthy")


def test_the_dead_are_found_and_recovered(kickmsg, actor, prefix):
    living, killed = actor(), actor()
    living(f"advertise {prefix} imu")
    killed(f"advertise {prefix} imu")
    killed(f"subscribe {prefix} imu")
    killed("send 3 hello")
    assert killed("view 1") == "1"
    killed.kill()
    outcome = kickmsg("diagnose", "imu", "--json")
    assert (outcome.code, codes(outcome)) == (1, ["dead", "orphaned"])
    assert str(killed.pid) in outcome.document["findings"][0]["text"]
    assert f"kickmsg recover /{prefix}_imu" in kickmsg("diagnose").out
    (recovered,) = kickmsg("recover", "imu", "--json").document["regions"]
    assert recovered["participants"] == 2 and recovered["rings"] == 1 and recovered["slots"] >= 3
    assert kickmsg("diagnose").code == 0
    assert kickmsg("recover", "--all").out == "nothing to bring back\n"
    living("send 1 still")


def test_a_subscriber_that_is_stopped_or_hoards_is_found(kickmsg, actor, prefix):
    sends, stopped, hoards = actor(), actor(), actor()
    sends(f"advertise {prefix} imu views=2")
    stopped(f"subscribe {prefix} imu")
    hoards(f"subscribe {prefix} imu")
    sends("send 3 hello")
    hoards("view 3")
    sends("send 6 hello")
    stopped.stop()
    findings = {finding["code"]: finding for finding in kickmsg("diagnose", "--json").document["findings"]}
    assert set(findings) == {"full", "views"}
    assert f"pid {stopped.pid} (kickmsg_actor, stopped)" in findings["full"]["text"]
    assert findings["full"]["remedy"] == f"kill -CONT {stopped.pid}"
    assert f"pid {hoards.pid}" in findings["views"]["text"]
    stopped.go_on()


def plant_version(path, version):
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 8, version)
    path.write_bytes(data)


def test_a_stale_layout_is_found_and_removed(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} old")
    one("leave")
    plant_version(Path(f"/dev/shm/{prefix}_old"), 1)
    outcome = kickmsg("diagnose", "--json")
    assert (outcome.code, codes(outcome)) == (1, ["stale-layout"])
    assert "layout version 1" in outcome.document["findings"][0]["text"]
    assert any(
        check["what"] == "layout versions" and check["verdict"] == "warning" for check in kickmsg("doctor", "--json").document["checks"]
    )
    assert kickmsg("unlink", "old").code == 64, "there is nobody to ask"
    assert kickmsg("unlink", "old", "--yes", "--json").document["removed"]
    assert not Path(f"/dev/shm/{prefix}_old").exists()


def test_what_cannot_be_read_or_is_kept_says_what_to_do_at_a_terminal(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    other = actor()
    region = other(f"advertise {prefix} old")
    other("leave")
    with open(f"/dev/shm{region}", "r+b") as file:
        file.seek(24)
        file.write(b"\xff" * 8)
    info = kickmsg("info", "old").out
    assert f"kickmsg unlink {region}" in info and "SharedMemory" not in info, info
    for words in (["prune", "--dry-run"], ["prune"]):
        kept = kickmsg(*words).out
        assert f"kickmsg unlink {region}" in kept and f"kickmsg who /{prefix}_imu" in kept, kept
        assert "SharedMemory" not in kept


def test_unlink_leaves_users_what_they_have(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    document = kickmsg("unlink", "imu", "--yes", "--json").document
    assert document["users"] == 1 and document["removed"]
    one("send 1 hello")


def test_prune_removes_what_nobody_alive_uses(kickmsg, actor, prefix):
    living, gone = actor(), actor()
    living(f"advertise {prefix} used")
    gone(f"advertise {prefix} left")
    gone.kill()
    assert kickmsg("prune", scoped=False).code == 64, "of every prefix only when asked for"
    dry = kickmsg("prune", "--dry-run", "--json").document
    assert dry["removed"] == [f"/{prefix}_left"] and [kept["region"] for kept in dry["kept"]] == [f"/{prefix}_used"]
    assert Path(f"/dev/shm/{prefix}_left").exists()
    done = kickmsg("prune", "--json")
    assert done.code == 0 and done.document["removed"] == dry["removed"]
    assert [kept["region"] for kept in done.document["kept"]] == [f"/{prefix}_used"]
    assert not Path(f"/dev/shm/{prefix}_left").exists()
    assert kickmsg("prune").code == 1, "nothing to remove"


def test_doctor_looks_at_the_machine(kickmsg):
    outcome = kickmsg("doctor", "--json")
    checks = {check["what"]: check for check in outcome.document["checks"]}
    assert {"/dev/shm", "mount", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "control group", "RemoveIPC", "kernel", "/proc", "permissions"} <= set(
        checks
    )
    assert all((check["remedy"] is None) == (check["verdict"] == "ok") for check in checks.values())
    assert outcome.code == int(any(check["verdict"] != "ok" for check in checks.values()))
    assert "-> " in kickmsg("doctor").out or outcome.code == 0


def test_doctor_sees_a_limit_that_is_too_small(kickmsg):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    outcome = kickmsg("doctor", "--json", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1])))
    (check,) = [check for check in outcome.document["checks"] if check["what"] == "RLIMIT_FSIZE"]
    assert check["verdict"] == "warning" and "ulimit -f" in check["remedy"]


GIB = 2**30
NO_LIMIT = 9223372036854771712  # as version 1 writes it


def group(root, where, version, limit, usage, cache=0):
    """A control group below `root`."""
    folder = root / "sys/fs/cgroup" / where
    folder.mkdir(parents=True, exist_ok=True)
    names = {1: ("memory.limit_in_bytes", "memory.usage_in_bytes"), 2: ("memory.max", "memory.current")}[version]
    for name, value in zip(names, (limit, usage)):
        (folder / name).write_text(f"{value}\n")
    (folder / "memory.stat").write_text(f"{'total_' if version == 1 else ''}inactive_file {cache}\n")


def verdict_on_groups(kickmsg, root, membership):
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    (root / "proc/self/cgroup").write_text(membership)
    outcome = kickmsg("doctor", "--json", "--root", str(root))
    (check,) = [check for check in outcome.document["checks"] if check["what"] == "control group"]
    return check["verdict"], check["text"], check["remedy"]


@pytest.mark.parametrize("version", [1, 2])
def test_doctor_sees_the_memory_limit_of_both_versions_of_control_groups(kickmsg, tmp_path, version):
    base, name, unlimited = {1: ("memory/", "memory.limit_in_bytes", NO_LIMIT), 2: ("", "memory.max", "max")}[version]
    membership = {1: "5:cpu,cpuacct:/\n4:memory:/robot/driver\n0::/\n", 2: "0::/robot/driver\n"}[version]
    group(tmp_path, base + "robot", version, GIB, GIB - 4096)
    group(tmp_path, base + "robot/driver", version, unlimited, 4096)
    verdict, text, remedy = verdict_on_groups(kickmsg, tmp_path, membership)
    assert verdict == "warning" and text.startswith("4.0K can be had under the limit of 1.0G in ") and name in remedy
    assert f"/sys/fs/cgroup/{base}robot/{name}" in text
    group(tmp_path, base + "robot", version, GIB, GIB - 4096, cache=GIB // 2)
    assert verdict_on_groups(kickmsg, tmp_path, membership)[0] == "ok", "files' pages make room"
    group(tmp_path, base + "robot", version, unlimited, GIB)
    assert verdict_on_groups(kickmsg, tmp_path, membership)[:2] == ("ok", "no memory limit is seen")


@pytest.mark.parametrize("version", [1, 2])
def test_doctor_sees_the_limit_of_a_container_that_shows_no_path(kickmsg, tmp_path, version):
    """The path is of the machine, or lies above: the mount itself is the container's own group."""
    base = {1: "memory", 2: ""}[version]
    group(tmp_path, base, version, 8192, 4096)
    for path in ("/docker/0123456789ab", "/../../other", "/"):
        membership = {1: f"4:memory:{path}\n", 2: f"0::{path}\n"}[version]
        verdict, text, _ = verdict_on_groups(kickmsg, tmp_path, membership)
        assert verdict == "warning" and "4.0K can be had under the limit of 8.0K" in text, path


def test_doctor_knows_where_there_is_no_control_group(kickmsg, tmp_path):
    for membership in ("", "0::/\n", "4:memory:/gone\n", "nonsense\n::::\n"):
        assert verdict_on_groups(kickmsg, tmp_path, membership)[:2] == ("ok", "no memory limit is seen"), membership


def test_doctor_reads_what_logind_was_told(kickmsg, tmp_path):
    (tmp_path / "run/systemd/seats").mkdir(parents=True)
    (tmp_path / "etc/systemd").mkdir(parents=True)
    texts = {}
    for told in ("RemoveIPC=no", "RemoveIPC=yes"):
        (tmp_path / "etc/systemd/logind.conf").write_text(f"[Login]\n{told}\n")
        outcome = kickmsg("doctor", "--json", "--root", str(tmp_path))
        (check,) = [check for check in outcome.document["checks"] if check["what"] == "RemoveIPC"]
        texts[told] = check["text"]
    assert texts["RemoveIPC=no"] == "no" and texts["RemoveIPC=yes"].startswith("yes")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_shown_what_it_may_read(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} shown mode=0644")
    one(f"advertise {prefix} hidden")
    other = {"user": 12345, "group": 12345, "extra_groups": []}
    regions = {region["region"]: region for region in kickmsg("list", "--json", **other).document["regions"]}
    assert regions[f"/{prefix}_shown"]["publishers"]["alive"] == 1
    assert regions[f"/{prefix}_hidden"]["status"] == "unreadable"
    outcome = kickmsg("diagnose", "--json", **other)
    assert (outcome.code, codes(outcome)) == (1, ["no-permission"])
    refused = kickmsg("recover", "hidden", **other)
    assert refused.code == 2 and refused.out == "" and "kickmsg: " in refused.err
    (check,) = [check for check in kickmsg("doctor", "--json", **other).document["checks"] if check["what"] == "permissions"]
    assert check["verdict"] == "warning" and check["text"].startswith("2 ")
