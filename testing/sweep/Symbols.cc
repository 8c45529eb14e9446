#include "Symbols.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <memory>

namespace kickmsg_sweep {

namespace {

/// An ELF file in memory. What lies outside of it reads as zeros.
class Image {
public:
    explicit Image(std::string const& path)
    {
        std::ifstream in(path, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(in), {});
    }
    template <class T>
    T at(uint64_t offset) const
    {
        T value = {};
        if (offset <= bytes_.size() && bytes_.size() - offset >= sizeof(T)) {
            std::memcpy(&value, bytes_.data() + offset, sizeof(T));
        }
        return value;
    }
    std::string text(uint64_t offset) const
    {
        auto const begin = bytes_.begin() + static_cast<std::ptrdiff_t>(std::min<uint64_t>(offset, bytes_.size()));
        return std::string(begin, std::find(begin, bytes_.end(), '\0'));
    }
    bool is_elf() const
    {
        auto const header = at<Elf64_Ehdr>(0);
        return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64;
    }

private:
    std::vector<char> bytes_;
};

std::string demangled(std::string const& name)
{
    int                                    status = 0;
    std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                std::free);
    return status == 0 && text != nullptr ? text.get() : name;
}

std::string hex(uint64_t value)
{
    std::array<char, 32> text = {};
    (void)std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

} // namespace

void Symbols::read(std::string const& path, File& file)
{
    Image const image(path);
    if (!image.is_elf()) {
        return;
    }
    auto const header = image.at<Elf64_Ehdr>(0);
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        auto const segment = image.at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
        if (segment.p_type == PT_LOAD) {
            file.segments.push_back({segment.p_offset, segment.p_vaddr, segment.p_filesz});
        }
    }
    for (unsigned i = 0; i < header.e_shnum; ++i) {
        auto const section = image.at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr));
        if (section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM) {
            continue;
        }
        auto const names = image.at<Elf64_Shdr>(header.e_shoff + section.sh_link * sizeof(Elf64_Shdr));
        for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= section.sh_size; at += sizeof(Elf64_Sym)) {
            auto const symbol = image.at<Elf64_Sym>(section.sh_offset + at);
            if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_value != 0) {
                file.functions.push_back(
                    {symbol.st_value, symbol.st_size, image.text(names.sh_offset + symbol.st_name)});
            }
        }
    }
    std::stable_sort(file.functions.begin(), file.functions.end(),
                     [](Function const& a, Function const& b) { return a.begin < b.begin; });
}

Symbols::File const& Symbols::file(std::string const& path)
{
    auto const [found, is_new] = files_.try_emplace(path);
    if (is_new) {
        read(path, found->second);
    }
    return found->second;
}

bool Symbols::address_of(File const& file, uint64_t offset, uint64_t& address)
{
    for (Loaded const& segment : file.segments) {
        if (offset >= segment.offset && offset - segment.offset < segment.size) {
            address = offset - segment.offset + segment.address;
            return true;
        }
    }
    return false;
}

std::string Symbols::describe(Place const& place)
{
    if (place.file.empty()) {
        return "somewhere";
    }
    std::string const where   = place.file.substr(place.file.rfind('/') + 1) + "+" + hex(place.offset);
    File const&       one     = file(place.file);
    uint64_t          address = 0;
    if (!address_of(one, place.offset, address)) {
        return where;
    }
    auto next = std::upper_bound(one.functions.begin(), one.functions.end(), address,
                                 [](uint64_t value, Function const& function) { return value < function.begin; });
    while (next != one.functions.begin()) {
        --next;
        if (address < next->begin + std::max<uint64_t>(1, next->size)) {
            return demangled(next->name) + " (" + where + ")";
        }
        if (next->size != 0) {
            break;
        }
    }
    return where;
}

std::vector<std::string> Symbols::source(Place const& place)
{
    uint64_t address = 0;
    if (place.file.empty() || place.file.find('\'') != std::string::npos ||
        !address_of(file(place.file), place.offset, address)) {
        return {};
    }
    std::string const command = "addr2line -s -f -C -i -p -e '" + place.file + "' " + hex(address) + " 2>/dev/null";
    std::unique_ptr<FILE, int (*)(FILE*)> said(popen(command.c_str(), "r"), pclose);
    std::vector<std::string>              lines;
    std::array<char, 1024>                text = {};
    while (said != nullptr && std::fgets(text.data(), text.size(), said.get()) != nullptr) {
        std::string line = text.data();
        line.erase(line.find_last_not_of("\n") + 1);
        if (line.find("??") == std::string::npos && line.find(":?") == std::string::npos) {
            lines.push_back(line);
        }
    }
    return lines;
}

} // namespace kickmsg_sweep
