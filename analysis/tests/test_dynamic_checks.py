"""What the page says of stress tests, fuzzing, sanitizers and coverage."""

import pathlib
import shutil

import pytest

import dynamic_checks
import report

DATA = pathlib.Path(__file__).parent / "testdata"

pytestmark = pytest.mark.usefixtures("undrawn")


def page_of(tmp_path, run):
    assert report.main(["--out", str(tmp_path / "out"), str(DATA / "bench.json"), "--run", str(run)]) == 0
    return (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_the_page_tells_counts_edges_reports_and_lines(tmp_path):
    page = page_of(tmp_path, DATA / "run")
    assert "histories 300, sends 113,400" in page and "exhaustions 10,000" in page
    assert "<td>51,203</td><td>812</td>" in page and "geometry-unchecked: found" in page
    assert '<td>18</td><td class="bad">reports' in page and '<td>196</td><td class="good">no report' in page
    assert "1 of 2 reported" in page and 'class="bad">tsan race-on-a-payload' in page
    assert 'href="../coverage/index.html">1,462 of 1,500 lines' in page and "38 are argued" in page


def test_a_stage_that_did_not_run_is_not_told(tmp_path):
    shutil.copy(DATA / "run" / "fuzz.json", tmp_path)
    page = page_of(tmp_path, tmp_path)
    assert "51,203" in page and 'href="../' not in page and "Faults on purpose" not in page


def test_nothing_is_told_of_a_run_without_them(tmp_path):
    assert dynamic_checks.summary(dynamic_checks.load(tmp_path)) is None and dynamic_checks.summary(dynamic_checks.load(None)) is None
    assert "Stress, fuzzing" not in page_of(tmp_path, tmp_path)
