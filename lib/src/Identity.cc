#include "Identity.h"

namespace kickmsg {
namespace detail {

bool Identity::same_name(Identity const& other) const
{
    return kind == other.kind && prefix == other.prefix && owner == other.owner && text == other.text;
}

char const* Identity::kind_name() const noexcept
{
    static char const* const names[] = {"region", "topic", "broadcast", "mailbox"};
    return kind <= Mailbox ? names[kind] : "unknown";
}

std::string Identity::readable() const
{
    std::string const whose = kind == Mailbox ? "'" + text + "' of '" + owner + "'" : "'" + text + "'";
    return std::string(kind_name()) + " " + whose + " with prefix '" + prefix + "'";
}

} // namespace detail
} // namespace kickmsg
