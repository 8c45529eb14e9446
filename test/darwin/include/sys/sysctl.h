#pragma once

#include <cstddef>
#include <sys/time.h>

#define CTL_KERN 1
#define KERN_PROC 14
#define KERN_PROC_PID 1

struct extern_proc {
    timeval p_starttime;
    char    p_stat;
};
struct kinfo_proc {
    extern_proc kp_proc;
};

extern "C" int sysctl(int* what, unsigned length, void* found, std::size_t* bytes, void* fresh,
                      std::size_t fresh_bytes);
