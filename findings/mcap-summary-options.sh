#!/usr/bin/env bash
# What:   recordings written by Python's mcap with repeat_channels=False or repeat_schemas=False: channels (schemas) stand in
#         the data section only, and are not told again in the summary. Read by mcap's own seeking reader and by rosbags.
# Guess:  the options save a few bytes; a reader finds each channel before its first message, where it is always written.
# Seen:   mcap's seeking reader raises a bare KeyError with the channel's (schema's) number. rosbags opens the first file
#         without an error and finds no message in it, and the second one with every type named "__schemaless__". mcap's
#         non-seeking reader reads all of both.
# Matter: a small recorder's file can look empty, not broken, to another package. Write the summary whole, and check a
#         recording by counting its messages with a second reader.
# Date:   2026-11-29
set -euo pipefail
mcap=1.6.0 rosbags=0.11.9

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check "mcap==$mcap" "rosbags==$rosbags"

cat >roundtrip.py <<'E'
import pathlib, sys
from mcap.reader import NonSeekingReader, make_reader
from mcap.writer import Writer
from rosbags.rosbag2 import Reader

def write(path, **options):
    with open(path, "wb") as f:
        writer = Writer(f, **options)
        writer.start(profile="ros2")
        schema = writer.register_schema("std_msgs/msg/UInt8", "ros2msg", b"uint8 data")
        channel = writer.register_channel("/count", "cdr", schema)
        for n in range(3):
            writer.add_message(channel, n, bytes([0, 1, 0, 0, n]), n)
        writer.finish()

def mcap_reader(make, path):
    with open(path, "rb") as f:
        try:
            return sum(1 for _ in make(f).iter_messages())
        except Exception as error:
            return repr(error)

def rosbags_reader(path):
    with Reader(path) as reader:
        types = [connection.msgtype for connection, _, _ in reader.messages()]
    return " ".join([str(len(types)), *sorted(set(types))])

for options in {}, {"repeat_channels": False}, {"repeat_schemas": False}:
    path = pathlib.Path("-".join(["recording", *options]) + ".mcap").absolute()
    write(path, **options)
    print(f"{options} seeking: {mcap_reader(make_reader, path)}; non-seeking: {mcap_reader(NonSeekingReader, path)}; "
          f"rosbags: {rosbags_reader(path)}")
E
venv/bin/python roundtrip.py >seen

cat >recorded <<'E'
{} seeking: 3; non-seeking: 3; rosbags: 3 std_msgs/msg/UInt8
{'repeat_channels': False} seeking: KeyError(1); non-seeking: 3; rosbags: 0
{'repeat_schemas': False} seeking: KeyError(1); non-seeking: 3; rosbags: 3 __schemaless__
E
echo "version: mcap $mcap, rosbags $rosbags, $(python3 --version)"
echo "guess:   3 messages of std_msgs/msg/UInt8 everywhere"
echo "seen:    messages found, or the error:"
cat seen
diff recorded seen
echo "as recorded"
