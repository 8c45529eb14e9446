/// The version of these headers. It stands here and nowhere else: CMake, Conan and the packages read it.
#pragma once

/// Another one may break a program that compiles, or meets regions of it.
#define KICKMSG_VERSION_MAJOR 1
/// Something is added.
#define KICKMSG_VERSION_MINOR 0
/// Something is mended.
#define KICKMSG_VERSION_PATCH 0

/// "MAJOR.MINOR.PATCH"
#define KICKMSG_VERSION KICKMSG_VERSION_TEXT_(KICKMSG_VERSION_MAJOR, KICKMSG_VERSION_MINOR, KICKMSG_VERSION_PATCH)
/// For KICKMSG_VERSION: the numbers, replaced.
#define KICKMSG_VERSION_TEXT_(major, minor, patch)                                                                     \
    KICKMSG_VERSION_QUOTED_(major.minor.patch) // NOLINT(bugprone-macro-parentheses): a text
/// For KICKMSG_VERSION: the text, quoted.
#define KICKMSG_VERSION_QUOTED_(text) #text
