"""Memory of a region in the hands of Python: it is there as long as anybody can reach it, and not longer written to."""

import gc
import sys
import threading
import time

import kickmsg
import numpy
import pytest

SMALL = kickmsg.Config(max_payload_size=1 << 20, pool_size=4, max_publishers=1, max_subscribers=1, sub_ring_capacity=2, max_views=2)


def pair(node, config=SMALL):
    return node.advertise("topic", config=config), node.subscribe("topic")


def test_a_view_is_read_only_and_in_place(node):
    pub, sub = pair(node)
    pub.send(b"image")
    view = sub.receive_view(1)
    array = view.array()
    assert bytes(view) == b"image" == view.value == bytes(view.data) and len(view) == 5
    assert not array.flags.writeable and view.data.readonly
    with pytest.raises((ValueError, TypeError)):
        array[0] = 1
    assert array.ctypes.data == numpy.frombuffer(view, "uint8").ctypes.data


def test_a_view_that_is_lent_cannot_be_released(node):
    pub, sub = pair(node)
    pub.send(bytes(range(8)))
    view = sub.receive_view(1)
    array = view.array("uint16", (2, 2))
    with pytest.raises(BufferError, match="1 memoryviews or arrays of it are still there"):
        view.release()
    with pytest.raises(BufferError), view:
        pass
    assert view.valid and array.sum() == 0x0100 + 0x0302 + 0x0504 + 0x0706
    part = array[1:]
    del array
    with pytest.raises(BufferError):
        view.release()
    del part
    view.release()
    view.release()
    assert not view.valid and len(view) == 0
    with pytest.raises(BufferError, match="was released"):
        memoryview(view)
    with pytest.raises(kickmsg.InvalidHandleError):
        _ = view.info


def test_a_view_that_is_lent_shows_no_later_message(node):
    pub, sub = pair(node)
    pub.send(b"first" * 1000)
    array = sub.receive_view(1).array()
    for number in range(20):
        pub.send(b"%05d" % number * 1000)
        sub.receive(1)
    assert bytes(array[:5]) == b"first" and bytes(array[-5:]) == b"first"


def test_a_view_is_not_released_under_its_own_copy(node):
    """A long one is copied without the interpreter's lock, and lent meanwhile: another thread sees that."""
    size = 16 << 20
    pub, sub = pair(node, kickmsg.Config(max_payload_size=size, pool_size=4, max_publishers=1, max_subscribers=1))
    pub.send(b"x" * size)
    view, seen, ends = sub.receive_view(1), [0], []

    def probe():
        while not ends:
            seen[0] |= view.lent
            time.sleep(0)

    thread, interval = threading.Thread(target=probe), sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        thread.start()
        for _ in range(200):
            assert len(view.value) == size
            if seen[0]:
                break
    finally:
        ends.append(True)
        thread.join()
        sys.setswitchinterval(interval)
    assert seen[0] and view.lent == 0


def test_a_view_counts_until_its_last_array_is_gone(node):
    pub, sub = pair(node)
    pub.send(b"a")
    pub.send(b"b")
    one, two = sub.receive_view(1).array(), sub.receive_view(1)
    pub.send(b"c")
    assert sub.try_receive_view() is None and sub.receive(1).value == b"c"
    pub.send(b"d")
    del one
    assert sub.receive_view(1).value == b"d" and two.value == b"b"


@pytest.mark.parametrize("order", [("pub", "sub", "node"), ("sub", "pub", "node"), ("node", "sub", "pub")])
def test_an_array_outlives_everything_that_made_it(node, order):
    things = {"node": node}
    things["pub"], things["sub"] = pair(node)
    things["pub"].send(b"stays" * 1000)
    array = things["sub"].receive_view(1).array()
    for name in order:
        if name != "node":
            things[name].close()
        del things[name]
        gc.collect()
    node.unlink_topic("topic")
    assert bytes(array) == b"stays" * 1000


def test_what_an_interpreter_holds_at_its_end_is_no_fault(start, prefix):
    child = start(
        """
        import numpy
        node = kickmsg.Node("child", sys.argv[1])
        pub, sub = node.advertise("t"), node.subscribe("t")
        pub.send(b"x" * 100)
        view = sub.receive_view(1); array = view.array()
        loan = pub.loan(10); room = loan.array()
        server, client = node.serve("s"), node.client("s")
        call = client.start(b"?"); request = server.receive(1); asked = memoryview(request.data)
        ready = kickmsg.WaitSet(); ready.add(sub); ready.fileno()
        cycle = [sub, array]; cycle.append(cycle)
        """,
        prefix,
    )
    assert child.end() == (0, "", "")


def test_a_loan_is_written_in_place(node):
    pub, sub = pair(node)
    with pub.loan(8) as loan:
        room = loan.array("uint16", (2, 2))
        room[:] = [[1, 2], [3, 4]]
        with pytest.raises(BufferError, match="the loan"):
            loan.publish()
        del room
        assert loan.publish() == 1
    assert numpy.frombuffer(sub.receive(1).value, "uint16").tolist() == [1, 2, 3, 4]
    with pytest.raises(BufferError, match="published, given back"):
        loan.array()
    with pytest.raises(kickmsg.InvalidHandleError, match="published or given back"):
        loan.publish()


def test_a_loan_that_is_lent_is_not_taken_away(node):
    pub, sub = pair(node)
    loan = pub.loan(4)
    room = memoryview(loan)
    for act in (lambda: pub.send(b"x"), lambda: pub.loan(1), lambda: pub.try_send(b"x"), pub.close, loan.abandon, loan.publish):
        with pytest.raises(BufferError):
            act()
    room[:] = b"mine"
    room.release()
    pub.send(b"x")
    assert not loan.out and sub.receive(1).value == b"x" and sub.try_receive() is None


def test_a_loan_ends_with_its_block_and_with_its_last_name(node):
    pub, sub = pair(node)
    with pub.loan(4) as loan:
        loan.write(b"no")
    assert not loan.out
    del loan
    pub.loan(4)
    with pub.loan(4) as loan:
        loan.write(b"yes", 1)
        loan.data[0] = 33
        assert len(loan) == 4 and loan.publish(3) == 1
    assert sub.receive(1).value == b"!ye" and sub.try_receive() is None


def test_a_loan_has_its_bounds(node):
    pub, _sub = pair(node)
    with pub.loan(4) as loan:
        for data, offset in ((b"12345", 0), (b"1", 4), (b"", 5)):
            with pytest.raises(ValueError, match="no room"):
                loan.write(data, offset)
        with pytest.raises(kickmsg.TooLongError):
            loan.publish(5)
        assert loan.publish(0) == 1
    with pytest.raises(kickmsg.NoSlotError):
        pub.loan(SMALL.max_payload_size + 1)


def test_a_loan_of_a_closed_publisher_is_no_more(node):
    pub, _sub = pair(node)
    loan = pub.loan(4)
    pub.close()
    assert not loan.out
    with pytest.raises(BufferError):
        memoryview(loan)
    with pytest.raises(kickmsg.InvalidHandleError):
        loan.publish()
    loan.abandon()
    with pytest.raises(kickmsg.InvalidHandleError, match="it is closed"):
        pub.send(b"x")


def test_no_slot_is_an_error_of_its_own(node):
    pub, sub = pair(node, kickmsg.Config(pool_size=2, max_publishers=1, max_subscribers=1, max_views=2))
    pub.send(b"1")
    pub.send(b"2")
    held = [sub.receive_view(1), sub.receive_view(1)]
    with pytest.raises(kickmsg.NoSlotError, match="hold every slot"):
        pub.send(b"3")
    assert pub.dropped == 1 and len(held) == 2


@pytest.mark.parametrize("data", [numpy.zeros((4, 4))[:, ::2], "text", 3, None])
def test_what_does_not_lie_in_one_piece_is_refused(node, data):
    pub, _sub = pair(node)
    with pytest.raises((TypeError, ValueError, BufferError)):
        pub.send(data)
    assert pub.sent == 0


def test_long_messages_are_whole(node):
    pub, sub = pair(node)
    data = numpy.random.default_rng(1).bytes(1 << 20)
    pub.send(data)
    pub.send(data)
    assert sub.receive(1).value == data
    with sub.receive_view(1) as view:
        assert view.value == data
