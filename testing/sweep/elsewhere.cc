/// kickmsg-sweep on a machine that it cannot step programs on: it says what to do instead.
#include <cstdio>

int main()
{
    (void)std::fputs("kickmsg-sweep: it steps programs by instructions of x86-64, and this machine has others (run it "
                     "in the x86-64 part of "
                     "the continuous integration: what it finds is a matter of the protocol and not of the machine; "
                     "for the library's own "
                     "operations crash/portable counts atomic operations on any machine, by testkit/counted)\n",
                     stderr);
    return 2;
}
