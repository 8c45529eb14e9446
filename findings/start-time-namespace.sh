#!/usr/bin/env bash
# What:   the start time of a process (field 22 of /proc/PID/stat), read by itself in a time namespace and by a process outside.
# Guess:  it is a property of the process, so every reader of /proc sees one number: pid and start time name a process for good.
# Seen:   the number is told on the reader's own boot clock. Two readers of one living process, at one time, with one pid,
#         differ by exactly the namespace's offset.
# Matter: "pid plus start time" in shared memory is the usual guard against reused pids. Between containers of which one has
#         a time namespace (as after a restore from a checkpoint) it calls a living peer dead. Ask a lock or a pidfd instead.
# Date:   2026-11-29
set -euo pipefail
offset=1000 # seconds

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The inner shell tells pid and start time of its child; the pid is good outside too: the pid namespace is shared.
# shellcheck disable=SC2016 # for the inner shell
unshare --user --map-root-user --time --boottime "$offset" --fork sh -c '
    sleep 3 & pid=$!
    echo "$pid $(cut -d" " -f22 "/proc/$pid/stat")" >told.new
    mv told.new told
    wait' &
for _ in $(seq 60); do if [ -e told ]; then break; fi; sleep 0.05; done
read -r pid inside <told
outside=$(cut -d" " -f22 "/proc/$pid/stat")
again=$(cut -d" " -f22 "/proc/$pid/stat")
wait

echo "version: Linux $(uname -r), $(unshare --version)"
echo "guess:   one start time for all readers"
echo "seen:    one process started at $inside ticks for itself, at $outside for us: $(((inside - outside) / $(getconf CLK_TCK))) s apart"
[ "$outside" = "$again" ]
[ $((inside - outside)) = $((offset * $(getconf CLK_TCK))) ]
echo "as recorded"
