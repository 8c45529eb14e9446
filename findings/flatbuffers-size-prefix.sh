#!/usr/bin/env bash
# What:   a size-prefixed FlatBuffer whose four length bytes are dropped before it is put into an aligned slot, as a transport
#         does that carries the length itself.
# Guess:  the prefix is only put in front: what follows is a plain FlatBuffer, valid in aligned memory.
# Seen:   the builder aligns 8-byte fields as counted from the prefix, so without it they are off by four. The C++ verifier
#         refuses it, also where the address makes up for the four bytes; but it passes while every 8-byte field has its default
#         value, which is not stored.
# Matter: messages for shared-memory slots must be finished without prefix, or kept whole. A test with a default-valued message
#         hides it.
# Date:   2026-11-29
set -euo pipefail
flatbuffers=2.0.8+dfsg1-2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
debs()
{
    apt-get -qq -o APT::Sandbox::User=root download \
        "flatbuffers-compiler=$flatbuffers" "libflatbuffers-dev=$flatbuffers" "libflatbuffers2=$flatbuffers" >apt.log 2>&1
}
debs || { apt-get update -qq >/dev/null; debs; }
for deb in *.deb; do dpkg -x "$deb" root; done

cat >reading.fbs <<'E'
table Reading { sensor: ubyte; value: double; }
root_type Reading;
E
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-gnu*) root/usr/bin/flatc --cpp reading.fbs

cat >verify.cc <<'E'
#include "reading_generated.h"

#include <cstdio>
#include <cstring>

namespace
{
alignas(64) uint8_t slot[256];

flatbuffers::Verifier placed(uint8_t const* from, size_t size, size_t offset)
{
    std::memcpy(slot + offset, from, size);
    return {slot + offset, size};
}

void tell(char const* name, double value)
{
    flatbuffers::FlatBufferBuilder builder;
    builder.FinishSizePrefixed(CreateReading(builder, 1, value));
    uint8_t const* const data = builder.GetBufferPointer();
    size_t const size         = builder.GetSize();
    std::printf("%s:", name);
    auto whole = placed(data, size, 0);
    std::printf(" whole at 0 %s,", whole.VerifySizePrefixedBuffer<Reading>(nullptr) ? "passes" : "fails");
    for (size_t offset : {0, 4}) {
        auto bare = placed(data + 4, size - 4, offset);
        std::printf(" bare at %zu %s%s", offset, bare.VerifyBuffer<Reading>(nullptr) ? "passes" : "fails", offset == 0 ? "," : "\n");
    }
}
}

int main()
{
    tell("value 0.0 (the default, not stored)", 0.0);
    tell("value 2.5", 2.5);
}
E
g++ -std=c++17 -O1 -Iroot/usr/include verify.cc -o verify
./verify >seen

cat >recorded <<'E'
value 0.0 (the default, not stored): whole at 0 passes, bare at 0 passes, bare at 4 passes
value 2.5: whole at 0 passes, bare at 0 fails, bare at 4 fails
E
echo "version: FlatBuffers $flatbuffers, g++ $(g++ -dumpfullversion)"
echo "guess:   value 2.5: whole at 0 passes, bare at 0 passes"
echo "seen:    ('at 4': four bytes after a 64-byte boundary)"
cat seen
diff recorded seen
echo "as recorded"
