"""Named values: whoever asks gets the last one, and learns whether its writer still lives."""

import dataclasses
import multiprocessing
import os
import signal
import time

import kickmsg

PREFIX = os.environ.get("KICKMSG_TEST_PREFIX", "example")


@dataclasses.dataclass
class Pose:
    x: float
    y: float


def drive(node: kickmsg.Node) -> None:
    board = node.blackboard("state")
    pose, mode = board.writer("pose", Pose), board.writer("mode")
    for number in range(1, 4):
        pose.write(Pose(number, number / 2))
    mode.write(b"driving")
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    node = kickmsg.Node("observer", PREFIX)
    with node.blackboard("state") as board:
        pose, mode = board.reader("pose", Pose), board.reader("mode")
        process = multiprocessing.get_context("spawn").Process(target=drive, args=(kickmsg.Node("driver", PREFIX),))
        process.start()
        mode.wait_for_change()
        process.join()
        found = pose.read()
        assert found is not None
        print(f"pose {found.value}, version {found.info.version}")
        while mode.writer().state is kickmsg.WriterState.ALIVE:
            time.sleep(0.001)
        print("its writer:", mode.writer().state.name)
        with board.writer("mode") as next_one:
            print("the next one writes version", next_one.write(b"parked"))
        for entry in board.values():
            print(f"{entry.key}: version {entry.info.version}, {entry.info.size} bytes")
    node.unlink_blackboard("state")


if __name__ == "__main__":
    main()
