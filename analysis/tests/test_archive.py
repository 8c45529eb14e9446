"""Runs go into the archive by machine and commit, and what cannot be one is refused with the reason. Every run here is made up."""

import json

import numpy
import pytest
import synthetic
from conftest import DATA

import archive
import checks


@pytest.fixture(name="document")
def a_made_up_run():
    return synthetic.document(3, numpy.random.default_rng(1))


def test_a_run_lies_under_its_machine_and_commit_and_is_read_back(tmp_path, document):
    place = archive.add(tmp_path, document, {"executions": 7}, root=tmp_path)
    assert place.parent.parent == tmp_path / "runs" and place.name == "0000003-20260104T000000"
    assert place.parent.name.startswith("made-up-for-a-test-2-")
    machines, refused = archive.load(tmp_path)
    ((name, (run,)),) = machines.items()
    assert not refused and name == place.parent.name and run.about["checks"] == {"executions": 7}
    assert run.bench.find("floor/rmw").values["round_mean_ns"] == document["benchmarks"][0]["round_mean_ns"]


def test_histograms_are_not_kept(tmp_path, document):
    document["benchmarks"][0]["histogram"] = {"buckets": [[1, 2]]}
    place = archive.add(tmp_path, document, root=tmp_path)
    assert "histogram" not in (place / "bench.json").read_text(encoding="utf-8")


def test_a_real_recording_goes_in_by_the_command(tmp_path, capsys):
    recorded = json.loads((DATA / "families.json").read_text(encoding="utf-8"))
    recorded["context"]["commit"] = recorded["context"]["commit"].removesuffix("+changes")
    bench = tmp_path / "bench.json"
    bench.write_text(json.dumps(recorded), encoding="utf-8")
    assert archive.main([str(tmp_path), str(bench), "--run", str(DATA / "run")]) == 0
    (run,) = next(iter(archive.load(tmp_path)[0].values()))
    assert run.about["checks"]["fuzz_executions"] == 142433 and run.about["checks"]["coverage"] == 97.5
    assert archive.main([str(tmp_path), str(bench)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_the_same_machine_with_another_compiler_or_kernel_is_the_same_machine(document):
    known = document["context"]["machine"]
    assert archive.fingerprint(known) == archive.fingerprint({**known, "compiler": "clang 99", "kernel": "Linux 99"})
    assert archive.fingerprint(known) != archive.fingerprint({**known, "caches": ["L1 Data 48K"]})


@pytest.mark.parametrize(
    ("change", "why"),
    (
        (lambda context, rows: context.update(commit="0000003+changes"), "without changes on top"),
        (lambda context, rows: context.update(commit="unknown"), "expected the hash of one"),
        (lambda context, rows: context.pop("machine"), "names no machine"),
        (lambda context, rows: context.update(emulated="qemu"), "under an emulator"),
        (lambda context, rows: context.update(date="yesterday"), "date 'yesterday'"),
        (lambda context, rows: rows.pop(0), "no row floor/rmw"),
    ),
)
def test_what_no_trend_can_be_made_of_is_refused(tmp_path, document, change, why):
    change(document["context"], document["benchmarks"])
    with pytest.raises(archive.Refused, match=why):
        archive.add(tmp_path, document, root=tmp_path)
    assert archive.load(tmp_path) == ({}, [])


def broken(tmp_path, change):
    """What the archive of two runs says when `change` was done to the first."""
    synthetic.fill(tmp_path, 2)
    first, second = sorted((tmp_path / "runs").glob("*/*"))
    change(first)
    machines, refused = archive.load(tmp_path)
    assert [run.path for runs in machines.values() for run in runs] == [second], "the other run is still read"
    (why,) = refused
    return why


def cut(place):
    path = place / "bench.json"
    path.write_text(path.read_text(encoding="utf-8")[:400], encoding="utf-8")


def of_version_two(place):
    path = place / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "format": 2}), encoding="utf-8")


def moved(place):
    other = place.parent.parent / "another-machine"
    other.mkdir()
    place.rename(other / place.name)


def test_a_file_that_was_cut_off_is_told_with_its_line(tmp_path):
    why = broken(tmp_path, cut)
    assert "bench.json: cut off or damaged, at line" in why and "0000000-" in why


def test_a_run_that_another_version_wrote_is_told_with_both_versions(tmp_path):
    assert "format 2: written by another version of archive.py, this one reads 1" in broken(tmp_path, of_version_two)


def test_a_run_under_the_wrong_machine_is_told(tmp_path):
    assert "another machine than the folder another-machine" in broken(tmp_path, moved)


def test_a_run_without_its_description_is_told(tmp_path):
    assert "run.json: is missing" in broken(tmp_path, lambda place: (place / "run.json").unlink())


def test_runs_stand_along_the_history_and_not_by_when_they_were_measured(tmp_path):
    rng = numpy.random.default_rng(1)
    for at, date in ((0, "2026-03-03"), (1, "2026-02-02"), (2, "2026-01-01")):
        place = archive.add(tmp_path, synthetic.document(at, rng), root=tmp_path)
        about = json.loads((place / "run.json").read_text(encoding="utf-8"))
        (place / "run.json").write_text(json.dumps({**about, "commit_date": f"{date}T00:00:00+00:00"}), encoding="utf-8")
    (runs,) = archive.load(tmp_path)[0].values()
    assert [run.commit for run in runs] == [synthetic.commit_of(at) for at in (2, 1, 0)]


def test_git_tells_date_subject_place_and_benchmarks_of_a_commit_and_nothing_of_a_stranger():
    if not archive.git(archive.ROOT, "rev-parse", "HEAD"):
        pytest.skip("no checkout of git")
    known = archive.known_of("HEAD", archive.ROOT)
    assert known["commit_date"].startswith("20") and known["subject"] and len(known["bench"]) == 12
    assert archive.known_of("0000003", archive.ROOT) == {}


def test_what_the_stages_counted_is_kept_and_what_went_wrong_is_seen():
    assert checks.summary(None) == {}
    told = checks.summary(DATA / "run")
    assert told["fuzz_hours"] == round(8 * 2 / 3600, 3) and not checks.wrong(told)
    assert checks.wrong({"failed": 1}) and checks.wrong({"mutants": 3, "killed": 2}) and checks.wrong({"faults": 3, "faults_found": 2})
    assert not checks.wrong({"mutants": 3, "killed": 2, "listed": 1})
