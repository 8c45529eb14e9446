#include "Watch.h"

#include "RegionHeader.h"
#include "kickmsg/Error.h"
#include "kickmsg/core/Words.h"
#include "words.h"

#include <algorithm>
#include <cstring>

namespace kickmsg_sweep {

namespace {

using kickmsg::detail::Layout;
using kickmsg::detail::slot_header_bytes;

Layout checked(kickmsg::SharedMemory const& memory)
{
    return Layout(memory.data(), kickmsg::detail::examine(memory.data(), memory.size(), memory.name()));
}

unsigned char const* bytes_of(kickmsg::SharedMemory const& memory) noexcept
{
    return static_cast<unsigned char const*>(memory.data());
}

} // namespace

Watch::Region::Region(std::string const& name) : memory(kickmsg::SharedMemory::open(name)), layout(checked(memory))
{
    auto const& geometry = layout.geometry();
    ranges.push_back({0, geometry.slots_offset, 0});
    std::size_t at = geometry.slots_offset;
    for (std::size_t slot = 0; slot < geometry.pool_size; ++slot) {
        ranges.push_back({geometry.slots_offset + slot * geometry.slot_stride, slot_header_bytes, at});
        at += slot_header_bytes;
    }
    copy.resize(at);
    take(*this);
}

void Watch::take(Region& region)
{
    for (Range const& range : region.ranges) {
        std::memcpy(&region.copy[range.at], bytes_of(region.memory) + range.begin, range.size);
    }
}

bool Watch::add(std::string const& name)
{
    std::string const short_name = name.substr(begin_.size());
    if (regions_.count(short_name) != 0) {
        return false;
    }
    try {
        regions_[short_name] = std::make_unique<Region>(name);
        return true;
    } catch (kickmsg::Error const&) {
        regions_.erase(short_name);
        if (std::find(unreadable_.begin(), unreadable_.end(), short_name) == unreadable_.end()) {
            unreadable_.push_back(short_name);
        }
        return false;
    }
}

void Watch::resync()
{
    Change change;
    while (look_for_names(change)) {
    }
    for (auto const& [name, region] : regions_) {
        take(*region);
    }
}

bool Watch::find(Region& region, Change& change)
{
    unsigned char const* const now = bytes_of(region.memory);
    for (Range const& range : region.ranges) {
        unsigned char const* const was = &region.copy[range.at];
        if (std::memcmp(was, now + range.begin, range.size) == 0) {
            continue;
        }
        std::size_t at = 0;
        while (was[at] == now[range.begin + at]) {
            ++at;
        }
        change.offset         = range.begin + at;
        std::size_t const all = at & ~std::size_t{7};
        std::memcpy(&change.before, was + all, sizeof(change.before));
        std::memcpy(&change.after, now + range.begin + all, sizeof(change.after));
        return true;
    }
    return false;
}

bool Watch::look(Change& change)
{
    for (auto const& [name, region] : regions_) {
        if (find(*region, change)) {
            change.region = name;
            take(*region);
            return true;
        }
    }
    return false;
}

bool Watch::look_for_names(Change& change)
{
    change.before = change.after = 0;
    for (auto const& [name, region] : regions_) {
        if (!region->memory.is_linked()) {
            change.region = name;
            change.offset = Change::unnamed;
            regions_.erase(name);
            return true;
        }
    }
    for (std::string const& name : kickmsg::SharedMemory::names(begin_)) {
        if (add(name)) {
            change.region = name.substr(begin_.size());
            change.offset = Change::named;
            return true;
        }
    }
    return false;
}

std::vector<std::string> Watch::names() const
{
    std::vector<std::string> all;
    for (auto const& [name, region] : regions_) {
        all.push_back(begin_ + name);
    }
    return all;
}

std::string Watch::word_of(Change const& change) const
{
    if (change.offset == Change::named || change.offset == Change::unnamed) {
        return change.offset == Change::named ? "it gets its name" : "it loses its name";
    }
    auto const found = regions_.find(change.region);
    return found == regions_.end() ? "?" : kickmsg_testkit::word_at(found->second->layout, change.offset);
}

void Watch::count_attendance()
{
    using kickmsg::core::OwnerWord;
    for (auto const& [name, region] : regions_) {
        Layout&    layout      = region->layout;
        uint32_t   subscribers = 0, publishers = 0;
        auto const is_used = [&layout](uint32_t record) {
            return OwnerWord::state(layout.record(record).owner.load(std::memory_order_relaxed)) != OwnerWord::Free;
        };
        uint32_t const most = layout.subscriber_count();
        for (uint32_t record = 0; record < most + layout.geometry().max_publishers; ++record) {
            (record < most ? subscribers : publishers) += is_used(record) ? 1 : 0;
        }
        Attendance& peak = attendance_[name];
        peak.subscribers = std::max(peak.subscribers, subscribers);
        peak.publishers  = std::max(peak.publishers, publishers);
    }
}

} // namespace kickmsg_sweep
