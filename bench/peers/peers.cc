#include "peers.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>

namespace kickmsg {
namespace bench {
namespace {

[[maybe_unused]] Peer absent(char const* name, char const* reason)
{
    Peer peer;
    peer.name   = name;
    peer.absent = reason;
    return peer;
}

} // namespace

void need(bool holds, char const* what)
{
    if (!holds) {
        throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
    }
}

std::function<std::shared_ptr<void>(PeerCase const&)> hold_names(std::initializer_list<char const*> endings)
{
    std::vector<std::string> const kept(endings.begin(), endings.end());
    return [kept](PeerCase const& what) {
        auto names = std::make_shared<std::deque<RegionName>>();
        for (std::string const& ending : kept) {
            names->emplace_back(what.suffix + ending);
        }
        return names;
    };
}

void end_by_exit(Peer& peer)
{
    auto const run = peer.run;
    peer.run       = [run](PeerCase const& what, End end, Line const& other, Line const& report, Budget const& budget) {
        run(what, end, other, report, budget);
        std::exit(0);
    };
}

/// peers_found.inc is written by CMake: PEER(function) for each that is compiled, ABSENT(name, reason) for the others.
std::vector<Peer> const& all_peers()
{
    static std::vector<Peer> const peers = {
#define PEER(function) function(),
#define ABSENT(name, reason) absent(name, reason),
#include "peers_found.inc"
#undef ABSENT
#undef PEER
    };
    return peers;
}

} // namespace bench
} // namespace kickmsg
