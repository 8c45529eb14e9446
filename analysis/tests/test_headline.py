"""What the documents say of costs is what their recording says, and a recording is all that they are written from."""

import json
import pathlib

import pytest

import headline
import loader

RECORDED = pathlib.Path(__file__).parent / "testdata" / "bench.json"


DOCUMENTS = ("README.md", "docs/performance.md")
WRITTEN = (*DOCUMENTS, "docs/headline.json", "docs/headline.svg")


@pytest.fixture(name="tree")
def tree_with_the_documents(tmp_path):
    (tmp_path / "docs").mkdir()
    for name in DOCUMENTS:
        (tmp_path / name).write_text(f"before\n{headline.BEGIN}\nold\n{headline.END}\nafter\n", encoding="utf-8")
    return tmp_path


def test_the_documents_say_what_their_recording_says():
    bench = loader.load_bench(headline.ROOT / "docs/headline.json")
    for name, text in zip(DOCUMENTS, (headline.short(bench), headline.section(bench))):
        said = (headline.ROOT / name).read_text(encoding="utf-8")
        assert text in said, f"{name}: run analysis/headline.py on the bench.json of a report run"
    assert bench.context["mode"] in ("report", "full") and "+changes" not in bench.context["commit"]
    assert {row.peer for row in bench.family("rtt")} >= {"kickmsg", "iceoryx", "iceoryx2", "boost-spsc", "zeromq", "cyclonedds", "fastdds"}


def test_a_recording_makes_the_section_the_figure_and_its_own_reduction(tree):
    assert headline.main([str(RECORDED), "--root", str(tree)]) == 0
    readme, performance = ((tree / name).read_text(encoding="utf-8") for name in DOCUMENTS)
    for text in (readme, performance):
        assert text.startswith("before\n") and text.endswith("\nafter\n") and "\nold\n" not in text
    assert "](docs/headline.svg)" in readme and "](headline.svg)" in performance
    recorded, kept = (json.loads(path.read_text(encoding="utf-8")) for path in (RECORDED, tree / "docs/headline.json"))
    assert all(word in performance for word in (recorded["context"]["commit"], recorded["context"]["date"][:10], headline.COMMAND))
    assert 0 < len(kept["benchmarks"]) < len(recorded["benchmarks"])
    assert (tree / "docs/headline.svg").stat().st_size > 10000


def test_a_second_time_changes_nothing(tree):
    headline.main([str(RECORDED), "--root", str(tree)])
    once = [(tree / name).read_bytes() for name in WRITTEN]
    headline.main([str(tree / "docs/headline.json"), "--root", str(tree)])
    assert once == [(tree / name).read_bytes() for name in WRITTEN]


def test_the_sentence_has_the_numbers_of_the_table(bench):
    told = headline.sentence(bench)
    rows = [line for line in headline.table(bench) if "**kickmsg" in line]
    times = [part.split(", ")[-2].rsplit(" takes ")[-1] for part in told.split("; ")]
    assert len(times) == 2 and all(any(f"| {time} (" in row for row in rows) for time in times)


def test_every_peer_of_every_class_has_its_line_and_every_number_its_row(bench):
    lines = headline.table(bench)
    for name in loader.CLASSES:
        rows = [row for row in bench.of_class(name, 64) if row.ratio() is not None]
        for row in rows:
            assert sum(headline.cell(bench, row, 64) in line and row.peer in line for line in lines) >= 1
    assert len({line.count("|") for line in lines}) == 1


def with_targets(bench, *targets):
    keys = ("what", "value", "at_most", "unit", "met")
    return loader.Bench({**bench.context, "targets": [dict(zip(keys, target)) for target in targets]}, bench.rows)


def test_missed_targets_are_told_and_met_ones_counted(bench):
    told = headline.target_lines(with_targets(bench, ("one", 2.0, 1.5, "x", False), ("two", 1.0, 1.5, "x", True), ("no bound", 7.0)))
    assert told == [
        "1 of the run's 2 targets are met. Missed:",
        "",
        "- `one`: 2.00 x, aimed at 1.5",
        "",
        "No peer was measured beside ours.",
    ]


def test_rows_behind_a_peer_are_told_by_way_and_size(bench):
    def row(size, value, peer, payload="touch"):
        return (
            f"rtt/peer:kickmsg/size:{size}/receive:copy/mode:block/payload:{payload}{headline.AGAINST}{peer}",
            value,
            1.0,
            "x that",
            value <= 1,
        )

    told = headline.target_lines(
        with_targets(
            bench,
            row(64, 0.5, "pipe"),
            row(1024, 1.05, "pipe"),
            row(16384, 1.28, "unix-socket"),
            row(65536, 1.56, "unix-socket"),
            row(64, 2.0, "pipe", "handoff"),
        )
    )
    assert told[2] == (
        "Compared with the fastest peer of the same class and payload size, kickmsg is more than 10 % faster in 1 of 5 rows, "
        "within 10 % in 1 and slower in 3:"
    )
    assert told[4:] == [
        "- sleeping, copied: 16 KiB 1.28× unix-socket, 64 KiB 1.56× unix-socket",
        "- sleeping, copied, first word only: 64 B 2.00× pipe",
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_without_the_marks_is_refused(tree, name):
    (tree / name).write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="once each, found 0 and 0"):
        headline.main([str(RECORDED), "--root", str(tree)])
