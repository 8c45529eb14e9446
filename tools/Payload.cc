#include "Payload.h"

#include "Stop.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace kickmsg_tools {

namespace {

std::string from_hex(std::string const& text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        std::string const pair = text.substr(i, 2);
        if (pair.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos || pair.size() != 2) {
            throw Failure(Usage, "--hex '" + text + "' is not of pairs of digits", "such as --hex 00ff10");
        }
        bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
    }
    return bytes;
}

[[noreturn]] void refuse(std::string const& path, int error)
{
    throw Failure(CouldNot, path + ": cannot be read: " + std::strerror(error), "name a file that can");
}

/// Returns: what read() does, past what interrupts it.
ssize_t read_part(int file, char* part, std::size_t size) noexcept
{
    ssize_t got = -1;
    do {
        got = read(file, part, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

std::string from_file(std::string const& path)
{
    int const file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        refuse(path, errno);
    }
    std::string bytes;
    char        part[65536];
    ssize_t     got = 0;
    while ((got = read_part(file, part, sizeof(part))) > 0) {
        bytes.append(part, static_cast<std::size_t>(got));
    }
    int const error = errno;
    close(file);
    if (got < 0) {
        refuse(path, error);
    }
    return bytes;
}

} // namespace

void add_options(Command command, Payload& payload, char const* text)
{
    command.add_option(text, payload.text, "The payload, as it is");
    command.add_option("--hex", payload.hex, "The payload, in hexadecimal digits")->type_name("DIGITS");
    command.add_option("--file", payload.file, "A file with the payload")->type_name("FILE");
    command.add_flag("--stdin", payload.lines, "A message for each line of the input");
}

std::size_t sources(Command const& command, char const* text)
{
    return command.count(text) + command.count("--hex") + command.count("--file") + command.count("--stdin");
}

std::string bytes_of(Payload const& payload)
{
    return !payload.hex.empty() ? from_hex(payload.hex) : payload.file.empty() ? payload.text : from_file(payload.file);
}

bool InputLines::next(std::string& line)
{
    while (!is_stopped()) {
        std::size_t const end = buffer_.find('\n', searched_);
        if (end != std::string::npos || (ended_ && begin_ < buffer_.size())) {
            line   = buffer_.substr(begin_, end == std::string::npos ? end : end - begin_);
            begin_ = searched_ = end == std::string::npos ? buffer_.size() : end + 1;
            return true;
        }
        if (ended_) {
            return false;
        }
        searched_ = buffer_.size();
        fill();
    }
    return false;
}

/// In slices: between them it looks whether anybody still reads.
void InputLines::fill()
{
    using namespace std::chrono_literals;
    if (!wait_for_input(100ms)) {
        ended_ = is_reader_gone();
        return;
    }
    char          part[65536];
    ssize_t const got = read_part(STDIN_FILENO, part, sizeof(part));
    if (got <= 0) {
        ended_ = true;
        return;
    }
    buffer_.erase(0, begin_);
    searched_ -= begin_;
    begin_ = 0;
    buffer_.append(part, static_cast<std::size_t>(got));
}

} // namespace kickmsg_tools
