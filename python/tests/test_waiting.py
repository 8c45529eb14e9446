"""Waits: what ends them, and what runs meanwhile."""

import selectors
import signal
import sys
import threading
import time

import kickmsg
import pytest

WAITS = {
    "receive": "node.subscribe_or_create('t').receive",
    "receive_view": "node.subscribe_or_create('t').receive_view",
    "for": "lambda: next(iter(node.subscribe_or_create('t')))",
    "wait set": "(lambda s: s.add(node.subscribe_or_create('t')) or s)(kickmsg.WaitSet()).wait",
    "server": "node.serve('s').receive",
    "server's existence": "node.client('s').wait_for_server",
    "publisher": "lambda: node.wait_for_publisher('t')",
    "room": "lambda p=full(node): p.send_until(b'x')",
    "answer": "lambda s=node.serve('s'), c=node.client('s'): c.call(b'?')",
}


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_a_wait(start, prefix, wait):
    child = start(
        f"""
        node = kickmsg.Node("child", sys.argv[1])
        def full(node):
            global sub
            pub = node.advertise("t", config=kickmsg.Config(sub_ring_capacity=2)); sub = node.subscribe("t")
            while pub.try_send(b"x"): pass
            return pub
        wait = {WAITS[wait]}
        print("ready", flush=True)
        try:
            wait()
        except KeyboardInterrupt:
            print("ended")
        """,
        prefix,
    )
    assert child.line() == "ready"
    time.sleep(0.05)
    assert child.kill(signal.SIGINT) == (0, "ended\n", "")


def test_a_handler_that_raises_nothing_lets_the_wait_go_on(start, prefix):
    child = start(
        """
        node = kickmsg.Node("child", sys.argv[1])
        sub = node.subscribe_or_create("t", config=kickmsg.Config())
        signal.signal(signal.SIGUSR1, lambda *_: print("handled", flush=True))
        print("ready", flush=True)
        print(sub.receive().value)
        """,
        prefix,
    )
    assert child.line() == "ready"
    for _ in range(3):
        child.process.send_signal(signal.SIGUSR1)
        assert child.line() == "handled"
    kickmsg.Node("tester", prefix).advertise("t").send(b"x")
    assert child.end() == (0, "b'x'\n", "")


def test_a_handler_may_interrupt(start, prefix):
    child = start(
        """
        sub = kickmsg.Node("child", sys.argv[1]).subscribe_or_create("t")
        signal.signal(signal.SIGUSR1, lambda *_: sub.interrupt())
        print("ready", flush=True)
        print(sub.receive(), list(sub.__class__.__mro__)[0].__name__)
        """,
        prefix,
    )
    assert child.line() == "ready"
    assert child.kill(signal.SIGUSR1)[:2] == (0, "None Subscriber\n")


def in_thread(work):
    """Starts a thread. Returns: a function that waits for it, and gives its result."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()

    def join():
        thread.join(30)
        assert found, "the thread has not ended"
        return found[0]

    return join


def until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def busy(sub):
    try:
        sub.try_receive()
    except kickmsg.ThreadError:
        return True
    return False


def test_other_threads_run_and_end_the_wait(node):
    sub = node.subscribe_or_create("topic")
    result = in_thread(sub.receive)
    until(lambda: busy(sub))
    with pytest.raises(kickmsg.ThreadError, match="another thread is in a call of it"):
        sub.close()
    sub.interrupt()
    assert result() is None
    sub.interrupt()
    assert sub.receive() is None


def test_a_message_wakes_a_thread(node):
    pub, sub = node.advertise("topic"), node.subscribe("topic")
    result = in_thread(sub.receive)
    until(lambda: busy(sub))
    pub.send(b"x")
    assert result().value == b"x"


def test_a_set_waits_for_many(node):
    pubs = [node.advertise(f"t{number}", int) for number in range(3)]
    subs = [node.subscribe(f"t{number}", int) for number in range(3)]
    with kickmsg.WaitSet() as ready:
        for number, sub in enumerate(subs):
            ready.add(sub, key=f"key {number}")
        with pytest.raises(kickmsg.InUseError):
            ready.add(subs[0])
        assert len(ready) == 3 and not ready.wait(0)
        pubs[1].send(5)
        found = ready.wait(5)
        assert list(found) == ["key 1"] and not found.woken
        assert subs[1].try_receive().value == 5 and not ready.wait(0)
        ready.remove(subs[2])
        pubs[2].send(1)
        assert not ready.wait(0.01)
        ready.wake()
        assert ready.wait().woken
    with pytest.raises(kickmsg.InvalidHandleError):
        ready.wait(0)


def test_nobody_receives_from_a_member_while_another_thread_waits(node):
    sub = node.subscribe_or_create("topic")
    ready = kickmsg.WaitSet()
    ready.add(sub)
    result = in_thread(ready.wait)
    until(lambda: busy(sub))
    with pytest.raises(kickmsg.ThreadError, match="waits for the set"):
        sub.receive(0)
    ready.wake()
    assert result().woken and sub.receive(0) is None


def test_a_set_is_not_waited_for_while_another_thread_is_in_a_member(node):
    sub = node.subscribe_or_create("topic")
    ready = kickmsg.WaitSet()
    ready.add(sub)
    result = in_thread(sub.receive)
    until(lambda: busy(sub))
    for timeout in (0, 1):
        with pytest.raises(kickmsg.ThreadError, match="wait for its set in that thread"):
            ready.wait(timeout)
    sub.interrupt()
    assert result() is None and not ready.wait(0)
    sub.close()
    ready.remove(sub)
    assert not ready.wait(0)


def test_the_descriptor_of_a_set_is_for_selectors(node):
    pub, sub = node.advertise("topic"), node.subscribe("topic")
    with kickmsg.WaitSet() as ready, selectors.DefaultSelector() as selector:
        ready.add(sub)
        selector.register(ready, selectors.EVENT_READ)
        assert selector.select(10) and not ready.wait(0)
        pub.send(b"x")
        assert selector.select(10) and list(ready.wait(0)) == [sub]
        assert sub.try_receive().value == b"x"
        selector.unregister(ready)


@pytest.mark.parametrize("act", ["send", "receive", "write"])
def test_a_long_copy_lets_others_run(node, act):
    """Here a thread runs only while another one has given the interpreter's lock back by itself."""
    size = 16 << 20
    pub = node.advertise("topic", config=kickmsg.Config(max_payload_size=size, pool_size=4, max_publishers=1, max_subscribers=1))
    sub, data, loan = node.subscribe("topic"), bytes(size), pub.loan(size)
    turns, ends = [0], []

    def count():
        while not ends:
            turns[0] += 1
            time.sleep(0)

    def gained():
        if act == "write":
            before = turns[0]
            loan.write(data)
            return turns[0] - before
        before = turns[0]
        pub.send(data)
        sent = turns[0] - before
        before = turns[0]
        sub.receive(0)
        return sent if act == "send" else turns[0] - before

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=count)
    sys.setswitchinterval(1000)
    try:
        thread.start()
        assert any(gained() for _ in range(200))
    finally:
        ends.append(True)
        thread.join()
        sys.setswitchinterval(interval)
