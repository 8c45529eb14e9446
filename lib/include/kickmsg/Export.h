/// What a shared library of kickmsg exports; all else in it is hidden. The CMake package and the pkg-config file define
/// KICKMSG_STATIC where the library is a static one; on Windows, define it yourself if you link the static library without
/// CMake or pkg-config.
#pragma once

/// \def KICKMSG_API
/// Part of the interface.
#if defined(KICKMSG_STATIC)
#define KICKMSG_API
#elif defined(_WIN32) && defined(KICKMSG_BUILDS_SHARED)
#define KICKMSG_API __declspec(dllexport)
#elif defined(_WIN32)
#define KICKMSG_API __declspec(dllimport)
#else
#define KICKMSG_API __attribute__((visibility("default")))
#endif

/// \def KICKMSG_API_TYPE
/// A type that is thrown, with inline members only. Its type information is one across libraries.
/// \def KICKMSG_HIDDEN
/// Private to the library, in a class that is part of the interface.
#if defined(_WIN32)
#define KICKMSG_API_TYPE
#define KICKMSG_HIDDEN
#else
#define KICKMSG_API_TYPE __attribute__((visibility("default")))
#define KICKMSG_HIDDEN __attribute__((visibility("hidden")))
#endif
