#include "Layout.h"

#include "Exit.h"

#include <cstdint>
#include <cstring>
#include <sstream>

namespace kickmsg_tools {

namespace {

constexpr std::size_t longest_array = std::size_t{1} << 20;

std::string trimmed(std::string const& text)
{
    std::size_t const begin = text.find_first_not_of(" \t\n");
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

template <class T>
T value_at(unsigned char const* data) noexcept
{
    T value;
    std::memcpy(&value, data, sizeof(value));
    return value;
}

[[noreturn]] void refuse(std::string const& field)
{
    throw Failure(Usage, "'" + field + "' is no field of a layout",
                  "such as \"f64 x, u32[4] ids, char[16] name\": bool, char, i8 to i64, u8 to u64, f32, f64");
}

} // namespace

StructLayout::Type const* StructLayout::find(std::string const& name)
{
    static constexpr Type types[] = {
        {"bool", 'b', 1},   {"char", 'c', 1},    {"byte", 'u', 1},    {"i8", 'i', 1},     {"i16", 'i', 2},
        {"i32", 'i', 4},    {"i64", 'i', 8},     {"u8", 'u', 1},      {"u16", 'u', 2},    {"u32", 'u', 4},
        {"u64", 'u', 8},    {"f32", 'f', 4},     {"f64", 'f', 8},     {"int8", 'i', 1},   {"int16", 'i', 2},
        {"int32", 'i', 4},  {"int64", 'i', 8},   {"uint8", 'u', 1},   {"uint16", 'u', 2}, {"uint32", 'u', 4},
        {"uint64", 'u', 8}, {"float32", 'f', 4}, {"float64", 'f', 8}, {"float", 'f', 4},  {"double", 'f', 8},
        {"int", 'i', 4},
    };
    for (Type const& type : types) {
        if (name == type.name) {
            return &type;
        }
    }
    return nullptr;
}

StructLayout StructLayout::parse(std::string const& text)
{
    StructLayout layout;
    std::string  rest   = trimmed(text);
    bool const   packed = rest.compare(0, 7, "packed:") == 0;
    rest                = packed ? rest.substr(7) : rest;
    std::istringstream fields(rest);
    for (std::string field; std::getline(fields, field, ',');) {
        field = trimmed(field);
        if (layout.repeats_) {
            refuse(field);
        }
        if (field == "...") {
            layout.repeats_ = true;
        } else {
            layout.add(field, packed);
        }
    }
    if (layout.fields_.empty()) {
        refuse(text);
    }
    layout.size_ = (layout.size_ + layout.alignment_ - 1) / layout.alignment_ * layout.alignment_;
    return layout;
}

std::optional<StructLayout> StructLayout::of(kickmsg::SchemaInfo const& schema)
{
    auto const  layout = kickmsg::schema::type_layout(schema);
    auto const* type   = find(schema.name);
    if (!layout || type == nullptr || layout->size != type->size) {
        return std::nullopt;
    }
    return parse(std::string(type->name) + " value" + (layout->is_slice ? ", ..." : ""));
}

void StructLayout::add(std::string const& text, bool packed)
{
    std::istringstream words(text);
    std::string        type, name, more;
    words >> type >> name;
    Field             field{nullptr, name, size_, 0};
    std::size_t const bracket = type.find('[');
    if (bracket != std::string::npos) {
        char* end   = nullptr;
        field.count = std::strtoul(type.c_str() + bracket + 1, &end, 10);
        if (std::string(end) != "]" || field.count == 0 || field.count > longest_array) {
            refuse(text);
        }
        type = type.substr(0, bracket);
    }
    field.type = find(type);
    if (field.type == nullptr || (words >> more)) {
        refuse(text);
    }
    std::size_t const alignment = packed ? 1 : field.type->size;
    alignment_                  = std::max(alignment_, alignment);
    field.offset                = (size_ + alignment - 1) / alignment * alignment;
    size_                       = field.offset + field.type->size * std::max<std::size_t>(1, field.count);
    field.name                  = name.empty() ? std::to_string(fields_.size()) : name;
    fields_.push_back(field);
}

Json StructLayout::read_number(Type const& type, unsigned char const* data)
{
    if (type.kind == 'b') {
        return *data != 0;
    }
    if (type.kind == 'f') {
        return type.size == 4 ? Json(value_at<float>(data)) : Json(value_at<double>(data));
    }
    bool const is_signed = type.kind == 'i';
    switch (type.size) {
    case 1:
        return is_signed ? Json(value_at<int8_t>(data)) : Json(value_at<uint8_t>(data));
    case 2:
        return is_signed ? Json(value_at<int16_t>(data)) : Json(value_at<uint16_t>(data));
    case 4:
        return is_signed ? Json(value_at<int32_t>(data)) : Json(value_at<uint32_t>(data));
    default:
        return is_signed ? Json(value_at<int64_t>(data)) : Json(value_at<uint64_t>(data));
    }
}

Json StructLayout::read_field(Field const& field, unsigned char const* data, std::size_t length)
{
    std::size_t const count = std::max<std::size_t>(1, field.count);
    if (field.offset + count * field.type->size > length) {
        return {};
    }
    unsigned char const* const at = data + field.offset;
    if (field.type->kind == 'c') {
        auto const* const text = reinterpret_cast<char const*>(at);
        return std::string(text, strnlen(text, count));
    }
    if (field.count == 0) {
        return read_number(*field.type, at);
    }
    Json all = Json::array();
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(read_number(*field.type, at + i * field.type->size));
    }
    return all;
}

Json StructLayout::read_one(unsigned char const* data, std::size_t length) const
{
    Json json = Json::object();
    for (Field const& field : fields_) {
        json[field.name] = read_field(field, data, length);
    }
    return json;
}

Json StructLayout::read(void const* data, std::size_t length) const
{
    auto const* const bytes = static_cast<unsigned char const*>(data);
    if (!repeats_) {
        return read_one(bytes, length);
    }
    Json all = Json::array();
    for (std::size_t at = 0; at + size_ <= length; at += size_) {
        all.push_back(read_one(bytes + at, size_));
    }
    return all;
}

} // namespace kickmsg_tools
