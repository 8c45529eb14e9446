#!/usr/bin/env bash
# What:   madvise() of a program that runs under qemu-user, asked for what shared memory and forks rely on.
# Guess:  what qemu does not do is refused: EINVAL, as by an old kernel, so that the program can fall back.
# Seen:   every advice returns 0 and nearly nothing is done. MADV_POPULATE_WRITE allocates nothing, MADV_REMOVE leaves the bytes,
#         MADV_WIPEONFORK and MADV_DONTFORK let the child read the page, and an advice that no kernel knows succeeds too.
# Matter: emulated tests of other processors pass over code whose promise is not kept, or fail far away from the cause; probing
#         for support by the return value finds everything. Probe the effect (fork once and look) and skip by that.
# Date:   2026-11-29
set -euo pipefail
qemu=1:7.2+dfsg-7+deb12u18+b3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
deb() { apt-get -qq -o APT::Sandbox::User=root download "qemu-user=$qemu" >apt.log 2>&1; }
deb || { apt-get update -qq >/dev/null; deb; }
for deb in *.deb; do dpkg -x "$deb" root; done

cat >advise.c <<'E'
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { size = 1 << 20 };

static char* page(void)
{
    char* const p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[0]          = 7;
    return p;
}

/* The byte as a forked child sees it; -1: it has no such page. */
static int in_child(char const* p)
{
    int answer[2];
    signed char byte = -1;
    if (pipe(answer) != 0) {
        return -2;
    }
    if (fork() == 0) {
        /* write() of an unmapped byte is an error, not a signal */
        _exit(write(answer[1], p, 1) != 1);
    }
    int status;
    wait(&status);
    if (status == 0 && read(answer[0], &byte, 1) != 1) {
        return -2;
    }
    return byte;
}

int main(void)
{
    int const fd = memfd_create("advised", 0);
    if (fd < 0 || ftruncate(fd, size) != 0) {
        return 1;
    }
    char* const shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    struct stat s;
    int rc = madvise(shared, size, MADV_POPULATE_WRITE);
    fstat(fd, &s);
    printf("populate: %d, %ld KiB allocated\n", rc, (long)s.st_blocks / 2);
    memset(shared, 7, size);
    rc = madvise(shared, 4096, MADV_REMOVE);
    printf("remove: %d, byte %d\n", rc, shared[0]);
    char* p = page();
    rc      = madvise(p, 4096, MADV_WIPEONFORK);
    printf("wipeonfork: %d, child sees %d\n", rc, in_child(p));
    p  = page();
    rc = madvise(p, 4096, MADV_DONTFORK);
    printf("dontfork: %d, child sees %d\n", rc, in_child(p));
    printf("unknown (9999): %d\n", madvise(page(), 4096, 9999));
}
E
gcc -O1 -static -o advise advise.c
./advise >native
emulator=root/usr/bin/qemu-$(uname -m)
"$emulator" ./advise >emulated

cat >recorded-native <<'E'
populate: 0, 1024 KiB allocated
remove: 0, byte 0
wipeonfork: 0, child sees 0
dontfork: 0, child sees -1
unknown (9999): -1
E
cat >recorded-emulated <<'E'
populate: 0, 0 KiB allocated
remove: 0, byte 7
wipeonfork: 0, child sees 7
dontfork: 0, child sees 7
unknown (9999): 0
E
echo "version: $("$emulator" --version | head -n 1), Linux $(uname -r) $(uname -m)"
echo "guess:   under qemu-user as by the kernel, or -1"
echo "seen:    by the kernel (return value, effect):"
cat native
echo "         under qemu-user:"
cat emulated
diff recorded-native native
diff recorded-emulated emulated
echo "as recorded"
