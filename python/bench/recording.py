"""What a recorder takes: images of 1080p at 60 Hz, and many small messages, each with what was lost.

usage: recording.py [--folder FOLDER] [--seconds S] [--rate N] [--size BYTES] [--compression none|lz4|zstd] [--kinds image,small]

A publisher runs in a process of its own, at the rate that is asked for; kickmsg-record in another one, with its file in FOLDER. Prints a
line of JSON for each: messages sent and those in the file, bytes a second, how many the recorder says were lost, whether the sums are
right, and the share of a processor that the recorder took. Nothing of it is in the gate."""

import argparse
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import kickmsg
from kickmsg.recording import info

IMAGE = 1920 * 1080 * 3
RECORD = "import sys; from kickmsg.recording._commands import record; sys.exit(record(sys.argv[1:]))"


def config_of(kind, size):
    if kind == "image":
        return kickmsg.Config(
            max_payload_size=IMAGE, pool_size=64, sub_ring_capacity=32, max_publishers=1, max_subscribers=2, send_time=True
        )
    return kickmsg.Config(
        max_payload_size=size, sub_ring_capacity=1 << 15, pool_size=1 << 16, max_publishers=1, max_subscribers=2, send_time=True
    )


def publish(prefix, kind, size, rate, seconds, pipe):
    """In steps of a millisecond; what is behind is caught up with."""
    node = kickmsg.Node("bench", prefix)
    with node.advertise("t", config=config_of(kind, size)) as pub:
        pipe.send("ready")
        pipe.recv()
        data, begin, sent = os.urandom(size), time.monotonic(), 0
        while (now := time.monotonic() - begin) < seconds:
            while sent < now * rate:
                if kind == "image":
                    with pub.loan(size) as loan:
                        loan.publish()
                else:
                    pub.send(data)
                sent += 1
            time.sleep(0.001)
        pipe.send((sent, time.monotonic() - begin))
        pipe.recv()


def measure(kind, size, rate, seconds, folder, compression):
    prefix, path = f"kmrec{os.getpid()}", Path(folder) / f"{kind}.mcap"
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=publish, args=(prefix, kind, size, rate, seconds, there), daemon=True)
    process.start()
    try:
        here.recv()
        command = [sys.executable, "-c", RECORD, "t", "--prefix", prefix, "-o", str(path), "--compression", compression]
        recorder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert recorder.stdout is not None
        recorder.stdout.readline()
        here.send("go")
        sent, took = here.recv()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        time.sleep(0.5)
        recorder.send_signal(signal.SIGINT)
        said = recorder.stdout.read().split()
        recorder.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        here.send("end")
        process.join()
    finally:
        process.kill()
        for region in kickmsg.list_regions(f"/{prefix}"):
            kickmsg.unlink(region.name)
    found = info(path)["topics"].get("t", {"messages": 0, "lost": 0, "bytes": 0})
    path.unlink()
    lost = int(said[2])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        json.dumps(
            {
                "kind": kind,
                "bytes_each": size,
                "wanted_per_second": rate,
                "sent": sent,
                "sent_per_second": round(sent / took),
                "recorded": found["messages"],
                "lost": lost,
                "adds_up": found["messages"] + lost == sent and found["lost"] == lost,
                "megabytes_per_second": round(found["bytes"] / took / 1e6, 1),
                "processor": round(cpu / took, 2),
            }
        ),
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", default="image,small")
    parser.add_argument("--folder", default=None, help="of the files; a temporary one")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, help="messages a second: 60 images, 100000 small ones")
    parser.add_argument("--size", type=int, default=200, help="of a small message")
    parser.add_argument("--compression", default="none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for kind in options.kinds.split(","):
            size, rate = (IMAGE, options.rate or 60) if kind == "image" else (options.size, options.rate or 100000)
            measure(kind, size, rate, options.seconds, folder, options.compression)


if __name__ == "__main__":
    main()
