/// _exit() of the coverage preset's programs: what the process has run is written before it ends.
#include <unistd.h>

extern "C" {
void              __gcov_dump();
[[noreturn]] void __real__exit(int code);

[[noreturn]] void __wrap__exit(int code)
{
    __gcov_dump();
    __real__exit(code);
}
}
