#include "Code.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <sys/ptrace.h>
#include <sys/uio.h>

namespace kickmsg_sweep {

namespace {

constexpr std::array<unsigned char, Code::mark_length> mark = {0x0f, 0x1f, 0x84, 0x00, 0x6b, 0x6d, 0x73, 0x77};

/// Returns: the bytes that could be read.
std::size_t read_memory(pid_t pid, uint64_t address, void* to, std::size_t bytes)
{
    iovec         local{to, bytes};
    iovec         remote{reinterpret_cast<void*>(address), bytes};
    ssize_t const got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

/// One-byte opcodes whose memory operand is read alone, or that have none but the stack.
bool only_reads(unsigned char opcode) noexcept
{
    if (opcode < 0x40) { // eight groups of: op m,r / op r,m / op a,imm; the last group compares
        unsigned const column = opcode & 7U;
        return opcode >= 0x38 ? column < 6 : column >= 2 && column < 6;
    }
    switch (opcode) {
    case 0x63: // movsxd
    case 0x68: // push
    case 0x69: // imul
    case 0x6a:
    case 0x6b:
    case 0x84: // test
    case 0x85:
    case 0x8a: // mov r,m
    case 0x8b:
    case 0x8d: // lea
    case 0x90:
    case 0x98:
    case 0x99:
    case 0xa8:
    case 0xa9:
    case 0xc2: // ret
    case 0xc3:
    case 0xc9: // leave
    case 0xe8: // call
    case 0xe9: // jmp
    case 0xeb:
        return true;
    default:
        return (opcode >= 0x50 && opcode < 0x60) || (opcode >= 0x70 && opcode < 0x80) ||
               (opcode >= 0xb0 && opcode < 0xc0);
    }
}

/// One-byte opcodes that write to their operand, which is a register where mod is 3.
bool writes_operand(unsigned char opcode) noexcept
{
    if (opcode < 0x38) {
        return (opcode & 7U) < 2;
    }
    switch (opcode) {
    case 0x80:
    case 0x81:
    case 0x83:
    case 0x88:
    case 0x89:
    case 0xc0:
    case 0xc1:
    case 0xc6:
    case 0xc7:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xf6:
    case 0xf7:
    case 0xfe:
    case 0xff:
        return true;
    default:
        return false;
    }
}

/// Opcodes after 0x0f.
bool only_reads_long(unsigned char opcode) noexcept
{
    return (opcode >= 0x40 && opcode < 0x50) || (opcode >= 0x80 && opcode < 0x90) || opcode == 0xb6 || opcode == 0xb7 ||
           opcode == 0xbe || opcode == 0xbf || opcode == 0xaf || opcode == 0x1e || opcode == 0x1f;
}

} // namespace

bool is_call(Instruction const& bytes) noexcept
{
    return (bytes[0] == 0x0f && (bytes[1] == 0x05 || bytes[1] == 0x34)) || (bytes[0] == 0xcd && bytes[1] == 0x80);
}

bool stores_nothing(Instruction const& bytes) noexcept
{
    std::size_t at = 0;
    while (at < 4 &&
           (bytes[at] == 0x66 || bytes[at] == 0x2e || bytes[at] == 0x3e || bytes[at] == 0x64 || bytes[at] == 0x65)) {
        ++at;
    }
    if ((bytes[at] & 0xf0U) == 0x40) {
        ++at;
    }
    unsigned char const opcode = bytes[at];
    if (opcode == 0x0f) {
        return only_reads_long(bytes[at + 1]);
    }
    return only_reads(opcode) || (writes_operand(opcode) && (bytes[at + 1] & 0xc0U) == 0xc0);
}

Code Code::of_child(pid_t pid) const
{
    Code child(*this);
    child.pid_ = pid;
    return child;
}

void Code::forget()
{
    segments_.clear();
    pages_.clear();
}

std::vector<Code::Segment> const& Code::segments()
{
    if (!segments_.empty()) {
        return segments_;
    }
    std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
    for (std::string line; std::getline(maps, line);) {
        Segment one{};
        char    rights[8] = {};
        int     name      = 0;
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %n", &one.begin, &one.end,
                        rights, &one.offset, &name) == 4 &&
            rights[2] == 'x' && name > 0 && line[static_cast<std::size_t>(name)] == '/') {
            one.file = line.substr(static_cast<std::size_t>(name));
            segments_.push_back(one);
        }
    }
    return segments_;
}

std::array<unsigned char, Code::page>& Code::page_at(uint64_t address)
{
    auto const [found, is_new] = pages_.try_emplace(address / page);
    if (is_new) {
        read_memory(pid_, address / page * page, found->second.data(), page);
    }
    return found->second;
}

Instruction Code::at(uint64_t address)
{
    Instruction       bytes = {};
    std::size_t const in    = address % page;
    std::size_t const first = std::min(bytes.size(), static_cast<std::size_t>(page) - in);
    std::memcpy(bytes.data(), page_at(address).data() + in, first);
    if (first < bytes.size()) {
        std::memcpy(bytes.data() + first, page_at(address + first).data(), bytes.size() - first);
    }
    return bytes;
}

Place Code::place_of(uint64_t address)
{
    for (Segment const& segment : segments()) {
        if (address >= segment.begin && address < segment.end) {
            return {segment.file, address - segment.begin + segment.offset};
        }
    }
    return {};
}

/// Of a file once for the whole sweep.
std::vector<uint64_t> const& Code::marks_of(Segment const& segment) const
{
    static std::map<std::string, std::vector<uint64_t>> known;
    std::string const                                   key =
        segment.file + ":" + std::to_string(segment.offset) + ":" + std::to_string(segment.end - segment.begin);
    auto const [found, is_new] = known.try_emplace(key);
    if (is_new) {
        std::vector<unsigned char> bytes(segment.end - segment.begin);
        bytes.resize(read_memory(pid_, segment.begin, bytes.data(), bytes.size()));
        for (auto at = bytes.begin();; ++at) {
            at = std::search(at, bytes.end(), mark.begin(), mark.end());
            if (at == bytes.end()) {
                break;
            }
            found->second.push_back(static_cast<uint64_t>(at - bytes.begin()));
        }
    }
    return found->second;
}

void Code::find_marks(pid_t tid)
{
    forget();
    for (Segment const& segment : segments()) {
        if (!searched_.insert(segment.begin).second) {
            continue;
        }
        for (uint64_t const offset : marks_of(segment)) {
            uint64_t const address = segment.begin + offset;
            auto* const    place   = reinterpret_cast<void*>(address);
            errno                  = 0;
            auto const word        = static_cast<uint64_t>(ptrace(PTRACE_PEEKTEXT, tid, place, nullptr));
            if (errno == 0 && ptrace(PTRACE_POKETEXT, tid, place, (word & ~uint64_t{0xff}) | 0xcc) == 0) {
                marks_.insert(address);
            }
        }
    }
}

std::string Code::text_at(uint64_t address) const
{
    std::string text(64, '\0');
    // byte by byte up to the end: the page behind it may not be there
    std::size_t length = 0;
    while (length < text.size() - 1 && read_memory(pid_, address + length, &text[length], 1) == 1 &&
           text[length] != '\0') {
        ++length;
    }
    text.resize(length);
    return text;
}

} // namespace kickmsg_sweep
