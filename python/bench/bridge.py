"""What a bridge adds: messages over two bridges beside bare put() and subscribe of Zenoh, over one kind of link, in turns in one run.

usage: bridge.py [--rounds N] [--messages N] [--sizes 64,4096,262144] [--endpoint tcp/127.0.0.1:7447]

Prints a line of JSON for each round, size and way: p50 and p99 of a one-way trip in microseconds (one message at a time), messages a
second (as fast as they go; of those that arrived), and how many were lost. Nothing of it is in the gate."""

import argparse
import contextlib
import json
import multiprocessing
import os
import statistics
import struct
import time

import kickmsg
import zenoh
from kickmsg.bridge import Bridge, Settings

SETTLE = 0.5


def stamped(size):
    return struct.pack("=q", time.monotonic_ns()).ljust(size, b"\0")


def age(data):
    return (time.monotonic_ns() - struct.unpack_from("=q", data)[0]) / 1e3


def summary(ages, begin, end):
    cut = statistics.quantiles(ages, n=100) if len(ages) > 1 else [ages[0]] * 99
    return {"p50_us": round(cut[49], 1), "p99_us": round(cut[98], 1), "per_second": round(len(ages) / max(end - begin, 1e-9))}


def collect(take, pipe, count):
    """Receives until `count` are there, or none comes any more."""
    ages, begin, end = [], None, 0.0
    while len(ages) < count:
        data = take(2.0 if ages else 30.0)
        if data is None:
            break
        end = time.monotonic()
        begin = end if begin is None else begin
        ages.append(age(data))
    pipe.send(summary(ages, begin, end) | {"received": len(ages)} if ages else {"received": 0})


def session(endpoint, side):
    settings = Settings(topics=["bench"], **{side: [endpoint]})
    return zenoh.open(settings.zenoh_config())


def bare_receiver(endpoint, _prefix, _size, count, pipe):
    import queue

    found = queue.SimpleQueue()
    with session(endpoint, "listen") as opened:
        subscriber = opened.declare_subscriber("bench/bare", lambda sample: found.put(sample.payload.to_bytes()))

        def take(timeout):
            with contextlib.suppress(queue.Empty):
                return found.get(timeout=timeout)
            return None

        for _phase in range(2):
            pipe.send("ready")
            collect(take, pipe, count)
        subscriber.undeclare()


def bridge_receiver(endpoint, prefix, size, count, pipe):
    node = kickmsg.Node("receiver", f"{prefix}_b")
    sub = node.subscribe_or_create("bench", config=config_of(size))
    with Bridge(Settings(topics=["bench"], prefix=node.prefix, listen=[endpoint], scan=0.05, queue=65536)).start():

        def take(timeout):
            message = sub.receive(timeout)
            return None if message is None else message.value

        for _phase in range(2):
            pipe.send("ready")
            collect(take, pipe, count)


def config_of(size):
    return kickmsg.Config(max_payload_size=size, sub_ring_capacity=1024, pool_size=2048)


def drive(send, pipe, size, count):
    """Returns: what the receiver says of one message at a time, and of as many as go."""
    found = []
    for pause in (0.002, 0.0):
        assert pipe.recv() == "ready"
        time.sleep(SETTLE)
        for _ in range(count):
            send(stamped(size))
            if pause:
                time.sleep(pause)
        found.append(pipe.recv())
    return found


def bare_sender(endpoint, _prefix, pipe, size, count):
    with session(endpoint, "connect") as opened:
        publisher = opened.declare_publisher("bench/bare", congestion_control=zenoh.CongestionControl.BLOCK)
        while not publisher.matching_status.matching:
            time.sleep(0.01)
        return drive(publisher.put, pipe, size, count)


def bridge_sender(endpoint, prefix, pipe, size, count):
    node = kickmsg.Node("sender", f"{prefix}_a")
    settings = Settings(topics=["bench"], block=["bench"], prefix=node.prefix, connect=[endpoint], scan=0.05)
    with node.advertise("bench", config=config_of(size)) as pub, Bridge(settings).start() as bridge:
        while not bridge.status()["topics"].get("bench", {}).get("heard"):
            time.sleep(0.01)
        return drive(pub.send, pipe, size, count)


def once(way, receiver, sender, endpoint, size, count):
    prefix = f"kmbench{os.getpid()}"
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=receiver, args=(endpoint, prefix, size, count, there), daemon=True)
    process.start()
    try:
        trips, flood = sender(endpoint, prefix, here, size, count)
    finally:
        process.join(10)
        process.kill()
        for region in kickmsg.list_regions(prefix):
            kickmsg.unlink(region.name)
    lost = 2 * count - trips["received"] - flood["received"]
    numbers = {name: trips.get(name) for name in ("p50_us", "p99_us")} | {"per_second": flood.get("per_second"), "lost": lost}
    print(json.dumps({"way": way, "size": size, **numbers}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--sizes", default="64,4096,262144")
    parser.add_argument("--endpoint", default="tcp/127.0.0.1:7447")
    options = parser.parse_args()
    for _round in range(options.rounds):
        for size in map(int, options.sizes.split(",")):
            once("zenoh", bare_receiver, bare_sender, options.endpoint, size, options.messages)
            once("bridge", bridge_receiver, bridge_sender, options.endpoint, size, options.messages)


if __name__ == "__main__":
    main()
