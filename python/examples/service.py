"""A service of two types: a process serves, another one asks, and learns at once that the server was killed."""

import dataclasses
import multiprocessing
import os
import signal

import kickmsg

PREFIX = os.environ.get("KICKMSG_TEST_PREFIX", "example")


@dataclasses.dataclass
class Goal:
    x: float
    y: float


def serve(node: kickmsg.Node) -> None:
    with node.serve("plan", Goal, float) as server:
        for request in server:
            if request.value.x < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            request.answer((request.value.x**2 + request.value.y**2) ** 0.5)


def main() -> None:
    node = kickmsg.Node("asker", PREFIX)
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(kickmsg.Node("planner", PREFIX),))
    process.start()
    with node.client("plan", Goal, float) as client:
        client.wait_for_server()
        print(f"length {client.call(Goal(3, 4), timeout=10).value}")
        try:
            client.call(Goal(-1, 0))
        except kickmsg.CallError as error:
            print(error.status.name)
        try:
            client.call(Goal(0, 0), timeout=10)
        except kickmsg.CallError as error:
            print(error.status.name)
    process.join()
    node.unlink_service("plan")


if __name__ == "__main__":
    main()
