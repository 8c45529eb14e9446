"""Waits for many topics and reliable flows beside their peers, on a recording of a real run (many.json)."""

import matplotlib.pyplot as plt
import pytest
from conftest import DATA, legend, nothing_cut, texts

import loader
import reliable_flows
import report
import rtt_ccdf
import style
import wait_set
import wake_idle


@pytest.fixture(name="many", scope="module")
def waits_and_flows_of_a_real_run():
    return loader.load_bench(DATA / "many.json")


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    plt.close("all")


def test_nothing_of_the_recording_failed(many):
    assert not [row.name for row in many.rows if row.failed]


def test_a_wait_for_many_topics_is_told_beside_the_receive_from_one(many):
    lines = wait_set.lines(many)
    assert [(line["what"], line["topics"]) for line in lines] == [
        ("kickmsg, receive", 1),
        *(("kickmsg, one wait set", topics) for topics in (1, 8, 64)),
        *(("kickmsg, its descriptor in an epoll", topics) for topics in (1, 8)),
        *(("iceoryx2 0.10.0, one wait set", topics) for topics in (1, 8, 64)),
    ]
    assert lines[0]["receive"] == 1.0 and all(line["receive"] > 0 and line["futex"] > 0 for line in lines)


def test_the_ratio_of_the_table_is_that_of_the_target(many):
    told = {target["what"]: target["value"] for target in many.context["targets"]}
    for line in wait_set.lines(many):
        if line["what"] == "kickmsg, one wait set" and line["topics"] != 8:
            assert line["receive"] == pytest.approx(told[f"wake/set/peer:kickmsg/topics:{line['topics']}"], abs=0.002)


def test_a_wait_without_the_receive_has_no_ratio(many):
    alone = loader.Bench(many.context, [row for row in many.rows if row.name != wait_set.RECEIVE])
    assert {line["receive"] for line in wait_set.lines(alone)} == {None}
    assert texts(wait_set.draw(alone)) == []


def test_the_waits_are_drawn_with_their_ratios(many):
    fig = wait_set.draw(many)
    assert set(legend(fig)) == {
        "kickmsg, one wait set",
        "kickmsg, its descriptor in an epoll",
        "iceoryx2 0.10.0, one wait set",
        "kickmsg, receive from one",
        "floor: bare futex",
    }
    assert texts(fig) == [f"{line['receive']:.2f}×" for line in wait_set.lines(many)[1:]]
    assert nothing_cut(fig) == ""


def test_waits_for_many_topics_are_no_part_of_the_wakes_by_idle_time(many):
    assert [row.name for _, row, _ in wake_idle.series(many)] == [wait_set.RECEIVE]


def test_a_reliable_flow_is_told_for_every_number_of_subscribers_and_size(many):
    lines = reliable_flows.lines(many)
    assert [(line["subscribers"], line["size"]) for line in lines] == [(s, size) for s in (1, 2, 4) for size in (64, 1024, 16384, 65536)]
    for line in lines:
        expected = ["kickmsg", "boost-spsc", "iceoryx2"] if line["subscribers"] == 1 else ["kickmsg", "iceoryx2"]
        assert list(line["peers"]) == expected
        assert line["oversubscribed"] == (1 + line["subscribers"] > many.machine()["processors"])
    assert reliable_flows.peers(many) == ["kickmsg", "boost-spsc", "iceoryx2"]


def test_ours_is_ahead_by_what_the_target_says(many):
    told = {target["what"]: target["value"] for target in many.context["targets"]}
    for line in reliable_flows.lines(many):
        name = f"tput/reliable/peer:kickmsg/subscribers:{line['subscribers']}/size:{line['size']}"
        for peer, (_, ahead) in line["peers"].items():
            if f"{name} against {peer}" in told:
                assert 1 / ahead == pytest.approx(told[f"{name} against {peer}"], rel=0.01)
            else:
                assert peer == "kickmsg" or (peer == "boost-spsc" and line["size"] > 64)


def test_every_subscriber_of_a_flow_has_every_message(many):
    for row in reliable_flows.rows(many):
        assert row.values["received"] == row.values["sent"] * int(row.parameters["subscribers"]) and row.values["lost"] == 0, row.name


@pytest.mark.parametrize("count", (1, 2, 4))
def test_a_flow_is_drawn_beside_its_peers(many, count):
    fig = reliable_flows.draw(many, count)
    assert legend(fig) == [many.label(peer) for peer in reliable_flows.of_subscribers(many, count)]
    assert ("more processes than processors" in fig.axes[0].get_title(loc="left")) == (1 + count > many.machine()["processors"])
    assert nothing_cut(fig) == ""


def test_nothing_of_it_is_drawn_or_told_where_it_was_not_measured(bench):
    assert wait_set.draw(bench) is None and wait_set.lines(bench) == []
    assert reliable_flows.draw(bench, 1) is None and reliable_flows.lines(bench) == []


def test_the_page_has_both_tables(many, undrawn, tmp_path):
    assert report.main(["--out", str(tmp_path), str(DATA / "many.json")]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert ">One wait for many topics</h2>" in page and ">Nothing lost</h2>" in page
    for line in wait_set.lines(many):
        assert line["what"] in page


def test_the_sleeping_peers_are_told_apart_with_iceoryx2_among_them(many):
    rows = many.of_class("blocking", 64)
    assert "iceoryx2" in {row.peer for row in rows}
    assert len({style.peer_look(row)[::2] for row in rows}) == len(rows)
    fig = rtt_ccdf.draw(many, "blocking")
    assert len(legend(fig)) == len(rows) + 1 and nothing_cut(fig) == ""


def test_a_request_is_told_beside_two_bare_messages(many):
    row = many.find("rtt/service/peer:iceoryx2/size:64")
    assert row.subject == "service" and row.ratio() > 0
    assert many.find(row.values["floor"]).peer == "iceoryx2"
    assert row not in many.of_class("spin-zero-copy")
