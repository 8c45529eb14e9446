import ctypes
import dataclasses
import typing

import kickmsg
import numpy
import pytest


@dataclasses.dataclass
class Point:
    schema_name: typing.ClassVar[str] = "test/Point"
    schema_version: typing.ClassVar[int] = 2
    x: float
    y: float


@dataclasses.dataclass
class Pose:
    id: typing.Annotated[int, ctypes.c_uint8]
    at: Point
    ok: bool
    path: ctypes.c_int16 * 3


class Reading(ctypes.Structure):
    _fields_ = (("sensor", ctypes.c_uint16), ("celsius", ctypes.c_double))


RECORD = numpy.dtype([("id", "u4"), ("at", "f8", 2)], align=True)


def pair(node, kind=None, **options):
    return node.advertise("topic", kind, **options), node.subscribe("topic", kind)


def test_bytes_arrive_with_where_they_come_from(node):
    pub, sub = pair(node)
    assert pub.send(b"one") == 3 and pub.send(memoryview(b"two")) == 3 and pub.send(b"") == 0
    first, second, third = sub.try_receive(), sub.receive(), sub.receive(timeout=1)
    assert (first.value, second.value, third.value) == (b"one", b"two", b"")
    assert [message.info.sequence for message in (first, second, third)] == [1, 2, 3]
    assert first.info.publisher == pub.incarnation and second.position == first.position + 1
    assert sub.try_receive() is None and sub.receive(0.01) is None
    assert (pub.sent, pub.dropped, sub.lost, sub.moves, sub.malformed) == (3, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "kind, value",
    [
        (float, 20.5),
        (int, -(2**63)),
        (bool, True),
        (ctypes.c_uint8, 255),
        (Point, Point(1.5, -2)),
        (Pose, Pose(7, Point(1, 2), True, [1, -2, 3])),
        (kickmsg.Slice(Point), [Point(1, 2), Point(3, 4)]),
        (kickmsg.Slice(ctypes.c_int32), [1, -2, 3]),
        (numpy.float32, numpy.float32(1.25)),
    ],
)
def test_a_typed_message_is_what_was_sent(node, kind, value):
    pub, sub = pair(node, kind, **({"elements": 4} if isinstance(kind, kickmsg.Slice) else {}))
    pub.send(value)
    pub.send(value)
    assert sub.receive(1).value == value
    with sub.receive_view(1) as view:
        assert view.value == value


def test_a_structure_of_ctypes_arrives(node):
    pub, sub = pair(node, Reading)
    pub.send(Reading(3, 21.5))
    found = sub.receive(1).value
    assert isinstance(found, Reading) and (found.sensor, found.celsius) == (3, 21.5)
    with pytest.raises(TypeError, match="expected Reading, found int"):
        pub.send(3)


def test_a_structured_dtype_is_read_in_place(node):
    pub, sub = pair(node, RECORD)
    pub.send((5, (1.5, 2.5)))
    view = sub.receive_view(1)
    value = view.value
    assert value["id"] == 5 and list(value["at"]) == [1.5, 2.5]
    with pytest.raises(BufferError):
        view.release()
    del value
    view.release()


def test_slices_of_numpy_are_arrays(node):
    pub, sub = pair(node, kickmsg.Slice(numpy.float32), elements=8)
    pub.send([1, 2, 3])
    pub.send([])
    assert sub.receive(1).value.tolist() == [1, 2, 3] and sub.receive(1).value.size == 0
    with pytest.raises(kickmsg.TooLongError, match="36 bytes are more than max_payload_size"):
        pub.send(numpy.zeros(9))


@pytest.mark.parametrize(
    "kind, name, size, alignment",
    [(float, "float64", 8, 8), (bool, "bool", 1, 1), (ctypes.c_uint16, "uint16", 2, 2), (numpy.int32, "int32", 4, 4), (Pose, "", 32, 8)],
)
def test_the_schema_is_that_of_cpp(node, kind, name, size, alignment):
    pub, _sub = pair(node, kind)
    assert not pub.closed
    assert node.topic_schema("topic") == kickmsg.describe_type(name, 0, size, alignment)


def test_another_type_is_refused_with_both(node):
    pub = node.advertise("topic", Point)
    with pytest.raises(kickmsg.SchemaMismatchError, match="test/Point version 2"):
        node.subscribe("topic", float)
    assert not pub.closed


def test_messages_of_another_length_are_passed_over_and_counted(node):
    pub = node.advertise("topic", config=kickmsg.Config(max_payload_size=8), schema=kickmsg.describe_type("float64", 0, 8, 8))
    sub = node.subscribe("topic", float)
    for data in (b"short", bytes(8), b"x"):
        pub.send(data)
    assert sub.receive(1).value == 0 and sub.receive(0.01) is None
    assert sub.malformed == 2
    pub.send(b"x")
    assert sub.try_receive_view() is None and sub.malformed == 3


def test_either_end_may_come_first(node):
    sub = node.subscribe_or_create("topic", Point)
    pub = node.advertise("topic", Point, config=kickmsg.Config(max_payload_size=1000))
    assert sub.try_receive() is None and node.wait_for_subscriber("topic", 5)
    pub.send(Point(1, 2))
    assert sub.receive(5).value == Point(1, 2) and sub.moves == 1


def test_a_provisional_topic_is_a_guess_without_a_config(node):
    sub = node.subscribe_or_create("topic", guess=kickmsg.Config(pool_size=16))
    assert kickmsg.list_regions(node.prefix)[0].provisional
    pub = node.advertise_or_join("topic", config=kickmsg.Config(pool_size=16))
    pub.send(b"x")
    assert sub.receive(5).value == b"x"


def test_nothing_is_overwritten_where_that_is_asked_for(node):
    pub, sub = pair(node, config=kickmsg.Config(sub_ring_capacity=2))
    assert pub.try_send(b"1") and pub.try_send(b"2") and not pub.try_send(b"3") and not pub.send_until(b"3", 0.05)
    assert sub.receive().value == b"1" and pub.send_until(b"3", 5) and pub.flush_until(1) and pub.pending == 0
    loan = pub.loan_until(1, timeout=1)
    assert not loan.try_publish() and not loan.publish_until(timeout=0.02) and loan.out
    assert sub.receive().value == b"2"
    loan.data[:] = b"4"
    assert loan.try_publish() and not loan.out
    assert [sub.receive(1).value for _ in range(2)] == [b"3", b"4"] and sub.lost == 0


def test_a_loss_is_counted_by_subscriber_and_by_publisher(node):
    pub, sub = pair(node, config=kickmsg.Config(sub_ring_capacity=2))
    tracker = kickmsg.SequenceTracker()
    pub.send(b"0")
    tracker.note(sub.receive(1).info)
    for number in range(5):
        pub.send(b"%d" % number)
    last = sub.receive(1)
    assert tracker.note(last.info) == sub.lost == 3 == tracker.lost(pub.incarnation)


def test_send_times_are_of_this_clock(node):
    pub, sub = pair(node, config=kickmsg.Config(send_time=True))
    before = kickmsg.monotonic_ns()
    pub.send(b"x")
    assert before <= sub.receive(1).info.sent_ns <= kickmsg.monotonic_ns()


def test_a_for_loop_ends_by_interrupt(node):
    pub, sub = pair(node, int)
    pub.send(1)
    pub.send(2)
    found = []
    for message in sub:
        found.append(message.value)
        if len(found) == 2:
            sub.interrupt()
    assert found == [1, 2]


def test_broadcasts_and_mailboxes(node):
    one, other = node.join_broadcast("all", int), node.join_broadcast("all", int)
    one.pub.send(4)
    assert one.sub.receive(1).value == other.sub.receive(1).value == 4
    box = node.create_mailbox("in", Point)
    node.open_mailbox("tester", "in", Point).send(Point(0, 1))
    assert box.receive(1).value == Point(0, 1)
    with pytest.raises(kickmsg.NoFreeRingError):
        node.create_mailbox("in", Point)


def test_ends_of_a_region(node, prefix):
    with kickmsg.Region.create(f"/{prefix}_raw", kickmsg.Config(pool_size=32)) as region:
        with kickmsg.Publisher.of(region, int) as pub, kickmsg.Subscriber.of(region, int) as sub:
            pub.send(9)
            assert sub.receive(1).value == 9
        assert region.info().pool_size == 32 and region.schema() is not None
        with pytest.raises(kickmsg.SchemaMismatchError):
            kickmsg.Subscriber.of(region, float)
    with pytest.raises(kickmsg.InvalidHandleError, match="it is closed"):
        region.info()


@pytest.mark.parametrize("kind", [str, object, dict, numpy.dtype("O"), [("x", "O")]])
def test_what_is_no_message_is_refused(node, kind):
    with pytest.raises(TypeError):
        node.advertise("topic", kind)


def test_a_dataclass_without_a_size_is_refused(node):
    @dataclasses.dataclass
    class Name:
        text: str

    with pytest.raises(TypeError, match=r"Name\.text: expected float, int, bool"):
        node.advertise("topic", Name)


@pytest.mark.parametrize(
    "kind, value",
    [
        (ctypes.c_uint8, 300),
        (int, 2**63),
        (Pose, Pose(256, Point(0, 0), True, [0, 0, 0])),
        (Pose, Pose(1, Point(0, 0), True, [0, 1 << 15, 0])),
        (kickmsg.Slice(ctypes.c_uint8), [1, -1]),
        (numpy.uint8, numpy.float64(300.25)),
        (kickmsg.Slice(numpy.uint8), numpy.array([300])),
        (kickmsg.Slice(numpy.uint8), [300]),
    ],
)
def test_a_number_that_does_not_fit_is_refused(node, kind, value):
    pub = node.advertise("topic", kind, config=kickmsg.Config())
    with pytest.raises((OverflowError, TypeError)):
        pub.send(value)
    assert pub.sent == 0


@pytest.mark.parametrize("bad", [float("nan"), "1"])
def test_a_timeout_that_is_no_number_is_refused(node, bad):
    _pub, sub = pair(node)
    with pytest.raises((ValueError, TypeError)):
        sub.receive(bad)


@pytest.mark.parametrize("timeout", [0, -1, float("-inf"), 1e-9])
def test_a_timeout_that_is_over_looks_once(node, timeout):
    pub, sub = pair(node)
    assert sub.receive(timeout) is None
    pub.send(b"x")
    assert sub.receive(timeout).value == b"x"
    pub.send(b"y")
    assert sub.receive(float("inf")).value == b"y"
