"""Compares what a send and a receive cost in one process of Python: this package, and others where their environments are given.

    python bench/compare.py --subject kickmsg=PYTHON [--subject kickmsg-0.9=PYTHON] [--subject iceoryx2=PYTHON] [--rounds N]

PYTHON is the interpreter of a virtual environment that has the package. Rounds are interleaved, each in a process of its own: subject by
subject, in
an order that turns. Printed is the median over the rounds, with the lowest and the highest. Two operations: a message of 64 bytes sent and
received as
bytes, and an image of 6 MB written and read in place, where the package can (else copied, which is said)."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

SMALL, IMAGE = 64, 6 << 20
SECONDS = 0.5  # of each operation in a round


def timed(step):
    """Returns: ns of a step, over as many as fit into the time."""
    for _ in range(10):
        step()
    count, begin = 0, time.perf_counter_ns()
    end = begin + int(SECONDS * 1e9)
    while time.perf_counter_ns() < end:
        for _ in range(10):
            step()
        count += 10
    return (time.perf_counter_ns() - begin) / count


def kickmsg_steps():
    """This package: an image is drawn in a loan, and a view of it is looked at."""
    import kickmsg

    node = kickmsg.Node("bench")
    small = node.advertise("small"), node.subscribe("small")
    config = kickmsg.Config(max_payload_size=IMAGE, pool_size=8, max_publishers=1, max_subscribers=1)
    large = node.advertise("large", config=config), node.subscribe("large")
    data = bytes(SMALL)

    def send_and_receive():
        small[0].send(data)
        small[1].try_receive()

    def view():
        with large[0].loan(IMAGE) as loan:
            loan.publish()
        large[1].try_receive_view().release()

    def clean():
        node.unlink_topic("small")
        node.unlink_topic("large")

    return {"64 B": send_and_receive, "6 MB in place": view}, clean


def kickmsg_09_steps():
    """PyPI's kickmsg."""
    import kickmsg

    node = kickmsg.Node("bench", f"bench{time.time_ns()}")
    pub, sub = node.advertise("small"), node.subscribe("small")
    data = bytes(SMALL)

    def send_and_receive():
        pub.send(data)
        sub.try_receive()

    return {"64 B": send_and_receive}, lambda: None


def iceoryx2_steps():
    """PyPI's iceoryx2: slices of bytes, loaned and received in place."""
    import ctypes

    import iceoryx2 as iox2

    node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)

    def ends(name, length):
        service = node.service_builder(iox2.ServiceName.new(name)).publish_subscribe(iox2.Slice[ctypes.c_uint8]).open_or_create()
        pub = service.publisher_builder().initial_max_slice_len(length).create()
        return pub, service.subscriber_builder().create(), length

    def step(pub, sub, length):
        pub.loan_slice_uninit(length).assume_init().send()
        sub.receive().delete()

    small, large = ends("bench/small", SMALL), ends("bench/large", IMAGE)
    return {"64 B": lambda: step(*small), "6 MB in place": lambda: step(*large)}, lambda: None


STEPS = {"kickmsg": kickmsg_steps, "kickmsg-0.9": kickmsg_09_steps, "iceoryx2": iceoryx2_steps}


def measure(name):
    steps, clean = STEPS[name]()
    try:
        print(json.dumps({operation: timed(step) for operation, step in steps.items()}))
    finally:
        clean()


def round_of(subjects, number, found):
    turn = number % len(subjects)
    for name, python in subjects[turn:] + subjects[:turn]:
        done = subprocess.run([python, __file__, "--measure", name], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"{name}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            continue
        for operation, nanoseconds in json.loads(done.stdout).items():
            found.setdefault((operation, name), []).append(nanoseconds)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subject", action="append", default=[], metavar="NAME=PYTHON", help=f"NAME is one of {', '.join(STEPS)}")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--measure", choices=STEPS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        return measure(options.measure)
    subjects = [tuple(entry.partition("=")[::2]) for entry in options.subject] or [("kickmsg", sys.executable)]
    found = {}
    for number in range(options.rounds):
        round_of(subjects, number, found)
    for (operation, name), times in sorted(found.items()):
        low, middle, high = min(times), statistics.median(times), max(times)
        print(f"{operation:14} {name:12} {middle:10.0f} ns ({low:.0f} to {high:.0f}, {len(times)} rounds)")


if __name__ == "__main__":
    main(sys.argv[1:])
