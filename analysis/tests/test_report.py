"""The figures and the page, drawn from a recording of a real run."""

import json
import pathlib
import re

import pytest

import loader
import payload_sweep
import report
import rtt_percentiles
import style

RECORDED = pathlib.Path(__file__).parent / "testdata" / "bench.json"
ALL_CHARTS = (rtt_percentiles.draw, payload_sweep.draw)


@pytest.fixture(name="written", scope="module")
def written_report(tmp_path_factory):
    """The folder of the report of the recording, written once."""
    folder = tmp_path_factory.mktemp("report")
    assert report.main(["--out", str(folder), str(RECORDED), str(RECORDED.parent / "other_machine.json")]) == 0
    return folder


@pytest.mark.parametrize("draw", ALL_CHARTS)
@pytest.mark.parametrize("mode", ("spin", "block"))
@pytest.mark.parametrize("receive", ("copy", "view"))
def test_every_chart_has_title_labels_units_and_the_floor(bench, draw, mode, receive):
    axes = draw(bench, receive, mode).axes[0]
    assert axes.get_title(loc="left") and axes.get_xlabel() and axes.get_ylabel()
    assert axes.get_xscale() == "log" and axes.get_yscale() == "log"
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert any(label.startswith("floor") for label in labels)
    assert any(label.startswith("kickmsg") for label in labels)


@pytest.mark.parametrize("draw", ALL_CHARTS)
def test_nothing_is_drawn_where_nothing_was_measured(bench, draw):
    without = loader.Bench(bench.context, [row for row in bench.rows if row.family != "rtt"])
    assert draw(without, "copy", "spin") is None


def test_the_page_stands_alone(written):
    page = (written / "index.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "http://" not in page and "https://" not in page
    files = {path.name for path in (written / "figures").iterdir()}
    assert page.count("<img ") * 2 == len(files)
    assert files >= {
        f"{name}.{kind}"
        for kind in ("svg", "png")
        for name in ("peer_ratios", "rtt_ccdf_middleware", "peer_sweep_blocking", "machines", "subscriber_cost")
    }


def test_the_first_screen_answers_three_questions_and_lists_what_follows(written):
    page = (written / "index.html").read_text(encoding="utf-8")
    first = page[: page.index("<h2 ")]
    for question in ("Is it safe?", "Is it fast?", "What was missed?"):
        assert f"<h3>{question} <b>" in first
    assert first.count("<img ") == 1 and 'alt="One way at 64 bytes as a multiple of the floor' in first
    assert page.count('alt="One way at 64 bytes as a multiple of the floor') == 1
    names = re.findall(r'<h2 id="([^"]+)">', page)
    assert names and len(set(names)) == len(names) == page.count("<h2")
    assert re.findall(r'<a href="#([^"]+)">', first) == names


def test_every_peer_has_its_version_and_whether_it_is_the_newest(written, bench):
    page = (written / "index.html").read_text(encoding="utf-8")
    for peer in bench.peers():
        if bench.label(peer["name"]) != peer["name"]:
            assert f"{bench.label(peer['name'])}, round trip" in page
    assert "older: 1.92.0 (2026-08)" in page and ">newest</td>" in page and "the newest release known on 20" in page


def test_the_page_reads_on_a_phone_and_in_print(written):
    page = (written / "index.html").read_text(encoding="utf-8")
    assert "width=device-width" in page and "@media print" in page
    assert page.count("<table") == page.count('<div class="wide"><table') + page.count(
        '<div class="wide slim"><table'
    )  # each scrolls by itself
    assert all(re.search(r'alt="[^"]{20,}"', image) for image in re.findall(r"<img [^>]*>", page))


def test_machines_stand_side_by_side(written, bench, other):
    page = (written / "index.html").read_text(encoding="utf-8")
    name = "rtt/peer:kickmsg/size:64/receive:copy/mode:spin/payload:touch"
    assert f">{name}</code></td><td>{bench.find(name).ratio():.2f}</td><td>{other.find(name).ratio():.2f}</td>" in page
    for machine in (bench, other):
        assert machine.context["commit"] in page and machine.machine()["cpu"] in page


def test_the_page_tells_every_row_and_the_machine(written, bench):
    page = (written / "index.html").read_text(encoding="utf-8")
    for row in bench.rows:
        assert f">{row.name}<" in page
    assert bench.machine()["kernel"] in page
    assert bench.context["commit"] in page


@pytest.mark.usefixtures("undrawn")
def test_the_page_tells_the_checks_and_a_failed_row(tmp_path, bench):
    failed = {"name": "rtt/peer:kickmsg/size:7/receive:copy/mode:spin/payload:touch", "error_message": "no <answer>"}
    document = {"context": bench.context, "benchmarks": [failed]}
    broken = tmp_path / "bench.json"
    broken.write_text(json.dumps(document), encoding="utf-8")
    results = tmp_path / "results.json"
    results.write_text('{"stages": [{"name": "unit", "passed": 57, "failed": 2, "seconds": 3.2}]}', encoding="utf-8")
    report.main(["--out", str(tmp_path / "out"), str(broken), "--results", str(results)])
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "57 passed" in page and "2 failed" in page
    assert "no &lt;answer&gt;" in page


def climb(seq_cst, bound, verdict=""):
    return {
        "scenario": "free_stack",
        "what": "pop & push",
        "threads": 3,
        "deaths": 0,
        "strategy": "climb",
        "seq_cst": seq_cst,
        "executions": 1234567,
        "bound": bound,
        "failed": bool(verdict),
        "verdict": verdict,
    }


@pytest.mark.parametrize(
    "rows, expected",
    (
        ([climb(False, {"preemptions": 2, "stale": 1}), climb(True, "full")], ("2 preemptions, 1 stale", "everything", "0 failed")),
        ([climb(False, None), climb(True, None, "a <slot> is lost")], ("a &lt;slot&gt; is lost", "1 failed", "2,469,134")),
    ),
)
@pytest.mark.usefixtures("undrawn")
def test_the_page_tells_what_the_models_found(tmp_path, rows, expected):
    document = tmp_path / "models.json"
    document.write_text(json.dumps({"rows": rows}), encoding="utf-8")
    report.main(["--out", str(tmp_path / "out"), str(RECORDED), "--models", str(document)])
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "1 scenarios, 2,469,134 executions" in page and "pop &amp; push" in page
    assert all(text in page for text in expected)


@pytest.mark.usefixtures("undrawn")
def test_the_page_tells_mutants_and_faults_that_nobody_found(tmp_path):
    mutant = {"site": "Ring.h deliver load", "from": "acquire", "to": "relaxed", "killed_by": None, "outcome": "survived", "executions": 5}
    fault = {"name": "no-tag", "what": "ABA", "killed_by": "free_stack", "executions": 42}
    document = tmp_path / "mutants.json"
    document.write_text(
        json.dumps(
            {
                "score": {"killed": 0, "mutants": 1, "percent": 0.0, "listed": 0},
                "all_mutants": 7,
                "mutants": [mutant],
                "faults": [fault, {**fault, "name": "no-mark", "killed_by": None}],
            }
        ),
        encoding="utf-8",
    )
    report.main(["--out", str(tmp_path / "out"), str(RECORDED), "--mutants", str(document)])
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "0 of 1 mutants killed" in page and "7 in all" in page and 'class="bad">survived' in page
    assert "1 of 2 found" in page and 'class="bad">nobody' in page


def plain_counts(**changes):
    zeros = dict.fromkeys(("killed", "mutants", "survived", "equivalent", "accepted", "marked", "undecided"), 0)
    return {**zeros, "percent": 0.0, "interval": [40.0, 99.0], **changes}


@pytest.mark.usefixtures("undrawn")
def test_the_page_tells_plain_mutants_by_file_and_which_survived(tmp_path):
    one = {"mutant": "x", "function": "f", "operator": "negated", "outcome": "survived", "change": "a < b -> !(a < b)"}
    survivors = [
        {**one, "file": "lib/src/Node.cc", "line": 7, "reason": ""},
        {**one, "file": "lib/src/Node.cc", "line": 9, "reason": "", "outcome": "unreached"},
        {**one, "file": "lib/src/Hash.cc", "line": 8, "reason": "equivalent: both are equal"},
    ]
    document = {
        "all_mutants": 50,
        "score": plain_counts(killed=8, mutants=10, percent=80.0, survived=2, equivalent=1),
        "core": plain_counts(killed=3, mutants=3),
        "operators": {"negated": plain_counts(killed=8, mutants=10, percent=80.0, survived=2)},
        "files": [{"file": "lib/src/Node.cc", **plain_counts(killed=1, mutants=3, percent=33.3, survived=2)}],
        "survivors": survivors,
    }
    (tmp_path / "plain_mutants.json").write_text(json.dumps(document), encoding="utf-8")
    report.main(["--out", str(tmp_path / "out"), str(RECORDED), "--run", str(tmp_path)])
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "8 of 10 mutants killed (80.0 %)" in page and "40.0 to 99.0 % of all" in page and "39 more were not judged" in page
    assert ">lib/src/Node.cc</td><td>1</td><td>3</td><td>33.3</td>" in page and ">negated</td><td>8</td><td>10</td>" in page
    assert "lib/src/Node.cc:7" in page and "no test fails" in page and "no test comes to it" in page
    assert "equivalent: both are equal" in page and "a &lt; b -&gt; !(a &lt; b)" in page
    document["all_mutants"] = 11
    (tmp_path / "plain_mutants.json").write_text(json.dumps(document), encoding="utf-8")
    report.main(["--out", str(tmp_path / "out"), str(RECORDED), "--run", str(tmp_path)])
    assert "A sample" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("undrawn")
def test_the_page_tells_what_was_judged_beside_the_run_where_the_run_has_judged_nothing(tmp_path, monkeypatch):
    score = plain_counts(killed=9, mutants=10, percent=90.0, survived=1, timed_out=2)
    document = {
        "commit": "0123456789ab",
        "date": "2026-11-30",
        "all_mutants": 50,
        "all_core": 40,
        "by_chance": False,
        "not_compilable": 7,
        "score": score,
        "core": score,
        "operators": {},
        "files": [{"file": "lib/include/kickmsg/core/Ring.h", **score}],
        "survivors": [],
    }
    kept = tmp_path / "judged.json"
    kept.write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setattr(report.plain_mutants, "KEPT", kept)
    report.main(["--out", str(tmp_path / "out"), str(RECORDED)])
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Judged beside this run (0123456789ab, 2026-11-30)" in page and "(there are 40)" in page
    assert "With 2 of the killed a test did not come to its end" in page and "7 do not compile" in page
    assert "A sample" not in page and "40 more were not judged" in page
    assert "that no test noticed" not in page, "the first screen is of the run"
    kept.unlink()
    report.main(["--out", str(tmp_path / "out"), str(RECORDED)])
    assert "Would the unit tests notice?" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_floor_alone_still_gives_a_page(tmp_path):
    document = json.loads(RECORDED.read_text(encoding="utf-8"))
    document["benchmarks"] = [row for row in document["benchmarks"] if row["name"].startswith("floor/")]
    alone = tmp_path / "bench.json"
    alone.write_text(json.dumps(document), encoding="utf-8")
    assert report.main(["--out", str(tmp_path), str(alone)]) == 0


@pytest.mark.usefixtures("undrawn")
def test_a_target_that_is_not_met_says_by_how_much(tmp_path):
    document = json.loads(RECORDED.read_text(encoding="utf-8"))
    document["context"]["headline"]["target"] = 0.5
    document["context"]["targets"] = [
        {"what": "near", "value": 9.0, "at_most": 10.0, "unit": "read-modify-writes", "met": True},
        {"what": "far", "value": 15.0, "at_most": 10.0, "unit": "read-modify-writes", "met": False, "excess": 0.5},
        {"what": "unbound", "value": 20.0, "unit": "ns"},
    ]
    changed = tmp_path / "bench.json"
    changed.write_text(json.dumps(document), encoding="utf-8")
    assert report.main(["--out", str(tmp_path), str(changed)]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "1 of 2 are met" in page and "not met, by 50 %" in page and "above the bound of 0.5" in page and "unbound" not in page


@pytest.mark.parametrize(
    "value, text",
    ((0.5, "0.5 ns"), (126.4, "126 ns"), (999.9, "1 µs"), (12345, "12.3 µs"), (2.5e6, "2.5 ms"), (None, "–")),
)
def test_times_get_three_digits_and_a_unit(value, text):
    assert style.format_ns(value) == text


@pytest.mark.usefixtures("undrawn")
def test_a_page_of_an_emulated_machine_tells_times_and_no_ratio(tmp_path, other):
    document = json.loads((RECORDED.parent / "other_machine.json").read_text(encoding="utf-8"))
    document["context"]["emulated"] = True
    emulated = tmp_path / "emulated.json"
    emulated.write_text(json.dumps(document), encoding="utf-8")
    assert report.main(["--out", str(tmp_path / "out"), str(emulated), str(RECORDED)]) == 0
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    row = other.rtt(64, "copy", "spin")
    assert f">{row.name}</code></td><td>emulated</td><td>" in page
    assert f"<td>{row.ratio():.2f}</td>" not in page and "times the floor" not in page
    assert f"<td>{style.format_ns(row.one_way())}</td><td>–</td>" in page
