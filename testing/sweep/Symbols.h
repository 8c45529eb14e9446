/// The function that an instruction belongs to, by the symbols of its file; and its line, where there is debug information.
#pragma once

#include "Code.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kickmsg_sweep {

class Symbols {
public:
    /// Returns: "function (file+0x1234)", without the function where no symbol says it; "somewhere" of an instruction in no file.
    std::string describe(Place const& place);
    /// Returns: what addr2line says: a line for the function and for each one that it was inlined into; none without it.
    std::vector<std::string> source(Place const& place);

private:
    struct Function {
        uint64_t    begin, size;
        std::string name;
    };
    struct Loaded {
        uint64_t offset, address, size;
    };
    struct File {
        std::vector<Loaded>   segments;
        std::vector<Function> functions; ///< by address
    };
    File const& file(std::string const& path);
    static void read(std::string const& path, File& file);
    static bool address_of(File const& file, uint64_t offset, uint64_t& address);

    std::map<std::string, File> files_;
};

} // namespace kickmsg_sweep
