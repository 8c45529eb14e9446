/// Relacy (D. Vyukov), included so that it disturbs nobody: the standard headers first, its macros undone afterwards.
#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#pragma push_macro("errno")
#pragma push_macro("assert")
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#endif

#include <relacy/relacy.hpp>

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst

#pragma pop_macro("assert")
#pragma pop_macro("errno")

#if !RL_DO_ASSERT
#error "compile with -DRL_DO_ASSERT=1: without it Relacy ignores an illegal order in silence"
#endif
