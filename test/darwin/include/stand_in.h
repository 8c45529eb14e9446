/// What the macOS headers declare beyond POSIX, as far as the macOS layer uses it.
#pragma once

#define RENAME_SWAP 2U
#define RENAME_EXCL 4U

extern "C" int renamex_np(char const* from, char const* to, unsigned flags);
