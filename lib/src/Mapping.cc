#include "Mapping.h"

#include "kickmsg/Error.h"

#include <atomic>
#include <new>

namespace kickmsg {
namespace detail {

namespace {

std::atomic<bool> in_core_dumps{true};

} // namespace

Mapping::~Mapping()
{
    if (is_own() && !may_end()) {
        // the parent's, which shares this memory: it stays mapped there
        (void)new (std::nothrow) SharedMemory(std::move(memory_));
    }
}

void set_core_dumps(bool included) noexcept
{
    in_core_dumps.store(included, std::memory_order_relaxed);
}

bool core_dumps() noexcept
{
    return in_core_dumps.load(std::memory_order_relaxed);
}

std::shared_ptr<Mapping> map_region(std::string const& name)
{
    SharedMemory   memory   = SharedMemory::open(name);
    Geometry const geometry = examine(memory.data(), memory.size(), memory.name());
    return std::make_shared<Mapping>(std::move(memory), geometry);
}

std::shared_ptr<Mapping> map_if_there(std::string const& name)
{
    try {
        return map_region(name);
    } catch (Error const& error) {
        if (error.code() != ErrorCode::NotFound) {
            throw;
        }
        return nullptr;
    }
}

} // namespace detail
} // namespace kickmsg
