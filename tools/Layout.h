/// How the bytes of a message are read as a struct: "f64 x, f64 y, u32 n, char[16] name".
#pragma once

#include "Output.h"
#include "kickmsg/Schema.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg_tools {

/// Fields in their order, laid out as a compiler does, each at a multiple of its size; without gaps behind "packed:". As often as they fit
/// into the message where the text ends in "...".
class StructLayout {
public:
    /// Errors: Failure, which says which field it does not understand.
    static StructLayout parse(std::string const& text);
    /// Of the numbers that the library knows by name; nothing of other types.
    static std::optional<StructLayout> of(kickmsg::SchemaInfo const& schema);

    /// Returns: an object of the fields, or an array of them where the layout repeats. What is behind the end of the message is null.
    Json        read(void const* data, std::size_t length) const;
    std::size_t size() const noexcept
    {
        return size_;
    }

private:
    struct Type {
        char const* name;
        char        kind; ///< b bool, c text, i signed, u unsigned, f floating
        std::size_t size;
    };
    struct Field {
        Type const* type;
        std::string name;
        std::size_t offset;
        std::size_t count; ///< of an array; 0 where it is none
    };
    static Type const* find(std::string const& name);
    void               add(std::string const& text, bool packed);
    Json               read_one(unsigned char const* data, std::size_t length) const;
    static Json        read_field(Field const& field, unsigned char const* data, std::size_t length);
    static Json        read_number(Type const& type, unsigned char const* data);

    std::vector<Field> fields_;
    std::size_t        size_      = 0;
    std::size_t        alignment_ = 1;
    bool               repeats_   = false;
};

} // namespace kickmsg_tools
