"""values, get, set, watch: what stands on a blackboard."""

import json

import jsonschema
from conftest import SCHEMA, SECONDS


def test_what_is_set_is_listed_and_read(kickmsg):
    assert kickmsg("set", "state", "pose", "one", "--create", "--json").document["value_version"] == 1
    assert kickmsg("set", "state", "pose", "second", "--json").document["value_version"] == 2
    found = kickmsg("values", "state", "--json").document["values"]
    assert [(each["key"], each["value_version"], each["bytes"], each["writer"]) for each in found] == [("pose", 2, 6, "none")]
    got = kickmsg("get", "state", "pose", "--format", "text", "--json").document
    assert got["text"] == "second" and got["value_version"] == 2
    assert "pose" in kickmsg("values", "state").out
    assert "second" in kickmsg("get", "state", "pose", "--format", "text").out
    assert kickmsg("info", "blackboard_state", "--json").document["region"]["type"] == "blackboard"


def test_what_is_not_there_is_said_with_what_to_do(kickmsg):
    assert kickmsg("values", "state").code == 2
    assert kickmsg("set", "state", "pose", "one", "--create").code == 0
    missing = kickmsg("get", "state", "twist")
    assert missing.code == 2 and "kickmsg values" in missing.err
    assert kickmsg("values", "state", "--json").document["values"][0]["key"] == "pose", "reading has added a key"
    assert kickmsg("set", "state", "pose").code == 64
    assert kickmsg("set", "state", "pose", "x" * 1000).code == 2


def test_a_blackboard_is_found_by_its_name(kickmsg, actor, prefix):
    assert kickmsg("set", "state", "pose", "one", "--create").code == 0
    assert kickmsg("info", "state", "--json").document["region"]["region"] == f"/{prefix}_blackboard_state"
    assert "kickmsg values" in kickmsg("info", "state").out
    assert kickmsg("diagnose", "state").code == 0
    for words in (["echo", "state"], ["hz", "state"], ["pub", "state", "x"]):
        refused = kickmsg(*words)
        assert refused.code == 2 and "kickmsg values" in refused.err, words
    actor()(f"advertise {prefix} state")
    assert kickmsg("info", "state", "--json").document["region"]["kind"] == "topic", "a topic comes first"
    assert kickmsg("unlink", f"/{prefix}_blackboard_state", "--yes").code == 0


def test_what_is_no_blackboard_is_said(kickmsg, actor, prefix):
    actor()(f"advertise {prefix} imu")
    refused = kickmsg("values", "imu")
    assert refused.code == 2 and "no blackboard, but a topic" in refused.err
    missing = kickmsg("set", "state", "pose", "one")
    assert missing.code == 2 and "create_or_open" not in missing.err, "what helps a program helps nobody at a terminal"


def document_of(line):
    document = json.loads(line)
    jsonschema.validate(document, SCHEMA)
    return document


def test_values_that_are_written_are_shown_as_they_come(kickmsg, start):
    assert kickmsg("set", "state", "pose", "one", "--create").code == 0
    assert kickmsg("set", "state", "twist", "two").code == 0
    watching = start("watch", "state", "pose", "twist", "--format", "text", "--json")
    first = {each["key"]: each for each in (document_of(watching.stdout.readline()) for _ in range(2))}
    assert first["pose"]["text"] == "one" and first["twist"]["value_version"] == 1
    assert kickmsg("set", "state", "twist", "three").code == 0
    later = document_of(watching.stdout.readline())
    assert (later["key"], later["text"], later["value_version"]) == ("twist", "three", 2)
    watching.terminate()
    assert watching.wait(SECONDS) == 0


def test_a_watch_of_values_says_what_is_not_there(kickmsg):
    assert kickmsg("set", "state", "pose", "one", "--create").code == 0
    shown = kickmsg("watch", "state", "pose", "--format", "text", "--seconds", "0.01")
    assert shown.code == 0 and "pose, version 1" in kickmsg("watch", "state", "pose", "--seconds", "0.01").out and "one" in shown.out
    missing = kickmsg("watch", "state", "nobody")
    assert missing.code == 2 and "kickmsg values" in missing.err


def test_a_value_of_any_length_is_read(kickmsg):
    assert kickmsg("set", "state", "long", "x" * 128, "--create").code == 0
    assert kickmsg("get", "state", "long", "--format", "text", "--json").document["text"] == "x" * 128
