#include "kickmsg/os/SharedMemory.h"

#include "../CopyWords.h"
#include "../Names.h"
#include "Native.h"
#include "kickmsg/Error.h"

#include <algorithm>
#include <cstring>

namespace kickmsg {

namespace {

/// Of a name as encoded, with its slash: object names end at 260 characters, pipe names at 256.
constexpr std::size_t name_limit = 180;
static_assert(17 + name_limit < Preamble::stem_limit, "the preamble holds the number, a dot and the name");

[[noreturn]] void refuse(ErrorCode code, std::string const& name, std::string const& what, DWORD error)
{
    throw Error(code, name, what + ": " + os::describe(error), static_cast<int>(error));
}

[[noreturn]] void refuse_system(std::string const& name, std::string const& what, DWORD error)
{
    refuse(error == ERROR_ACCESS_DENIED ? ErrorCode::PermissionDenied : ErrorCode::System, name,
           error == ERROR_ACCESS_DENIED ? what + ", it belongs to another user" : what, error);
}

[[noreturn]] void refuse_size(std::string const& name, uint64_t size, DWORD error)
{
    MEMORYSTATUSEX memory{};
    memory.dwLength       = sizeof(memory);
    std::string available = "an unknown number of";
    if (GlobalMemoryStatusEx(&memory) != 0) {
        available = std::to_string(static_cast<unsigned long long>(memory.ullAvailPageFile));
    }
    refuse(ErrorCode::NoSpace, name,
           "cannot reserve " + std::to_string(size) + " bytes of shared memory, " + available +
               " bytes are available in memory and paging file",
           error);
}

bool is_out_of_space(DWORD error) noexcept
{
    return error == ERROR_COMMITMENT_LIMIT || error == ERROR_NOT_ENOUGH_MEMORY || error == ERROR_OUTOFMEMORY ||
           error == ERROR_DISK_FULL || error == ERROR_NO_SYSTEM_RESOURCES || error == ERROR_COMMITMENT_MINIMUM;
}

std::string cell_of(std::string const& checked_name)
{
    return "Local\\kickmsg-name." + os::encoded(checked_name.substr(1));
}

/// Fills in what follows from the number and its section. Errors: Error System.
void complete(SharedMemory::Native& native)
{
    DWORD session = 0;
    if (ProcessIdToSessionId(GetCurrentProcessId(), &session) == 0) {
        refuse(ErrorCode::System, native.name, "cannot ask for the session of this process", GetLastError());
    }
    native.lives = std::to_string(static_cast<unsigned long>(session)) + "." + native.stem_of(native.number);
    native.data  = static_cast<unsigned char*>(native.region.view()) + Preamble::bytes;
}

/// A section under a number that no other region of this name has.
void draw_region(SharedMemory::Native& native, std::size_t size)
{
    for (;;) {
        native.number = native.names().drawn.fetch_add(1, std::memory_order_relaxed) + 1; // relaxed: unique, no more
        if (native.number == 0) {
            continue; // the counter was overwritten
        }
        os::Section section;
        DWORD const made = section.create(native.section_of(native.number), uint64_t{size} + Preamble::bytes);
        if (made == ERROR_SUCCESS) {
            native.region = std::move(section);
            return;
        }
        if (is_out_of_space(made)) {
            refuse_size(native.name, size, made);
        }
        if (made != ERROR_ALREADY_EXISTS) {
            refuse_system(native.name, "cannot create a shared memory object", made);
        }
    }
}

void check_region(SharedMemory::Native& native)
{
    std::size_t const mapped   = native.region.size();
    auto const&       preamble = *static_cast<Preamble const*>(native.region.view());
    if (mapped <= Preamble::bytes || preamble.magic != Preamble::this_magic ||
        preamble.size > mapped - Preamble::bytes || mapped - Preamble::bytes - preamble.size >= Preamble::bytes) {
        throw Error(ErrorCode::Corrupt, native.name,
                    "the shared memory object is none of this library, or its first page has been overwritten (" +
                        std::to_string(mapped) + " bytes are mapped)");
    }
    native.size = static_cast<std::size_t>(preamble.size);
}

[[noreturn]] void refuse_missing(std::string const& name)
{
    refuse(ErrorCode::NotFound, name, "there is no such region, a region ends with its last user",
           ERROR_FILE_NOT_FOUND);
}

/// Maps the region that has the name, whichever that is by the time that it is mapped.
void map_current(SharedMemory::Native& native, DWORD access = FILE_MAP_READ | FILE_MAP_WRITE)
{
    auto& current = native.names().current;
    for (uint64_t seen = current.load(std::memory_order_acquire); seen != 0;) {
        os::Section section;
        DWORD const opened = section.open(native.section_of(seen), access);
        if (opened == ERROR_SUCCESS) {
            native.region = std::move(section);
            native.number = seen;
            return;
        }
        if (opened != ERROR_FILE_NOT_FOUND) {
            refuse_system(native.name, "cannot open the shared memory object", opened);
        }
        uint64_t const again = current.load(std::memory_order_acquire);
        if (again == seen) {
            break; // its last user is gone
        }
        seen = again;
    }
    refuse_missing(native.name);
}

} // namespace

std::string SharedMemory::checked_name(std::string const& name)
{
    return os::checked_encoded(name, name_limit);
}

SharedMemory SharedMemory::build(std::string const& name, std::size_t size, uint32_t /*mode*/)
{
    auto native       = std::make_unique<Native>();
    native->name      = checked_name(name);
    DWORD const found = native->cell.create(cell_of(native->name), sizeof(NameCell));
    if (found != ERROR_SUCCESS && found != ERROR_ALREADY_EXISTS) {
        refuse_system(native->name, "cannot open the cell of this name", found);
    }
    draw_region(*native, size);
    complete(*native);
    auto& preamble         = *static_cast<Preamble*>(native->region.view());
    preamble.size          = size;
    std::string const stem = native->stem_of(native->number); // shorter than the field: name_limit
    std::memcpy(preamble.stem, stem.data(), stem.size());
    preamble.magic = Preamble::this_magic;
    native->size   = size;
    return SharedMemory(std::move(native));
}

SharedMemory SharedMemory::open(std::string const& name)
{
    auto native       = std::make_unique<Native>();
    native->name      = checked_name(name);
    DWORD const found = native->cell.open(cell_of(native->name));
    if (found == ERROR_FILE_NOT_FOUND) {
        refuse_missing(native->name);
    }
    if (found != ERROR_SUCCESS) {
        refuse_system(native->name, "cannot open the cell of this name", found);
    }
    map_current(*native);
    complete(*native);
    check_region(*native);
    return SharedMemory(std::move(native));
}

SharedMemory SharedMemory::inspect(std::string const& name)
{
    auto native       = std::make_unique<Native>();
    native->name      = checked_name(name);
    DWORD const found = native->cell.open(cell_of(native->name), FILE_MAP_READ);
    if (found == ERROR_FILE_NOT_FOUND) {
        refuse_missing(native->name);
    }
    if (found != ERROR_SUCCESS) {
        refuse_system(native->name, "cannot look at the cell of this name", found);
    }
    map_current(*native, FILE_MAP_READ);
    complete(*native);
    check_region(*native);
    return SharedMemory(std::move(native));
}

std::vector<std::string> SharedMemory::names(std::string const& prefix)
{
    static std::string const beginning = "kickmsg-name.";
    std::vector<std::string> found;
    std::string const        begin = prefix.empty() || prefix[0] != '/' ? "/" + prefix : prefix;
    DWORD const              error = os::for_each_section(beginning, [&](std::string const& section) {
        std::string const name = "/" + os::decoded(section.substr(beginning.size()));
        if (name.compare(0, begin.size(), begin) == 0) {
            found.push_back(name);
        }
    });
    if (error != ERROR_SUCCESS) {
        refuse_system("Local\\", "cannot list the sections of this session", error);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::size_t SharedMemory::clear_abandoned(std::string const& /*prefix*/)
{
    return 0; // what has no name yet ends with its builder
}

bool SharedMemory::read(std::size_t offset, void* to, std::size_t bytes) const noexcept
{
    return os::copy_words(native_->data, native_->size, offset, to, bytes);
}

uint32_t SharedMemory::mode() const noexcept
{
    return 0600;
}

bool SharedMemory::unlink(std::string const& name)
{
    Native native;
    try {
        native.name = checked_name(name);
    } catch (Error const&) {
        return false; // nothing can have such a name
    }
    DWORD const found = native.cell.open(cell_of(native.name));
    if (found == ERROR_FILE_NOT_FOUND) {
        return false;
    }
    if (found != ERROR_SUCCESS) {
        refuse_system(native.name, "cannot open the cell of this name", found);
    }
    uint64_t const former = native.names().current.exchange(0, std::memory_order_acq_rel);
    return former != 0 && os::Section::exists(native.section_of(former));
}

bool SharedMemory::publish()
{
    auto&    current = native_->names().current;
    uint64_t seen    = current.load(std::memory_order_acquire);
    do {
        if (seen != 0 && os::Section::exists(native_->section_of(seen))) {
            return false;
        } // else its last user has taken it along
    } while (
        !current.compare_exchange_strong(seen, native_->number, std::memory_order_acq_rel, std::memory_order_acquire));
    return true;
}

void SharedMemory::arm(SharedMemory const& old, uint64_t /*replacer*/)
{
    native_->replaced = old.native_->number;
}

bool SharedMemory::replace()
{
    // From the very region that was retired: a name that somebody has removed or given anew meanwhile stays.
    uint64_t former = native_->replaced;
    return native_->names().current.compare_exchange_strong(former, native_->number, std::memory_order_acq_rel,
                                                            std::memory_order_relaxed);
}

void SharedMemory::arm_removal(uint64_t /*replacer*/) const {}

bool SharedMemory::take_away(uint64_t /*replacer*/) const
{
    uint64_t mine = native_->number; // from the very region that was retired, as replace()
    return native_->names().current.compare_exchange_strong(mine, 0, std::memory_order_acq_rel,
                                                            std::memory_order_relaxed);
}

bool SharedMemory::disarm(uint64_t /*replacer*/) const
{
    return false; // the exchange of replace() cannot be taken away from a process: it is waited for
}

bool SharedMemory::is_spent() const noexcept
{
    return false;
}

void SharedMemory::clear_waiting() const {} // what has no name yet ends with its builder

std::size_t SharedMemory::count_abandoned() const
{
    return 0;
}

bool SharedMemory::is_linked() const noexcept
{
    return native_->names().current.load(std::memory_order_acquire) == native_->number;
}

} // namespace kickmsg
