import kickmsg
import pytest


def test_what_there_is(node, prefix):
    assert node.topics() == [] and not node.has_publisher("t") and not node.wait_for_publisher("t", 0.01)
    pub, sub = node.advertise("t", float), node.subscribe("t", float)
    pub.send(1.0)
    assert node.topics() == ["t"] and node.has_publisher("t") and node.has_subscriber("t")
    assert node.wait_for_publisher("t", 1) and node.wait_for_subscriber("t", 1)
    (listed,) = kickmsg.list_regions(prefix)
    assert listed.name == node.topic_region("t") and listed.status is kickmsg.RegionStatus.READY and listed.error is None
    assert (listed.kind, listed.user_name, listed.prefix, listed.creator) == ("topic", "t", prefix, "tester")
    assert (listed.publishers.alive, listed.subscribers.alive, listed.sent) == (1, 1, 1)
    assert listed.config.max_payload_size == 8 and len(listed.participants) == 2
    report = kickmsg.inspect(listed.name)
    assert report.pool.unread == 1 and report.schema == node.topic_schema("t") and report.subscribers[0].ring.unread == 1
    assert kickmsg.inspect(listed.name, kickmsg.InspectDepth.RINGS).pool is None
    assert "ListedRegion(name='/" in repr(listed) and sub.capacity == 64


def test_what_only_the_dead_left_is_removed(node, prefix):
    pub = node.advertise("t")
    node.advertise("u").close()
    report = kickmsg.prune(prefix)
    assert report.removed == [node.topic_region("u")] and [kept.name for kept in report.kept] == [node.topic_region("t")]
    assert "living" in report.kept[0].error or "use" in report.kept[0].error
    pub.close()
    assert kickmsg.prune(prefix).removed == [node.topic_region("t")]


def test_a_region_says_how_it_is(node):
    pub, sub = node.advertise("t"), node.subscribe("t")
    pub.send(b"x")
    with kickmsg.Region.open(node.topic_region("t")) as region:
        health, stats = region.diagnose(), region.stats()
        assert health.live_rings == 1 and not health.unlinked and not health.schema_stuck
        assert [ring.unread for ring in stats.rings if ring.state is kickmsg.RingState.LIVE] == [1] and stats.sent == 1
        assert region.participant(pub.incarnation).kind == "publisher" and region.participant(1 << 39) is None
        assert region.recover().participants == 0 and region.repair_locked_entries() == 0
        assert region.reset_retired_rings() == 0 and region.reclaim_orphaned_slots() == 0 and not region.reset_schema_claim()
        assert region.try_claim_schema(kickmsg.SchemaInfo("mine", 3)) and not region.try_claim_schema(kickmsg.SchemaInfo("yours"))
        assert (region.schema().name, region.schema().version) == ("mine", 3)
        region.unlink()
        assert region.diagnose().unlinked and pub.stale() and sub.stale()


def test_schemas(node):
    info = kickmsg.SchemaInfo("robot/Pose", 2, identity=kickmsg.identity_from_fnv1a("robot/Pose"), flags=1)
    assert info == kickmsg.SchemaInfo("robot/Pose", 2, identity=info.identity) and hash(info) == hash(
        kickmsg.SchemaInfo("x", identity=info.identity)
    )
    assert kickmsg.schema_diff(info, kickmsg.SchemaInfo("robot/Pose", 3, identity=info.identity)) == 4 and info != 5
    node.advertise("t", schema=info).close()
    assert node.topic_schema("t") == info and not node.try_claim_topic_schema("t", info)
    with pytest.raises(kickmsg.SchemaMismatchError, match="robot/Pose"):
        node.subscribe("t", schema=kickmsg.SchemaInfo("other"))
    with pytest.raises(ValueError, match="at most 64 bytes"):
        kickmsg.SchemaInfo("x", identity=bytes(65))


def test_names_and_their_removal(node, prefix):
    node.advertise("t").close()
    node.join_broadcast("b").pub.close()
    node.create_mailbox("m").close()
    node.serve("s").close()
    names = {region.name for region in kickmsg.list_regions(prefix)}
    assert names == {
        node.topic_region("t"),
        node.broadcast_region("b"),
        node.mailbox_region("tester", "m"),
        node.request_region("s"),
        node.response_region("s"),
    }
    node.unlink_topic("t")
    node.unlink_broadcast("b")
    node.unlink_mailbox("m")
    node.unlink_service("s")
    assert kickmsg.list_regions(prefix) == [] and not kickmsg.unlink(node.topic_region("t"))


def test_a_handle_follows_its_name_or_stays(node):
    node.follow(False)
    stays = node.advertise("t")
    node.unlink_topic("t")
    node.follow(True)
    sub = node.subscribe_or_create("t")
    stays.send(b"lost")
    node.advertise_or_join("t").send(b"x")
    assert sub.receive(5).value == b"x" and stays.moves == 0 and stays.stale()


def test_configs():
    config = kickmsg.Config(pool_size=8, max_payload_size=100)
    assert config.pool_size == 8 and config.max_subscribers == 16 and "pool_size=8" in repr(config)
    assert kickmsg.footprint(config) > 8 * 100
    for bad in ({"pool_size": -1}, {"pool_size": 2**32}, {"pool_size": 1.5}, {"pool": 1}):
        with pytest.raises(TypeError):
            kickmsg.Config(**bad)
    with pytest.raises(kickmsg.InvalidConfigError, match="pool_size"):
        kickmsg.footprint(kickmsg.Config(pool_size=0))
