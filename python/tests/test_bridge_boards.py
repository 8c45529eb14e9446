"""Values of blackboards over two bridges, with a session of Zenoh between them."""

import signal
import time

import kickmsg
import pytest

pytest.importorskip("zenoh", reason="eclipse-zenoh is not installed")

from bridges import Goal, Net, in_region, wait_until
from kickmsg import BlackboardConfig, WriterState
from kickmsg.bridge import WireError
from kickmsg.bridge._names import board_key, names_of_board
from kickmsg.bridge._wire import BoardDescriptor

SIZES = BlackboardConfig(max_keys=8, max_value_size=64)
BOARD = "robot/state"


@pytest.fixture
def net(prefix, tmp_path):
    made = Net(prefix, tmp_path)
    yield made
    made.close()


def until_board(bridge, holds, name=BOARD):
    return bridge.until(lambda status: name in status["blackboards"] and holds(status["blackboards"][name]))["blackboards"][name]


def until_value(board, key, value, kind=None):
    """Waits until it is there. Returns: what is known of it."""
    with board.reader(key, kind) as reader:
        wait_until(lambda: (found := reader.read()) is not None and found.value == value)
        return reader.read().info


def opened(node, name=BOARD):
    """Returns: a blackboard that a bridge makes."""

    def is_there():
        try:
            node.open_blackboard(name).close()
        except kickmsg.KickmsgError:
            return False
        return True

    wait_until(is_there)
    return node.open_blackboard(name)


def test_values_go_both_ways_and_to_a_bridge_that_comes_later(net):
    here = net.node("a").blackboard(BOARD, SIZES)
    goal, mode = here.writer("goal", Goal), here.writer("mode/x")
    one = net.bridge("a", "--blackboards", "robot/*", "--listen", net.endpoint("ab"))
    until_board(one, lambda found: found["keys"] == 2)
    for number in range(20):
        goal.write(Goal(number, -number))
    mode.write(b"driving")
    other = net.bridge("b", "--blackboards", "**", "--connect", net.endpoint("ab"))
    there = opened(net.node("b"))
    assert there.max_keys == 8 and there.max_value_size == here.max_value_size
    until_value(there, "goal", Goal(19, -19), Goal)
    until_value(there, "mode/x", b"driving")
    until_board(other, lambda found: found["writing"] == ["goal", "mode/x"])
    with pytest.raises(kickmsg.InUseError, match=str(other.pid)):
        there.writer("goal")
    back = there.writer("back")
    back.write(b"here")
    until_value(here, "back", b"here")
    goal.write(Goal(3, 4))
    assert until_value(there, "goal", Goal(3, 4), Goal).version < 21
    goal.close()
    until_board(other, lambda found: found["writing"] == ["mode/x"])
    assert there.writer("goal", Goal).write(Goal(5, 6)) > 0
    until_value(here, "goal", Goal(5, 6), Goal)
    assert [bridge.end()[0] for bridge in (one, other)] == [0, 0]


def test_no_value_goes_round_in_a_ring_of_three(net):
    ends = [net.endpoint(name) for name in "abc"]
    bridges = [net.bridge("abc"[at], "--blackboards", BOARD, "--listen", ends[at], "--connect", ends[at - 1]) for at in range(3)]
    for bridge in bridges:
        bridge.until(lambda status: status["peers"] == 2)
    boards = [net.node(side).blackboard(BOARD, SIZES) for side in "abc"]
    writers = [board.writer(f"key{at}") for at, board in enumerate(boards)]
    for bridge in bridges:
        until_board(bridge, lambda found: found["keys"] >= 1)
    for number in range(10):
        for writer in writers:
            writer.write(b"%d" % number)
    for board in boards:
        for at in range(3):
            until_value(board, f"key{at}", b"9")
    before = [[entry.info.version for entry in board.values()] for board in boards]
    time.sleep(1.0)
    assert before == [[entry.info.version for entry in board.values()] for board in boards]
    assert [writer.version for writer in writers] == [10, 10, 10]


def test_after_a_cut_the_last_value_comes(net):
    router = net.router(net.endpoint("router"))
    one, other = (net.bridge(side, "--blackboards", BOARD, "--mode", "client", "--connect", net.endpoint("router")) for side in "ab")
    here, there = (net.node(side).blackboard(BOARD, SIZES) for side in "ab")
    writer = here.writer("mode")
    writer.write(b"before")
    until_value(there, "mode", b"before")
    router.kill()
    for bridge in (one, other):
        bridge.until(lambda status: status["peers"] == 0)
    writer.write(b"lost on the way")
    writer.write(b"meanwhile")
    net.router(net.endpoint("router"))
    until_value(there, "mode", b"meanwhile")
    writer.write(b"after")
    until_value(there, "mode", b"after")


def test_a_bridge_that_is_killed_gives_its_keys_up_and_its_successor_goes_on(net):
    one, other = net.pair("--blackboards", BOARD)
    here, there = (net.node(side).blackboard(BOARD, SIZES) for side in "ab")
    writer = here.writer("mode")
    writer.write(b"before")
    until_value(there, "mode", b"before")
    until_board(other, lambda found: found["writing"] == ["mode"])
    other.end(signal.SIGKILL)
    with there.reader("mode") as reader:
        wait_until(lambda: reader.writer().state is WriterState.DEAD)
        assert reader.read().value == b"before"
    writer.write(b"meanwhile")
    net.bridge("b", "--blackboards", BOARD, "--connect", net.endpoint("ab"))
    until_value(there, "mode", b"meanwhile")
    one.end(signal.SIGKILL)
    net.bridge("a", "--blackboards", BOARD, "--listen", net.endpoint("ab"))
    writer.write(b"after")
    until_value(there, "mode", b"after")


def test_who_writes_a_key_here_goes_before_and_another_type_is_refused(net):
    here, there = (net.node(side).blackboard(BOARD, SIZES) for side in "ab")
    mine, theirs, typed = there.writer("mode"), here.writer("mode"), there.reader("goal", float)
    mine.write(b"mine")
    theirs.write(b"theirs")
    _one, other = net.pair("--blackboards", BOARD)
    assert "living writer" in until_board(other, lambda found: found["refused"] > 0)["problem"]
    here.writer("goal", Goal).write(Goal(1, 2))
    until_board(other, lambda found: found["problem"] == "goal: what comes is of another type than the values here")
    assert there.reader("mode").read().value == b"mine" and typed.read() is None
    assert here.reader("mode").read().value == b"theirs"


def test_what_somebody_has_left_goes_not_before_what_came_later(net):
    """Values without a writer: the later one stays, on both hosts."""
    here, there = (net.node(side).blackboard(BOARD, SIZES) for side in "ab")
    for board, value in ((here, b"earlier"), (there, b"later")):
        with board.writer("mode") as writer:
            writer.write(value)
    _one, other = net.pair("--blackboards", BOARD)
    until_board(other, lambda found: found["older"] == 1)
    until_value(here, "mode", b"later")
    assert there.reader("mode").read().value == b"later" and there.reader("mode").writer().state is WriterState.NONE


def test_a_blackboard_that_is_gone_leaves_nothing(net):
    _one, other = net.pair("--blackboards", BOARD)
    here = net.node("a").blackboard(BOARD, SIZES)
    here.writer("mode").write(b"x")
    region = net.node("b").blackboard_region(BOARD)
    until_board(other, lambda found: found["in"] == 1)
    assert in_region(region)
    net.node("a").unlink_blackboard(BOARD)
    wait_until(lambda: not in_region(region))
    other.until(lambda status: not status["blackboards"])


@pytest.mark.parametrize("board, key", [("a", "b"), ("/a//b", "c/d"), ("é *", "~/"), ("**", "*")])
def test_a_key_of_a_value_is_of_one_pair_of_names(board, key):
    assert names_of_board(board_key(board, key)) == (board, key) and board_key(board, key).count("/") == board.count("/") + 1


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys":1,"size":"x","type":0}', b'{"keys":-1,"size":1,"type":0}'])
def test_what_is_no_descriptor_of_a_blackboard_is_refused(text):
    with pytest.raises(WireError):
        BoardDescriptor.parse(text)
    with pytest.raises(ValueError):
        names_of_board("a")
    assert BoardDescriptor.parse(BoardDescriptor(2, 8, 2**64 - 1).text()) == BoardDescriptor(2, 8, 2**64 - 1)
