// The drivers as plain threads, each many times: they compile, they hold, and a sanitizer of threads has something to look at.
#include "Driver.h"

#include <cstring>
#include <mutex>
#include <set>
#include <string>

namespace kickmsg_genmc {

Entry* drivers = nullptr;

namespace {

constexpr unsigned runs = 400; ///< of a driver, all deaths together

void run(Entry const& driver, uint64_t seed)
{
    unsigned const deaths = driver.steps == 0 ? 1 : driver.steps + 2; // nobody, before each step, after the last
    unsigned const turns  = runs / deaths + 1;
    unsigned       most   = 0;
    for (unsigned choice = 0; choice < deaths; ++choice) {
        unsigned const death = choice <= driver.steps ? choice : at_the_end;
        for (unsigned turn = 0; turn < turns; ++turn) {
            unsigned const made = driver.run(death, seed + uint64_t{turn} * deaths + choice);
            most                = made > most ? made : most;
        }
    }
    REQUIRE(most <= driver.steps, "the mortal one makes more steps than its driver says");
    std::printf("%s: %u runs, %u steps of %u\n", driver.name, deaths * turns, most, driver.steps);
}

int run_named(char const* name, uint64_t seed)
{
    int found = 0;
    for (Entry const* driver = drivers; driver != nullptr; driver = driver->next) {
        if (name == nullptr || std::strcmp(name, driver->name) == 0) {
            run(*driver, seed);
            ++found;
        }
    }
    return found != 0 ? 0 : 2;
}

int list()
{
    for (Entry const* driver = drivers; driver != nullptr; driver = driver->next) {
        std::printf("%s %u\n", driver->name, driver->steps);
    }
    return 0;
}

std::mutex                            sites_lock;
std::set<std::pair<std::string, int>> sites;

/// Prints "DRIVER FILE LINE" of each operation of the core that a driver reaches.
int list_sites(uint64_t seed)
{
    met_site = [](char const* file, int line) {
        std::lock_guard<std::mutex> const hold(sites_lock);
        sites.emplace(std::strrchr(file, '/') == nullptr ? file : std::strrchr(file, '/') + 1, line);
    };
    for (Entry const* driver = drivers; driver != nullptr; driver = driver->next) {
        sites.clear();
        for (unsigned turn = 0; turn < runs; ++turn) { // what threads seldom come to, too
            driver->run(turn % (driver->steps + 1), seed + turn);
        }
        for (auto const& site : sites) {
            std::printf("%s %s %d\n", driver->name, site.first.c_str(), site.second);
        }
    }
    return 0;
}

} // namespace
} // namespace kickmsg_genmc

/// [--list | --sites | DRIVER [SEED]]
int main(int count, char** arguments)
{
    using namespace kickmsg_genmc;
    char const* const name = count > 1 ? arguments[1] : nullptr;
    if (name != nullptr && std::strcmp(name, "--list") == 0) {
        return list();
    }
    if (name != nullptr && std::strcmp(name, "--sites") == 0) {
        return list_sites(1);
    }
    return run_named(name, count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1);
}
