/// How the bytes of messages are shown: hex, text, JSON, or fields.
#pragma once

#include "Context.h"
#include "Layout.h"
#include "kickmsg/Schema.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace kickmsg_tools {

/// What the command line says of it.
struct MessageFormat {
    std::string format;
    uint64_t    most = 256; ///< bytes of a message that are shown in hex
};

/// Declares it.
void add_options(Command command, MessageFormat& format);

class MessageText {
public:
    /// Errors: Failure, which says which field it does not understand.
    explicit MessageText(MessageFormat const& format);
    /// Where no format was given: a number is shown as one where its type says so.
    void follow(std::optional<kickmsg::SchemaInfo> const& schema);

    /// Adds "fields", "text", "json" or "hex" to a document.
    void add_to(Json& json, void const* data, std::size_t length) const;
    /// Returns: lines of text; `heading` stands above a dump.
    std::string lines(void const* data, std::size_t length, std::string const& heading) const;

private:
    MessageFormat               wanted_;
    std::optional<StructLayout> layout_;
};

} // namespace kickmsg_tools
