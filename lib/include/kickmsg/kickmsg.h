/// The interface for C (C11, and C++17): what other languages bind. A program in C++ has kickmsg/Node.h.
///
/// Each function is one of the C++ interface, which its text names; what that one says of threads, progress, crashes and cost holds here.
/// Added is this:
/// - Handles are opaque. Each is made by a call and ended by its ..._destroy(). What is done with NULL, or with a handle that was destroyed, however long
///   ago, is KICKMSG_INVALID_HANDLE, and touches nothing. In a child of fork() a handle is of no use: KICKMSG_INVALID_HANDLE, too, and
///   destroying it leaves the parent's alone.
/// - Views, requests, responses, calls and loans lie in structures of the caller, which cost no memory of the library's and are zero at first
///   (KICKMSG_EMPTY). They stay where they are: a copy of such a structure holds nothing, and what is done with it is KICKMSG_INVALID_HANDLE.
/// - No exception comes out of a call. It returns a kickmsg_status, and kickmsg_last_error() has the text of what failed.
/// - What is written through a pointer is written where the call returns KICKMSG_OK, and otherwise left as it was.
/// - Times are nanoseconds: zero or less looks once, KICKMSG_FOREVER waits for ever.
#pragma once

#include "kickmsg/c/Client.h"     // IWYU pragma: export
#include "kickmsg/c/Config.h"     // IWYU pragma: export
#include "kickmsg/c/Discovery.h"  // IWYU pragma: export
#include "kickmsg/c/Node.h"       // IWYU pragma: export
#include "kickmsg/c/Publisher.h"  // IWYU pragma: export
#include "kickmsg/c/Region.h"     // IWYU pragma: export
#include "kickmsg/c/Schema.h"     // IWYU pragma: export
#include "kickmsg/c/Server.h"     // IWYU pragma: export
#include "kickmsg/c/Status.h"     // IWYU pragma: export
#include "kickmsg/c/Subscriber.h" // IWYU pragma: export
#include "kickmsg/c/WaitSet.h"    // IWYU pragma: export
