#include "Engine.h"

#include <deque>

namespace kickmsg_models {

std::vector<Description>& descriptions()
{
    static std::vector<Description> all;
    return all;
}

char const* name_at(char const* name, unsigned kept)
{
    static std::deque<std::string> names;
    return names.emplace_back(name + ("@" + std::to_string(kept))).c_str();
}

unsigned& kept_slots() noexcept
{
    static unsigned kept = 0;
    return kept;
}

Experiment& experiment() noexcept
{
    static Experiment running;
    return running;
}

Outcome run(Description const& description, Search const& search)
{
    auto const begin = std::chrono::steady_clock::now();
    auto const limit = std::chrono::duration<double>(search.seconds);
    experiment()     = {&description, search,
                        begin + std::chrono::duration_cast<std::chrono::steady_clock::duration>(limit), 0, false};
    Outcome outcome;
    switch (description.threads) {
    case 2:
        outcome = simulate<2>();
        break;
    case 3:
        outcome = simulate<3>();
        break;
    case 4:
        outcome = simulate<4>();
        break;
    default:
        throw std::logic_error("the engine is built for 2 to 4 threads");
    }
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return outcome;
}

} // namespace kickmsg_models
