#include "program.h"

#include <unistd.h>

namespace kickmsg {
namespace bench {

void become(std::string const& program, Words words, int input, int output)
{
    words.insert(words.begin(), program);
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    execv(pointers[0], pointers.data());
    _exit(127);
}

std::string spare(bool oversubscribed)
{
    return std::string("spare=") + (oversubscribed ? "yes" : "no");
}

Words words_of(std::string const& end, PeerCase const& names, Budget const& budget)
{
    return {end,
            "tag=" + names.tag.substr(1),
            "size=" + std::to_string(names.size),
            "seconds=" + std::to_string(budget.seconds),
            "warm_up=" + std::to_string(budget.warm_up),
            "round_trips=" + std::to_string(budget.round_trips),
            std::string("clock=") + (the_clock.counter ? "counter" : "steady"),
            "ns_per_tick=" + std::to_string(the_clock.ns_per_tick),
            spare(budget.oversubscribed || names.oversubscribed)};
}

Cleaner::Cleaner(std::string const& program, PeerCase const& what)
{
    note_cleaner(program, what.tag.substr(1));
}
Cleaner::~Cleaner()
{
    run_cleaner();
}

std::string why_absent(std::string const& program)
{
    bool const is_there = access(program.c_str(), X_OK) == 0;
    return is_there ? "" : "its program was not built: cargo build failed (cargo.log in the build folder tells why)";
}

} // namespace bench
} // namespace kickmsg
