"""Runs that nobody measured, made by code for the tests of the archive and of the trends: none of it is kept in the tree."""

import numpy

import archive

CPU = "Made up for a test (family 0, model 0, stepping 0)"
ROWS = (
    ("op/send_receive/size:64/receive:copy", None, 12.0),
    ("op/publish_receive/rings:8", None, 60.0),
    ("rtt/peer:kickmsg/size:64/receive:copy/mode:spin/payload:touch", "floor/payload/size:64", 1.5),
)
FLOORS = (("floor/rmw", 5.0), ("floor/payload/size:64", 200.0))


def commit_of(at):
    return f"{at:07x}"


def machine_of(cpu=CPU):
    return {
        "cpu": cpu,
        "processors": 2,
        "caches": ["L1 Data 32K"],
        "placement": "processors 0 and 1",
        "architecture": "x86_64",
        "kernel": "Linux 0.0",
        "virtualisation": "none",
        "compiler": "gcc 0.0",
        "flags": "-O3",
    }


def row(name, what, times, **more):
    op = "rtt" not in name and "payload" not in name
    key = "round_mean_ns" if op else "round_p50_ns"
    return {"name": name, "what": what, "real_time": float(numpy.median(times)), key: [float(time) for time in times], **more}


def document(at, rng, slower=None, cpu=CPU, rounds=9, noise=0.01, drift=0.1):
    """A bench.json of run number `at`. `slower`: {row: factor}. Rounds drift together, as a machine does; each row has noise of its own."""
    together = numpy.exp(rng.normal(0, drift, rounds))
    rows, floors = [], {}
    for name, time in FLOORS:
        floors[name] = time * together * numpy.exp(rng.normal(0, noise, rounds))
        rows.append(row(name, "made up", floors[name]))
    for name, floor, multiple in ROWS:
        own = multiple * (slower or {}).get(name, 1.0) * numpy.exp(rng.normal(0, noise)) * numpy.exp(rng.normal(0, noise, rounds))
        more = {} if floor is None else {"floor": floor}
        rows.append(row(name, "made up", floors[floor or "floor/rmw"] * own, **more))
    context = {
        "date": f"2026-01-{1 + at:02}T00:00:00+00:00",
        "commit": commit_of(at),
        "mode": "test",
        "machine": machine_of(cpu),
        "peers": [],
    }
    return {"context": context, "benchmarks": rows}


def fill(folder, count, seed=1, slower_from=None, slower=None, root=None, **how):
    """Puts `count` runs into the folder; from run `slower_from` on the rows of `slower` are slower."""
    rng = numpy.random.default_rng(seed)
    for at in range(count):
        factor = slower if slower_from is not None and at >= slower_from else None
        archive.add(folder, document(at, rng, factor, **how), root=root or folder)
