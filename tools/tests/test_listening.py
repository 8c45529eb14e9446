"""echo, hz, bw, pub: they join as ordinary participants, say so, and give everything back."""

import json
import re
import signal
import struct
import subprocess

import pytest
from conftest import wait_until


def joined(process):
    line = process.stderr.readline()
    assert " joined /" in line, line
    return line


def test_echo_shows_messages_in_every_form(kickmsg, start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    forms = {"hex": "7b2278223a317d", "text": '{"x":1}', "json": {"x": 1}}
    seen = []
    for form, expected in forms.items():
        echo = start("echo", "imu", "--json", "-n", "1", "--format", form)
        assert f"joined /{prefix}_imu as a subscriber, pid {echo.pid}" in joined(echo)
        one('send 1 {"x":1}')
        document = json.loads(echo.stdout.readline())
        assert document[form] == expected and document["length"] == 7 and document["sequence"] == len(seen) + 1
        seen.append(document)
        assert echo.wait(60) == 0
    assert kickmsg("diagnose").code == 0


def test_echo_reads_a_struct(kickmsg, start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} pose")
    echo = start("echo", "pose", "-n", "1", "--format", "f64 x, u8 n, u16[2] ids, char[4] name")
    joined(echo)
    payload = struct.pack("<dBxHH4s", 1.5, 7, 1, 2, b"ab")
    assert kickmsg("pub", "pose", "--hex", payload.hex()).code == 0
    assert json.loads(echo.stdout.readline()) == {"x": 1.5, "n": 7, "ids": [1, 2], "name": "ab"}
    assert kickmsg("echo", "pose", "--format", "f65 x").code == 64


def test_echo_follows_the_type_of_numbers(start, kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} scan")
    one(f"open /{prefix}_scan")
    one("type float32 0 4 4 1")
    echo = start("echo", "scan", "-n", "1")
    joined(echo)
    kickmsg("pub", "scan", "--hex", struct.pack("<ff", 0.5, 2).hex())
    assert json.loads(echo.stdout.readline()) == [{"value": 0.5}, {"value": 2.0}]


def test_hex_is_a_dump(start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    echo = start("echo", "imu", "-n", "1")
    joined(echo)
    one("send 1 hello, world of dumps")
    text = echo.communicate(timeout=60)[0]
    assert "00000000  68 65 6c 6c 6f 2c 20 77  6f 72 6c 64 20 6f 66 20 |hello, world of |" in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_listener_that_is_ended_leaves_nothing(kickmsg, start, actor, prefix, number):
    one = actor()
    one(f"advertise {prefix} imu")
    echo = start("echo", "imu")
    joined(echo)
    assert kickmsg("list", "--json").document["regions"][0]["subscribers"]["alive"] == 1
    echo.send_signal(number)
    assert echo.wait(60) == 0
    assert kickmsg("list", "--json").document["regions"][0]["subscribers"] == {"alive": 0, "dead": 0}


def test_a_listener_whose_reader_has_gone_ends(kickmsg, start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    echo = start("echo", "imu")
    joined(echo)
    echo.stdout.close()
    one("send 2 hello")
    assert echo.wait(60) == 0
    assert kickmsg("list", "--json").document["regions"][0]["subscribers"] == {"alive": 0, "dead": 0}


def test_what_a_killed_listener_leaves_is_recovered(kickmsg, start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    echo = start("echo", "imu")
    joined(echo)
    one("send 20 hello")
    echo.kill()
    echo.wait()
    assert kickmsg("diagnose").code == 1
    assert kickmsg("recover", "--all").code == 0
    assert kickmsg("diagnose").code == 0


def test_hz_and_bw_measure(start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu ring=64")
    for name, field in (("hz", "rate"), ("bw", "bytes_per_second")):
        measuring = start(name, "imu", "--json", "--window", "0.2", "--seconds", "0.5")
        joined(measuring)
        one("send 20 hello")
        lines = [json.loads(line) for line in measuring.communicate(timeout=60)[0].splitlines()]
        assert sum(line["messages"] for line in lines) == 20 and max(line[field] for line in lines) > 0
        assert measuring.returncode == 0
    silent = start("hz", "imu", "--seconds", "0.1")
    assert silent.wait(60) == 1


def test_delay_measures_what_says_when_it_was_sent(kickmsg, start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} timed ring=64 times=1")
    one(f"advertise {prefix} plain")
    measuring = start("delay", "timed", "--json", "--seconds", "0.3", "--window", "0.1")
    joined(measuring)
    one(f"advertise {prefix} timed ring=64 times=1")
    one("send 20 hello")
    lines = [json.loads(line) for line in measuring.communicate(timeout=60)[0].splitlines()]
    assert sum(line["messages"] for line in lines) == 20
    assert all(0 <= line["least_s"] <= line["p50_s"] <= line["p99_s"] <= line["most_s"] for line in lines)
    refused = kickmsg("delay", "plain")
    assert refused.code == 2 and "Config::send_time" in refused.err


def test_pub_sends_from_everywhere(kickmsg, start, actor, prefix, tmp_path):
    assert kickmsg("pub", "imu", "hello").code == 2, "there is no such topic"
    assert "made the topic" in kickmsg("pub", "imu", "hello", "--create").err
    one = actor()
    one(f"subscribe {prefix} imu")
    (tmp_path / "payload").write_bytes(b"\0\1")
    assert kickmsg("pub", "imu", "hello", "-n", "3", "--rate", "1000", "--json").document["sent"] == 3
    assert kickmsg("pub", "imu", "--file", str(tmp_path / "payload")).code == 0
    assert kickmsg("pub", "imu", "--stdin", stdin="one\ntwo\n").code == 0
    assert one("receive 10") == "6"
    assert kickmsg("pub", "imu", "x", "--hex", "00").code == 64
    assert kickmsg("pub", "imu", "x" * 5000).code == 2
    assert kickmsg("diagnose").code == 0


def test_pub_at_a_rate_goes_on_until_it_is_ended(kickmsg, start, actor, prefix):
    one = actor()
    one(f"advertise {prefix} imu")
    one(f"subscribe {prefix} imu")
    sender = start("pub", "imu", "hello", "--rate", "200", "--json")
    wait_until(lambda: kickmsg("list", "--json").document["regions"][0]["sent"] >= 3)
    sender.terminate()
    assert json.loads(sender.communicate(timeout=60)[0])["sent"] >= 3
    assert kickmsg("pub", "imu", "hello", "--rate", "200", "-n", "2", "--json").document["sent"] == 2
    assert kickmsg("pub", "imu", "hello", "--json").document["sent"] == 1


def test_pub_decides_the_geometry_of_a_provisional_topic_only_when_asked(kickmsg, actor, prefix):
    one = actor()
    one(f"expect {prefix} imu")
    assert kickmsg("list", "--json").document["regions"][0]["provisional"]
    assert " provisional " in kickmsg("list").out
    refused = kickmsg("pub", "imu", "hello")
    assert refused.code == 2 and "--create" in refused.err
    assert kickmsg("list", "--json").document["regions"][0]["provisional"]
    assert kickmsg("pub", "imu", "hello", "--create").code == 0
    assert not kickmsg("list", "--json").document["regions"][0]["provisional"]


def test_an_echo_that_waits_gets_what_comes(start, kickmsg, actor, prefix):
    echo = start("echo", "later", "--wait", "-n", "1", "--format", "text")
    one = actor()
    one(f"advertise {prefix} later")
    joined(echo)
    one("send 1 here")
    assert echo.communicate(timeout=60)[0] == "here\n"


def test_the_manual_and_the_completions_know_every_command(kickmsg):
    listed = re.findall(r"^  ([a-z][a-z-]*)  ", kickmsg("--help", scoped=False).out, re.MULTILINE)
    assert {"list", "top", "echo", "diagnose", "doctor", "completion"} <= set(listed)
    manual = kickmsg("--man", scoped=False).out.replace("\\-", "-")
    for shell in ("bash", "zsh", "fish"):
        script = kickmsg("completion", shell, scoped=False)
        assert script.code == 0 and all(command in script.out for command in listed)
    assert all(f"\n.B {command}" in manual for command in listed)
    assert "64 the command line" in manual


def test_a_command_line_that_is_not_understood_is_code_64(kickmsg):
    for words in (["nonsense"], ["info"], ["list", "--nonsense"], ["completion", "csh"], ["top", "--sort", "colour"], ["recover"]):
        outcome = kickmsg(*words, scoped=False)
        assert outcome.code == 64 and outcome.err, words


def test_top_is_quit_by_wait(start):
    top = start("top", "--interval", "0.05")
    wait_until(lambda: top.stdout.readline() != "")
    top.terminate()
    assert top.wait(60) in (0, 1)


def test_bash_completes_names_and_expands_none(folder, actor, prefix, tmp_path):
    one = actor()
    one(f"advertise {prefix} plain")
    region = one(f"advertise {prefix} $(touch${{IFS}}{tmp_path}/run)")
    assert region.startswith(f"/{prefix}_")
    script = f"""source {folder}/kickmsg.bash; PATH={folder}:$PATH; export KICKMSG_PREFIX={prefix}
kickmsg() {{ command kickmsg "$@" --prefix {prefix}; }}
COMP_WORDS=(kickmsg info ""); COMP_CWORD=2; _kickmsg; printf '%s\\n' "${{COMPREPLY[@]}}"
COMP_WORDS=(kickmsg li); COMP_CWORD=1; _kickmsg; printf '%s\\n' "${{COMPREPLY[@]}}" """
    words = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    assert "plain" in words and "--json" in words and words[-1] == "list"
    assert any(word.startswith("\\$\\(touch") for word in words), words
    assert not (tmp_path / "run").exists()
