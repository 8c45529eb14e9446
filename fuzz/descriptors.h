/// Schema descriptors of an input, and what diff() and the hashes must say of any: in other words than the library's.
#pragma once

#include "support.h"

#include "kickmsg/Schema.h"

#include <memory>
#include <string>

namespace kickmsg_fuzz {

/// Bytes of any kind, at places of any kind; all of them of one value to begin with. On the heap: a read beyond is seen.
std::unique_ptr<kickmsg::SchemaInfo> descriptor(Input& input);

bool same_bytes(kickmsg::SchemaInfo const& a, kickmsg::SchemaInfo const& b);

void check_diff(kickmsg::SchemaInfo const& a, kickmsg::SchemaInfo const& b);
void check_hashes(std::string const& one, std::string const& other);

} // namespace kickmsg_fuzz
