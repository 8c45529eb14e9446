/// Counted victims by programs started anew.
#include "CountedVictim.h"

#include "RegionHeader.h"
#include "support.h"

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace kickmsg_crash {

namespace {

constexpr auto watchdog = std::chrono::seconds(60);
constexpr auto quiet    = std::chrono::milliseconds(2); ///< long enough without a point to be asleep
constexpr int  killed   = 137;
constexpr int  hung     = 98;

/// Returns: the offset of an address in the region that it lies in, or nowhere.
std::size_t offset_in_region(void const* address) noexcept
{
    constexpr uintptr_t      page = 4096;
    MEMORY_BASIC_INFORMATION view{};
    if (VirtualQuery(address, &view, sizeof(view)) == 0 || view.Type != MEM_MAPPED) {
        return kickmsg::detail::Counter::nowhere;
    }
    auto const place = reinterpret_cast<uintptr_t>(address);
    auto const first = reinterpret_cast<uintptr_t>(view.AllocationBase);
    for (uintptr_t begin = place / page * page; begin >= first; begin -= page) {
        if (std::memcmp(reinterpret_cast<void*>(begin), &kickmsg::detail::region_magic, sizeof(uint64_t)) == 0) {
            return place - begin;
        }
    }
    return kickmsg::detail::Counter::nowhere;
}

void strike_self(bool stops)
{
    if (stops) {
        SuspendThread(GetCurrentThread());
    } else {
        TerminateProcess(GetCurrentProcess(), killed);
    }
}

KICKMSG_CHILD(counted_victim)
{
    auto* const section = reinterpret_cast<HANDLE>(static_cast<uintptr_t>(std::stoull(texts[6])));
    auto* const shared  = static_cast<CountedVictim::Shared*>(
        MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, sizeof(CountedVictim::Shared)));
    if (shared == nullptr) {
        return 96;
    }
    std::thread([] {
        std::this_thread::sleep_for(watchdog);
        TerminateProcess(GetCurrentProcess(), hung);
    }).detach();
    Arena  arena(texts[0], operation(texts[2]).setting, static_cast<uint32_t>(std::stoul(texts[1])));
    Strike strike;
    strike.stops           = texts[3] == "1";
    strike.at_point        = std::stoull(texts[4]);
    strike.after           = std::stoull(texts[5]);
    shared->counter.place  = offset_in_region;
    shared->counter.strike = strike_self;
    return live_until_struck(*shared, operation(texts[2]).body(arena), strike);
}

} // namespace

CountedVictim::CountedVictim(Arena& arena, Operation const& operation, Strike const& strike,
                             std::function<void()> const& meanwhile)
{
    if (strike.stops) {
        throw std::logic_error(
            "stopping is not built for Windows: a victim is a process, and only threads are suspended");
    }
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    section_ = CreateFileMappingA(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, 0, sizeof(Shared), nullptr);
    void* const shared =
        section_ == nullptr ? nullptr : MapViewOfFile(section_, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0);
    if (shared == nullptr) {
        throw std::system_error(static_cast<int>(GetLastError()), std::system_category(), "MapViewOfFile");
    }
    shared_               = ::new (shared) Shared();
    uint32_t const before = arena.victims();
    operation.body(arena); // draws the same numbers here as there
    child_ = std::make_unique<kickmsg_test::Child>(
        counted_victim,
        kickmsg_test::Texts{arena.name(), std::to_string(before), operation.name, "0", std::to_string(strike.at_point),
                            std::to_string(strike.after), std::to_string(reinterpret_cast<uintptr_t>(section_))});
    try {
        wait_for_strike(meanwhile);
    } catch (...) {
        end();
        throw;
    }
}

CountedVictim::~CountedVictim()
{
    end();
}

void CountedVictim::end() noexcept
{
    child_.reset();
    UnmapViewOfFile(shared_);
    CloseHandle(section_);
}

void CountedVictim::wait_for_strike(std::function<void()> const& meanwhile)
{
    for (uint64_t seen = 0; meanwhile && !child_->has_ended(); std::this_thread::sleep_for(quiet)) {
        uint64_t const now = points();
        if (now != 0 && now == seen) {
            meanwhile();
        }
        seen = now;
    }
    code_ = child_->join();
    if (code_ != killed) {
        throw std::runtime_error("the victim ended otherwise, with " + std::to_string(code_) + ": " +
                                 shared_->report.error);
    }
}

bool CountedVictim::run_to_end()
{
    return false; // none is ever stopped
}

} // namespace kickmsg_crash
