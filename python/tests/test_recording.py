"""Topics recorded into files of MCAP, and played again."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time

import kickmsg
import pytest

pytest.importorskip("mcap")

from conftest import SECONDS
from kickmsg import recording
from kickmsg.recording import Patterns, Player, Recorder, RecordingError, _commands
from kickmsg.recording._file import File
from mcap.exceptions import McapError
from mcap.reader import NonSeekingReader, make_reader
from mcap.records import Chunk, MessageIndex
from mcap.stream_reader import StreamReader

TYPED = kickmsg.Config(max_payload_size=8, send_time=True, sub_ring_capacity=128)
RECORD = "from kickmsg.recording import _commands; sys.exit(_commands.record(sys.argv[1:]))"
PLAY = "from kickmsg.recording import _commands; sys.exit(_commands.play(sys.argv[1:]))"


def until(holds):
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def recorded(node, path, count=50, **options):
    """Returns: a file with messages of two topics, one of which is typed and says when."""
    one, two = node.advertise("one", float, config=TYPED), node.advertise("two")
    with Recorder(node, ["one", "two"], path, **options) as recorder:
        for number in range(count):
            one.send(float(number))
            two.send(b"%d" % number)
            recorder.record(0)
        assert recorder.lost == {"one": 0, "two": 0} and recorder.messages == {"one": count, "two": count}
    return path


def contents(path):
    """Returns: the data of each topic, by a reader of PyPI's mcap."""
    found = {}
    with open(path, "rb") as file:
        for _schema, channel, message in make_reader(file, validate_crcs=True).iter_messages():
            found.setdefault(channel.topic, []).append(message.data)
    return found


def numbers(count):
    return [b"%d" % number for number in range(count)]


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_a_recording_has_all_messages_with_both_times_and_their_types(node, tmp_path, compression):
    before = time.time_ns()
    path = recorded(node, tmp_path / "run.mcap", compression=compression, chunk_bytes=512)
    with open(path, "rb") as file:
        reader = make_reader(file, validate_crcs=True)
        found = {"one": [], "two": []}
        for schema, channel, message in reader.iter_messages():
            found[channel.topic].append(message)
            assert channel.message_encoding == "kickmsg"
            assert (schema.name if schema else None) == {"one": "float64", "two": None}[channel.topic]
            assert schema is None or json.loads(schema.data)["name"] == "float64"
        assert [message.data for message in found["two"]] == numbers(50)
        assert [message.sequence for message in found["one"]] == list(range(1, 51))
        assert all(before <= message.publish_time < message.log_time <= time.time_ns() for message in found["one"])
        assert all(message.publish_time == message.log_time for message in found["two"])
        summary = reader.get_summary()
        assert {index.compression for index in summary.chunk_indexes} == {compression or ""} and len(summary.chunk_indexes) > 2
        assert summary.statistics.message_count == 100 and len(summary.schemas) == 1
        assert {entry.name: entry.metadata for entry in reader.iter_metadata()} == {"kickmsg": {"lost.one": "0", "lost.two": "0"}}
        some = list(reader.iter_messages(topics=["one"], starting_at=found["one"][25].log_time))
        assert [message.data for _schema, _channel, message in some] == [message.data for message in found["one"][25:]]


def test_a_recording_opens_in_readers_of_mcap_itself(node, tmp_path):
    """The file is put together here, so each record is read by code that is not ours: by the index, and from the beginning."""
    path = recorded(node, tmp_path / "run.mcap", chunk_bytes=512)
    with open(path, "rb") as file:
        records = [type(record).__name__ for record in StreamReader(file, validate_crcs=True).records]
    kinds = {"Header", "Schema", "Channel", "Message", "MessageIndex", "Metadata", "DataEnd", "Statistics", "ChunkIndex", "MetadataIndex"}
    assert kinds | {"SummaryOffset", "Footer"} == set(records) and records.count("Message") == 100
    assert_indexed(path)
    with open(path, "rb") as file:
        plain = [message.data for _schema, _channel, message in NonSeekingReader(file, validate_crcs=True).iter_messages()]
    assert sorted(plain) == sorted(value for values in contents(path).values() for value in values)


def assert_indexed(path):
    """Each place that an index of messages names has one, of that channel and time."""
    with open(path, "rb") as file:
        chunk = None
        for record in StreamReader(file, emit_chunks=True).records:
            if isinstance(record, Chunk):
                chunk = record
            elif isinstance(record, MessageIndex):
                for log_time, offset in record.records:
                    found = struct.unpack_from("<BQHIQ", chunk.data, offset)
                    assert (found[0], found[2], found[4]) == (5, record.channel_id, log_time)


def test_large_messages_go_to_the_file_from_where_they_lie(node, tmp_path):
    config = kickmsg.Config(max_payload_size=3 << 20, pool_size=24, max_publishers=1, max_subscribers=2, sub_ring_capacity=8)
    pub, sizes = node.advertise("image", config=config), [3 << 20, 100, 1 << 20, (1 << 20) - 1, 0]
    with Recorder(node, ["image"], tmp_path / "run.mcap") as recorder:
        for number, size in enumerate(sizes):
            pub.send(bytes([number]) * size)
            recorder.record(0)
    assert contents(tmp_path / "run.mcap") == {"image": [bytes([number]) * size for number, size in enumerate(sizes)]}


def test_topics_by_pattern_that_appear_later_and_of_several_prefixes(prefix, tmp_path):
    nodes = [kickmsg.Node("robot", f"{prefix}_{side}") for side in "ab"]
    path = tmp_path / "run.mcap"
    with Recorder(nodes, ["camera/*", "imu"], path, scan=0.01) as recorder:
        assert recorder.missing() == ["imu"]
        pubs = [node.advertise(name) for node in nodes for name in ("imu", "camera/left", "camera/a/b", "secret")]
        until(lambda: recorder.record(0.01) == 0 and len(recorder.messages) == 4)
        for pub in pubs:
            pub.send(b"x")
        until(lambda: recorder.record(0.01) == 0 and sum(recorder.messages.values()) == 4)
        assert recorder.missing() == []
    assert contents(path) == {f"{node.prefix}/{name}": [b"x"] for node in nodes for name in ("imu", "camera/left")}


def test_a_topic_that_is_made_anew_and_a_type_that_is_said_later(node, tmp_path):
    path = tmp_path / "run.mcap"
    first = node.advertise("t", config=kickmsg.Config(max_payload_size=64))
    with Recorder(node, ["t"], path, scan=0.01) as recorder:
        first.send(b"untyped!")
        assert recorder.record(1) == 1
        assert node.try_claim_topic_schema("t", kickmsg.codec_of(float).schema)
        recorder.record(0.05)
        first.send(bytes(8))
        assert recorder.record(1) == 1
        first.close()
        node.unlink_topic("t")
        second = node.advertise("t", config=kickmsg.Config(max_payload_size=256))
        assert node.wait_for_subscriber("t", 0) or not recorder.record(0.5)
        until(lambda: recorder.record(0.01) == 0 and node.has_subscriber("t"))
        second.send(b"y" * 256)
        assert recorder.record(1) == 1
    found = recording.info(path)
    assert found["topics"]["t"]["messages"] == 3 and found["topics"]["t"]["schemas"] == ["float64"]
    with open(path, "rb") as file:
        channels = make_reader(file).get_summary().channels.values()
    assert [(channel.metadata["max_payload_size"], channel.schema_id) for channel in channels] == [("64", 0), ("64", 1), ("256", 0)]


def test_losses_are_recorded(node, tmp_path):
    path = tmp_path / "run.mcap"
    pub = node.advertise("t", config=kickmsg.Config(sub_ring_capacity=8, pool_size=64))
    with Recorder(node, ["t"], path) as recorder:
        for number in range(20):
            pub.send(b"%d" % number)
        assert recorder.record(0) == 8 and recorder.lost == {"t": 12}
        recorder.flush()
        for number in range(11):
            pub.send(b"%d" % number)
    with open(path, "rb") as file:
        found = [entry.metadata for entry in make_reader(file).iter_metadata()]
    assert [(entry["topic"], entry["lost"], entry["total"]) for entry in found[:2]] == [("t", "12", "12"), ("t", "3", "15")]
    assert found[2] == {"lost.t": "15"} and recording.info(path)["topics"]["t"]["lost"] == 15


@pytest.mark.parametrize("split", [{"split_bytes": 4096}, {"split_seconds": 0.02}])
def test_files_are_split_and_each_is_whole(node, tmp_path, split):
    pub = node.advertise("t", float, config=TYPED)
    with Recorder(node, ["t"], tmp_path / "run.mcap", **split) as recorder:
        for number in range(300):
            pub.send(float(number))
            recorder.record(0)
            time.sleep(0.0005)
    names = [f"run_{number}.mcap" for number in range(len(recorder.paths))]
    assert len(names) > 2 and sorted(os.listdir(tmp_path)) == sorted(names)
    found = [value for name in names for value in contents(tmp_path / name)["t"]]
    assert [kickmsg.codec_of(float).decode(value) for value in found] == [float(number) for number in range(300)]
    if "split_bytes" in split:
        assert all(4096 <= os.path.getsize(tmp_path / name) < 3 * 4096 for name in names[:-1])
    assert all(recording.info(tmp_path / name)["topics"]["t"]["schemas"] == ["float64"] for name in names)


def test_what_is_played_is_what_was_recorded(node, prefix, tmp_path):
    path = recorded(node, tmp_path / "run.mcap")
    other = kickmsg.Node("other", prefix + "_again")
    one = other.subscribe_or_create("one", float, config=TYPED)
    two = other.subscribe_or_create("second")
    assert Player(path, node=other, rate=1e6, onto={"two": "second"}).play() == 100
    assert [one.receive(1).value for _ in range(50)] == [float(number) for number in range(50)]
    assert [two.receive(1).value for _ in range(50)] == numbers(50)
    report = kickmsg.inspect(other.topic_region("one"))
    assert report.region.config.send_time and report.schema == node.topic_schema("one")


def timed_file(path, topic="t", prefix="none", count=5, gap=0.1, ended=True):
    """A file whose messages are `gap` seconds apart."""
    file = File(path, 64, None)
    channel = file.add_channel(topic, {"topic": topic, "prefix": prefix})
    for number in range(count):
        file.add(channel, number, 10**18 + round(number * gap * 1e9), 10**18, b"%d" % number, 1)
    file.flush()
    if ended:
        file.finish()
    return path


def played(node, path, **options):
    """Returns: what came of topic t, and how many seconds it took."""
    sub, begin = node.subscribe_or_create("t"), time.monotonic()
    Player(path, node=node, **options).play()
    seconds = time.monotonic() - begin
    with sub:
        return [message.value for message in iter(sub.try_receive, None)], seconds


@pytest.mark.parametrize("ended", [True, False])
def test_it_is_played_at_a_rate_and_from_a_time_to_a_time(node, tmp_path, ended):
    path = timed_file(tmp_path / "t.mcap", ended=ended)
    found, seconds = played(node, path)
    assert found == numbers(5) and seconds >= 0.4
    found, seconds = played(node, path, rate=0.5, start=0.2, end=0.3)
    assert found == [b"2", b"3"] and seconds >= 0.2
    assert played(node, path, rate=1e3, start=0.35)[0] == [b"4"] and played(node, path, rate=1e3, start=9)[0] == []
    assert played(node, path, rate=1e3, topics=["x*"])[0] == []


def test_it_is_looped_paused_and_stopped(node, tmp_path):
    path, sub = timed_file(tmp_path / "t.mcap", gap=0.02), node.subscribe_or_create("t")
    player = Player(path, node=node, loop=True, paused=True)
    began = threading.Event()
    thread = threading.Thread(target=player.play, args=(began.set,))
    thread.start()
    assert began.wait(SECONDS)
    assert sub.receive(0.2) is None and player.count == 0
    player.resume()
    assert [sub.receive(SECONDS).value for _ in range(12)] == (numbers(5) * 3)[:12]
    player.pause()
    while sub.receive(0.2) is not None:
        pass
    at = player.count
    assert sub.receive(0.1) is None and player.count == at
    player.resume()
    assert sub.receive(SECONDS) is not None
    player.stop()
    thread.join(SECONDS)
    assert not thread.is_alive() and player.rounds > 2


def test_a_pause_takes_no_time_of_the_recording(node, tmp_path):
    path, sub = timed_file(tmp_path / "t.mcap"), node.subscribe_or_create("t")
    player = Player(path, node=node, paused=True)
    thread = threading.Thread(target=player.play)
    thread.start()
    assert sub.receive(0.5) is None
    begin = time.monotonic()
    player.resume()
    assert [sub.receive(SECONDS).value for _ in range(5)] == numbers(5) and time.monotonic() - begin >= 0.39
    thread.join()


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"start": -1}, {"start": 2, "end": 1}, {"topics": ["a**"]}])
def test_what_a_player_refuses(tmp_path, wrong):
    with pytest.raises(ValueError):
        Player(tmp_path / "none.mcap", **wrong)


def test_a_topic_that_is_there_and_is_another_is_refused(node, tmp_path):
    path = recorded(node, tmp_path / "run.mcap")
    other = kickmsg.Node("other", node.prefix + "_again")
    there = other.advertise("one", int, config=TYPED)
    with pytest.raises(kickmsg.SchemaMismatchError):
        Player(path, node=other).play()
    there.close()
    with open(tmp_path / "text", "wb") as file:
        file.write(b"no recording, but a text")
    with pytest.raises(McapError):
        Player(tmp_path / "text", node=other).play()


def test_a_killed_recorder_leaves_all_but_a_chunk(start, node, prefix, tmp_path):
    path, whole = tmp_path / "cut.mcap", tmp_path / "whole.mcap"
    pub = node.advertise("one", config=kickmsg.Config(max_payload_size=1024))
    child = start(RECORD, "one", "--prefix", prefix, "-o", str(path), "--chunk-size", "4k", "--flush", "100")
    assert child.line() == f"recording one to {path}"
    for number in range(23):
        pub.send(bytes([number]) * 1024)
    until(lambda: os.path.getsize(path) > 5 * 4096)
    child.kill()
    found = recording.info(path)
    assert not found["whole"] and found["messages"] == found["topics"]["one"]["messages"] == 20
    assert recording.recover(path, whole) == 20
    assert contents(whole) == {"one": [bytes([number]) * 1024 for number in range(20)]} and recording.info(whole)["whole"]


def test_wherever_a_file_is_cut_what_was_whole_before_is_read(node, tmp_path):
    path, cut = recorded(node, tmp_path / "run.mcap", chunk_bytes=256, count=20), tmp_path / "cut.mcap"
    data, most = path.read_bytes(), 0
    for length in range(8, len(data), 7):
        cut.write_bytes(data[:length])
        found = recording.info(cut)
        assert most <= found["messages"] <= 40 and not found["whole"]
        most = found["messages"]
    assert most == 40 and recording.info(path)["whole"]


def test_a_recorder_writes_what_it_has_each_flush(start, node, prefix, tmp_path):
    path, pub = tmp_path / "run.mcap", node.advertise("one")
    child = start(RECORD, "one", "--prefix", prefix, "-o", str(path), "--flush", "0.01")
    assert child.line().startswith("recording")
    pub.send(b"x")
    until(lambda: recording.info(path)["messages"] == 1)
    child.kill()


LIMITED = """
import resource, signal
from kickmsg.recording import Recorder, RecordingError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
recorder = Recorder(kickmsg.Node("child", sys.argv[1]), ["one"], sys.argv[2], chunk_bytes=16384)
print("ready", flush=True)
try:
    while True:
        recorder.record()
except RecordingError as error:
    print(error, flush=True)
    recorder.close()
"""


def test_a_full_disk_is_an_error_with_numbers_and_keeps_what_was_written(start, node, prefix, tmp_path):
    path = tmp_path / "run.mcap"
    pub = node.advertise("one", config=kickmsg.Config(max_payload_size=1024, sub_ring_capacity=128, pool_size=512))
    child = start(LIMITED, prefix, str(path))
    assert child.line() == "ready"
    for number in range(70):
        pub.send(bytes([number]) * 1024)
    text = child.line()
    wanted = (
        r"the file may not be longer: \d{5} bytes could not be written, \d+ are free; 48 messages in 5\d{4} bytes are kept, the last 16 "
    )
    assert re.search(wanted, text), text
    assert child.end()[0] == 0
    assert contents(path) == {"one": [bytes([number]) * 1024 for number in range(48)]} and recording.info(path)["whole"]


def test_a_disk_that_has_no_room_for_the_end_either(node, tmp_path, monkeypatch):
    """The file then ends with the last whole chunk."""
    pub, path = node.advertise("one"), tmp_path / "run.mcap"
    real, room = os.writev, [4096]

    def writev(file, parts):
        if room[0] == 0:
            raise OSError(28, "No space left on device")
        done = real(file, [b"".join(parts)[: room[0]]])
        room[0] -= done
        return done

    recorder = Recorder(node, ["one"], path, chunk_bytes=1024)
    monkeypatch.setattr(os, "writev", writev)
    with pytest.raises(
        RecordingError, match=r"no space is left: \d+ bytes could not be written, \d+ are free; \d+ messages in \d+ bytes are kept"
    ) as found:
        for _ in range(100):
            pub.send(bytes(100))
            recorder.record(0)
    assert found.value.errno == 28 and found.value.filename == str(path)
    monkeypatch.undo()
    about = recording.info(path)
    assert not about["whole"] and about["messages"] >= 20 and os.path.getsize(path) <= 8192


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_file(start, node, prefix, tmp_path, number):
    path = tmp_path / "whole.mcap"
    pub = node.advertise("one")
    child = start(RECORD, "one", "never", "--prefix", prefix, "-o", str(path))
    assert child.line().startswith("recording one, never to")
    pub.send(b"x")
    until(lambda: kickmsg.inspect(node.topic_region("one")).subscribers[0].ring.received == 1)
    code, out, err = child.kill(number)
    assert (code, out, err) == (0, "1 messages, 0 lost\n", "kickmsg-record: never: there was no such topic\n")
    assert contents(path) == {"one": [b"x"]}


def test_the_commands_play_and_bag(start, node, prefix, tmp_path, capsys):
    path = recorded(node, tmp_path / "run.mcap")
    assert _commands.bag(["info", str(path)]) == 0
    text = capsys.readouterr().out
    assert "100 messages in" in text and "one: 50 messages, 400 bytes" in text and "0 lost, type float64" in text and "cut" not in text
    assert _commands.bag(["info", "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["topics"]["two"]["messages"] == 50
    assert _commands.bag(["info", str(tmp_path / "none")]) == 1 and "No such file" in capsys.readouterr().err
    assert _commands.bag(["recover", str(path), str(path)]) == 1 and "exists" in capsys.readouterr().err
    other = kickmsg.Node("other", prefix + "_again")
    sub = other.subscribe_or_create("two")
    child = start(PLAY, str(path), "--prefix", other.prefix, "--paused", "--topics", "two", "--rate", "1000")
    assert child.line() == f"playing {path}, paused" and sub.receive(0.2) is None
    child.tell("")
    assert [sub.receive(SECONDS).value for _ in range(50)] == numbers(50)
    assert child.end() == (0, "50 messages\n", "")
    child = start(PLAY, str(path), "--prefix", other.prefix, "--loop", "--onto", "two=again", "--rate", "0.01")
    assert child.line() == f"playing {path}" and other.wait_for_publisher("again", SECONDS)
    code, out, err = child.kill(signal.SIGINT)
    assert code == 0 and out.endswith(" messages\n") and err == ""


def test_a_file_that_is_there_is_not_overwritten(node, prefix, tmp_path, capsys):
    path = tmp_path / "there.mcap"
    path.write_bytes(b"mine")
    assert _commands.record(["one", "--prefix", prefix, "-o", str(path)]) == 1
    assert path.read_bytes() == b"mine" and "exists" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["-o", "x"], ["a**", "-o", "x"], ["a", "-o", "x", "--compression", "zip"]])
def test_the_command_says_what_is_wrong(arguments):
    done = subprocess.run(
        [sys.executable, "-c", "import sys\n" + RECORD, *arguments], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 2 and "kickmsg-record: error:" in done.stderr


def test_patterns():
    patterns = Patterns(["imu", "camera/*", "**/raw", "arm*/state", "map/**", "a/**/z"])
    for name in ("imu", "camera/left", "raw", "a/b/raw", "arm7/state", "map", "map/a/b", "a/z", "a/b/c/z"):
        assert patterns.match(name), name
    for name in ("/imu", "camera", "camera/a/b", "arm7/x/state", "imu2", "craw", "mapx", "az", "a/bz"):
        assert not patterns.match(name), name
    assert Patterns(["**"]).match("/any//thing\n") and patterns.names() == ["imu"] and not Patterns([]).match("x")
    assert Patterns(["a.b"]).match("a.b") and not Patterns(["a.b"]).match("axb")
