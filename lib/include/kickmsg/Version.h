/// The version of these headers. It stands here and nowhere else: CMake, Conan and the packages read it.
#pragma once

#define KICKMSG_VERSION_MAJOR 1
#define KICKMSG_VERSION_MINOR 0
#define KICKMSG_VERSION_PATCH 0

/// "MAJOR.MINOR.PATCH"
#define KICKMSG_VERSION KICKMSG_VERSION_TEXT_(KICKMSG_VERSION_MAJOR, KICKMSG_VERSION_MINOR, KICKMSG_VERSION_PATCH)
#define KICKMSG_VERSION_TEXT_(major, minor, patch) KICKMSG_VERSION_QUOTED_(major.minor.patch)
#define KICKMSG_VERSION_QUOTED_(text) #text
