/// The two processes of a peer, and what they report.
#include "peer.h"

#include <cerrno>
#include <cstring>
#include <sstream>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

/// The line between the two ends. The driver closes its copies as soon as both have theirs.
class Between {
public:
    Between()
    {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) != 0) {
            throw std::runtime_error(std::string("no socket pair: ") + std::strerror(errno));
        }
    }
    Between(Between const&)            = delete;
    Between& operator=(Between const&) = delete;
    ~Between()
    {
        close_own();
    }
    Line take(End end)
    {
        int const mine = end == End::Ping ? 0 : 1;
        close(ends_[1 - mine]);
        ends_[1 - mine] = -1;
        return Line(ends_[mine]);
    }
    void close_own()
    {
        for (int& fd : ends_) {
            if (fd >= 0) {
                close(fd);
            }
            fd = -1;
        }
    }

private:
    int ends_[2];
};

void tell_all(int fd, std::string const& text)
{
    for (std::size_t sent = 0; sent < text.size();) {
        ssize_t const now = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) {
            throw std::runtime_error("the driver is gone");
        }
        sent += static_cast<std::size_t>(now);
    }
}

/// Reads until the end mark, the end of the stream or the deadline.
std::string hear_all(int fd, uint64_t deadline)
{
    std::string text;
    char        part[65536];
    while (text.size() < 5 || text.compare(text.size() - 5, 5, "\nend\n") != 0) {
        uint64_t const now  = steady_ns();
        pollfd         wait = {fd, POLLIN, 0};
        if (now >= deadline || poll(&wait, 1, static_cast<int>((deadline - now) / 1'000'000) + 1) == 0) {
            throw std::runtime_error("no report in time");
        }
        ssize_t const got = recv(fd, part, sizeof(part), 0);
        if (got <= 0) {
            throw std::runtime_error("ended without a report");
        }
        text.append(part, static_cast<std::size_t>(got));
    }
    return text;
}

/// One line, whatever the words hold.
std::string one_line(std::string text)
{
    for (char& c : text) {
        c = c == '\n' ? ' ' : c;
    }
    return text;
}

std::function<int(Line const&)> body(RunEnd const& run, End end, Between& between)
{
    return [&run, &between, end](Line const& report) {
        Line const other = between.take(end);
        run(end, other, report);
        return 0;
    };
}

Round hear_end_of(char const* who, Line const& line, double seconds)
{
    try {
        return hear_report(line, seconds);
    } catch (std::exception const& error) {
        Round round;
        round.error = std::string(who) + ": " + error.what();
        return round;
    }
}

} // namespace

void tell_report(Line const& report, Round const& round)
{
    std::ostringstream text;
    text.precision(17);
    text << "seconds " << round.seconds << "\nsent " << round.sent << "\ndelivered " << round.delivered;
    text << "\nerror " << one_line(round.error) << "\ntransport " << round.transport << "\nchecked "
         << one_line(round.transport_checked) << "\nrange " << round.ticks.min() << ' ' << round.ticks.max();
    round.ticks.each_low([&](uint64_t low, uint64_t count) { text << "\nbucket " << low << ' ' << count; });
    text << "\nend\n";
    tell_all(report.fd(), text.str());
}

Round hear_report(Line const& report, double seconds)
{
    std::istringstream text(hear_all(report.fd(), steady_ns() + static_cast<uint64_t>(seconds * 1e9)));
    Round              round;
    for (std::string key, rest; text >> key && key != "end";) {
        text.get();
        std::getline(text, rest);
        std::istringstream values(rest);
        uint64_t           first  = 0;
        uint64_t           second = 0;
        if (key == "seconds") {
            values >> round.seconds;
        } else if (key == "sent") {
            values >> round.sent;
        } else if (key == "delivered") {
            values >> round.delivered;
        } else if (key == "error") {
            round.error = rest;
        } else if (key == "transport") {
            round.transport = rest;
        } else if (key == "checked") {
            round.transport_checked = rest;
        } else if (key == "bucket" && values >> first >> second) {
            round.ticks.add(first, second);
        } else if (key == "range" && values >> first >> second) {
            round.ticks.extend(first, second);
        } else {
            throw std::runtime_error("a report with the unknown line '" + key + " " + rest + "'");
        }
    }
    return round;
}

Round measure_ends(RunEnd const& run, Placement const& placement, double budget)
{
    auto const seconds = static_cast<unsigned>(budget + 60);
    Between    between;
    // both are forked from a process without any handle of any peer
    Child pong(placement.second, seconds, body(run, End::Pong, between));
    Child ping(placement.first, seconds, body(run, End::Ping, between));
    between.close_own();
    Round       round    = hear_end_of("ping", ping.line(), budget + 40);
    Round const answered = hear_end_of("pong", pong.line(), 2 * answer_limit);
    int const   codes[]  = {ping.join(), pong.join()};
    if (!answered.error.empty()) {
        round.error += (round.error.empty() ? "" : "; ") + answered.error;
    }
    if (round.error.empty() && (codes[0] != 0 || codes[1] != 0)) {
        round.error = "the processes ended with " + std::to_string(codes[0]) + " and " + std::to_string(codes[1]);
    }
    if (round.error.empty() && answered.transport != round.transport) {
        round.transport += " there, " + answered.transport + " back";
    }
    round.sent += answered.sent;
    round.delivered += answered.delivered;
    return round;
}

Round measure_alone(std::function<void(Line const& other, Line const& report)> const& run, Placement const& placement,
                    double budget)
{
    auto const   seconds = static_cast<unsigned>(budget + 60);
    RunEnd const end     = [&run](End, Line const& other, Line const& report) { run(other, report); };
    Between      between;
    Child        child(placement.first, seconds, body(end, End::Ping, between));
    Round        round = hear_end_of("the process", child.line(), budget + 40);
    int const    code  = child.join();
    if (round.error.empty() && code != 0) {
        round.error = "the process ended with " + std::to_string(code);
    }
    round.operations = round.sent;
    return round;
}

PeerCase named(PeerCase what)
{
    static int counter = 0;
    what.suffix        = "p" + std::to_string(++counter);
    what.tag           = region_name(what.suffix);
    return what;
}

Round measure_peer(Peer const& peer, PeerCase const& asked, Placement const& placement, Budget const& budget)
{
    PeerCase const what = named(asked);
    auto const     held = peer.hold ? peer.hold(what) : nullptr;
    auto const     run  = [&](End end, Line const& other, Line const& report) {
        peer.run(what, end, other, report, budget);
    };
    return measure_ends(run, placement, budget.seconds);
}

void give_descriptor(Line const& other, int fd)
{
    char   word                          = 'd';
    iovec  part                          = {&word, 1};
    char   room[CMSG_SPACE(sizeof(int))] = {};
    msghdr message                       = {};
    message.msg_iov                      = &part;
    message.msg_iovlen                   = 1;
    message.msg_control                  = room;
    message.msg_controllen               = sizeof(room);
    cmsghdr* const header                = CMSG_FIRSTHDR(&message);
    header->cmsg_level                   = SOL_SOCKET;
    header->cmsg_type                    = SCM_RIGHTS;
    header->cmsg_len                     = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    if (sendmsg(other.fd(), &message, MSG_NOSIGNAL) != 1) {
        throw std::runtime_error(std::string("cannot hand a descriptor over: ") + std::strerror(errno));
    }
}

int take_descriptor(Line const& other)
{
    char   word                          = 0;
    iovec  part                          = {&word, 1};
    char   room[CMSG_SPACE(sizeof(int))] = {};
    msghdr message                       = {};
    message.msg_iov                      = &part;
    message.msg_iovlen                   = 1;
    message.msg_control                  = room;
    message.msg_controllen               = sizeof(room);
    pollfd wait                          = {other.fd(), POLLIN, 0};
    if (poll(&wait, 1, 10'000) != 1 || recvmsg(other.fd(), &message, MSG_CMSG_CLOEXEC) != 1 ||
        CMSG_FIRSTHDR(&message) == nullptr) {
        throw std::runtime_error("the other process hands no descriptor over");
    }
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

} // namespace bench
} // namespace kickmsg
