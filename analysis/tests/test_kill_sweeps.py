"""The table of the kill sweeps and the figures of what a death costs."""

import json
import pathlib

import pytest

import kill_sweeps
import recovery_times
import report

DATA = pathlib.Path(__file__).parent / "testdata"
KILL = {"kind": "kill", "subject": "send", "states": 19, "rounds": 21, "instructions": 517, "failed": 0, "words": "head"}
STOP = {**KILL, "kind": "stop"}
CREATE = {"kind": "kill_calls", "subject": "create", "states": 39, "rounds": 39, "failed": 0}
COUNTED = {"kind": "count_kill", "subject": "send", "states": 30, "rounds": 31, "changes": 9, "failed": 0}
PAIR = {"kind": "pair", "subject": "send × join", "states": 300, "rounds": 38, "failed": 0}
SWARM = {"kind": "swarm", "subject": "swarm", "seed": 7, "rounds": 4, "failed": 0, "views_during_recovery": 12}
DOCUMENT = {"mode": "quick", "seed": 7, "share": 8, "rows": [KILL, STOP, COUNTED, CREATE, PAIR, SWARM]}


@pytest.fixture(name="times")
def recorded_times():
    return recovery_times.load(DATA / "crash_times.json")


def page_of(tmp_path, document):
    path = tmp_path / "crash.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    arguments = [
        "--out",
        str(tmp_path / "out"),
        str(DATA / "bench.json"),
        "--crash",
        str(path),
        "--crash-times",
        str(DATA / "crash_times.json"),
    ]
    assert report.main(arguments) == 0
    return (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_kills_and_stops_of_an_operation_share_a_line():
    found = kill_sweeps.summary(DOCUMENT)
    assert found["operations"] == [
        {"name": "send", "instructions": 517, "states": 19, "kills": 21, "stops": 21, "counted": 31, "failed": 0},
        {"name": "create", "instructions": None, "states": 39, "kills": 39, "stops": 0, "counted": 0, "failed": 0},
    ]
    assert (found["kills"], found["stops"], found["pair_rounds"], found["pair_states"]) == (60, 21, 38, 300)
    assert found["swarms"] == [{"seed": 7, "facts": [("rounds", 4), ("views during recovery", 12)]}]


def test_the_page_shows_the_table_and_the_figures(tmp_path):
    page = page_of(tmp_path, DOCUMENT)
    assert "Killed at every instruction" in page and ">send</td><td>517</td><td>19</td><td>21</td><td>21</td><td>31</td>" in page
    assert "send × join" in page and "38 of 300 pairs" in page and "seed 7" in page and "0 went wrong" in page
    written = {path.stem for path in (tmp_path / "out" / "figures").glob("*.png")}
    assert written >= {*recovery_times.CHARTS, "verification"} and page.count("<img ") == len(written)


@pytest.mark.usefixtures("undrawn")
def test_a_finding_is_told(tmp_path):
    page = page_of(tmp_path, {**DOCUMENT, "rows": [{**KILL, "failed": 2}, {**PAIR, "failed": 1}]})
    assert "3 went wrong" in page and '<td class="bad">2 findings' in page and '<td class="bad">1 findings' in page


@pytest.mark.usefixtures("undrawn")
def test_without_sweeps_there_is_no_table(tmp_path):
    assert report.main(["--out", str(tmp_path), str(DATA / "bench.json")]) == 0
    assert "Killed at every instruction" not in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", recovery_times.CHARTS)
def test_every_figure_has_title_labels_and_units(times, name):
    axes = recovery_times.CHARTS[name][0](times).axes[0]
    assert axes.get_title(loc="left") and axes.get_xlabel() and axes.get_ylabel()
    assert len(axes.get_legend().get_texts()) >= 2


def test_nothing_is_drawn_where_nothing_was_measured(times):
    empty = type(times)(times.context, [])
    assert all(draw(empty) is None for draw, _ in recovery_times.CHARTS.values())
    assert recovery_times.load(None) is None


def test_recoveries_are_sorted_by_pool(times):
    series = recovery_times.recoveries(times)
    assert {traffic for _, traffic in series} == {"off", "on"}
    assert all([pool for pool, _ in points] == [64, 1024, 65536] for points in series.values())


def test_every_sample_shows():
    assert recovery_times.steps([(0, 1), (10, 2), (30, 1)], 5.0) == [(5.0, 1.0), (10, 0.75), (30, 0.25)]
