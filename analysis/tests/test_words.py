"""Every row has words, what is unusual about it is said, and what is said is explained."""

import json

import pytest
from conftest import DATA

import first_screen
import loader
import peer_versions
import report
import row_notes
import row_words

RECORDINGS = ("bench.json", "families.json", "many.json", "crash_times.json", "other_machine.json")
# Rows that none of the recordings has.
OTHERS = (
    "op/send_receive/size:64/receive:info/send_time:on",
    "op/send_receive/size:64/receive:copy/send_time:on",
    "op/send_receive/size:64/receive:copy/api:c",
    "batch/burst:16/ring:each",
    "batch/stream:4/ring:last",
    "batch/drain:16",
    "batch/empty_receive",
    "batch/empty_publish",
)


def names():
    recorded = (json.loads((DATA / name).read_text(encoding="utf-8"))["benchmarks"] for name in RECORDINGS)
    return sorted({row["name"] for rows in recorded for row in rows} | set(OTHERS))


def row(name="tput/publishers:4/subscribers:1/size:64", **values):
    return loader.Row(name, {"name": name, "real_time": 1.0, **values})


def test_every_row_of_the_recordings_has_words_of_its_own():
    told = {name: row_words.words(loader.name_of(name)) for name in names()}
    assert [name for name, words in told.items() if words == name or "/" in words] == []
    assert len(set(told.values())) == len({loader.name_of(name) for name in told}), "two rows with the same words"


def test_words_name_peer_version_size_and_ways():
    name = "rtt/peer:iceoryx/size:4096/receive:view/mode:spin/payload:touch"
    assert row_words.words(name, {"iceoryx": "iceoryx 2.0.3"}) == "iceoryx 2.0.3, round trip, 4 KiB, in place, polling, every byte"
    assert row_words.words("tput/publishers:1/subscribers:8/size:64") == "full speed, 1 publisher, 8 subscribers, 64 B"


def test_a_row_that_nobody_named_keeps_its_name():
    assert row_words.words("news/of:today") == "news/of:today"
    assert row_words.words("op/send_receive/colour:red") == "op/send_receive/colour:red"


@pytest.mark.parametrize(
    ("values", "key", "beside"),
    (
        ({"lost_share": 0.9992}, "lost", "lost 99.9 %"),
        ({"lost_share": 0.99999}, "lost", "lost 99.999 %"),
        ({"oversubscribed": True}, "oversubscribed", "oversubscribed"),
        ({"round_mean_ns": [10.0, 31.0]}, "unsteady", "unsteady, 3.1×"),
        ({"one_way_ratio_to_floor": 0.9}, "below the floor", "below the floor"),
        ({"skipped": "too large"}, "not measured", "not measured"),
        ({"error_message": "no answer"}, "failed", "failed"),
    ),
)
def test_what_is_unusual_is_said_and_explained(values, key, beside):
    told = row(**values)
    assert (key, beside) in row_notes.notes(told)
    assert (key, row_notes.MEANING[key]) in row_notes.legend([told])


def test_an_ordinary_row_has_no_remark():
    assert row_notes.notes(row(lost_share=0.0, round_mean_ns=[10.0, 11.0])) == [] and row_notes.legend([row()]) == []


def test_killed_owners_dry_pools_and_channels_without_a_reader_are_explained():
    for name, key in (
        ("scale/other_rings:31/owners:killed", "killed owners"),
        ("slow/stopped:4/pool:dry", "dry pool"),
        ("tput/publishers:1/subscribers:0/size:64", "no reader"),
    ):
        assert [told for told, _ in row_notes.notes(row(name))] == [key]


def test_a_row_without_its_payload_is_not_called_below_the_floor():
    name = "rtt/peer:kickmsg/size:65536/receive:view/mode:spin/payload:handoff"
    assert row_notes.notes(row(name, one_way_ratio_to_floor=0.1, round_p50_ns=[1.0, 11387.0])) == [
        ("no payload", "no payload"),
        ("unsteady", "unsteady, 11,387×"),
    ]


def test_a_quantile_that_is_missing_is_explained_once():
    assert row_notes.legend([row(p50_ns=1.0)], ("p50", "p99")) == [("–", row_notes.MEANING["few samples"])]
    assert row_notes.legend([row(p50_ns=1.0)], ("p50",)) == []


@pytest.mark.usefixtures("undrawn")
def test_the_page_explains_every_remark_that_it_makes(tmp_path):
    assert report.main(["--out", str(tmp_path), str(DATA / "families.json")]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    bench = loader.load_bench(DATA / "families.json")
    used = {key for told in bench.rows for key, _ in row_notes.notes(told)}
    assert {"oversubscribed", "lost", "killed owners", "dry pool"} <= used
    assert all(f"<dt>{key}</dt>" in page for key in used)
    assert "lost 99." in page


def target(value, met, against="", **more):
    what = "rtt/peer:kickmsg/size:64/receive:copy/mode:spin/payload:touch" + (f" against its fastest peer, {against}" if against else "")
    return {"what": what, "value": value, "at_most": 1.0, "unit": "x", "met": met, **more}


def answers(targets, verdict="A message costs 1.2 times the floor.", **stages):
    bench = loader.Bench({"targets": targets, "peers": [{"name": "pipe", "version": "Linux 6", "state": "measured", "reason": ""}]}, [])
    found = {"results": None, "models": None, "mutants": None, "crash": None, "dynamic": None, **stages}
    return first_screen.answers(bench, verdict, found)


def test_without_a_stage_nothing_is_called_safe():
    safe, fast, missed = answers([])
    assert (safe["kind"], fast["kind"], missed["kind"]) == ("open", "mixed", "open")


def test_a_clean_run_is_told_with_its_counts():
    safe, _, _ = answers(
        [],
        models={"executions": 1234567, "scenarios": 21, "failed": 0},
        mutants={"score": {"mutants": 10, "killed": 10}, "faults": []},
        crash={"kills": 1000, "stops": 2000, "failed": 0},
        results={"totals": {"passed": 99, "failed": 0, "skipped": 0}, "stages": [1, 2]},
    )
    assert safe["kind"] == "good" and safe["verdict"] == "nothing found"
    for part in ("1,234,567 executions", "10 of 10 weakened orders", "1,000 kills and 2,000 stops", "99 checks of 2 stages"):
        assert part in safe["text"]


def test_one_mutant_that_escaped_is_not_safe():
    safe, _, _ = answers([], mutants={"score": {"mutants": 10, "killed": 9}, "faults": []})
    assert safe["kind"] == "bad" and "1 planted fault that the models did not notice" in safe["text"]


def test_an_order_that_is_listed_as_redundant_has_not_escaped():
    safe, _, _ = answers([], mutants={"score": {"mutants": 10, "killed": 9, "listed": 1}, "faults": []})
    assert safe["kind"] == "good" and "9 of 10 weakened orders noticed (1 of the others listed as redundant)" in safe["text"]


def test_rows_ahead_level_and_behind_are_counted_as_the_readme_counts_them():
    _, fast, missed = answers([target(0.5, True, "pipe"), target(1.05, False, "pipe"), target(1.5, False, "pipe")])
    assert fast["verdict"] == "ahead 1, level 1, behind 1" and fast["kind"] == "mixed"
    assert missed["verdict"] == "1 row" and "against pipe, 1.50×" in missed["text"]


def test_the_target_that_is_missed_the_most_is_named_in_words():
    _, _, missed = answers([target(1.2, False, excess=0.2), target(1.6, False, excess=0.6), target(0.9, True)])
    assert "2 of 3 targets of its own (worst: kickmsg, round trip, 64 B, copied, polling, every byte, by 60 %)" in missed["text"]


def test_a_target_against_a_peer_that_is_named_has_words_and_the_version():
    what = "tput/reliable/peer:kickmsg/subscribers:2/size:1024 against iceoryx2"
    words = first_screen.target_words({"what": what}, {"iceoryx2": "iceoryx2 0.10.0"})
    assert words == "kickmsg, nothing lost: the publisher waits for room, 2 subscribers, 1 KiB, against iceoryx2 0.10.0"


def test_how_a_measured_version_stands_to_the_newest_known():
    known = {"releases": {"nng": {"newest": "1.12.0", "released": "2026-06"}}}
    assert peer_versions.newest("nng", "1.5.2", known) == ("older", "1.12.0 (2026-06)")
    assert peer_versions.newest("nng", "1.12.0", known)[0] == "newest"
    assert peer_versions.newest("other", "1.0", known)[0] == "not looked up"
    assert peer_versions.newest("pipe", "Linux 6.1", known)[0] == "of the system"


def test_every_peer_of_a_release_of_its_own_was_looked_up_with_source_and_date(bench):
    table = peer_versions.table()
    assert table["looked_up"] and all({"newest", "released", "source"} <= release.keys() for release in table["releases"].values())
    assert "not looked up" not in {line["state"] for line in peer_versions.lines(bench).values()}
