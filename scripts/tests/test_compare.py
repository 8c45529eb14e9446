"""The paired test: its interval against the binomial, its verdicts on recorded and on made ratios, and what it does with noise."""

import json
import math
import random
import sys

import pytest

pytest.importorskip("scipy", reason="compare.py needs python3-scipy")

import compare
from harness import noise, paired, subjects


def made(slowdown, spread=0.02, pairs=24, seed=1, gated=True, threshold=0.05):
    draw = random.Random(seed)
    logs = [math.log1p(slowdown) + draw.gauss(0, spread) for _ in range(pairs)]
    return paired.Comparison("row", gated, logs, threshold, [draw.gauss(0, spread) for _ in range(pairs)])


@pytest.mark.parametrize("count, low, high", [(6, 1, 6), (8, 1, 8), (9, 2, 8), (20, 6, 15), (24, 7, 18), (25, 8, 18), (50, 18, 33)])
def test_the_ranks_are_those_of_the_tables_of_the_sign_test(count, low, high):
    values = list(range(1, count + 1))
    random.Random(3).shuffle(values)
    assert paired.sign_interval(values) == (low, high)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_too_few_values_have_no_interval(count):
    with pytest.raises(ValueError):
        paired.sign_interval(list(range(count)))


def test_the_interval_holds_the_median_as_often_as_it_says():
    draw = random.Random(7)
    held = 0
    for _ in range(1000):
        low, high = paired.sign_interval([draw.expovariate(1.0) for _ in range(24)])
        held += low <= math.log(2) <= high
    assert held >= 950


def test_the_order_is_a_b_b_a():
    assert "".join(paired.order(pair) for pair in range(4)) == "ABBAABBA"


def test_ratios_are_of_neighbours_and_the_null_of_one_side():
    runs = [("A", 100.0), ("B", 110.0), ("B", 121.0), ("A", 105.0)] * 3
    logs, nulls = paired.log_ratios(runs)
    assert [round(math.exp(value), 4) for value in logs[:2]] == [1.1, round(121 / 105, 4)]
    assert [round(math.exp(value), 4) for value in nulls[:2]] == [1.05, 1.1] and len(nulls) == len(logs)


@pytest.mark.parametrize("slowdown, verdict", [(0.0, "same"), (0.03, "same"), (0.2, "slower"), (-0.2, "faster"), (-0.03, "same")])
def test_a_slowdown_is_told_from_none(slowdown, verdict):
    found = made(slowdown)
    assert found.verdict == verdict and found.fails == (verdict == "slower")
    assert found.interval[0] <= found.median <= found.interval[1]


def test_noise_of_the_machine_raises_the_threshold():
    assert made(0.2, threshold=paired.threshold([0.01, 0.3])).verdict == "same"
    assert paired.threshold([0.01] * 50) == paired.LEAST_SLOWDOWN
    assert paired.threshold([]) == paired.LEAST_SLOWDOWN


def test_the_noise_is_the_99th_percentile_and_of_few_runs_the_largest():
    assert paired.noise([0.001 * i for i in range(1, 1001)]) == pytest.approx(0.991)
    assert paired.noise([0.01, -0.08, 0.02]) == 0.02


def test_the_certain_difference_has_no_direction():
    assert made(0.3).certain_difference == pytest.approx(made(0.3).interval[0]) and made(0.3).certain_difference > 0.2
    assert made(-0.3).certain_difference > 0.2 and made(0.0).certain_difference <= 0


def test_the_least_of_the_rounds_counts_and_of_a_distribution_their_middle():
    assert compare.value_of({"name": "op", "round_mean_ns": [40.0, 31.0, 90.0]}) == 31.0
    assert compare.value_of({"name": "rtt", "round_p50_ns": [40.0, 31.0, 90.0]}) == 40.0
    with pytest.raises(subjects.Broken, match="no time"):
        compare.value_of({"name": "op", "error_occurred": True})


def test_a_row_of_two_processes_never_fails():
    found = made(0.5, gated=False)
    assert found.verdict == "slower" and not found.fails


def test_one_wild_pair_in_five_changes_no_verdict():
    found = made(0.0)
    found.logs[::5] = [math.log(10.0)] * len(found.logs[::5])
    assert not found.fails


def test_wide_spread_hides_what_cannot_be_known():
    assert not made(0.06, spread=0.5).fails


def test_runs_are_kept_by_machine_and_appended(tmp_path, monkeypatch):
    monkeypatch.setenv("KICKMSG_COMPARE_CACHE", str(tmp_path / "cache"))
    here, there = {"cpu": "one"}, {"cpu": "other"}
    noise.add(here, [{"row": 0.01}])
    noise.add(here, [{"row": -0.2, "new": 0.3}])
    assert noise.of_row(noise.load(here), "row") == [0.01, -0.2] and noise.of_row(noise.load(here), "new") == [0.3]
    assert noise.load(there) == []


class FakeMeter(compare.Meter):
    """Measures a simulated machine: B is `slower` when the plant burns, or by itself."""

    def __init__(self, slower=1.0, deaf=False):
        super().__init__(lambda text: None)
        self.slower, self.deaf, self.draw = slower, deaf, random.Random(11)

    def values(self, program, burn="", cells=compare.GATED):
        turns = 0 if self.deaf else max([int(part.split("=")[1]) for part in burn.split(";") if part] or [0])
        factor = self.slower if str(program) == "B" else 1.0
        turns = max(0, turns - 40)  # these hide behind what the processor waits for
        return {name: (100.0 * factor + 0.05 * turns) * math.exp(self.draw.gauss(0, 0.02)) for name in cells}


def options(**more):
    return compare.parse(["base", *[word for key, value in more.items() for word in (f"--{key}", str(value))]])


@pytest.fixture(autouse=True)
def a_stage_that_copies_nothing(monkeypatch):
    monkeypatch.setattr(subjects, "stage", lambda program, side: side)


def test_the_plant_is_as_large_as_it_says_where_some_of_it_hides():
    burn, measured = compare.burn_for(FakeMeter(), "A")
    assert all(0.17 < share < 0.23 for share in measured.values())
    assert all(200 < int(part.split("=")[1]) < 600 for part in burn.split(";"))


def test_a_whole_comparison_tells_a_slower_build():
    for slower, fails in ((1.0, False), (1.2, True)):
        rows = compare.compare(FakeMeter(slower).sides(("A", "B"), 24), [])
        assert all(row.fails == (fails and row.gated) for row in rows) and len(rows) == len(compare.GATED + compare.PLOTTED)
        document = json.loads(json.dumps([row.as_json() for row in rows]))
        assert document[0]["verdict"] == ("slower" if fails else "same") and document[0]["aa"]["pairs"] == 24


@pytest.mark.parametrize(
    "meter, same, caught, ok", [(FakeMeter(), 6, 4, True), (FakeMeter(slower=1.3), 0, 4, False), (FakeMeter(deaf=True), 0, 0, None)]
)
def test_the_acceptance_counts_what_it_missed(tmp_path, monkeypatch, meter, same, caught, ok):
    monkeypatch.setenv("KICKMSG_COMPARE_CACHE", str(tmp_path))
    asked = compare.parse(["base", "--accept", "--aa", "6", "--planted", "4", "--no-stall"])
    if ok is None:
        meter.draw = SimpleDraw()
        with pytest.raises(subjects.Broken, match="take no time"):
            compare.accept(meter, "A", asked, {"cpu": "made"})
        return
    part = compare.accept(meter, "A", asked, {"cpu": "made"})
    assert (part["aa"]["same"], part["ok"]) == (same, ok)
    assert len(noise.load({"cpu": "made"})) == 6
    if ok:
        assert part["planted"]["caught"] == caught


class SimpleDraw:
    """No noise at all."""

    def gauss(self, middle, _spread):
        return middle


@pytest.mark.parametrize("stalled, shows", [((1100.0, 9e6), True), ((1100.0, 60e3), False), ((9e6, 9e6), False)])
def test_a_stall_shows_in_the_tail_alone(stalled, shows):
    assert compare.stall_shows({"without": (1000.0, 50e3), "with": stalled}) == shows


@pytest.mark.parametrize("arguments", [[], ["base", "--pairs", "5"], ["base", "--pairs", "7"], ["a", "b", "--accept"]])
def test_what_makes_no_sense_is_refused(arguments):
    with pytest.raises(SystemExit) as ended:
        compare.parse(arguments)
    assert ended.value.code == 2


def test_a_name_that_is_no_commit_is_refused():
    with pytest.raises(subjects.Broken, match="no commit"):
        subjects.resolve("no-such-commit-anywhere")


@pytest.mark.parametrize("code, words", [(3, "exit status 3: planted end"), (0, "bench.json")])
def test_a_program_that_does_not_measure_is_told(tmp_path, monkeypatch, code, words):
    monkeypatch.setattr(subjects, "FOLDER", tmp_path)
    program = tmp_path / "kickmsg_bench"
    program.write_text(f"#!{sys.executable}\nprint('planted end')\nraise SystemExit({code})\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises((subjects.Broken, OSError), match=words):
        compare.Meter(lambda text: None).once(program, compare.GATED)
