#!/usr/bin/env bash
# What:   the shared-memory provider of Zenoh's Python package: a pool of 64 KiB, filled with buffers of 1 KiB that are dropped.
# Guess:  dropping a buffer gives its memory back: alloc() works again, available tells the free bytes, and garbage_collect()
#         is for what dead peers left and tells how many bytes it freed.
# Seen:   with the default policy nothing dropped is ever used again: alloc() raises "out of memory" until garbage_collect() is
#         called. That tells the largest piece, not the sum (1024 for a whole pool). With the policy GarbageCollect, also inside
#         Defragment, buffers of the dropped size are found, but a first one of 32 KiB raises "out of memory" in a pool of which
#         all is free, and the same call right after it succeeds. available is 0 at all times, in a new pool too.
# Matter: a publisher works through its warm-up and fails when the pool has been used once, or when its messages grow. Call
#         garbage_collect() and try again before "out of memory" is believed, and do not watch the pool by available.
# Date:   2026-11-29
set -euo pipefail
zenoh=1.10.2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check "eclipse-zenoh==$zenoh"

cat >pool.py <<'E'
import zenoh
from zenoh import shm

KIB = 1024
pool = shm.ShmProvider.default_backend(64 * KIB)

def fill(**policy):
    """How many buffers of 1 KiB fit; all are dropped."""
    held = []
    try:
        while len(held) < 64:
            held.append(pool.alloc(KIB, **policy))
    except zenoh.ZError as error:
        assert str(error) == "out of memory", error
    return len(held)

def large(**policy):
    try:
        pool.alloc(32 * KIB, **policy)
        return "fits"
    except zenoh.ZError as error:
        return error

collect = shm.GarbageCollect(shm.JustAlloc())
defragment = shm.Defragment(shm.GarbageCollect(shm.JustAlloc()))

print("new: available", pool.available)
first = fill()
print("filled by nearly 64:", 60 <= first <= 64)
print("all dropped: fit", fill(), "available", pool.available)
print("garbage_collect() tells", pool.garbage_collect(), "available", pool.available)
print("then fit as many as at first:", fill() == first)
print("all dropped: with GarbageCollect fit as many:", fill(policy=collect) == first)
for name, policy in ("GarbageCollect", collect), ("Defragment and GarbageCollect", defragment):
    pool.garbage_collect()
    fill()
    print(f"all dropped: 32 KiB with {name}: {large(policy=policy)}; the same call again: {large(policy=policy)}")
pool.garbage_collect()
fill()
pool.garbage_collect()
print("all dropped: 32 KiB after garbage_collect():", large())
E
venv/bin/python pool.py >seen

cat >recorded <<'E'
new: available 0
filled by nearly 64: True
all dropped: fit 0 available 0
garbage_collect() tells 1024 available 0
then fit as many as at first: True
all dropped: with GarbageCollect fit as many: True
all dropped: 32 KiB with GarbageCollect: out of memory; the same call again: fits
all dropped: 32 KiB with Defragment and GarbageCollect: out of memory; the same call again: fits
all dropped: 32 KiB after garbage_collect(): fits
E
echo "version: eclipse-zenoh $zenoh, $(python3 --version)"
echo "guess:   dropped buffers are reused, available is about 65536 when nothing is held, 32 KiB fit"
echo "seen:"
cat seen
diff recorded seen
echo "as recorded"
