#include "plan.h"

#include <stdexcept>

namespace kickmsg {
namespace bench {

namespace {

Extent quick_extent()
{
    Extent extent;
    extent.idle_us          = {1, 100, 10'000};
    extent.publishers       = {1, 2};
    extent.subscribers      = {0, 1, 4};
    extent.pools            = {64, 4096};
    extent.ring_sizes       = {2, 64, 4096};
    extent.live_publishers  = {1, 16};
    extent.topics           = {1, 64};
    extent.flow_subscribers = {1, 4};
    extent.flow_sizes       = {64, 16384};
    return extent;
}

Extent report_extent()
{
    Extent extent;
    extent.idle_us         = {1, 10, 100, 1000, 10'000, 100'000};
    extent.publishers      = {1, 2, 4, 8, 16};
    extent.subscribers     = {0, 1, 2, 4, 8, 16, 32};
    extent.rings           = {1, 2, 4, 8, 12, 16, 24, 32};
    extent.pools           = {16, 64, 256, 1024, 4096, 16'384, 65'536};
    extent.ring_sizes      = {2, 8, 64, 512, 4096};
    extent.live_publishers = {1, 4, 16, 64, 256};
    return extent;
}

Extent full_extent()
{
    Extent extent = report_extent();
    extent.publishers.clear();
    extent.subscribers = {0};
    extent.rings.clear();
    for (uint32_t i = 1; i <= 32; ++i) {
        extent.subscribers.push_back(i);
        extent.rings.push_back(i);
        if (i <= 16) {
            extent.publishers.push_back(i);
        }
    }
    return extent;
}

} // namespace

Plan make_plan(std::string const& mode, uint64_t seed)
{
    Plan plan;
    plan.mode          = mode;
    plan.seed          = seed;
    plan.sizes         = {8, 64, 1024, 16384, 262144};
    plan.peer_sizes    = {64, 16384};
    plan.handoff_sizes = {16384};
    if (mode == "quick") {
        plan.rounds          = 2;
        plan.headline_rounds = 7;
        plan.latency_seconds = 0.05;
        plan.loop_seconds    = 0.01;
        plan.extent          = quick_extent();
        return plan;
    }
    plan.extent          = report_extent();
    plan.family_rounds   = 3;
    plan.sizes           = {8, 64, 256, 1024, 4096, 16384, 65536, 131072, 262144, 1048576, 4194304};
    plan.peer_sizes      = plan.sizes;
    plan.handoff_sizes   = {64, 16384, 262144, 4194304};
    plan.rounds          = 5;
    plan.headline_rounds = 15;
    plan.latency_seconds = 0.3;
    plan.loop_seconds    = 0.05;
    if (mode == "report") {
        return plan;
    }
    if (mode != "full") {
        throw std::invalid_argument("mode '" + mode + "': expected quick, report or full");
    }
    plan.extent          = full_extent();
    plan.rounds          = 15;
    plan.peer_seconds    = 0.5;
    plan.headline_rounds = 41;
    plan.latency_seconds = 1.5;
    plan.loop_seconds    = 0.2;
    return plan;
}

Cell latency_cell(Plan const& plan, std::string name, int group, std::function<Round(Plan const&)> measure)
{
    Cell cell;
    cell.name    = std::move(name);
    cell.group   = group;
    cell.rounds  = plan.rounds;
    cell.two_way = true;
    cell.threads = 2;
    cell.what    = "round trip";
    cell.measure = std::move(measure);
    return cell;
}

Cell sample_cell(std::string name, int group, int rounds, int threads, std::string what,
                 std::function<Round(Plan const&)> measure)
{
    Cell cell;
    cell.name    = std::move(name);
    cell.group   = group;
    cell.rounds  = rounds;
    cell.threads = threads;
    cell.what    = std::move(what);
    cell.measure = std::move(measure);
    return cell;
}

Cell loop_cell(Plan const& plan, std::string name, int group, std::function<void(benchmark::State&)> loop)
{
    Cell cell;
    cell.name   = std::move(name);
    cell.group  = group;
    cell.rounds = plan.rounds;
    cell.loop   = std::move(loop);
    return cell;
}

} // namespace bench
} // namespace kickmsg
