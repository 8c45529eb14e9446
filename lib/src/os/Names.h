/// Region names, and what they become where the system's own names allow less.
#pragma once

#include "kickmsg/Error.h"

#include <cstdio>
#include <string>

namespace kickmsg {
namespace os {

/// Returns: the name with its slash. Errors: Error InvalidName when it is empty or malformed; its length is the system's matter.
inline std::string slashed(std::string const& name)
{
    std::string full = name.empty() || name[0] == '/' ? name : "/" + name;
    if (full.size() < 2) {
        throw Error(ErrorCode::InvalidName, "'" + name + "'", "a region name must not be empty",
                    Remedy{"choose one such as \"/name\""});
    }
    bool const dots = full == "/." || full == "/..";
    if (dots || full.find('/', 1) != std::string::npos || full.find('\0') != std::string::npos) {
        throw Error(ErrorCode::InvalidName, full,
                    "a region name is one slash and then no slash, null character or dot entry",
                    Remedy{"choose one such as \"/name\""});
    }
    return full;
}

[[noreturn]] inline void refuse_length(std::string const& full, std::size_t length, std::size_t limit,
                                       char const* remark = "")
{
    throw Error(ErrorCode::InvalidName, full.substr(0, 40) + "...",
                "the region name is too long: " + std::to_string(length) + " bytes, at most " + std::to_string(limit) +
                    " are allowed" + remark,
                Remedy{"choose a shorter name"});
}

/// A text as a part of a system's name that no case folding, no code page and no Unicode normalisation can confuse with
/// another's: what is not [a-z0-9._-] becomes %hh.
inline std::string encoded(std::string const& text)
{
    std::string out;
    for (char const letter : text) {
        bool const plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '.' ||
                           letter == '_' || letter == '-';
        if (plain) {
            out += letter;
        } else {
            char hex[4];
            std::snprintf(hex, sizeof(hex), "%%%02x", static_cast<unsigned>(static_cast<unsigned char>(letter)));
            out += hex;
        }
    }
    return out;
}

/// The text that encoded() made this of; what it cannot have made is left as it is.
inline std::string decoded(std::string const& text)
{
    static std::string const digits = "0123456789abcdef";
    std::string              out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const        whole = text[i] == '%' && i + 2 < text.size();
        std::size_t const high  = whole ? digits.find(text[i + 1]) : std::string::npos;
        std::size_t const low   = whole ? digits.find(text[i + 2]) : std::string::npos;
        bool const        hex   = high != std::string::npos && low != std::string::npos;
        out += hex ? static_cast<char>(static_cast<unsigned char>(high * 16 + low)) : text[i];
        i += hex ? 2 : 0;
    }
    return out;
}

/// The name, checked. `limit`: of the encoded name, with its slash.
inline std::string checked_encoded(std::string const& name, std::size_t limit)
{
    std::string       full   = slashed(name);
    std::size_t const length = 1 + encoded(full.substr(1)).size();
    if (length > limit) {
        refuse_length(full, length, limit, "; one outside [a-z0-9._-] counts as three");
    }
    return full;
}

} // namespace os
} // namespace kickmsg
