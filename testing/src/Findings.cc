#include "kickmsg/testing/Findings.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace kickmsg {
namespace testing {

std::string to_string(Finding const& finding)
{
    return finding.object + ": expected " + finding.expected + ", found " + finding.found + " (" + finding.remedy + ")";
}

bool Findings::mention(std::string const& words) const
{
    return std::any_of(all_.begin(), all_.end(), [&words](Finding const& finding) {
        return to_string(finding).find(words) != std::string::npos;
    });
}

void Findings::add(Finding finding)
{
    all_.push_back(std::move(finding));
}

void Findings::add(Findings const& more)
{
    std::vector<Finding> const copied = more.all_; // they may be these
    all_.insert(all_.end(), copied.begin(), copied.end());
}

std::string to_string(Findings const& findings)
{
    std::string text;
    for (Finding const& finding : findings) {
        text += (text.empty() ? "" : "\n") + to_string(finding);
    }
    return text.empty() ? "nothing was found" : text;
}

std::ostream& operator<<(std::ostream& out, Finding const& finding)
{
    return out << to_string(finding);
}

std::ostream& operator<<(std::ostream& out, Findings const& findings)
{
    return out << to_string(findings);
}

} // namespace testing
} // namespace kickmsg
