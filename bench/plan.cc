#include "plan.h"

#include <stdexcept>

namespace kickmsg {
namespace bench {

Plan make_plan(std::string const& mode, uint64_t seed)
{
    Plan plan;
    plan.mode  = mode;
    plan.seed  = seed;
    plan.sizes = {8, 64, 1024, 16384, 131072, 1048576};
    if (mode == "quick") {
        return plan;
    }
    plan.sizes           = {8, 64, 256, 1024, 4096, 16384, 65536, 131072, 262144, 1048576};
    plan.rounds          = 7;
    plan.headline_rounds = 21;
    plan.latency_seconds = 0.3;
    plan.loop_seconds    = 0.05;
    if (mode == "report") {
        return plan;
    }
    if (mode != "full") {
        throw std::invalid_argument("mode '" + mode + "': expected quick, report or full");
    }
    plan.rounds          = 21;
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
