"""Commits are measured in turns, within the time, and what was measured goes into the archive. All times here are made up."""

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("scipy", reason="compare.py needs python3-scipy")

import archive
import remeasure
from harness import subjects

COPY = "op/send_receive/size:64/receive:copy"
BLOCK = "rtt/peer:kickmsg/size:64/receive:copy/mode:block/payload:touch"
MACHINE = {"cpu": "Made up for a test", "processors": 2, "caches": [], "architecture": "none", "virtualisation": "none"}
DATE = "2026-01-01T00:00:00+00:00"


class Meter:
    """Gives made-up times; fails for the programs that it is told to."""

    def __init__(self, broken=()):
        self.broken, self.order = broken, []

    def document(self, program, _cells):
        name = Path(program).name
        self.order.append(name)
        if name in self.broken:
            raise subjects.Broken(f"{name}: exit status 1")
        rows = [
            {"name": "floor/rmw", "round_mean_ns": [5.0, 6.0]},
            {"name": COPY, "round_mean_ns": [50.0, 60.0]},
            {"name": "rtt/size:64/receive:copy/mode:block", "round_p50_ns": [9000.0, 9200.0]},
        ]
        return {"context": {"machine": MACHINE, "commit": "unknown", "targets": [1]}, "benchmarks": rows}


@pytest.fixture(autouse=True)
def no_copies(monkeypatch):
    monkeypatch.setattr(subjects, "stage", lambda program, side: program)


def made(*names):
    return [remeasure.Subject(name * 7, Path(name), "aaaa") for name in names]


def quiet(_text):
    pass


def test_each_round_visits_every_commit_and_rounds_have_different_orders():
    meter = Meter()
    assert remeasure.measure(made("a", "b", "c", "d"), meter, [], 1e6, 8, 1, quiet) == 8
    rounds = ["".join(meter.order[at : at + 4]) for at in range(0, len(meter.order), 4)]
    assert all(sorted(one) == ["a", "b", "c", "d"] for one in rounds) and len(set(rounds)) > 1


def test_no_round_begins_that_would_not_end_in_time_and_one_is_always_made():
    now = [0.0]

    class Slow(Meter):
        def document(self, program, cells):
            now[0] += 10
            return super().document(program, cells)

    assert remeasure.measure(made("a", "b"), Slow(), [], 1, 99, 1, quiet, lambda: now[0]) == 3
    assert remeasure.measure(made("a", "b"), Slow(), [], 1.3, 99, 1, quiet, lambda: now[0]) == 3
    assert remeasure.measure(made("a"), Slow(), [], 0, 99, 1, quiet, lambda: now[0]) == 1


def test_a_commit_that_fails_again_and_again_is_left_out_and_the_others_go_on():
    found, meter, told = made("a", "b"), Meter(broken=("b",)), []
    assert remeasure.measure(found, meter, [], 1e6, 6, 1, told.append) == 6
    assert meter.order.count("b") == remeasure.MOST_FAILURES and meter.order.count("a") == 6
    assert any("left out from now on" in text for text in told)


def test_a_pattern_that_one_commit_does_not_have_is_left_out_for_all():
    told = []
    lists = {"a" * 12: ["floor/rmw", COPY], "b" * 12: ["floor/rmw", "op/send_receive/size:64/receive:view"]}
    assert remeasure.common(["floor/rmw", COPY, "op/send.*"], lists, told.append) == ["floor/rmw", "op/send.*"]
    assert told == [f"{COPY}: left out, not in {'b' * 12}"]
    with pytest.raises(subjects.Broken, match="without floor/rmw"):
        remeasure.common([COPY], lists, quiet)


def test_the_visits_of_a_commit_are_the_rounds_of_its_rows():
    found = made("a")
    remeasure.measure(found, Meter(), [], 1e6, 3, 1, quiet)
    document = remeasure.document_of(found[0], DATE)
    rows = {row["name"]: row for row in document["benchmarks"]}
    assert rows[COPY]["round_mean_ns"] == [50.0] * 3 and "floor" not in rows[COPY]
    assert rows[BLOCK]["round_p50_ns"] == [9100.0] * 3 and rows[BLOCK]["one_way_p50_ns"] == 4550.0
    assert rows[BLOCK]["floor"] == "floor/futex/size:64"
    assert document["context"]["commit"] == "aaaaaaa" and "targets" not in document["context"]


def test_what_was_measured_is_in_the_archive_and_what_was_not_is_told(tmp_path, capsys):
    found = made("a", "b", "c")
    remeasure.measure(found, Meter(broken=("b",)), [], 1e6, 4, 1, quiet)
    assert remeasure.put(found, tmp_path, DATE, "own") == ["bbbbbbb"]
    ((runs,), refused) = (list(archive.load(tmp_path)[0].values()), archive.load(tmp_path)[1])
    assert {run.commit for run in runs} == {"aaaaaaa", "ccccccc"} and not refused
    assert all("in turns with 2 others" in run.about["how"] and run.about["bench"] == "aaaa" for run in runs)
    assert remeasure.put(found, tmp_path, DATE, "own") == ["bbbbbbb"], "again, in place of the first"
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_a_commit_whose_benchmarks_cannot_be_started_for_some_cells_is_refused():
    history = subprocess.run(["git", "rev-list", "--max-parents=0", "HEAD"], cwd=subjects.ROOT, capture_output=True, text=True, check=False)
    if history.returncode != 0 or not history.stdout:
        pytest.skip("no checkout of git")
    root = history.stdout.split()[0]
    if (
        subprocess.run(
            ["git", "cat-file", "-e", f"{root}:{remeasure.SELECTION}"], cwd=subjects.ROOT, capture_output=True, check=False
        ).returncode
        == 0
    ):
        pytest.skip("a checkout without its history")
    with pytest.raises(subjects.Broken, match="is younger"):
        remeasure.benchmarks_of(root, remeasure.OWN)
    assert remeasure.benchmarks_of(root, remeasure.HERE) is None
