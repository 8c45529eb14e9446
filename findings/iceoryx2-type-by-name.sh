#!/usr/bin/env bash
# What:   what iceoryx2's Python package compares when a second participant opens a publish-subscribe service with its own
#         ctypes.Structure.
# Guess:  the layout: fields in another order or of other types are an IncompatibleTypes error; the class's name is nothing.
# Seen:   the reverse. The class's __name__ and its size decide: fields swapped, or a double where the other has an int64,
#         open without an error and the numbers arrive reinterpreted; the same fields in a class of another name are refused.
# Matter: two programs that each declare "their" class meet silently on the wrong fields. Give the name a layout version (or a
#         hash of the fields), and share one declaration.
# Date:   2026-11-29
set -euo pipefail
iceoryx2=0.10.0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check "iceoryx2==$iceoryx2"

cat >meet.py <<'E'
import ctypes, os
import iceoryx2 as iox2

iox2.set_log_level(iox2.LogLevel.Fatal)
node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
name = iox2.ServiceName.new(f"findings/pose/{os.getpid()}")

def declare(class_name, *fields):
    return type(class_name, (ctypes.Structure,), {"_fields_": list(fields)})

def service(payload):
    return node.service_builder(name).publish_subscribe(payload).open_or_create()

x, n = ("x", ctypes.c_double), ("n", ctypes.c_int64)
Pose = declare("Pose", x, n)
sender = service(Pose)
publisher = sender.publisher_builder().create()

for what, Other in {
    "same": declare("Pose", x, n),
    "swapped": declare("Pose", n, x),
    "retyped": declare("Pose", ("x", ctypes.c_int64), n),
    "renamed": declare("Position", x, n),
    "shorter": declare("Pose", x),
}.items():
    try:
        receiver = service(Other)
    except iox2.PublishSubscribeOpenOrCreateError as error:
        print(f"{what}: refused, {error}")
        continue
    subscriber = receiver.subscriber_builder().create()
    publisher.loan_uninit().write_payload(Pose(1.5, 7)).send()
    sample = subscriber.receive()
    got = sample.payload().contents
    print(f"{what}: opened, sent x=1.5 n=7, got x={got.x} n={got.n}")
    sample.delete()
    subscriber.delete()
E
venv/bin/python meet.py >seen

cat >recorded <<'E'
same: opened, sent x=1.5 n=7, got x=1.5 n=7
swapped: opened, sent x=1.5 n=7, got x=3.5e-323 n=4609434218613702656
retyped: opened, sent x=1.5 n=7, got x=4609434218613702656 n=7
renamed: refused, PublishSubscribeOpenError(IncompatibleTypes)
shorter: refused, PublishSubscribeOpenError(IncompatibleTypes)
E
echo "version: iceoryx2 $iceoryx2, $(python3 --version)"
echo "guess:   same and renamed open, the others are refused"
echo "seen:"
cat seen
diff recorded seen
echo "as recorded"
