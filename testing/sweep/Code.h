/// The code of a traced process: its instructions, the files that they come from, and the marks in it (kickmsg/testing/mark.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace kickmsg_sweep {

/// Where an instruction lies: a file, and the offset in it.
struct Place {
    std::string file;
    uint64_t    offset = 0;
};

/// The first bytes of an instruction; what cannot be read is 0.
using Instruction = std::array<unsigned char, 16>;

/// Whether it is a system call.
bool is_call(Instruction const& bytes) noexcept;
/// Whether it certainly writes nothing but registers and the stack, so that no region can have changed. False when in doubt.
bool stores_nothing(Instruction const& bytes) noexcept;

class Code {
public:
    explicit Code(pid_t pid) : pid_(pid) {}

    /// A process that shares, or has copied, the memory of this one.
    Code of_child(pid_t pid) const;
    /// The code may have changed: something was mapped or unmapped.
    void        forget();
    Instruction at(uint64_t address);
    /// Returns: no file where the address is in none.
    Place place_of(uint64_t address);

    /// Finds the marks of what has been mapped since, and puts a breakpoint on each, through the stopped thread `tid`.
    void find_marks(pid_t tid);
    bool is_mark(uint64_t address) const
    {
        return !marks_.empty() && marks_.count(address) != 0;
    }
    /// Returns: the text there, up to 63 bytes.
    std::string text_at(uint64_t address) const;

    /// Bytes of the instruction that is a mark.
    static constexpr uint64_t mark_length = 8;

private:
    struct Segment {
        uint64_t    begin, end, offset;
        std::string file;
    };
    static constexpr uint64_t page = 4096;

    std::vector<Segment> const&      segments();
    std::vector<uint64_t> const&     marks_of(Segment const& segment) const;
    std::array<unsigned char, page>& page_at(uint64_t address);

    pid_t                                                         pid_;
    std::vector<Segment>                                          segments_; ///< executable ones
    std::unordered_map<uint64_t, std::array<unsigned char, page>> pages_;
    std::unordered_set<uint64_t>                                  searched_; ///< where segments begin
    std::unordered_set<uint64_t>                                  marks_;
};

} // namespace kickmsg_sweep
