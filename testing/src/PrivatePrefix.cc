#include "kickmsg/testing/PrivatePrefix.h"

#include "kickmsg/Error.h"
#include "kickmsg/os/SharedMemory.h"
#include "kickmsg/testing/Account.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>
#include <utility>

namespace kickmsg {
namespace testing {

namespace {

constexpr char const* variable = "KICKMSG_PREFIX";

/// Another one in each process, and each time.
std::string fresh(std::string const& base)
{
    static std::atomic<unsigned> made{0};
    if (base.empty()) {
        throw Error(ErrorCode::InvalidName, "PrivatePrefix", "the base of a prefix is empty");
    }
    std::string const prefix = base + "_" + std::to_string(getpid()) + "_" + std::to_string(made.fetch_add(1));
    SharedMemory::checked_name("/" + prefix + "_x");
    return prefix;
}

void set(std::optional<std::string> const& value)
{
    if (value) {
        setenv(variable, value->c_str(), 1);
    } else {
        unsetenv(variable);
    }
}

void report_to_stderr(Findings const& findings)
{
    if (!findings.ok()) {
        std::fprintf(stderr, "%s\n", to_string(findings).c_str());
    }
}

} // namespace

PrivatePrefix::PrivatePrefix(std::string const& base, Report report) : prefix_(fresh(base)), report_(std::move(report))
{
    char const* const now = std::getenv(variable);
    if (now != nullptr) {
        before_ = now;
    }
    set(prefix_);
}

PrivatePrefix::~PrivatePrefix()
{
    if (found_) {
        return;
    }
    Findings findings;
    try {
        findings = end();
    } catch (Error const& error) {
        findings.add({prefix_, "its regions removed", error.what(), "remove them by hand"});
    }
    report_ ? report_(findings) : report_to_stderr(findings);
}

Findings PrivatePrefix::end()
{
    if (found_) {
        return *found_;
    }
    set(before_);
    found_.emplace();
    Account const last = Account::now(prefix_);
    found_             = leftovers(last, Allowed::Nobody);
    for (RegionReport const& report : last.regions()) {
        SharedMemory::unlink(report.region.name);
    }
    SharedMemory::clear_abandoned(prefix_ + "_");
    return *found_;
}

} // namespace testing
} // namespace kickmsg
