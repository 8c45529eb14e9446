/// The SharedMemory::Native of this platform.
#pragma once

#if defined(_WIN32)
#include "windows/Native.h"
#elif defined(__APPLE__) || defined(KICKMSG_DARWIN_STAND_IN)
#include "darwin/Native.h"
#else
#include "linux/Native.h"
#endif
