/// kickmsg-sweep: runs a program that uses Kickmsg and kills it at every change of shared memory that it makes.
#include "AutomaticRecovery.h"
#include "Failure.h"
#include "Report.h"
#include "Sweep.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

namespace kickmsg_sweep {
namespace {

/// A step costs a third where the program and its tracer share a processor.
void share_a_processor(int wanted)
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (wanted == -1 || sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return;
    }
    std::vector<int> all;
    for (int i = 0; i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(static_cast<unsigned>(i), &allowed)) {
            all.push_back(i);
        }
    }
    int const one = wanted >= 0 ? wanted : all[static_cast<std::size_t>(getpid()) % all.size()];
    CPU_ZERO(&allowed);
    CPU_SET(static_cast<unsigned>(one), &allowed);
    if (sched_setaffinity(0, sizeof(allowed), &allowed) != 0 && wanted >= 0) {
        throw Failure("--processor " + std::to_string(wanted) + ": there is no such", "leave it out");
    }
}

int act(int argc, char** argv)
{
    int        exit    = Passed;
    auto const options = parse(argc, argv, exit);
    if (!options) {
        return exit;
    }
    kickmsg::detail::set_automatic_recovery(false); // what is lost stays lost until the recovery under test
    prctl(PR_SET_CHILD_SUBREAPER, 1);               // orphans of the programs are waited for here
    share_a_processor(options->processor);
    Report report(*options);
    Sweep  sweep(*options, [&report](Results const& results) { report.progress(results); });
    return report.finish(sweep.run());
}

} // namespace
} // namespace kickmsg_sweep

int main(int argc, char** argv)
{
    (void)std::signal(SIGPIPE, SIG_IGN);
    try {
        return kickmsg_sweep::act(argc, argv);
    } catch (std::exception const& error) {
        (void)std::fprintf(stderr, "kickmsg-sweep: %s\n", error.what());
        return kickmsg_sweep::CouldNot;
    }
}
