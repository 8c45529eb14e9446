"""Other processes: killed, forked, spawned."""

import multiprocessing
import os
import pickle
import signal

import kickmsg
import pytest

SMALL = kickmsg.Config(max_payload_size=64, pool_size=8, max_publishers=2, max_subscribers=2, sub_ring_capacity=2, max_views=2)


def test_what_a_killed_publisher_held_comes_back(start, node, prefix):
    sub = node.subscribe_or_create("topic", config=SMALL)
    region = kickmsg.Region.open(node.topic_region("topic"))
    child = start(
        """
        node = kickmsg.Node("child", sys.argv[1])
        pub = node.advertise_or_join("topic", config=kickmsg.Config(max_payload_size=64, pool_size=8, max_publishers=2, max_subscribers=2,
                                                                  sub_ring_capacity=2, max_views=2))
        pub.send(b"last words")
        loan = pub.loan(8); loan.write(b"half")
        print("ready", flush=True); time.sleep(100)
        """,
        prefix,
    )
    assert child.line() == "ready"
    child.kill()
    report = region.recover(child.pid, timeout=None)
    assert report.participants == 1 and report.slots >= 1 and report.still_alive == 0
    health = region.diagnose()
    assert (health.dead_participants, health.orphaned_slots, health.live_rings) == (0, 0, 1)
    assert sub.receive(1).value == b"last words"
    assert region.stats().pool_free == 8
    region.close()


def test_what_a_killed_subscriber_held_comes_back(start, node, prefix):
    pub = node.advertise("topic", config=SMALL)
    child = start(
        """
        sub = kickmsg.Node("child", sys.argv[1]).subscribe("topic")
        print("ready", flush=True)
        views = [sub.receive_view(), sub.receive_view()]; arrays = [memoryview(view) for view in views]
        print("holds", flush=True); time.sleep(100)
        """,
        prefix,
    )
    assert child.line() == "ready"
    assert pub.send(b"1") and pub.send(b"2")
    assert child.line() == "holds"
    child.kill()
    with kickmsg.Region.open(node.topic_region("topic")) as region:
        region.recover(child.pid, timeout=None)
        assert region.diagnose().dead_participants == 0 and not any(ring.pid == child.pid for ring in region.stats().rings if ring.views)
    with node.subscribe("topic") as sub:
        for number in range(20):
            pub.send(b"%d" % number)
            assert sub.receive(1).value == b"%d" % number


def test_a_killed_process_keeps_no_region(start, prefix):
    child = start("p = kickmsg.Node('child', sys.argv[1]).advertise('t'); print('ready', flush=True); time.sleep(100)", prefix)
    assert child.line() == "ready"
    kept = kickmsg.prune(prefix).kept
    assert len(kept) == 1 and str(child.pid) in kept[0].error
    child.kill()
    while not kickmsg.prune(prefix).removed:
        assert kickmsg.list_regions(prefix)
    assert kickmsg.list_regions(prefix) == []


def in_fork(act):
    """Returns: what `act` gives in a forked child, as a text."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            text = act()
        except BaseException as error:
            text = f"failed: {error!r}"
        os.write(write, str(text).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    assert os.waitpid(pid, 0)[1] == 0
    return text


def refusal(act):
    try:
        return f"no refusal, but {act()!r}"
    except (kickmsg.InvalidHandleError, BufferError) as error:
        return str(error)


def test_inherited_handles_are_inert_and_say_so(node):
    pub, sub = node.advertise("topic"), node.subscribe("topic")
    server, client, ready = node.serve("s"), node.client("s"), kickmsg.WaitSet()
    pub.send(b"held")
    pub.send(b"next")
    view, loan = sub.receive_view(1), pub.loan(4)
    call = client.start(b"?")
    request = server.receive(1)
    ready.add(sub)
    acts = [
        lambda: pub.send(b"x"),
        lambda: sub.receive(),
        lambda: sub.receive_view(),
        lambda: next(iter(sub)),
        lambda: loan.publish(),
        lambda: memoryview(loan),
        lambda: memoryview(view),
        lambda: view.value,
        lambda: server.receive(),
        lambda: client.call(b"?"),
        lambda: call.wait(),
        lambda: request.answer(b"!"),
        lambda: ready.wait(),
        lambda: ready.fileno(),
        lambda: ready.add(server),
        lambda: pub.sent,
    ]
    for number, act in enumerate(acts):
        text = in_fork(lambda act=act: refusal(act))
        assert "fork()" in text, f"{number}: {text}"
    assert in_fork(lambda: view.release() or loan.abandon() or "done") == "done"
    for end in (pub, sub, server, client, ready):
        assert in_fork(lambda end=end: end.close() or "closed") == "closed"
    loan.write(b"mine")
    assert loan.publish() == 1 and view.value == b"held"
    assert request.answer(b"!") and call.wait(5).value == b"!"
    assert [sub.receive(1).value, sub.receive(1).value] == [b"next", b"mine"]


def test_a_child_makes_handles_of_its_own(node):
    sub = node.subscribe_or_create("topic")

    def act():
        return node.advertise_or_join("topic").send(b"from the child")

    assert in_fork(act) == "14"
    assert sub.receive(5).value == b"from the child"


def work(node, inherited):
    text = refusal(lambda: inherited.receive(0)) if inherited is not None else ""
    with node.advertise_or_join("topic", int) as pub:
        pub.send(os.getpid())
    if inherited is not None and "fork()" not in text:
        raise AssertionError(text)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(node, method):
    sub = node.subscribe_or_create("topic", int)
    context = multiprocessing.get_context(method)
    process = context.Process(target=work, args=(node, sub if method == "fork" else None))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert sub.receive(5).value == process.pid


def test_ends_are_not_for_other_processes(node):
    for end in (node.advertise("t"), node.subscribe("t"), node.serve("s"), node.client("s"), kickmsg.WaitSet()):
        with pytest.raises(TypeError, match="belongs to this process"):
            pickle.dumps(end)
    again = pickle.loads(pickle.dumps(node))
    assert (again.name, again.prefix) == (node.name, node.prefix)


def test_errors_are_for_other_processes(node):
    with pytest.raises(kickmsg.NotFoundError) as found:
        node.subscribe("none")
    again = pickle.loads(pickle.dumps(found.value))
    assert type(again) is kickmsg.NotFoundError and (str(again), again.object) == (str(found.value), found.value.object)


def test_a_stopped_process_is_not_dead(start, node, prefix):
    child = start("p = kickmsg.Node('child', sys.argv[1]).advertise('t'); print('ready', flush=True); time.sleep(100)", prefix)
    assert child.line() == "ready"
    child.process.send_signal(signal.SIGSTOP)
    with kickmsg.Region.open(node.topic_region("t")) as region:
        assert region.recover(child.pid, timeout=0.05).still_alive == 1
        assert region.recover().participants == 0
    child.process.send_signal(signal.SIGCONT)
