"""values, get, set: what stands on a blackboard."""


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
