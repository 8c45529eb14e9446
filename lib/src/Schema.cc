#include "kickmsg/Schema.h"

#include <cstring>

namespace kickmsg {
namespace schema {

uint32_t diff(SchemaInfo const& a, SchemaInfo const& b) noexcept
{
    uint32_t bits = Equal;
    bits |= a.identity != b.identity ? Identity : Equal;
    bits |= a.layout != b.layout ? Layout : Equal;
    bits |= a.version != b.version ? Version : Equal;
    bits |= std::strncmp(a.name, b.name, sizeof(a.name)) != 0 ? Name : Equal;
    bits |= a.identity_algo != b.identity_algo ? IdentityAlgo : Equal;
    bits |= a.layout_algo != b.layout_algo ? LayoutAlgo : Equal;
    return bits;
}

} // namespace schema
} // namespace kickmsg
