#!/usr/bin/env bash
# What:   Python's eclipse-zenoh, a session in client mode: as soon as session.info lists its router, a publisher is declared on a key
#         that another session has long subscribed to; matching_status is asked, and one message put.
# Guess:  a session that lists its router knows the router's subscribers: matching_status says true; where it says false, nobody
#         gets the message.
# Seen:   matching_status says false in nearly all of 50 sessions, for some milliseconds; each message that was put then is delivered.
#         Between peers it says true at once.
# Matter: "do not send while nothing matches" saves work, and loses what would have arrived, after each start and each reconnect of a
#         client. A test that sends once the router is listed fails now and then, on a busy machine sooner.
# Date:   2026-12-01
set -euo pipefail
zenoh=1.10.2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check "eclipse-zenoh==$zenoh"

cat >matching.py <<'E2'
import json, time
import zenoh

COUNT = 50

def config(mode, **endpoints):
    made = zenoh.Config()
    values = {"mode": mode, "scouting/multicast/enabled": False, "transport/shared_memory/enabled": False, "listen/endpoints": [],
              **{f"{name}/endpoints": [f"unixsock-stream/{mode_of}"] for name, mode_of in endpoints.items()}}
    for key, value in values.items():
        made.insert_json5(key, json.dumps(value))
    return made

def until(holds):
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.0005)

def act(mode):
    got, false = [], 0
    with zenoh.open(config("router" if mode == "client" else "peer", listen=f"{mode}.sock")) as there:
        subscriber = there.declare_subscriber("k/*", lambda sample: got.append(str(sample.key_expr)))
        time.sleep(0.5)
        for number in range(COUNT):
            with zenoh.open(config(mode, connect=f"{mode}.sock")) as here:
                until(lambda: here.info.peers_zid() + here.info.routers_zid())
                publisher = here.declare_publisher(f"k/{number}")
                false += not publisher.matching_status.matching
                publisher.put(b"x")
                until(lambda: publisher.matching_status.matching)
                until(lambda: len(got) == number + 1)
        subscriber.undeclare()
    print(f"{mode}: false at first: {'most of them' if false > COUNT // 2 else 'some' if false else 'never'}; "
          f"true later: {COUNT} of {COUNT}; delivered: {len(got)} of {COUNT}")

act("peer")
act("client")
E2
venv/bin/python matching.py >seen

cat >recorded <<'E2'
peer: false at first: never; true later: 50 of 50; delivered: 50 of 50
client: false at first: most of them; true later: 50 of 50; delivered: 50 of 50
E2
echo "version: eclipse-zenoh $zenoh, $(python3 --version)"
echo "guess:   false at first: never, for both"
echo "seen:    what 50 sessions were told, and what arrived:"
cat seen
diff recorded seen
echo "as recorded"
