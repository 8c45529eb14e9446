/// What a shared library of kickmsg shows; all else in it is hidden. The CMake package and the pkg-config file define
/// KICKMSG_STATIC where the library is a static one; who links that by hand on Windows defines it, too.
#pragma once

#if defined(KICKMSG_STATIC)
#define KICKMSG_API
#elif defined(_WIN32) && defined(KICKMSG_BUILDS_SHARED)
#define KICKMSG_API __declspec(dllexport)
#elif defined(_WIN32)
#define KICKMSG_API __declspec(dllimport)
#else
#define KICKMSG_API __attribute__((visibility("default")))
#endif

// KICKMSG_API_TYPE: a type that is thrown, with inline members only. Its type information is one across libraries.
// KICKMSG_HIDDEN: private to the library, in a class that it shows.
#if defined(_WIN32)
#define KICKMSG_API_TYPE
#define KICKMSG_HIDDEN
#else
#define KICKMSG_API_TYPE __attribute__((visibility("default")))
#define KICKMSG_HIDDEN __attribute__((visibility("hidden")))
#endif
