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
