#include "Settings.h"

#include <cstdio>
#include <cstdlib>

namespace kickmsg_crash {

uint64_t number_from(char const* variable, uint64_t otherwise)
{
    char const* const given = std::getenv(variable);
    return given != nullptr && *given != '\0' ? std::strtoull(given, nullptr, 10) : otherwise;
}

int processor()
{
    static int const one = static_cast<int>(number_from("KICKMSG_CRASH_PROCESSOR", 0));
    return one;
}

uint64_t seed()
{
    return number_from("KICKMSG_CRASH_SEED", 1);
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

Row::Row(char const* kind, std::string const& subject)
    : line_("{\"kind\": " + quoted(kind) + ", \"subject\": " + quoted(subject))
{
}

Row& Row::add(char const* key, uint64_t value)
{
    line_ += ", " + quoted(key) + ": " + std::to_string(value);
    return *this;
}

Row& Row::add(char const* key, std::string const& value)
{
    line_ += ", " + quoted(key) + ": " + quoted(value);
    return *this;
}

Row::~Row()
{
    char const* const path = std::getenv("KICKMSG_CRASH_JSON");
    if (path == nullptr || *path == '\0') {
        return;
    }
    line_ += "}\n";
    std::FILE* const file = std::fopen(path, "ab");
    bool const       done = file != nullptr && std::fwrite(line_.data(), 1, line_.size(), file) == line_.size();
    if (file == nullptr || std::fclose(file) != 0 || !done) { // one write of less than a buffer: others append, too
        std::fprintf(stderr, "cannot write to %s\n", path);
    }
}

} // namespace kickmsg_crash
