"""What a bridge keeps of blackboards, without a session of Zenoh."""

import time
from types import SimpleNamespace

import kickmsg
import pytest

pytest.importorskip("zenoh", reason="eclipse-zenoh is not installed")

from kickmsg.bridge._boards import Boards
from kickmsg.bridge._names import board_key
from kickmsg.bridge._settings import Settings
from kickmsg.bridge._wire import BoardDescriptor, Stamp

BOARD = "robot/state"


@pytest.fixture
def boards(prefix):
    quiet = SimpleNamespace(undeclare=lambda: None, put=lambda *_, **__: None)
    bridge = SimpleNamespace(
        node=kickmsg.Node("bridge", prefix),
        settings=Settings(blackboards=["**"]),
        incoming=SimpleNamespace(has_source=lambda *_: True),
        origin=b"here" * 4,
        declare_token=lambda *_: quiet,
        value_publisher=lambda *_: quiet,
    )
    made = Boards(bridge)
    yield made
    made.close()


def take(boards, key, value):
    stamp = Stamp(b"afar" * 4, 0, 1, 1, time.time_ns())
    boards.take(board_key(BOARD, key), stamp, BoardDescriptor(8, 64, 0).text(), value)


def value_of(boards, key):
    with boards.bridge.node.open_blackboard(BOARD) as board, board.reader(key) as reader:
        found = reader.read()
        return found and found.value


def test_a_blackboard_that_a_list_was_made_before_is_not_left(boards):
    known = boards.known()
    take(boards, "goal", b"first")
    joined = boards.boards[BOARD]
    boards.scan([], known)
    assert boards.boards[BOARD] is joined
    take(boards, "mode", b"driving")
    assert (value_of(boards, "goal"), value_of(boards, "mode")) == (b"first", b"driving")
    boards.scan([], boards.known())
    assert not boards.boards


def test_a_value_for_a_blackboard_that_has_ended_is_written_all_the_same(boards):
    take(boards, "goal", b"first")
    ended = boards.boards[BOARD]
    ended.close()
    take(boards, "goal", b"second")
    assert value_of(boards, "goal") == b"second" and boards.boards[BOARD] is not ended
