import dataclasses
import threading

import kickmsg
import pytest
from kickmsg import CallStatus


@dataclasses.dataclass
class Goal:
    x: float
    y: float


def failure(act):
    with pytest.raises(kickmsg.CallError) as found:
        act()
    return found.value.status


def test_a_request_is_answered(node):
    server, client = node.serve("s", Goal, float), node.client("s", Goal, float)
    assert client.has_server() and client.wait_for_server(1)
    call = client.start(Goal(3, 4))
    with server.receive(1) as request:
        assert request.value == Goal(3, 4) and request.wanted() and request.open
        assert request.answer((request.value.x**2 + request.value.y**2) ** 0.5)
        with pytest.raises(kickmsg.InvalidHandleError, match="answered already"):
            request.answer(1.0)
    with call.wait(1) as response:
        assert response.value == 5
    assert call.status is CallStatus.ANSWERED and client.outstanding == 0


def test_a_server_in_a_thread(node):
    server, client = node.serve("s"), node.client("s")

    def serve():
        for request in server:
            request.answer(bytes(request.data)[::-1])

    thread = threading.Thread(target=serve)
    thread.start()
    for text in (b"", b"abc", b"x" * 4096):
        assert client.call(text, 10).value == text[::-1]
    server.interrupt()
    thread.join()


def test_what_becomes_of_a_call(node):
    client = node.client("s", config=kickmsg.ServiceConfig(max_calls=1))
    assert failure(lambda: client.call(b"?", 1)) is CallStatus.NO_SERVER
    server = node.serve("s", config=kickmsg.ServiceConfig(max_calls=1))
    assert failure(lambda: client.call(b"?", 0.02)) is CallStatus.TIMED_OUT
    assert failure(lambda: client.call(b"x" * 5000, 1)) is CallStatus.TOO_LONG
    call = client.start(b"?")
    assert call.poll() is None and call.status is CallStatus.WAITING
    assert failure(lambda: client.start(b"?")) is CallStatus.NO_ROOM
    assert call.cancel() and server.try_receive() is None
    call = client.start(b"?")
    server.receive(1).release()
    assert failure(lambda: call.wait(1)) is CallStatus.REFUSED
    call = client.start(b"?")
    del call
    assert server.try_receive() is None
    call = client.start(b"?")
    server.close()
    assert failure(lambda: call.wait(1)) is CallStatus.UNSERVED
    call = None
    assert client.outstanding == 0


def test_an_interrupted_call_is_cancelled(node):
    server, client = node.serve("s"), node.client("s")
    client.interrupt()
    assert failure(lambda: client.call(b"?")) is CallStatus.INTERRUPTED
    assert server.try_receive() is None


def test_a_killed_server_is_reported(start, node, prefix):
    client = node.client("s")
    child = start(
        """
        server = kickmsg.Node("child", sys.argv[1]).serve("s")
        print("ready", flush=True)
        request = server.receive(); print("taken", flush=True); time.sleep(100)
        """,
        prefix,
    )
    assert child.line() == "ready"
    call = client.start(b"?")
    assert child.line() == "taken"
    child.kill()
    assert failure(lambda: call.wait()) is CallStatus.SERVER_GONE


def test_an_answer_is_not_wanted_by_the_dead(start, node, prefix):
    server = node.serve("s")
    child = start(
        "c = kickmsg.Node('child', sys.argv[1]).client('s'); call = c.start(b'?'); print('asked', flush=True); time.sleep(100)", prefix
    )
    assert child.line() == "asked"
    request = server.receive(10)
    child.kill()
    while request.wanted():
        pass


def test_an_answer_goes_nowhere_where_its_client_has_left(node):
    server, client = node.serve("s"), node.client("s")
    call = client.start(b"?")
    request = server.receive(1)
    client.close()
    assert not request.wanted() and not request.answer(b"!")
    assert call.status is CallStatus.CANCELLED or call.status is CallStatus.WAITING


def test_a_request_that_is_lent_stays(node):
    server, client = node.serve("s"), node.client("s")
    call = client.start(b"asked")
    request = server.receive(1)
    data = request.data
    with pytest.raises(BufferError):
        request.release()
    assert request.answer(b"!") and bytes(data) == b"asked"
    response = call.wait(1)
    client.close()
    server.close()
    assert response.value == b"!" and bytes(data) == b"asked"


def test_other_types_are_refused(node):
    server = node.serve("s", Goal, float)
    with pytest.raises(kickmsg.SchemaMismatchError):
        node.client("s", Goal, int, config=kickmsg.ServiceConfig(max_request_size=16, max_response_size=8))
    with pytest.raises(TypeError, match="a type for its requests and one for its responses"):
        node.serve("t", Goal, None)
    assert not server.closed


def test_a_request_that_ends_while_its_server_waits_in_a_thread_is_refused_later(node):
    server, client = node.serve("s"), node.client("s")
    call = client.start(b"?")
    request = server.receive(1)
    thread = threading.Thread(target=server.receive)
    thread.start()
    while True:
        try:
            server.stale()
        except kickmsg.ThreadError:
            break
    with pytest.raises(kickmsg.ThreadError):
        request.answer(b"!")
    del request
    assert call.poll() is None
    server.interrupt()
    thread.join()
    assert server.try_receive() is None
    assert failure(lambda: call.wait(1)) is CallStatus.REFUSED
