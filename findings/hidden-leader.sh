#!/usr/bin/env bash
# What:   which tools see that a process has a shared file mapped, once its main thread has ended and another thread goes on.
# Guess:  the process lives, so /proc/PID/maps, fuser, lsof and psutil go on listing it as a user of the file.
# Seen:   all of them are blind. /proc/PID/stat says Z and maps is empty, fuser and lsof name nobody, psutil raises
#         ZombieProcess; while a pidfd is not readable (alive) and /proc/PID/task/TID/maps still shows the mapping.
# Matter: an operator's "who uses this segment?" and a reaper that believes state Z remove memory that is in use. Look into
#         every task/TID/maps, and ask a pidfd or a lock for death.
# Date:   2026-11-29
set -euo pipefail
psmisc=23.6-1 lsof=4.95.0-1 psutil=7.2.2

work=$(mktemp -d)
pids=()
leave()
{
    [ ${#pids[@]} = 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap leave EXIT
cd "$work"
export DEBIAN_FRONTEND=noninteractive
tools() { apt-get install -qq -y --no-install-recommends "psmisc=$psmisc" "lsof=$lsof" >apt.log 2>&1; }
tools || { apt-get update -qq >/dev/null; tools; }
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check "psutil==$psutil"

cat >user.c <<'E'
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_t leader;

static void* stay(void* wait_for_leader)
{
    if (wait_for_leader) {
        pthread_join(leader, NULL);
    }
    puts("ready");
    fflush(stdout);
    sleep(60);
    _exit(0);
}

int main(int argc, char** argv)
{
    int const fd = open(argv[1], O_RDWR);
    if (fd < 0 || mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED) {
        return 1;
    }
    leader = pthread_self();
    pthread_t other;
    pthread_create(&other, NULL, stay, argc > 2 ? &leader : NULL);
    if (argc > 2) {
        pthread_exit(NULL);
    }
    sleep(60);
}
E
gcc -O1 -pthread -o user user.c

cat >ask.py <<'E'
import os, select, subprocess, sys, time
import psutil
pid, path = int(sys.argv[1]), sys.argv[2]

def output(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout

def psutil_maps():
    try:
        return any(m.path == path for m in psutil.Process(pid).memory_maps())
    except psutil.ZombieProcess:
        return "ZombieProcess"

def listed(maps):
    with open(maps) as f:
        return path in f.read()

alive = not select.select([os.pidfd_open(pid)], [], [], 0)[0]
print("pidfd alive=%s state=%s maps=%s fuser=%s lsof=%s psutil=%s task/TID/maps=%s" % (
    alive, open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0], listed(f"/proc/{pid}/maps"),
    str(pid) in output("fuser", path).split(), str(pid) in output("lsof", "-t", path).split(), psutil_maps(),
    any(listed(f"/proc/{pid}/task/{t}/maps") for t in os.listdir(f"/proc/{pid}/task"))))
E

start() # NAME [ends]: starts a user of the file NAME and waits until it stands
{
    truncate -s 4096 "$work/$1"
    ./user "$work/$1" ${2:+"$2"} >"$1.out" &
    pids+=($!)
    disown
    for _ in $(seq 100); do
        if grep -q ready "$1.out"; then break; fi
        sleep 0.05
    done
}

echo "version: Linux $(uname -r), $(getconf GNU_LIBC_VERSION), psmisc $psmisc, lsof $lsof, psutil $psutil"
echo "guess:   both are listed by all"
start usual
usual=$(venv/bin/python ask.py "${pids[0]}" "$work/usual")
start ended ends
ended=$(venv/bin/python ask.py "${pids[1]}" "$work/ended")
echo "seen:    main thread lives: $usual"
echo "         main thread ended: $ended"
[ "$usual" = "pidfd alive=True state=S maps=True fuser=True lsof=True psutil=True task/TID/maps=True" ]
[ "$ended" = "pidfd alive=True state=Z maps=False fuser=False lsof=False psutil=ZombieProcess task/TID/maps=True" ]
echo "as recorded"
