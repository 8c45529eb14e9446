#include "Row.h"

#include <cstdio>
#include <cstdlib>

namespace kickmsg_testkit {

uint64_t number_from(char const* variable, uint64_t otherwise)
{
    char const* const given = std::getenv(variable);
    return given != nullptr && *given != '\0' ? std::strtoull(given, nullptr, 10) : otherwise;
}

namespace {

std::string quoted(std::string const& text)
{
    std::string out = "\"";
    for (char const letter : text) {
        if (letter == '"' || letter == '\\') {
            out += '\\';
        }
        out += static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
    }
    return out + "\"";
}

} // namespace

Row::Row(char const* variable) : variable_(variable) {}

void Row::add_key(char const* key)
{
    line_ += (line_.back() == '{' ? "" : ", ") + quoted(key) + ": ";
}

Row& Row::add(char const* key, uint64_t value)
{
    add_key(key);
    line_ += std::to_string(value);
    return *this;
}

Row& Row::add(char const* key, std::string const& value)
{
    add_key(key);
    line_ += quoted(value);
    return *this;
}

Row& Row::begin(char const* key)
{
    add_key(key);
    line_ += "{";
    end_ = "}" + end_;
    return *this;
}

Row::~Row()
{
    char const* const path = std::getenv(variable_);
    if (path == nullptr || *path == '\0') {
        return;
    }
    line_ += end_;
    std::FILE* const file = std::fopen(path, "ab");
    bool const       done = file != nullptr && std::fwrite(line_.data(), 1, line_.size(), file) == line_.size();
    if (file == nullptr || std::fclose(file) != 0 || !done) { // one write of less than a buffer: others append, too
        std::fprintf(stderr, "cannot write to %s\n", path);
    }
}

} // namespace kickmsg_testkit
