"""The loader on a recording of a real run, and on what may be missing."""

import itertools
import json
import pathlib
import re

import pytest

import loader

RECORDED = pathlib.Path(__file__).parent / "testdata" / "bench.json"


def test_every_row_of_the_recording_is_read(bench):
    assert len(bench.rows) == len(json.loads(RECORDED.read_text(encoding="utf-8"))["benchmarks"])
    assert {row.family for row in bench.rows} >= {"floor", "rtt"}


def test_names_are_taken_apart():
    row = loader.Row("op/send_receive/size:64/receive:copy", {})
    assert (row.family, row.subject, row.size, row.parameters["receive"]) == ("op", "send_receive", 64, "copy")


def test_polling_and_sleeping_have_floors_of_their_own(bench):
    assert bench.floor_of(64, "spin").name == "floor/payload/size:64"
    assert bench.floor_of(64, "block").name == "floor/futex/size:64"


def test_quantiles_rise_and_agree_with_the_histogram(bench):
    for row in bench.measured("rtt"):
        told = [row.quantile(name) for name in loader.QUANTILES if row.quantile(name) is not None]
        assert told == sorted(told)
        total = sum(count for _, count in row.buckets())
        assert total == row.values["n"]
        upto = itertools.accumulate(count for _, count in row.buckets())
        median = next(value for (value, _), count in zip(row.buckets(), upto) if count * 2 >= total)
        assert median == pytest.approx(row.quantile("p50"), rel=0.05)


def test_one_way_is_half_of_the_round_trip(bench):
    for row in bench.measured("rtt"):
        assert row.one_way() * 2 == pytest.approx(row.quantile("p50"), rel=1e-3)


def test_no_quantile_without_twenty_samples_beyond(bench):
    shares = dict(zip(loader.QUANTILES, (0.5, 0.9, 0.99, 0.999, 0.9999)))
    for row in bench.measured("rtt") + bench.measured("floor"):
        for name, share in shares.items():
            if row.quantile(name) is not None:
                assert row.values["n"] * (1 - share) >= 20 - 1e-6


def test_a_failed_row_is_not_found():
    bench = loader.Bench({}, [loader.Row("rtt/peer:kickmsg/size:64", {"name": "rtt/peer:kickmsg/size:64", "error_message": "no answer"})])
    assert bench.find("rtt/peer:kickmsg/size:64") is None
    assert bench.rows[0].failed == "no answer"


def test_a_peer_and_a_payload_are_found_by_name(bench):
    assert bench.rtt(64, "copy", "spin").name == "rtt/peer:kickmsg/size:64/receive:copy/mode:spin/payload:touch"
    name = "rtt/peer:pipe/size:8/receive:copy/mode:block/payload:handoff"
    other = loader.Bench({}, [loader.Row(name, {"name": name, "real_time": 1.0})])
    assert other.rtt(8, "copy", "block", peer="pipe", payload="handoff").name == name
    assert other.rtt(8, "copy", "block") is None


def test_every_peer_is_measured_or_has_a_reason(bench):
    assert {peer["name"] for peer in bench.peers()} >= {
        "kickmsg",
        "iceoryx",
        "iceoryx2",
        "boost-spsc",
        "boost-mq",
        "posix-mq",
        "unix-socket",
        "pipe",
        "eventfd-shm",
        "zeromq",
        "nng",
        "cyclonedds",
        "fastdds",
    }
    measured = {row.peer for row in bench.measured("rtt")}
    for peer in bench.peers():
        assert peer["name"] in measured if peer["state"] == "measured" else peer["reason"]


def test_a_row_of_a_peer_tells_class_transport_and_promises_and_lost_nothing(bench):
    for row in bench.measured("rtt"):
        assert row.peer_class in ("spin-zero-copy", "spin-copy", "blocking", "middleware")
        assert row.values["transport"] in ("shared memory", "socket", "kernel queue", "pipe") and row.values["transport_checked"]
        assert set(row.values["promises"]) == {"copies", "loss", "survives_kill_9", "needs_daemon", "multi_subscriber"}
        assert row.values["sent"] == row.values["delivered"] > 2 * row.values["n"]


def test_a_size_that_a_peer_refuses_is_a_row_with_the_reason(bench):
    refused = [row for row in bench.family("rtt") if row.skipped]
    assert {row.peer for row in refused} == {"posix-mq"} and all("msgsize_max" in row.skipped for row in refused)
    assert all(bench.find(row.name) is None for row in refused)


def test_ccdf_of_four_known_samples():
    assert loader.ccdf([(10, 2), (20, 1), (30, 1)]) == [(10, 0.5), (20, 0.25)]


def test_percentile_curve_ends_where_too_few_lie_beyond():
    assert loader.percentile_curve([(10, 60), (20, 20), (30, 19)]) == [(60 / 99, 10)]
    assert loader.percentile_curve([(10, 60), (20, 20), (30, 20)]) == [(0.6, 10), (0.8, 20)]


def test_another_json_is_refused_by_name(tmp_path):
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.json"):
        loader.load_bench(other)


def test_the_recording_names_no_machine_and_no_folder(bench):
    text = RECORDED.read_text(encoding="utf-8")
    assert "host_name" not in bench.context
    assert not re.search(r'"/|[ =](/\w+){2,}', text), "an absolute path"


def test_results_may_be_missing_or_partial(tmp_path):
    assert loader.load_results(None) is None
    assert loader.load_results(tmp_path / "none.json") is None
    partial = tmp_path / "results.json"
    stages = [{"name": "unit", "passed": 57}, {"name": "lint", "failed": 1, "reason": "tool missing"}]
    partial.write_text(json.dumps({"stages": stages}), encoding="utf-8")
    results = loader.load_results(partial)
    assert results["totals"] == {"passed": 57, "failed": 1, "skipped": 0}
    assert results["stages"][1]["reason"] == "tool missing"


def test_sizes_sort_as_numbers():
    assert sorted(["size:1024", "size:64", "size:8"], key=loader.natural_key) == ["size:8", "size:64", "size:1024"]
