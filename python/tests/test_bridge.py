"""Topics over two bridges, with a session of Zenoh between them."""

import signal
import time

import kickmsg
import pytest

pytest.importorskip("zenoh", reason="eclipse-zenoh is not installed")

from bridges import Goal, Net, in_region, received, shares_memory_of_zenoh, wait_until

CONFIG = kickmsg.Config(max_payload_size=8192, sub_ring_capacity=64, pool_size=256, send_time=True)
QUIET = 1.0  # in which what must not come had the time to


@pytest.fixture
def net(prefix, tmp_path):
    made = Net(prefix, tmp_path)
    yield made
    made.close()


def is_heard(found):
    """Another bridge is known to be there, which takes a moment longer than the way out does: what is sent before is `unheard`."""
    return found["exporting"] and found["heard"]


def joined(bridge, topic, pub, first=b"first", **wanted):
    """Sends until the bridge has begun with a topic."""
    bridge.until_topic(topic, is_heard)
    pub.send(first)
    return bridge.until_topic(topic, lambda found: found["out"] > 0)


def test_topics_go_both_ways_with_type_geometry_and_time(net):
    one, other = net.pair("--topics", "goal,camera/*", "--block", "**")
    here, there = net.node("a"), net.node("b")
    goal = here.advertise("goal", Goal, config=kickmsg.Config(max_payload_size=16, pool_size=77, sub_ring_capacity=32, send_time=True))
    joined(one, "goal", goal, Goal(0, 0))
    sub = there.subscribe_or_create("goal", Goal)
    image = there.advertise("camera/left", config=CONFIG)
    joined(other, "camera/left", image)
    back = here.subscribe_or_create("camera/left")
    other.until_topic("goal", lambda found: found["in"] == 1)
    one.until_topic("camera/left", lambda found: found["in"] == 1)
    for number in range(30):
        goal.send(Goal(number, -number))
        image.send(b"%04d" % number * 1000)
    assert received(sub, 30) == [Goal(number, -number) for number in range(30)]
    assert received(back, 30) == [b"%04d" % number * 1000 for number in range(30)]
    report = kickmsg.inspect(there.topic_region("goal"))
    assert report.schema == here.topic_schema("goal")
    assert (report.region.config.pool_size, report.region.config.send_time) == (77, True)
    found = other.until(lambda status: status["topics"]["goal"]["in"] == 31)
    assert found["topics"]["goal"]["remote_publishers"] == 1 and found["delay_ns"] is not None
    assert not shares_memory_of_zenoh(one) and not shares_memory_of_zenoh(other)
    assert [bridge.end()[0] for bridge in (one, other)] == [0, 0]


def test_a_topic_that_is_not_meant_stays_at_home(net):
    one, other = net.pair("--topics", "goal")
    here = net.node("a")
    secret, goal = here.advertise("secret"), here.advertise("goal")
    secret.send(b"x")
    joined(one, "goal", goal)
    other.until_topic("goal", lambda found: found["in"] == 1)
    assert not in_region(net.node("b").topic_region("secret")) and not here.has_subscriber("secret")


def test_directions(net):
    one, _other = net.pair("--exports", "out", "--imports", "in", others=["--topics", "out,in"])
    here, there = net.node("a"), net.node("b")
    pub, wrong = here.advertise("out"), here.advertise("in")
    joined(one, "out", pub)
    assert not here.has_subscriber("in") and wrong.send(b"nobody") == 6
    back = there.advertise("in")
    joined(_other, "in", back)
    one.until_topic("in", lambda found: found["in"] == 1)


def test_names_that_zenoh_has_no_keys_for(net):
    one, _other = net.pair("--topics", "**")
    here, there = net.node("a"), net.node("b")
    for name in ("/abs", "a//b", "é *?#$~@"):
        pub = here.advertise(name)
        joined(one, name, pub)
        wait_until(lambda name=name: name in there.topics())


def settled(subs, count):
    """Returns: how much each received, after all of it and a while in which more would come."""
    for sub in subs:
        received(sub, count)
    time.sleep(QUIET)
    rest = [0] * len(subs)
    for number, sub in enumerate(subs):
        while sub.try_receive() is not None:
            rest[number] += 1
    return [count + more for more in rest]


def test_no_message_comes_back_from_two_bridges(net):
    one, other = net.pair("--topics", "t", "--block", "t")
    config = kickmsg.Config(sub_ring_capacity=1024, pool_size=2048)
    pub, sub = net.node("a").advertise("t", config=config), net.node("a").subscribe("t")
    far = net.node("b").subscribe_or_create("t", config=config)
    joined(one, "t", pub)
    other.until_topic("t", lambda found: found["in"] == 1)
    for number in range(50):
        pub.send(b"%d" % number)
    assert settled([sub, far], 51) == [51, 51]
    assert other.until_topic("t", lambda found: True)["out"] == 0


def warm_up(bridges, pubs, subs):
    """Sends until each bridge has heard each of the other ones; then nothing of it is on its way."""

    def has_heard(found):
        for pub in pubs:
            pub.send(b"warm")
        return found["sources"] == len(bridges) - 1

    for bridge in bridges:
        bridge.until_topic("t", has_heard)
    for sub in subs:
        while sub.receive(QUIET) is not None:
            pass


def test_no_message_goes_round_in_a_ring_of_three(net):
    ends = [net.endpoint(name) for name in "abc"]
    bridges = [net.bridge("abc"[at], "--topics", "t", "--block", "t", "--listen", ends[at], "--connect", ends[at - 1]) for at in range(3)]
    for bridge in bridges:
        bridge.until(lambda status: status["peers"] == 2)
    config = kickmsg.Config(sub_ring_capacity=1024, pool_size=2048)
    nodes = [net.node(side) for side in "abc"]
    subs = [node.subscribe_or_create("t", config=config) for node in nodes]
    pubs = [node.advertise_or_join("t", config=config) for node in nodes]
    warm_up(bridges, pubs, subs)
    for number in range(20):
        for pub in pubs:
            pub.send(b"%d" % number)
    assert settled(subs, 60) == [60, 60, 60]


def test_of_two_bridges_on_one_prefix_one_stands_by_until_the_other_is_killed(net):
    far = net.bridge("b", "--topics", "t", "--block", "t", "--listen", net.endpoint("x"))
    config = kickmsg.Config(sub_ring_capacity=1024, pool_size=2048)
    here, there = net.node("a"), net.node("b")
    pub, sub = here.advertise("t", config=config), there.subscribe_or_create("t", config=config)
    back = here.subscribe("t")
    first = net.bridge("a", "--topics", "t", "--block", "t", "--connect", net.endpoint("x"))
    first.until_topic("t", lambda found: found["exporting"])
    second = net.bridge("a", "--topics", "t", "--block", "t", "--connect", net.endpoint("x"))
    second.until_topic("t", lambda found: found["standby"])
    far.until_topic("t", lambda found: found["remote_publishers"] == 1)
    joined(first, "t", pub)
    there_pub = there.advertise_or_join("t", config=config)
    far.until_topic("t", is_heard)
    for number in range(20):
        pub.send(b"%d" % number)
        there_pub.send(b"%d" % number)
    assert settled([sub, back], 41) == [41, 41]
    first.end(signal.SIGKILL)
    second.until_topic("t", lambda found: is_heard(found) and not found["standby"])
    pub.send(b"last")
    assert received(sub, 1) == [b"last"]


def test_another_type_is_refused_and_reported(net):
    one, other = net.pair("--topics", "t")
    sub = net.node("b").subscribe_or_create("t", int, config=kickmsg.Config(max_payload_size=16))
    pub = net.node("a").advertise("t", Goal)
    joined(one, "t", pub, Goal(1, 2))
    found = other.until_topic("t", lambda found: found["refused"] > 0)
    assert "Goal" in found["problem"] and found["in"] == 0 and sub.receive(0.1) is None
    assert "Goal" in other.end()[2]


def test_untyped_bytes_are_refused_where_there_is_a_type(net):
    one, other = net.pair("--topics", "t")
    _sub = net.node("b").subscribe_or_create("t", int, config=kickmsg.Config(max_payload_size=16))
    joined(one, "t", net.node("a").advertise("t"))
    assert "has the type" in other.until_topic("t", lambda found: found["refused"] > 0)["problem"]


def test_a_topic_whose_publishers_are_gone_leaves_nothing(net):
    one, other = net.pair("--topics", "t")
    pub = net.node("a").advertise("t")
    joined(one, "t", pub)
    region = net.node("b").topic_region("t")
    other.until_topic("t", lambda found: found["in"] == 1)
    assert in_region(region)
    pub.close()
    other.until_topic("t", lambda found: found["remote_publishers"] == 0 and not found["importing"])
    wait_until(lambda: not in_region(region))


def test_a_topic_of_another_size_is_followed(net):
    one, other = net.pair("--topics", "t")
    pub = net.node("a").advertise("t", config=kickmsg.Config(max_payload_size=64))
    joined(one, "t", pub)
    pub.close()
    other.until_topic("t", lambda found: found["in"] == 1)
    one.until_topic("t", lambda found: not found["exporting"])
    larger = net.node("a").advertise("t", config=kickmsg.Config(max_payload_size=1024))
    one.until_topic("t", lambda found: found["exporting"])
    other.until_topic("t", lambda found: larger.send(b"x" * 1024) and found["in"] >= 2)


def test_what_comes_later_is_kept_by_history(net):
    one = net.bridge("a", "--topics", "map", "--history", "3", "--listen", net.endpoint("ab"))
    pub = net.node("a").advertise("map")
    one.until_topic("map", lambda found: found["exporting"])
    for number in range(10):
        pub.send(b"%d" % number)
    one.until_topic("map", lambda found: found["out"] == 10)
    sub = net.node("b").subscribe_or_create("map", config=kickmsg.Config())
    other = net.bridge("b", "--topics", "map", "--history", "3", "--connect", net.endpoint("ab"))
    assert received(sub, 3) == [b"7", b"8", b"9"]
    pub.send(b"10")
    assert received(sub, 1) == [b"10"]
    assert other.until_topic("map", lambda found: found["in"] == 4)["repeated"] == 0


def test_broadcasts_reach_the_members_of_other_hosts(net):
    one, other = net.pair("--broadcasts", "chat")
    here, there = net.node("a").join_broadcast("chat"), net.node("b").join_broadcast("chat")
    for bridge in (one, other):
        bridge.until(
            lambda status: status["broadcasts"].get("chat", {}).get("remote_publishers") == 1 and is_heard(status["broadcasts"]["chat"])
        )
    here.pub.send(b"hello")
    assert received(there.sub, 1) == [b"hello"]
    there.pub.send(b"you")
    assert received(here.sub, 2) == [b"hello", b"you"]


def test_a_message_of_no_bridge_is_refused(net):
    import zenoh

    bridge = net.bridge("a", "--topics", "t", "--listen", net.endpoint("x"))
    config = zenoh.Config()
    config.insert_json5("connect/endpoints", f'["{net.endpoint("x")}"]')
    config.insert_json5("scouting/multicast/enabled", "false")
    config.insert_json5("transport/shared_memory/enabled", "false")
    with zenoh.open(config) as session:
        pub = session.declare_publisher("kickmsg/topic/t")
        wait_until(lambda: pub.matching_status.matching)
        pub.put(b"plain")
        assert "attachment" in bridge.until(lambda status: status["foreign"] == 1)["foreign_problem"]
    assert not in_region(net.node("a").topic_region("t")) and bridge.process.poll() is None
