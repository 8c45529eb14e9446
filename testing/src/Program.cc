#include "kickmsg/testing/Program.h"

#include "Forked.h"
#include "words.h"

#include "kickmsg/testing/Account.h"
#include "kickmsg/testing/HandleWatch.h"

#include <csignal>
#include <cstring>
#include <sys/wait.h>

namespace kickmsg {
namespace testing {

namespace {

constexpr char const* by_itself = "to end by itself with 0";

void judge_signal(int number, Findings& findings)
{
    bool const memory = number == SIGSEGV || number == SIGBUS;
    findings.add({"program", by_itself, "signal " + std::to_string(number) + ", " + strsignal(number),
                  memory
                      ? "look at what a call answers before it is used: allocate() answers null, and a receive nothing"
                      : "see what it wrote to stderr"});
}

void judge_end(int status, std::string const& said, Findings& findings)
{
    if (WIFSIGNALED(status)) {
        judge_signal(WTERMSIG(status), findings);
    } else if (!said.empty()) {
        findings.add({"program", by_itself, "an exception: " + said, "catch what set-up calls throw"});
    } else if (WEXITSTATUS(status) != 0) {
        findings.add(
            {"program", by_itself, "exit code " + std::to_string(WEXITSTATUS(status)), "see what it wrote to stderr"});
    }
}

/// What the program did to regions that were there, and who is left in those that it made.
void judge_regions(Account const& before, std::string const& prefix, Findings& findings)
{
    Account const after = Account::now(prefix);
    for (Finding const& finding : leftovers(before, after)) {
        if (finding.expected != regions_of_before) {
            findings.add(finding);
        }
    }
}

} // namespace

Findings run_program(std::string const& prefix, Program const& program, std::chrono::nanoseconds most)
{
    Findings          findings;
    Account const     before = prefix.empty() ? Account() : Account::now(prefix);
    HandleWatch const watch;
    Forked            child([&program](Forked&) { return program(); });
    auto const        status = child.join(most);
    if (status) {
        judge_end(*status, child.heard(), findings);
    } else {
        child.kill();
        findings.add({"program", "to end within " + std::to_string(most.count() / 1000000) + " ms",
                      "that it runs on, and was killed", "give its waits a time-out, or this call more time"});
    }
    findings.add(watch.findings());
    if (!prefix.empty()) {
        judge_regions(before, prefix, findings);
    }
    return findings;
}

} // namespace testing
} // namespace kickmsg
