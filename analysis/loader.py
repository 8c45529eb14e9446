"""Reads what kickmsg_bench and validate.sh write. Nothing here draws.

Rows are named `family/key:value/...`; a part without a colon is the row's subject (`op/send_receive/size:64`).
Times are nanoseconds. Quantiles and histograms of two-process rows are of the round trip; one way is half of it.
"""

import json
import pathlib
import re
import statistics
from dataclasses import dataclass, field

CLASSES = ("spin-zero-copy", "spin-copy", "blocking", "middleware")
QUANTILES = ("p50", "p90", "p99", "p99.9", "p99.99")


CLASS_OF_OURS = {
    ("spin", "view"): "spin-zero-copy",
    ("spin", "copy"): "spin-copy",
    ("block", "view"): "blocking",
    ("block", "copy"): "blocking",
}
RATIO = re.compile(r"ratio_to_floor|rmw_multiple|after_before")
OLD_ROUND_TRIP = re.compile(r"rtt/(size:\d+/receive:\w+/mode:\w+)")


@dataclass(frozen=True)
class Row:
    """One measured row."""

    name: str
    values: dict = field(repr=False)

    @property
    def family(self):
        return self.name.split("/")[0]

    @property
    def subject(self):
        """The parts between family and parameters: `payload` of `floor/payload/size:64`; empty for `rtt/peer:kickmsg/size:64`."""
        return "/".join(part for part in self.name.split("/")[1:] if ":" not in part)

    @property
    def parameters(self):
        return dict(part.split(":", 1) for part in self.name.split("/") if ":" in part)

    @property
    def size(self):
        """Payload bytes, or None."""
        size = self.parameters.get("size")
        return int(size) if size is not None else None

    @property
    def failed(self):
        return self.values.get("error_message")

    @property
    def skipped(self):
        """Why the row was not measured, where the peer cannot do it; None for a measured one."""
        return self.values.get("skipped")

    @property
    def peer(self):
        return self.parameters.get("peer")

    @property
    def peer_class(self):
        """`spin-zero-copy`, `spin-copy`, `blocking` or `middleware`: classes never share a chart."""
        return self.values.get("class") or CLASS_OF_OURS.get((self.parameters.get("mode"), self.parameters.get("receive")))

    @property
    def oversubscribed(self):
        return bool(self.values.get("oversubscribed"))

    def quantile(self, name):
        """Nanoseconds of `p50` ... `p99.99`; None where too few samples lie beyond it."""
        return self.values.get(name + "_ns")

    def one_way(self):
        """Half of the round trip's median, nanoseconds; None for rows that are no round trip."""
        return self.values.get("one_way_p50_ns")

    def one_way_of_rounds(self):
        """Half of the median of the rounds' medians: what ratio() compares, nanoseconds."""
        rounds = self.values.get("round_p50_ns")
        return statistics.median(rounds) / 2 if rounds else None

    def ratio(self):
        """One way as a multiple of the floor of the same run; None where there is none."""
        return self.values.get("one_way_ratio_to_floor")

    def buckets(self):
        """[(nanoseconds, count), ...], smallest first; empty for rows without a distribution."""
        return [tuple(pair) for pair in self.values.get("histogram", {}).get("buckets", [])]


@dataclass(frozen=True)
class Bench:
    """A bench.json."""

    context: dict
    rows: list

    def find(self, name):
        """The row of that name, if it was measured without error; else None."""
        for row in self.rows:
            if row.name == name and not row.failed and "real_time" in row.values:
                return row
        return None

    def family(self, name):
        return [row for row in self.rows if row.family == name]

    def rtt(self, size, receive, mode, peer="kickmsg", payload="touch"):
        """The closed loop of a peer: every payload byte written and read (touch), or the first word only (handoff)."""
        return self.find(f"rtt/peer:{peer}/size:{size}/receive:{receive}/mode:{mode}/payload:{payload}")

    def of_class(self, name, size=None, payload="touch"):
        """The measured closed loops of one class, ours first, then as they were measured."""
        rows = [
            row
            for row in self.measured("rtt")
            if row.peer_class == name and row.parameters.get("payload") == payload and size in (None, row.size)
        ]
        return sorted(rows, key=lambda row: row.peer != "kickmsg")

    def floor_of_class(self, name, size):
        return self.floor_of(size, "spin" if name.startswith("spin") else "block")

    def not_measured(self, size):
        """[(peer, why), ...]: peers that have no round trip of this size, and those whose rows of this size were skipped or failed."""
        told = {
            peer["name"]: f"{peer['state']}: {peer['reason']}" if peer["reason"] else peer["state"]
            for peer in self.peers()
            if peer["state"] != "measured"
        }
        for row in self.family("rtt"):
            if row.size == size and row.peer is not None and (row.skipped or row.failed):
                told.setdefault(row.peer, row.skipped or row.failed)
        return sorted(told.items())

    def peers(self):
        """[{'name', 'version', 'state', 'reason'}, ...]: every peer of the list, also those that were not measured."""
        return self.context.get("peers", [])

    def label(self, peer):
        """'iceoryx 2.0.3': the peer with the version that was measured. Ours is the run's commit, the system's own that of its kernel."""
        version = next((known.get("version", "") for known in self.peers() if known["name"] == peer), "")
        return peer if peer == "kickmsg" or not version or version.startswith("Linux ") else f"{peer} {version}"

    def labels(self):
        """{peer: its label}"""
        return {peer["name"]: self.label(peer["name"]) for peer in self.peers()}

    def measured(self, family):
        """The rows of a family that have a time."""
        return [row for row in self.family(family) if not row.failed and "real_time" in row.values]

    def floor_of(self, size, mode):
        """What a message of this mode is measured against: the polled line, or the bare futex."""
        return self.find(f"floor/{'futex' if mode == 'block' else 'payload'}/size:{size}")

    def sizes(self):
        return sorted({row.size for row in self.rows if row.size is not None and row.family in ("floor", "rtt")})

    def machine(self):
        return self.context.get("machine", {})

    @property
    def emulated(self):
        """Measured under qemu or Wine: no ratio of such a run is reported."""
        return bool(self.context.get("emulated") or self.machine().get("emulated"))


def load_bench(path):
    """Errors: ValueError naming the file when it is not a bench.json."""
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    if "benchmarks" not in document or "context" not in document:
        raise ValueError(f"{path}: no Google Benchmark JSON: 'context' and 'benchmarks' expected")
    bench = Bench(document["context"], [Row(name_of(row["name"]), row) for row in document["benchmarks"]])
    return without_ratios(bench) if bench.emulated else bench


def without_ratios(bench):
    """An emulator's time is not the machine's: neither ratios nor multiples of such a run are reported anywhere."""
    return Bench(
        bench.context, [Row(row.name, {key: value for key, value in row.values.items() if not RATIO.search(key)}) for row in bench.rows]
    )


def name_of(name):
    """Recordings from before the peers name none in `rtt/`: what they measured was ours, every byte touched."""
    return OLD_ROUND_TRIP.sub(r"rtt/peer:kickmsg/\1/payload:touch", name)


def load_json(path):
    """The document, or None where there is none."""
    if path is None or not pathlib.Path(path).exists():
        return None
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def load_results(path):
    """The results.json of a validation run, missing parts filled in; None when `path` is None or the file is not there."""
    results = load_json(path)
    if results is None:
        return None
    stages = [
        {"passed": 0, "failed": 0, "skipped": 0, "seconds": None, "reason": "", **stage, "name": stage.get("name", "?")}
        for stage in results.get("stages", [])
    ]
    totals = {key: sum(stage[key] or 0 for stage in stages) for key in ("passed", "failed", "skipped")}
    return {**results, "stages": stages, "totals": totals}


def ccdf(buckets):
    """[(nanoseconds, share of the samples above it), ...] of a histogram; the last bucket, with none above it, is left out."""
    total = sum(count for _, count in buckets)
    points, above = [], total
    for value, count in buckets:
        above -= count
        if above > 0:
            points.append((value, above / total))
    return points


def percentile_curve(buckets, beyond=20):
    """[(share at or below, nanoseconds), ...], as far out as `beyond` samples still lie beyond."""
    total = sum(count for _, count in buckets)
    points, below = [], 0
    for value, count in buckets:
        below += count
        if total - below >= beyond:
            points.append((below / total, value))
    return points


def natural_key(name):
    """Sorts size:8 before size:64."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
