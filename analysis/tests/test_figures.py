"""Each figure on a recording of a real run: what it shows, and that it shows nothing where nothing was measured."""

import json

import matplotlib.pyplot as plt
import pytest
from conftest import DATA, legend, nothing_cut, texts

import ab_forest
import counted_costs
import isolation
import load_curve
import loader
import payload_sweep
import peer_ratios
import rtt_ccdf
import side_by_side
import style
import subscriber_cost
import throughput
import verification
import wake_idle

WHY = "not found when the build was configured: scripts/bootstrap.sh --peers installs libnng-dev"


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    plt.close("all")


def peers_of(bench):
    return {row.peer for row in bench.measured("rtt")}


def labels_of(bench, peers):
    return {bench.label(peer) for peer in peers}


def told_class(bench, peer_class):
    """What the peers of a class are called, the class by the rows' own words."""
    return labels_of(bench, (row.peer for row in bench.measured("rtt") if row.values["class"] == peer_class))


@pytest.mark.parametrize("peer_class", loader.CLASSES)
def test_a_distribution_chart_has_the_peers_of_its_class_alone(bench, peer_class):
    fig = rtt_ccdf.draw(bench, peer_class)
    names = {label.split(",")[0] for label in legend(fig)}
    mine = told_class(bench, peer_class)
    assert mine and mine <= names
    others = labels_of(bench, peers_of(bench)) - mine
    assert not names & others
    assert any(name.startswith("floor") for name in names)
    assert ("hiccups of the machine alone" in names) == peer_class.startswith("spin")
    assert nothing_cut(fig) == ""


def test_no_two_peers_of_a_class_look_alike(bench):
    for peer_class in loader.CLASSES:
        looks = [style.peer_look(row) for row in bench.of_class(peer_class, 64)]
        assert len({(colour, marker) for colour, _, marker in looks}) == len(looks), peer_class
        assert style.UNKNOWN_PEER not in looks


def test_every_peer_with_a_ratio_has_its_bar_within_its_class(bench):
    groups = peer_ratios.bars(bench)
    assert [name for name, _ in groups] == list(loader.CLASSES)
    assert {row.peer for _, rows in groups for row in rows} == peers_of(bench)
    for name, rows in groups:
        assert all(row.peer_class == name for row in rows)
        assert [row.ratio() for row in rows] == sorted(row.ratio() for row in rows)
    fig = peer_ratios.draw(bench)
    shown = texts(fig)
    assert all(f"{row.ratio():.2f}×" in shown for _, rows in groups for row in rows)
    assert nothing_cut(fig) == ""


def test_peers_that_are_absent_take_one_line_of_the_chart(bench):
    peers = [{**peer, "state": "absent", "reason": WHY} if peer["name"] == "nng" else peer for peer in bench.peers()]
    without = loader.Bench({**bench.context, "peers": peers}, [row for row in bench.rows if row.peer != "nng"])
    fig = peer_ratios.draw(without)
    assert "not measured: nng" in texts(fig) and nothing_cut(fig) == ""
    assert without.not_measured(64) == [("nng", f"absent: {WHY}")]


def test_a_run_without_any_peer_names_three_in_one_line_and_counts_the_others(bench):
    peers = [peer if peer["name"] == "kickmsg" else {**peer, "state": "absent", "reason": WHY} for peer in bench.peers()]
    alone = loader.Bench({**bench.context, "peers": peers}, [row for row in bench.rows if row.peer in (None, "kickmsg")])
    fig = peer_ratios.draw(alone)
    assert sum("not measured" in text for text in texts(fig)) == 1 and any("and 10 more" in text for text in texts(fig))
    assert nothing_cut(fig) == "" and fig.get_figheight() < peer_ratios.draw(bench).get_figheight()


def test_the_bars_are_labelled_with_the_versions_that_were_measured(bench):
    labels = [label.get_text() for label in peer_ratios.draw(bench).axes[0].get_yticklabels()]
    assert {"iceoryx 2.0.3", "zeromq 4.3.4", "fastdds 2.9.1", "pipe"} <= set(labels)


def test_a_size_that_a_peer_cannot_carry_is_told(bench):
    ((name, why),) = bench.not_measured(16384)
    assert name == "posix-mq" and "8192" in why


@pytest.mark.parametrize("peer_class", loader.CLASSES)
def test_the_sweep_of_a_class_has_its_peers_and_marks_the_handoff(bench, peer_class):
    fig = payload_sweep.draw_peers(bench, peer_class)
    names = {label.split(",")[0] for label in legend(fig)}
    assert told_class(bench, peer_class) <= names and not names & (labels_of(bench, peers_of(bench)) - told_class(bench, peer_class))
    assert "open: first word only" in names
    assert ("one memcpy" in names) == peer_class.startswith("spin")
    assert nothing_cut(fig) == ""


def test_our_sweep_tells_handoff_touch_and_memcpy(bench):
    names = legend(payload_sweep.draw(bench, "view", "spin"))
    assert [any(part in name for name in names) for part in ("touched", "handoff", "floor", "memcpy")] == [True] * 4


def test_every_cell_of_the_heatmap_tells_rate_and_loss_and_marks_too_few_processors(families):
    for size in throughput.sizes(families):
        known = throughput.cells(families, size)
        shown = texts(throughput.draw(families, size))
        for row in known.values():
            told = throughput.words(row)
            assert told in shown
            assert ("*" in told) == (row.oversubscribed and bool(row.values["delivered_per_s"]))
        assert any("lost" in text for text in shown) and nothing_cut(throughput.draw(families, size)) == ""


def test_messages_without_loss_have_a_chart_of_their_own_with_a_line_for_each_number_of_subscribers(families):
    lines = throughput.reliable(families)
    assert set(lines) == {1, 2, 4}
    assert all(row.values["lost_share"] == 0 for line in lines.values() for _, row in line)
    fig = throughput.draw_reliable(families)
    assert {text.rstrip(" *") for text in legend(fig)} == {"1 subscriber", "2 subscribers", "4 subscribers"}
    assert nothing_cut(fig) == ""


def test_a_cell_that_was_not_run_says_so(families):
    rows = [row for row in families.rows if row.name != "tput/publishers:2/subscribers:4/size:64"]
    assert "not run" in texts(throughput.draw(loader.Bench(families.context, rows), 64))


@pytest.mark.parametrize("receive", ("copy", "view"))
def test_the_load_curve_has_both_delays_and_the_corrected_is_never_the_lower(families, receive):
    rows = load_curve.curve(families, receive)
    assert [load for load, _ in rows] == [10, 50, 80, 95]
    for quantile in load_curve.TOLD:
        corrected, raw = (dict(load_curve.points(rows, quantile, which)) for which in (True, False))
        assert all(corrected[load] >= raw[load] * 0.99 for load in corrected.keys() & raw.keys()), quantile
    fig = load_curve.draw(families, receive)
    assert {"p50, from the due time", "p50, from the sending"} <= set(legend(fig))
    assert nothing_cut(fig) == ""


def test_a_wake_is_beside_the_bare_futex_with_its_ratio(families):
    fig = wake_idle.draw(families)
    assert legend(fig) == ["kickmsg", "floor: bare futex"]
    assert texts(fig) == [f"{row.values['ratio_to_floor']:.2f}×" for _, row, _ in wake_idle.series(families)]
    assert nothing_cut(fig) == ""


def test_isolation_is_told_for_every_number_of_stopped_subscribers(families):
    for pool, expected in ((None, [0, 1, 4, 8]), ("dry", [1, 4, 8])):
        assert [stopped for stopped, _ in isolation.series(families, pool)] == expected
        fig = isolation.draw(families, pool)
        assert "p50" in legend(fig) and "p99" in legend(fig) and nothing_cut(fig) == ""


def test_the_slope_is_that_of_the_subscribers_without_the_empty_channel(families):
    assert subscriber_cost.fit([(0, 900.0), (1, 7.0), (2, 9.0), (4, 13.0)]) == pytest.approx((2.0, 5.0))
    assert subscriber_cost.fit([(0, 1.0), (1, 7.0), (2, 9.0)]) is None
    slope, _ = subscriber_cost.fit([(rings, row.values["rmw_multiple"]) for rings, row in subscriber_cost.by_rings(families)])
    told = next(
        part["value"]
        for part in families.context["targets"]
        if part["unit"] == "read-modify-writes" and part["what"].startswith("each further subscriber")
    )
    assert slope == pytest.approx(told, rel=0.1)
    assert any(f"{slope:.1f} locked operations" in text for text in legend(subscriber_cost.draw(families)))
    assert nothing_cut(subscriber_cost.draw_bystanders(families)) == ""


def test_the_budgets_are_told_with_the_instructions_of_every_compiler():
    document = json.loads((DATA / "budgets.json").read_text(encoding="utf-8"))
    told = counted_costs.summary(document)
    assert told["compilers"] == ["g++ 12.2.0", "Debian clang version 14.0.6"] and len(told["lines"]) == len(document["operations"])
    line = next(line for line in told["lines"] if line["name"] == "exchange: send and copy, 1 live ring")
    assert (line["rmw"], line["stores"], line["loads"], line["instructions"]) == (6, 13, 10, [499.06, 610.06])
    fig = counted_costs.draw(document)
    assert "6 + 13 + 10" in texts(fig) and nothing_cut(fig) == ""
    assert counted_costs.draw(None) is None and counted_costs.summary(None) is None


def test_several_machines_are_compared_by_what_they_have_in_common(bench, other):
    told = side_by_side.summary([bench, other])
    assert [label[:2] for label in told["labels"]] == ["A:", "B:"]
    rows = dict(told["rows"])
    name = "rtt/peer:kickmsg/size:64/receive:copy/mode:spin/payload:touch"
    assert rows[name] == [(False, bench.find(name).ratio()), (False, other.find(name).ratio())]
    assert not any("iceoryx" in row for row in rows)
    fig = side_by_side.draw([bench, other])
    assert len(legend(fig)) == 2 and nothing_cut(fig) == ""
    assert side_by_side.summary([bench]) is None and side_by_side.draw([bench]) is None


def test_an_emulated_machine_shows_no_ratio(tmp_path, bench):
    document = json.loads((DATA / "other_machine.json").read_text(encoding="utf-8"))
    document["context"]["emulated"] = True
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    emulated = loader.load_bench(path)
    assert emulated.measured("rtt") and all(row.ratio() is None for row in emulated.rows)
    told = side_by_side.summary([bench, emulated])
    assert told["labels"][1].endswith("emulated") and told["rows"]
    assert all(cells[1] == (True, None) for _, cells in told["rows"])
    assert all(values[1] is None for _, values in told["floors"])
    assert side_by_side.draw([bench, emulated]) is None
    assert peer_ratios.draw(emulated) is None


def test_what_was_checked_is_counted_and_what_went_wrong_is_told():
    told = verification.counts(
        models={"scenarios": 3, "failed": 1, "executions": 1234567},
        mutants={"score": {"mutants": 9, "killed": 8}, "faults": [{"killed_by": None}, {"killed_by": "x"}]},
        plain={"score": {"mutants": 70, "survived": 0}},
    )
    assert told == [
        ("model scenarios", 3, 1),
        ("model executions", 1234567, None),
        ("mutants (weaker orders)", 9, 1),
        ("planted faults in the core", 2, 1),
        ("mutants (plain code)", 70, 0),
    ]
    fig = verification.draw(told, "note")
    assert texts(fig) == ["3, 1 wrong", "1,234,567", "9, 1 wrong", "2, 1 wrong", "70, none wrong"]
    assert nothing_cut(fig) == ""
    assert verification.draw(verification.counts(), "note") is None


@pytest.mark.parametrize(
    "draw",
    (
        lambda bench: rtt_ccdf.draw(bench, "blocking"),
        lambda bench: payload_sweep.draw_peers(bench, "blocking"),
        peer_ratios.draw,
        lambda bench: throughput.draw(bench, 64),
        throughput.draw_reliable,
        lambda bench: load_curve.draw(bench, "copy"),
        wake_idle.draw,
        isolation.draw,
        subscriber_cost.draw,
        subscriber_cost.draw_bystanders,
    ),
)
def test_nothing_is_drawn_where_only_the_floor_was_measured(bench, draw):
    assert draw(loader.Bench(bench.context, bench.family("floor"))) is None


def test_a_comparison_that_did_not_run_has_no_forest():
    assert ab_forest.draw(None) is None and ab_forest.draw({"rows": []}) is None


def test_the_forest_has_each_row_with_its_interval_and_its_a_a():
    document = json.loads((DATA / "compare.json").read_text(encoding="utf-8"))
    told = ab_forest.lines(document)
    assert [what for what, *_ in told].count("A/A") == len(document["rows"]) == 5
    assert sum("(not gated)" in what for what, *_ in told) == sum(not row["gated"] for row in document["rows"]) == 1
    fig = ab_forest.draw(document)
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == [what for what, *_ in told]
    assert len(fig.axes[0].containers) == len(told) and nothing_cut(fig) == ""
    document["rows"][0]["verdict"] = "slower"
    assert ab_forest.lines(document)[0][2] == ab_forest.VERDICT_COLOURS["slower"] != told[0][2]
