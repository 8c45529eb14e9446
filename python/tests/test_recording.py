"""Topics recorded into files of MCAP, and played again."""

import io
import signal

import kickmsg
import pytest

pytest.importorskip("mcap")

from kickmsg import recording
from mcap.reader import make_reader


def recorded(node, count=50):
    """Returns: a file with messages of two topics, one of which is typed and says when."""
    file = io.BytesIO()
    one = node.advertise("one", float, config=kickmsg.Config(max_payload_size=8, send_time=True, sub_ring_capacity=128))
    two = node.advertise("two")
    with recording.Recorder(node, ["one", "two"], file) as recorder:
        for number in range(count):
            one.send(float(number))
            two.send(b"%d" % number)
            recorder.record(0)
        assert recorder.lost == {"one": 0, "two": 0}
    return file


def test_a_recording_has_all_messages_with_their_times(node):
    file = recorded(node)
    file.seek(0)
    reader = make_reader(file, validate_crcs=True)
    found = {"one": [], "two": []}
    for schema, channel, message in reader.iter_messages():
        found[channel.topic].append(message)
        assert channel.message_encoding == "kickmsg" and (schema.name if schema else None) == {"one": "float64", "two": None}[channel.topic]
    assert [message.data for message in found["two"]] == [b"%d" % number for number in range(50)]
    assert [message.sequence for message in found["one"]] == list(range(1, 51))
    assert all(message.publish_time <= message.log_time for message in found["one"])
    assert [entry.metadata for entry in reader.iter_metadata()] == [{"lost.one": "0", "lost.two": "0"}]


def test_what_is_played_is_what_was_recorded(node, prefix):
    file = recorded(node)
    file.seek(0)
    other = kickmsg.Node("other", prefix + "_again")
    one = other.subscribe_or_create("one", float, config=kickmsg.Config(max_payload_size=8, send_time=True, sub_ring_capacity=128))
    two = other.subscribe_or_create("two")
    assert recording.play(other, file, speed=1e6) == 100
    assert [one.receive(1).value for _ in range(50)] == [float(number) for number in range(50)]
    assert [two.receive(1).value for _ in range(50)] == [b"%d" % number for number in range(50)]
    report = kickmsg.inspect(other.topic_region("one"))
    assert report.region.config.send_time and report.schema == node.topic_schema("one")
    with pytest.raises(ValueError, match="speed"):
        recording.play(other, file, 0)


def test_a_killed_recorder_leaves_all_but_a_chunk(start, node, prefix, tmp_path):
    path = tmp_path / "cut.mcap"
    pub = node.advertise("one", config=kickmsg.Config(max_payload_size=1024))
    child = start(
        """
        from kickmsg import recording
        with open(sys.argv[2], "wb", buffering=0) as file:
            recorder = recording.Recorder(kickmsg.Node("child", sys.argv[1]), ["one"], file, chunk_size=4096)
            print("ready", flush=True)
            while True:
                recorder.record()
                print("wrote", flush=True)
        """,
        prefix,
        str(path),
    )
    assert child.line() == "ready"
    for number in range(20):
        pub.send(bytes([number]) * 1024)
        assert child.line() == "wrote"
    child.kill()
    with open(path, "rb") as file:
        found = [message.data[0] for _channel, message in recording.messages(file)]
    assert found == list(range(len(found))) and len(found) >= 15


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_file(start, node, prefix, tmp_path, number):
    path = tmp_path / "whole.mcap"
    pub = node.advertise("one")
    child = start(
        "from kickmsg import recording; sys.exit(recording.main(['record', sys.argv[2], 'one', '--prefix', sys.argv[1]]))",
        prefix,
        str(path),
    )
    assert child.line() == "recording one"
    pub.send(b"x")
    while kickmsg.inspect(node.topic_region("one")).subscribers[0].ring.received == 0:
        pass
    code, out, err = child.kill(number)
    assert (code, out, err) == (0, "1 messages, 0 lost\n", "")
    with open(path, "rb") as file:
        assert make_reader(file).get_summary().statistics.message_count == 1


def test_a_file_that_is_there_is_not_overwritten(node, prefix, tmp_path):
    path = tmp_path / "there.mcap"
    path.write_bytes(b"mine")
    node.advertise("one")
    with pytest.raises(FileExistsError):
        recording.main(["record", str(path), "one", "--prefix", prefix])
    assert path.read_bytes() == b"mine"


def test_a_topic_that_there_is_not_is_an_error(node):
    with pytest.raises(kickmsg.NotFoundError):
        recording.Recorder(node, ["none"], io.BytesIO())
