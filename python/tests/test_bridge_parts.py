"""Names, patterns, attachments and settings of bridges."""

import kickmsg
import pytest

pytest.importorskip("zenoh", reason="eclipse-zenoh is not installed")

import zenoh
from bridges import Goal
from kickmsg.bridge import Descriptor, Settings, Stamp, WireError, load, unpack
from kickmsg.bridge._names import Patterns, expression_of, key_of, name_of
from kickmsg.bridge._places import MOST_SOURCES, Sequences, listed_at, lock_region
from kickmsg.bridge._services import describe
from kickmsg.bridge._settings import parse
from kickmsg.bridge._wire import ServiceDescriptor

NAMES = ["imu", "/imu", "a//b", "a/", "", "/", "é ü", "*", "**", "a*b", "$*", "#?", "~", "~2A", "@x", "a.b_c-d", "\udcff"]


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_of_one_name_and_zenoh_takes_it(name):
    key = key_of(name)
    assert name_of(key) == name and str(zenoh.KeyExpr(key)) == key


def test_keys_differ_where_names_do():
    assert len({key_of(name) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("key", ["a b", "~4", "~61", "a/*"])
def test_what_is_no_key_of_a_name_is_refused(key):
    with pytest.raises(ValueError):
        name_of(key)


def test_patterns():
    patterns = Patterns(["imu", "camera/*", "**/raw", "arm*/state", "imu"])
    assert len(patterns.expressions) == 4
    for name in ("imu", "camera/left", "raw", "a/b/raw", "arm7/state", "arm/state"):
        assert patterns.match(name), name
    for name in ("/imu", "camera", "camera/left/raw2", "camera/a/b", "arm7/x/state", "imu2"):
        assert not patterns.match(name), name
    assert patterns.first("camera/raw") == 1 and Patterns(["**"]).match("/any//thing")
    assert expression_of("/a b/*") == "~/a~20b/*" and not Patterns([])
    with pytest.raises(ValueError, match="alone"):
        Patterns(["a**"])


def test_an_attachment_comes_back():
    stamp = Stamp(b"o" * 16, 3, 2**64 - 1, 7, -5)
    schema = kickmsg.describe_type("Goal", 2, 16, 8)
    descriptor = Descriptor.of(kickmsg.Config(max_payload_size=16, send_time=True), schema)
    found, text = unpack(stamp.pack() + descriptor.text())
    again = Descriptor.parse(text)
    assert found == stamp and again == descriptor and again.schema.layout == schema.layout
    assert (again.config.max_payload_size, again.config.send_time) == (16, True)


@pytest.mark.parametrize("attachment", [None, b"", b"KMB1", b"KMB2" + bytes(60), b"x" * 100])
def test_what_is_no_attachment_is_refused(attachment):
    with pytest.raises(WireError):
        unpack(attachment)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"sizes":[1],"send_time":false,"schema":null}', b"\xff", b'{"sizes":[-1,1,1,1,1,1,1]}']
)
def test_what_is_no_descriptor_is_refused(text):
    with pytest.raises(WireError):
        Descriptor.parse(text)
    with pytest.raises(WireError):
        ServiceDescriptor.parse(text)


def stamp(publisher, sequence):
    return Stamp(b"o" * 16, 1, publisher, sequence, 0)


def test_gaps_and_repetitions_are_seen_by_publisher():
    sequences = Sequences()
    assert [sequences.note(stamp(1, number)) for number in (5, 6, 9, 9, 8, 10)] == [0, 0, 2, None, None, 0]
    assert sequences.note(stamp(2, 1)) == 0
    for number in range(MOST_SOURCES + 5):
        sequences.note(stamp(100 + number, 1))
    assert len(sequences) == MOST_SOURCES


def test_one_bridge_has_a_region(node):
    pub = node.advertise("t")
    region = node.topic_region("t")
    first = lock_region(region)
    assert first is not None and lock_region(region) is None and listed_at(region).publishers.alive == 1
    with open(first):
        pass
    second = lock_region(region)
    assert second is not None and pub.send(b"x") == 1
    with open(second):
        pass


def test_a_service_is_described_as_it_was_made(node):
    config = kickmsg.ServiceConfig(max_clients=3, max_servers=2, max_calls=5, max_request_size=48, max_response_size=80)
    server = node.serve("s", config=config)
    found = ServiceDescriptor.parse(describe(node, "s").text())
    node.client("s", config=found.config).close()
    assert (found.config.max_request_size, found.config.max_response_size, found.config.max_calls) == (48, 80, 5)
    typed = node.serve("typed", Goal, float)
    assert describe(node, "typed").request.name == "test/Goal" and not server.closed and not typed.closed


def test_a_file_of_toml(tmp_path):
    path = tmp_path / "bridge.toml"
    path.write_text('topics = ["imu"]\nconnect = ["tls/host:7447"]\n[zenoh.transport.link.tls]\nroot_ca_certificate = "/ca.pem"\n')
    settings = load(str(path))
    config = settings.zenoh_config()
    assert settings.topics == ["imu"] and "/ca.pem" in config.get_json("transport/link/tls/root_ca_certificate")
    assert config.get_json("transport/shared_memory/enabled") in ("false", False)
    found, stats = parse(["--config", str(path), "--topics", "a,b/*", "--stats", "2"])
    assert (found.topics, found.connect, stats) == (["a", "b/*"], ["tls/host:7447"], 2.0)


@pytest.mark.parametrize(
    "text, about", [("topic = []", "topic"), ("topics = 3", "topics"), ("topics = [3]", "topics"), ("history = true", "history")]
)
def test_a_file_that_is_wrong_is_refused(tmp_path, text, about):
    path = tmp_path / "bridge.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=about):
        load(str(path))


@pytest.mark.parametrize("change", [{"history": -1}, {"queue": 0}, {"scan": 0}, {"call_timeout": 0}, {"topics": []}, {"topics": ["a**"]}])
def test_settings_that_are_out_of_range_are_refused(change):
    with pytest.raises(ValueError):
        Settings(**({"topics": ["t"]} | change)).check()
