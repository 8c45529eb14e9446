/// A peer that is a program of its own in Rust (cargo.cmake): one process of it is one end.
#pragma once

#include "peers.h"

namespace kickmsg {
namespace bench {

using Words = std::vector<std::string>;

/// Becomes the program: its standard input is the line to the other end, both ways, or to the driver; its standard output is the report.
[[noreturn]] void become(std::string const& program, Words words, int input, int output);

/// What every measuring end is told: the words after the name of the end.
Words words_of(std::string const& end, PeerCase const& names, Budget const& budget);

/// Whether processes share processors, as a word.
std::string spare(bool oversubscribed);

/// Whatever ends the round: nothing of it stays. `program clean TAG` removes what ends left that were killed.
class Cleaner {
public:
    Cleaner(std::string const& program, PeerCase const& what);
    Cleaner(Cleaner const&)            = delete;
    Cleaner& operator=(Cleaner const&) = delete;
    ~Cleaner();
};

/// Why the peer cannot run; empty when its program is there.
std::string why_absent(std::string const& program);

} // namespace bench
} // namespace kickmsg
