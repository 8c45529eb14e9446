"""What type checkers see: never run, checked by mypy --strict and pyright."""

from __future__ import annotations

import dataclasses

import kickmsg
from kickmsg import recording
from typing_extensions import assert_type


@dataclasses.dataclass
class Pose:
    x: float
    y: float


def topics(node: kickmsg.Node) -> None:
    assert_type(node.advertise("a"), kickmsg.Publisher[bytes])
    assert_type(node.advertise("a", Pose), kickmsg.Publisher[Pose])
    pub = node.advertise("a", Pose)
    assert_type(pub.send(Pose(1, 2)), int)
    pub.send(b"no pose")  # type: ignore[arg-type]
    sub = node.subscribe("a", Pose)
    message = sub.receive(timeout=1)
    assert_type(message, kickmsg.Message[Pose] | None)
    for each in sub:
        assert_type(each.value, Pose)
        assert_type(each.info.sent_ns, int | None)
    view = sub.receive_view()
    if view is not None:
        with view:
            assert_type(view.value, Pose)
            assert_type(view.data, memoryview)


async def looped(sub: kickmsg.Subscriber[Pose]) -> float:
    async for message in sub:
        return message.value.x
    return 0.0


def services(node: kickmsg.Node) -> None:
    with node.serve("s", Pose, float) as server, node.client("s", Pose, float) as client:
        for request in server:
            assert_type(request.value, Pose)
            assert_type(request.answer(1.5), bool)
        assert_type(client.call(Pose(1, 2), timeout=1).value, float)
        try:
            client.start(Pose(1, 2)).wait(1)
        except kickmsg.CallError as error:
            assert_type(error.status, kickmsg.CallStatus)


def failures() -> int:
    try:
        kickmsg.Node("x").subscribe("y")
    except kickmsg.NotFoundError as error:
        return error.os_error
    with kickmsg.WaitSet() as ready:
        return ready.fileno() + len(ready.wait(0).keys)


def blackboards(node: kickmsg.Node) -> None:
    with node.blackboard("state") as board:
        assert_type(board.writer("pose", Pose), kickmsg.BlackboardWriter[Pose])
        assert_type(board.reader("raw"), kickmsg.BlackboardReader[bytes])
        found = board.reader("pose", Pose).read()
        assert_type(found, kickmsg.Value[Pose] | None)
        board.writer("pose", Pose).write(b"no pose")  # type: ignore[arg-type]
        assert_type([entry.writer.state for entry in board.values()], list[kickmsg.WriterState])


def recordings(node: kickmsg.Node) -> None:
    with recording.Recorder(node, ["*"], "run.mcap") as recorder:
        assert_type(recorder.record(1), int)
        assert_type(recorder.lost, dict[str, int])
    assert_type(recording.Player("run.mcap", rate=2.0).play(), int)
