"""A planted regression is found where it was planted, noise is not, and the pages say so.

Every run is made up, but for those of this repository itself, at the end."""

import re

import numpy
import pytest
import synthetic

import archive
import history
import history_site
import trends

COPY = synthetic.ROWS[0][0]
RTT = synthetic.ROWS[2][0]
with_ruptures = pytest.mark.skipif(trends.ruptures() is None, reason="ruptures is not installed: scripts/bootstrap.sh installs it")


def runs_of(folder):
    machines, refused = archive.load(folder)
    assert not refused
    (runs,) = machines.values()
    return runs


def changes_of(folder):
    """{row: [(run of the first after, ratio), ...]} of those with a change."""
    series = trends.all_series(runs_of(folder))
    return {one.name: [(change.after, change.ratio) for change in one.changes] for one in series if one.changes}


@with_ruptures
@pytest.mark.parametrize("at", (2, 7, 10))
def test_a_planted_regression_is_found_at_its_commit_and_in_its_row_alone(tmp_path, at):
    synthetic.fill(tmp_path, 12, slower_from=at, slower={COPY: 1.2})
    ((row, ((place, ratio),)),) = changes_of(tmp_path).items()
    assert row == COPY and place == at and ratio == pytest.approx(1.2, rel=0.03)


@with_ruptures
def test_a_row_that_became_faster_is_no_regression(tmp_path):
    synthetic.fill(tmp_path, 12, slower_from=5, slower={RTT: 0.8})
    series = next(one for one in trends.all_series(runs_of(tmp_path)) if one.name == RTT)
    assert [change.after for change in series.changes] == [5] and series.regressed == []


@with_ruptures
def test_a_regression_that_was_mended_stands_no_longer():
    rng = numpy.random.default_rng(3)
    values = [10 * factor * float(numpy.exp(rng.normal(0, 0.01))) for factor in [1] * 6 + [1.3] * 6 + [1] * 6]
    points = [trends.Point(at, value, value, value, 1, False) for at, value in enumerate(values)]
    series = trends.with_changes(trends.Series(COPY, trends.FLOOR, points))
    assert [change.after for change in series.changes] == [6, 12] and series.regressed == []


@with_ruptures
@pytest.mark.parametrize("count", (6, 12, 40))
def test_noise_alone_gives_no_change_point(count):
    rng = numpy.random.default_rng(7)
    for _ in range(40):
        assert trends.change_places(list(numpy.exp(rng.normal(2, 0.03, count)))) == []


@with_ruptures
def test_one_run_that_stands_apart_is_no_change_point():
    rng = numpy.random.default_rng(5)
    values = numpy.exp(rng.normal(2, 0.01, 15))
    values[6] *= 1.5
    assert trends.change_places(list(values)) == []


@with_ruptures
def test_the_newest_run_that_stands_apart_is_suspected_and_no_regression(tmp_path):
    synthetic.fill(tmp_path, 10, slower_from=9, slower={COPY: 1.3})
    told = {one.name: one for one in trends.all_series(runs_of(tmp_path))}
    assert told[COPY].changes == [] and told[COPY].suspect == pytest.approx(1.3, rel=0.05)
    assert told[RTT].suspect == 0.0


@with_ruptures
def test_a_machine_that_becomes_slower_as_a_whole_changes_no_multiple(tmp_path):
    rng = numpy.random.default_rng(2)
    for at in range(12):
        document = synthetic.document(at, rng)
        for row in document["benchmarks"]:
            for key in ("round_mean_ns", "round_p50_ns"):
                if at >= 6 and key in row:
                    row[key] = [2 * time for time in row[key]]
        archive.add(tmp_path, document, root=tmp_path)
    assert changes_of(tmp_path).keys() == {"floor/rmw", "floor/payload/size:64"}


def test_too_few_runs_are_not_searched(tmp_path):
    synthetic.fill(tmp_path, 5, slower_from=3, slower={COPY: 2.0})
    assert not any(series.searched or series.changes for series in trends.all_series(runs_of(tmp_path)))


def test_a_row_is_a_multiple_of_the_floor_that_it_names_in_the_same_rounds(tmp_path):
    synthetic.fill(tmp_path, 2, noise=0.0)
    told = {one.name: one for one in trends.all_series(runs_of(tmp_path))}
    assert (told[COPY].base, told[RTT].base) == ("floor/rmw", "floor/payload/size:64")
    for name, _, multiple in synthetic.ROWS:
        assert [point.middle for point in told[name].points] == pytest.approx([multiple, multiple])
    assert told["floor/rmw"].base == "" and told["floor/rmw"].newest.sure


def test_a_row_that_a_run_does_not_have_is_a_gap_and_is_told(tmp_path):
    rng = numpy.random.default_rng(1)
    for at in range(5):
        document = synthetic.document(at, rng)
        if at == 2:
            document["benchmarks"] = [row for row in document["benchmarks"] if row["name"] != COPY]
        archive.add(tmp_path, document, root=tmp_path)
    series = next(one for one in trends.all_series(runs_of(tmp_path)) if one.name == COPY)
    assert series.missing == [2] and [point.at for point in series.points] == [0, 1, 3, 4]
    history_site.build(tmp_path, tmp_path / "site")
    assert "not in 1 of 5 runs" in machine_page(tmp_path / "site")


@with_ruptures
def test_what_is_measured_differently_under_the_same_name_is_no_change_of_the_library(tmp_path):
    rng = numpy.random.default_rng(1)
    for at in range(14):
        document = synthetic.document(at, rng, {COPY: 2.0} if at >= 7 else None)
        for row in document["benchmarks"]:
            if row["name"] == COPY and at >= 7:
                row["what"] = "made up in another way"
        archive.add(tmp_path, document, root=tmp_path)
    series = next(one for one in trends.all_series(runs_of(tmp_path)) if one.name == COPY)
    assert series.breaks == [7] and series.searched and series.changes == []


def machine_page(site):
    (page,) = site.glob("machine-*.html")
    return page.read_text(encoding="utf-8")


@pytest.fixture(name="site", scope="module")
def site_of_two_made_up_machines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    synthetic.fill(folder, 12, slower_from=7, slower={COPY: 1.2})
    synthetic.fill(folder, 3, seed=9, cpu="Another one made up for a test")
    assert history_site.main([str(folder), "--out", str(folder / "site")]) == 0
    return folder / "site"


@with_ruptures
def test_the_first_page_names_what_regressed_and_since_when(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "<h3>What regressed? <b>1 row</b>" in page and COPY in page
    assert f"{synthetic.commit_of(7)} (last before: {synthetic.commit_of(6)})" in page


def test_machines_stand_beside_each_other_and_in_no_trend_together(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "Machines side by side" in page and "Another one made up" in page
    assert len(list(site.glob("machine-*.html"))) == 2 and len(list(site.glob("commit-*.html"))) == 12


def test_every_page_stands_alone_reads_on_a_phone_and_links_to_what_is_there(site):
    for path in site.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "width=device-width" in page and "http://" not in page and "https://" not in page and "<script" not in page
        assert page.count("<table") == page.count('<div class="wide"><table') + page.count('<div class="wide slim"><table')
        assert not re.search(r'src="', page)
        for target in re.findall(r'href="([^"#]+)"', page):
            assert (site / target).exists(), f"{path.name} links to {target}"


def test_every_trend_has_its_band_and_each_point_tells_its_run(site):
    page = next(path.read_text(encoding="utf-8") for path in site.glob("machine-made-up*.html"))
    charts = re.findall(r'<svg class="trend".*?</svg></svg>|<svg class="trend".*?</svg>\s*</figure>', page, re.DOTALL)
    assert len(charts) == 5 and all('class="band"' in chart and chart.count("<title>") == 12 for chart in charts)


def test_what_else_changed_is_told_at_its_place(tmp_path):
    rng = numpy.random.default_rng(1)
    for at in range(4):
        document = synthetic.document(at, rng)
        document["context"]["machine"]["compiler"] = "gcc 1.0" if at < 2 else "gcc 2.0"
        archive.add(tmp_path, document, root=tmp_path, bench="aaaa" if at < 3 else "bbbb")
    runs = runs_of(tmp_path)
    assert history.marks_of(runs) == [(2, "a", "compiler: gcc 1.0 → gcc 2.0"), (3, "b", "benchmarks: aaaa → bbbb")]
    history_site.build(tmp_path, tmp_path / "site")
    assert "compiler: gcc 1.0 → gcc 2.0" in machine_page(tmp_path / "site")


@with_ruptures
def test_a_change_between_two_runs_of_one_commit_is_not_put_on_the_library(tmp_path):
    rng = numpy.random.default_rng(1)
    for at in range(12):
        document = synthetic.document(at, rng, {COPY: 1.3} if at >= 6 else None)
        document["context"]["commit"] = synthetic.commit_of(5 if at == 6 else at)
        archive.add(tmp_path, document, root=tmp_path)
    history_site.build(tmp_path, tmp_path / "site")
    assert "between two runs of that commit: not of the library" in (tmp_path / "site/index.html").read_text(encoding="utf-8")


def test_correctness_stands_beside_speed(tmp_path):
    document = synthetic.document(0, numpy.random.default_rng(1))
    archive.add(tmp_path, document, {"executions": 1234567, "mutants": 10, "killed": 9, "states": 321, "fuzz_hours": 1.5}, root=tmp_path)
    history_site.build(tmp_path, tmp_path / "site")
    page = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    for part in ("Correctness beside speed", "<td>1,234,567</td>", "<td>321</td>", "<td>1.5</td>", "something went wrong"):
        assert part in page


def test_a_run_that_was_cut_off_is_told_on_the_page_and_by_the_exit_status(tmp_path, capsys):
    synthetic.fill(tmp_path, 3)
    path = sorted((tmp_path / "runs").glob("*/*/bench.json"))[1]
    path.write_text(path.read_text(encoding="utf-8")[:300], encoding="utf-8")
    assert history_site.main([str(tmp_path), "--out", str(tmp_path / "site")]) == 1
    page = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "What could not be read? <b>1 run</b>" in page and "cut off or damaged" in page
    assert "cut off or damaged" in capsys.readouterr().err


def test_a_folder_that_is_no_archive_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        history_site.main([str(tmp_path), "--out", str(tmp_path / "site")])
    assert "no folder 'runs' in it" in capsys.readouterr().err


RUNS_OF_THIS_REPOSITORY = archive.ROOT / "analysis/history"


def test_the_runs_of_this_repository_can_be_read():
    runs = runs_of(RUNS_OF_THIS_REPOSITORY)
    assert len({run.about["commit"] for run in runs}) >= 12


@with_ruptures
def test_what_the_runs_of_this_repository_show_is_found(tmp_path):
    history_site.build(RUNS_OF_THIS_REPOSITORY, tmp_path / "site")
    page = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    for commit in ("258f054", "89b0463"):  # lines that are asked for to be written; publishers that keep their slots
        assert commit in page.split("What became faster")[1].split("Machines")[0]
