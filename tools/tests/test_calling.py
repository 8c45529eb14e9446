"""call: it asks as an ordinary client, says what became of each call by its exit code, and gives everything back."""

import json
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from conftest import wait_until


def joined(process):
    line = process.stderr.readline()
    assert " joined /" in line, line
    return line


def answering(server, line):
    """The actor answers in the background: it waits for the request."""
    thread = threading.Thread(target=server, args=(line,))
    thread.start()
    return thread


def ends(kickmsg, side="requests"):
    region = kickmsg("info", f"{side}/plan", "--json").document["region"]
    return region["publishers"], region["subscribers"], region["handles"]


NOBODY = {"alive": 0, "dead": 0}
ONE = {"alive": 1, "dead": 0}


def test_an_answer_is_shown_in_every_form(kickmsg, actor, prefix):
    server = actor()
    server(f"serve {prefix} plan")
    forms = {"hex": "7b2278223a317d", "text": '{"x":1}', "json": {"x": 1}}
    for form, expected in forms.items():
        thread = answering(server, "answer 1 ")
        outcome = kickmsg("call", "plan", '{"x":1}', "--format", form, "--json")
        thread.join()
        assert outcome.code == 0 and outcome.document[form] == expected and outcome.document["length"] == 7
        assert outcome.document["service"] == "plan" and outcome.document["seconds"] > 0
        assert f"joined /{prefix}_service_plan_requests as a client, pid " in outcome.err
    thread = answering(server, "answer 1 answer to ")
    text = kickmsg("call", "plan", "me")
    thread.join()
    assert text.out.startswith("answer of 12 bytes after ") and "|answer to me|" in text.out
    assert ends(kickmsg) == (NOBODY, ONE, NOBODY) and ends(kickmsg, "responses") == (ONE, NOBODY, NOBODY)
    assert kickmsg("diagnose").code == 0


def test_an_answer_that_is_a_number_is_shown_as_one(kickmsg, actor, prefix):
    server = actor()
    server(f"typed {prefix} plan")
    thread = answering(server, "answer_bytes 0.5")
    outcome = kickmsg("call", "plan", "--hex", "00000000")
    thread.join()
    assert outcome.code == 0 and json.loads(outcome.out) == {"value": 0.5}


def test_requests_come_from_everywhere(kickmsg, actor, prefix, tmp_path):
    server = actor()
    server(f"serve {prefix} plan request=64")
    (tmp_path / "request").write_bytes(b"from a file")
    for words, stdin, answers in (
        ([], "", ["got "]),
        (["text"], "", ["got text"]),
        (["--hex", "6869"], "", ["got hi"]),
        (["--file", str(tmp_path / "request")], "", ["got from a file"]),
        (["--stdin"], "one\n\ntwo", ["got one", "got ", "got two"]),
        (["again", "--count", "3"], "", ["got again"] * 3),
    ):
        thread = answering(server, f"answer {len(answers)} got ")
        outcome = kickmsg("call", "plan", *words, "--format", "text", stdin=stdin)
        thread.join()
        assert (outcome.code, outcome.out.splitlines()) == (0, answers), words
    assert kickmsg("call", "plan", "x", "--hex", "00").code == 64
    assert kickmsg("call", "plan", "x", "--timeout", "nan").code == 64
    assert kickmsg("call", "plan", "x", "--format", "f65 x").code == 64
    refused = kickmsg("call", "plan", "x" * 65)
    assert refused.code == 2 and "at most 64 bytes" in refused.err
    refused = kickmsg("call", "plan", "--file", str(tmp_path))
    assert refused.code == 2 and "Is a directory" in refused.err
    assert ends(kickmsg) == (NOBODY, ONE, NOBODY)


def test_a_service_that_nobody_serves_is_code_3_and_is_not_made(kickmsg, actor, prefix):
    outcome = kickmsg("call", "plan", "x")
    assert outcome.code == 3 and outcome.out == "" and "there is no such service" in outcome.err
    assert not list(Path("/dev/shm").glob(f"{prefix}*"))
    server = actor()
    server(f"serve {prefix} plan")
    server("leave")
    outcome = kickmsg("call", "plan", "x")
    assert outcome.code == 3 and "nobody serves it" in outcome.err and " joined " not in outcome.err
    other = actor()
    other(f"serve {prefix} plan")
    other.kill()
    outcome = kickmsg("call", "plan", "x")
    assert outcome.code == 3 and "1 of its servers died" in outcome.err and " joined " not in outcome.err


def test_a_server_that_takes_its_time_is_code_4(kickmsg, actor, prefix):
    server = actor()
    server(f"serve {prefix} plan")
    outcome = kickmsg("call", "plan", "x", "--timeout", "0.1")
    assert outcome.code == 4 and outcome.out == "" and "not answered in time" in outcome.err
    assert ends(kickmsg) == (NOBODY, ONE, NOBODY)
    assert kickmsg("diagnose").code == 0


def test_a_server_that_dies_is_code_5(start, kickmsg, actor, prefix):
    server = actor()
    server(f"serve {prefix} plan")
    call = start("call", "plan", "x", "--timeout", "0")
    joined(call)
    assert server("take") == "x"
    server.kill()
    assert call.wait(60) == 5
    assert "its server died or left" in call.stderr.read()


def test_no_room_is_waited_for_while_a_server_lives(start, kickmsg, actor, prefix):
    server, client = actor(), actor()
    server(f"serve {prefix} plan clients=2 calls=2 waiting=2")
    client(f"client {prefix} plan clients=2 calls=2 waiting=2")
    client("ask x")
    client("ask x")
    outcome = kickmsg("call", "plan", "y", "--timeout", "0.1")
    assert outcome.code == 4 and "no room" in outcome.err
    call = start("call", "plan", "y", "--timeout", "0")
    joined(call)
    server.kill()
    assert call.wait(60) == 3


def test_a_server_that_dies_before_it_took_the_request_is_code_3(start, kickmsg, actor, prefix):
    server = actor()
    server(f"serve {prefix} plan")
    call = start("call", "plan", "x", "--timeout", "0")
    joined(call)
    wait_until(lambda: kickmsg("info", "requests/plan", "--json").document["region"]["sent"] == 1)
    server.kill()
    assert call.wait(60) == 3


def test_a_request_that_is_let_go_of_is_code_6(kickmsg, actor, prefix):
    server = actor()
    server(f"serve {prefix} plan")
    thread = answering(server, "refuse")
    outcome = kickmsg("call", "plan", "x")
    thread.join()
    assert outcome.code == 6 and "let go of it" in outcome.err


def test_what_a_killed_caller_leaves_is_recovered(start, kickmsg, actor, prefix):
    server = actor()
    server(f"serve {prefix} plan")
    before = sorted(path.name for path in Path("/dev/shm").glob(f"{prefix}*"))
    for _ in range(2):
        call = start("call", "plan", "x", "--timeout", "0")
        joined(call)
        assert server("take") == "x"
        call.kill()
        call.wait()
        assert kickmsg("diagnose").code == 1
    assert kickmsg("recover", "--all").code == 0
    assert kickmsg("diagnose").code == 0
    assert ends(kickmsg) == (NOBODY, ONE, NOBODY) and ends(kickmsg, "responses") == (ONE, NOBODY, NOBODY)
    assert sorted(path.name for path in Path("/dev/shm").glob(f"{prefix}*")) == before, "no mailbox of a caller"
    thread = answering(server, "answer 1 still ")
    assert kickmsg("call", "plan", "here", "--format", "text").out == "still here\n"
    thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_caller_that_is_ended_cancels(start, kickmsg, actor, prefix, number):
    server = actor()
    server(f"serve {prefix} plan")
    call = start("call", "plan", "x", "--timeout", "0")
    joined(call)
    time.sleep(0.05)  # waiting or not: it ends
    call.send_signal(number)
    assert call.wait(60) == 2 and "the call is cancelled" in call.stderr.read()
    assert ends(kickmsg) == (NOBODY, ONE, NOBODY)
    assert kickmsg("diagnose").code == 0


def test_services_are_shown_by_kind_with_their_ends(kickmsg, actor, prefix):
    server, client = actor(), actor()
    server(f"serve {prefix} plan")
    client(f"client {prefix} plan")
    regions = {region["name"]: region for region in kickmsg("list", "--json").document["regions"]}
    assert {name: region["kind"] for name, region in regions.items()} == {"requests/plan": "service", "responses/plan": "service"}
    assert regions["requests/plan"]["publishers"] == ONE and regions["requests/plan"]["subscribers"] == ONE
    people = kickmsg("who", "requests/plan", "--json").document["participants"]
    assert {(person["role"], person["pid"]) for person in people} == {("client", client.pid), ("server", server.pid)}
    people = kickmsg("who", "responses/plan", "--json").document["participants"]
    assert {(person["role"], person["pid"]) for person in people} == {("client", client.pid), ("server", server.pid)}
    text = kickmsg("info", "requests/plan").out
    assert "servers       1 of 4" in text and "clients       1 of 4" in text and "of up to 4096 bytes" in text
    top = kickmsg("top", "-n", "1", "--interval", "0.01", "--json").document
    assert {region["name"] for region in top["regions"]} == {"requests/plan", "responses/plan"}
    unclear = kickmsg("info", "plan")
    assert unclear.code == 2 and "requests/plan and responses/plan" in unclear.err


def test_a_server_with_all_its_hands_full_is_healthy(kickmsg, actor, prefix):
    server, client = actor(), actor()
    server(f"serve {prefix} plan clients=1 calls=1")
    client(f"client {prefix} plan clients=1 calls=1")
    client("ask x")
    assert server("take") == "x"
    outcome = kickmsg("diagnose", "--json")
    assert (outcome.code, outcome.document["findings"]) == (0, [])


def test_nobody_joins_a_service_as_something_else(kickmsg, actor, prefix):
    server = actor()
    server(f"serve {prefix} plan")
    for words in (["echo", "requests/plan"], ["hz", "responses/plan"], ["pub", "requests/plan", "x"]):
        outcome = kickmsg(*words, *([] if words[0] == "pub" else ["--seconds", "0.1"]))
        assert outcome.code == 2 and "kickmsg call" in outcome.err and " joined " not in outcome.err
    assert ends(kickmsg)[0]["alive"] == 0, "who listened would have been given requests"


def test_a_topic_in_the_place_of_a_service_is_no_service(kickmsg, actor, prefix):
    one = actor()
    one(f"advertise {prefix} service_plan_requests")
    outcome = kickmsg("call", "plan", "x")
    assert outcome.code == 2 and "no part of the service 'plan'" in outcome.err


def test_a_node_may_be_called_as_the_side_of_a_service(kickmsg, actor, prefix):
    one = actor()
    one(f"mailbox_of {prefix} requests tag")
    assert kickmsg("info", "requests/tag", "--json").document["region"]["kind"] == "mailbox"


def test_bash_completes_services(folder, actor, prefix):
    server = actor()
    server(f"serve {prefix} plan")
    server(f"advertise {prefix} imu")
    script = f"""source {folder}/kickmsg.bash; PATH={folder}:$PATH
kickmsg() {{ command kickmsg "$@" --prefix {prefix}; }}
COMP_WORDS=(kickmsg call ""); COMP_CWORD=2; _kickmsg; printf '%s\\n' "${{COMPREPLY[@]}}" """
    words = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    assert "plan" in words and "--timeout" in words and "imu" not in words, words
