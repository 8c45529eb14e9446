#include "Identity.h"

namespace kickmsg {
namespace detail {

bool Identity::same_name(Identity const& other) const
{
    return kind == other.kind && prefix == other.prefix && owner == other.owner && text == other.text;
}

char const* Identity::kind_name() const noexcept
{
    static char const* const names[] = {"region", "topic", "broadcast", "mailbox", "service", "blackboard"};
    return kind <= Blackboard ? names[kind] : "unknown";
}

std::string Identity::readable() const
{
    std::string whose = "'" + text + "'";
    if (kind == Mailbox) {
        whose += " of '" + owner + "'";
    } else if (kind == Service) {
        whose += " (" + owner + ")";
    }
    return std::string(kind_name()) + " " + whose + " with prefix '" + prefix + "'";
}

} // namespace detail
} // namespace kickmsg
