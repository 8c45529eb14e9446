/// The values of blackboards: found, shown, and watched.
#pragma once

#include "MessageText.h"
#include "kickmsg/Blackboard.h"

#include <string>
#include <vector>

namespace kickmsg_tools {

/// By the name that its users give it, or of its region, with its slash. Errors: those of opening it.
kickmsg::Blackboard open_board(Context const& context, std::string const& name);

/// Errors: Failure where there is no such key: reading adds none.
kickmsg::BlackboardReader reader_of(kickmsg::Blackboard& board, std::string const& key);

/// Copies the value to `value`, which grows to its length. Returns: its bytes, or what BlackboardReader::read() says.
int32_t read_value(kickmsg::BlackboardReader& reader, std::string& value, kickmsg::ValueInfo& info);

/// How old a value is; "-" where there is none.
std::string age_text(kickmsg::ValueInfo const& info);

/// Adds to a document what is known of a value.
void add_to(Json& json, std::string const& key, kickmsg::ValueInfo const& info, kickmsg::WriterInfo const& writer);

/// Shows the values of `keys` of the blackboard `name`, and each that is written later, for `seconds`, or until a signal comes where they are 0.
void watch_values(Context& context, std::string const& name, std::vector<std::string> const& keys,
                  MessageFormat const& format, double seconds);

} // namespace kickmsg_tools
