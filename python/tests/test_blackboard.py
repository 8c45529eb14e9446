"""Blackboards: named values, each with one writer."""

import dataclasses
import os
import threading
import time
from typing import ClassVar

import kickmsg
import pytest
from conftest import SECONDS
from kickmsg import BlackboardConfig, WriterState
from test_processes import in_fork, refusal


@dataclasses.dataclass
class Pose:
    schema_name: ClassVar[str] = "test/Pose"
    x: float
    y: float


@pytest.fixture
def board(node):
    with node.blackboard("state", BlackboardConfig(max_keys=4, max_value_size=256)) as made:
        yield made


def test_the_last_value_is_read_with_its_version_and_its_time(board):
    reader = board.reader("pose", Pose)
    assert reader.read() is None and not reader.has_changed and reader.writer().state is WriterState.NONE
    before = time.time_ns()
    with board.writer("pose", Pose) as writer:
        assert [writer.write(Pose(number, -number)) for number in range(3)] == [1, 2, 3]
        assert reader.has_changed and (writer.version, writer.key) == (3, "pose")
        value, info = reader.read()
        assert value == Pose(2, -2) and (info.version, info.size) == (3, 16)
        assert before <= info.wall_ns <= time.time_ns() and 0 <= info.age < SECONDS
        assert (reader.seen, reader.version, reader.has_changed) == (3, 3, False)
        found = reader.writer()
        assert (found.state, found.pid) == (WriterState.ALIVE, os.getpid())
    assert reader.writer().state is WriterState.NONE and reader.read().value == Pose(2, -2)


def test_values_of_bytes_grow_and_shrink_up_to_the_room_that_there_is(board):
    writer, reader = board.writer("text"), board.reader("text")
    for value in (b"", b"x" * 256, b"abc", memoryview(b"ab")):
        writer.write(value)
        assert reader.read().value == bytes(value)
    assert board.max_value_size >= 256 and board.max_keys == 4
    with pytest.raises(kickmsg.TooLongError, match="max_value_size"):
        writer.write(bytes(board.max_value_size + 1))
    assert reader.read().value == b"ab"


def test_a_value_that_is_not_of_the_type_by_its_length_is_none(board):
    reader = board.reader("pose", Pose)
    board.writer("pose").write(b"123")
    assert reader.read() is None and reader.seen == 1


def test_what_is_refused(node, board):
    writer = board.writer("pose", Pose)
    with pytest.raises(kickmsg.InUseError, match="living writer"):
        board.writer("pose")
    with pytest.raises(kickmsg.SchemaMismatchError):
        board.reader("pose", float)
    with pytest.raises(TypeError):
        writer.write(3)
    with pytest.raises(kickmsg.MismatchError):
        node.blackboard("state", BlackboardConfig(max_keys=5))
    with pytest.raises(kickmsg.NotFoundError):
        node.open_blackboard("none")
    with pytest.raises(kickmsg.InvalidConfigError, match="max_keys"):
        node.blackboard("other", BlackboardConfig(max_keys=0))
    for number in range(3):
        board.reader(f"key{number}")
    with pytest.raises(kickmsg.LimitReachedError):
        board.reader("one too many")
    writer.close()
    with pytest.raises(kickmsg.InvalidHandleError):
        writer.write(Pose(0, 0))


def test_all_values_are_listed(node, board):
    writer = board.writer("b", Pose)
    board.reader("a")
    writer.write(Pose(1, 1))
    found = node.open_blackboard("state").values()
    assert [(entry.key, entry.info.version, entry.writer.state.name, entry.typed) for entry in found] == [
        ("a", 0, "NONE", False),
        ("b", 1, "ALIVE", True),
    ]
    assert found[1].type != 0 and found[0].type == 0 and board.has("a") and not board.has("c")
    region = kickmsg.inspect(node.blackboard_region("state")).region
    assert (region.kind, region.user_name, region.type) == ("blackboard", "state", kickmsg.ChannelType.BLACKBOARD)
    assert not board.stale() and board.region == node.blackboard_region("state")
    node.unlink_blackboard("state")
    assert board.stale()


def test_a_wait_ends_by_a_change_and_by_its_time(board):
    readers = [board.reader("a"), board.reader("b")]
    writer = board.writer("b")
    assert not readers[1].wait_for_change(0.02) and board.wait_for_change(readers, 0.02) == []
    thread = threading.Thread(target=lambda: time.sleep(0.05) or writer.write(b"x"))
    thread.start()
    assert readers[1].wait_for_change(SECONDS)
    thread.join()
    assert board.wait_for_change(readers, 0) == [readers[1]] == board.wait_for_change(readers)
    assert readers[1].read().value == b"x" and board.wait_for_change(readers, 0) == [] == board.wait_for_change([], 1)


def test_one_thread_waits_and_another_one_is_refused(board):
    one, other, writer = board.reader("a"), board.reader("b"), board.writer("a")
    writer.write(b"0")
    one.read()
    thread = threading.Thread(target=one.wait_for_change, args=(SECONDS,))
    thread.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            other.wait_for_change(0.001)
        except kickmsg.ThreadError:
            break
    else:
        pytest.fail("nobody was refused")
    with pytest.raises(kickmsg.ThreadError):
        one.read()
    writer.write(b"1")
    thread.join()
    assert one.read().value == b"1" and not other.wait_for_change(0.001)


def test_a_killed_writer_leaves_its_value_and_its_key(start, node, board, prefix):
    child = start(
        """
        board = kickmsg.Node("child", sys.argv[1]).open_blackboard("state")
        writer = board.writer("pose")
        print(writer.write(b"last"), flush=True); time.sleep(100)
        """,
        prefix,
    )
    assert child.line() == "1"
    reader = board.reader("pose")
    with pytest.raises(kickmsg.InUseError, match=str(child.pid)):
        board.writer("pose")
    child.kill()
    while reader.writer().state is not WriterState.DEAD:
        time.sleep(0.001)
    assert reader.read().value == b"last"
    assert board.writer("pose").write(b"next") == 2


def test_inherited_ends_of_a_blackboard_are_inert_and_say_so(board):
    writer, reader = board.writer("a"), board.reader("a")
    writer.write(b"x")
    for act in (lambda: board.values(), lambda: board.reader("b"), lambda: reader.read(), lambda: writer.write(b"y")):
        assert "fork()" in in_fork(lambda act=act: refusal(act))
    for end in (writer, reader, board):
        assert in_fork(lambda end=end: end.close() or "closed") == "closed"
    assert writer.write(b"z") == 2 and reader.read().value == b"z"


def test_an_interrupt_ends_a_wait(start, node, board, prefix):
    child = start(
        """
        reader = kickmsg.Node("child", sys.argv[1]).open_blackboard("state").reader("a")
        print("ready", flush=True)
        reader.wait_for_change()
        """,
        prefix,
    )
    assert child.line() == "ready"
    code, _out, err = child.kill(2)
    assert code != 0 and "KeyboardInterrupt" in err
