/// kickmsg_bench: measures, writes DIR/bench.json, prints the headline.
#include "clock.h"
#include "enclosure.h"
#include "machine.h"
#include "open_bench.h"
#include "peers/peer.h"
#include "plan.h"
#include "results.h"
#include "runner.h"
#include "selection.h"
#include "summary.h"
#include "tally.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace kickmsg::bench;

struct Options {
    bool                     quick     = false;
    bool                     report    = false;
    bool                     full      = false;
    bool                     list      = false;
    bool                     self_test = false;
    std::string              out       = ".";
    std::vector<std::string> families;
    std::vector<std::string> peers;
    uint64_t                 seed     = 1;
    double                   stall_ms = 0;
    Selection                selection;

    std::string mode() const
    {
        return full ? "full" : report ? "report" : "quick";
    }
};

void declare(CLI::App& app, Options& options)
{
    auto* modes = app.add_option_group("mode");
    modes->add_flag("--quick", options.quick, "at most a minute (the default)");
    modes->add_flag("--report", options.report, "report quality, at most a quarter of an hour");
    modes->add_flag("--full", options.full, "hours: 10^7 samples of each headline cell");
    modes->require_option(0, 1);
    app.add_option("--out", options.out, "folder for bench.json")->capture_default_str();
    app.add_option("--family", options.families, "only these families; rtt and wake bring their floor along")
        ->check(CLI::IsMember({"floor", "op", "rtt", "open", "tput", "wake", "slow", "setup", "scale", "batch"}));
    app.add_option("--peer", options.peers, "of the closed loop, only the rows of these peers");
    app.add_option("--seed", options.seed, "of the order of the cells")->capture_default_str();
    options.selection.declare(app);
    app.add_flag("--list", options.list, "name the cells, measure nothing");
    app.add_option("--inject-stall-ms", options.stall_ms, "stall the sender of each open loop once, for so long")
        ->check(CLI::Range(0.0, 1000.0));
    app.add_flag("--self-test", options.self_test,
                 "check the histogram and the open loop against exact quantiles, and every peer's contract");
}

/// The cells asked for. Whatever is a ratio to the floor brings the floor with it.
std::vector<Cell> choose_cells(Plan const& plan, std::vector<std::string> const& families)
{
    auto const asked = [&](char const* family) {
        return families.empty() || std::find(families.begin(), families.end(), family) != families.end();
    };
    std::vector<Cell> cells;
    add_floor_cells(plan, cells);
    if (!asked("floor") && !asked("rtt")) {
        cells.erase(
            std::remove_if(cells.begin(), cells.end(), [](Cell const& cell) { return cell.name != "floor/rmw"; }),
            cells.end());
    }
    if (asked("op")) {
        add_op_cells(plan, cells);
        add_c_cells(plan, cells);
        add_board_cells(plan, cells);
    }
    if (asked("rtt")) {
        add_rtt_cells(plan, cells);
    }
    for (auto const& [family, add] :
         {std::pair("rtt", add_service_cells), std::pair("open", add_open_cells), std::pair("tput", add_tput_cells),
          std::pair("tput", add_flow_cells), std::pair("wake", add_wake_cells), std::pair("wake", add_wait_set_cells),
          std::pair("slow", add_slow_cells), std::pair("setup", add_setup_cells),
          std::pair("scale", add_scale_cells)}) {
        if (asked(family)) {
            add(plan, cells);
        }
    }
    if (!families.empty() && asked("batch")) { // an experiment: no part of a run of everything
        add_batch_cells(plan, cells);
    }
    for (Cell& cell : cells) {
        cell.rounds = cell.headline ? std::max(cell.rounds, plan.headline_rounds) : cell.rounds;
    }
    return cells;
}

/// Without the rows of peers that are not among `names`; all of them when there are no names.
std::vector<Cell> only_peers(std::vector<Cell> cells, std::vector<std::string> const& names)
{
    auto const unwanted = [&](Cell const& cell) {
        return !names.empty() && !cell.peer.empty() && std::find(names.begin(), names.end(), cell.peer) == names.end();
    };
    cells.erase(std::remove_if(cells.begin(), cells.end(), unwanted), cells.end());
    return cells;
}

int measure_cells(Plan const& plan, std::vector<Cell> const& cells, std::string const& out)
{
    install_cleanup();
    Run const     run  = run_cells(plan, cells);
    auto const    path = std::filesystem::path(out) / "bench.json";
    std::ofstream file(path);
    file << to_json(run);
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + path.string());
    }
    int const         failed  = failed_rows(run);
    int const         skipped = skipped_rows(run);
    std::string const summary = emulator().empty() ? summary_text(run) : "";
    std::printf("%s%s%zu rows measured, %d skipped, %d failed; %s\n", headline_text(run).c_str(), summary.c_str(),
                run.records.size() - static_cast<std::size_t>(failed + skipped), skipped, failed,
                path.string().c_str());
    return failed == 0 ? 0 : 1;
}

int measure(Options const& options)
{
    start_clock();
    Plan plan      = make_plan(options.mode(), options.seed);
    plan.placement = choose_placement();
    plan.stall_ms  = options.stall_ms;
    options.selection.shorten(plan);
    auto cells = only_peers(choose_cells(plan, options.families), options.peers);
    options.selection.choose(cells);
    if (options.list) {
        for (Cell const& cell : cells) {
            std::printf("%s\n", cell.name.c_str());
        }
        return 0;
    }
    std::filesystem::create_directories(options.out);
    return run_enclosed({options.out}, [&] { return measure_cells(plan, cells, options.out); });
}

int self_test()
{
    start_clock();
    return run_enclosed({}, [] {
        install_cleanup();
        watchdog(120);
        int const failed = histogram_selftest() + open_selftest() + peers_selftest() + flow_selftest();
        return failed == 0 ? 0 : 1;
    });
}

} // namespace

int main(int argc, char** argv)
{
    try {
        CLI::App app("Measures Kickmsg against the floor of this machine.");
        Options  options;
        declare(app, options);
        CLI11_PARSE(app, argc, argv);
        return options.self_test ? self_test() : measure(options);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "kickmsg_bench: %s\n", error.what());
    } catch (...) {
        std::fprintf(stderr, "kickmsg_bench: failed for an unknown reason\n");
    }
    return 2;
}
