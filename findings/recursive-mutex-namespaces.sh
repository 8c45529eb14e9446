#!/usr/bin/env bash
# What:   a process-shared POSIX mutex in shared memory, used by two processes in different pid namespaces (two containers).
# Guess:  the second one waits or gets EBUSY, whatever the kind of mutex: the memory is shared and the mutex is process-shared.
# Seen:   glibc keeps the owner's thread id as its own namespace counts, and both first processes are thread 1. So a recursive
#         mutex lets both in at once, and an error-checking one reports a deadlock of the caller with itself (EDEADLK). A
#         normal mutex, and a process with any other id, are refused as guessed.
# Matter: libraries that keep recursive or error-checking mutexes in /dev/shm lose mutual exclusion as soon as containers share
#         that folder, most easily with pid 1. Use normal mutexes there, or locks of the kernel.
# Date:   2026-11-29
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >locker.c <<'E'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct shared
{
    pthread_mutex_t kind[3];
    atomic_int done;
};

static int const kinds[]   = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_RECURSIVE};
static char const* names[] = {"normal", "errorcheck", "recursive"};

static char const* told(int error)
{
    return error == 0 ? "acquired" : strerrorname_np(error);
}

int main(int argc, char** argv)
{
    int const fd = open(argv[2], O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0) {
        return 1;
    }
    struct shared* s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (strcmp(argv[1], "owner") == 0) {
        for (int i = 0; i < 3; ++i) {
            pthread_mutexattr_t attr;
            pthread_mutexattr_init(&attr);
            pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
            pthread_mutexattr_settype(&attr, kinds[i]);
            pthread_mutex_init(&s->kind[i], &attr);
            pthread_mutex_lock(&s->kind[i]);
        }
        printf("%d\n", (int)getpid());
        fflush(stdout);
        for (int i = 0; i < 200 && !atomic_load(&s->done); ++i) {
            usleep(50000);
        }
        return 0;
    }
    printf("pid=%s", getpid() == 1 ? "1" : "other");
    for (int i = 0; i < 3; ++i) {
        /* trylock() never says EDEADLK: the error-checking mutex is asked by a lock() that gives up. */
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 1;
        int const error = kinds[i] == PTHREAD_MUTEX_ERRORCHECK ? pthread_mutex_timedlock(&s->kind[i], &until)
                                                               : pthread_mutex_trylock(&s->kind[i]);
        printf(" %s=%s", names[i], told(error));
    }
    puts("");
    if (argc > 3) {
        atomic_store(&s->done, 1);
    }
    return 0;
}
E
gcc -O1 -pthread -o locker locker.c

apart() { unshare --user --map-root-user --pid --fork "$@"; }
apart ./locker owner shared >told &
for _ in $(seq 100); do if [ -s told ]; then break; fi; sleep 0.05; done
[ "$(cat told)" = 1 ]
outer=$(./locker other shared)
inner=$(apart timeout 5 ./locker other shared 2>/dev/null || true)
first=$(apart ./locker other shared last)
wait

echo "version: Linux $(uname -r), $(getconf GNU_LIBC_VERSION)"
echo "guess:   nobody gets in while pid 1 of the first namespace holds all three"
echo "seen:    outside: $outer"
echo "         pid 2 of another namespace: $inner"
echo "         pid 1 of another namespace: $first"
[ "$outer" = "pid=other normal=EBUSY errorcheck=ETIMEDOUT recursive=EBUSY" ]
[ "$inner" = "$outer" ]
[ "$first" = "pid=1 normal=EBUSY errorcheck=EDEADLK recursive=acquired" ]
echo "as recorded"
