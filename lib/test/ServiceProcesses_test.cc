/// Services between processes: each request is served once, whoever dies is reported at once, and leaves nothing.
#include "found_regions.h"

#include "kickmsg/Node.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <set>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::CallStatus;
using kickmsg::Client;
using kickmsg::Node;
using kickmsg::Server;
using kickmsg::ServiceConfig;
using kickmsg::SharedRegion;

namespace {

constexpr auto        for_ever = std::chrono::nanoseconds::max();
constexpr char const* sum      = "sum";

ServiceConfig config()
{
    ServiceConfig cfg;
    cfg.max_clients       = 8;
    cfg.max_servers       = 3;
    cfg.max_calls         = 4;
    cfg.max_request_size  = 64;
    cfg.max_response_size = 64;
    return cfg;
}

struct Answer {
    uint64_t value;
    uint64_t server; ///< its number
    uint64_t turn;   ///< of the requests of that server
};

/// texts: the prefix, its number. Serves until it is asked for 0.
KICKMSG_CHILD(serves)
{
    Node   node("server", texts[0]);
    Server server = node.serve(sum, config());
    self.ready();
    for (uint64_t turn = 1;; ++turn) {
        auto     request = server.receive(for_ever);
        uint64_t asked   = 0;
        std::memcpy(&asked, request->data(), sizeof(asked));
        Answer const answer{asked + 1, std::stoul(texts[1]), turn};
        if (request->answer(&answer, sizeof(answer)) != static_cast<int32_t>(sizeof(answer))) {
            return 1;
        }
        if (asked == 0) {
            return 0;
        }
    }
}

/// texts: the prefix, how many. Asks, and wants each answer to its own question.
KICKMSG_CHILD(asks)
{
    Node   node("client", texts[0]);
    Client client = node.client(sum, config());
    self.pause();
    for (uint64_t i = 1; i <= std::stoul(texts[1]); ++i) {
        auto const response = client.call(&i, sizeof(i), for_ever);
        Answer     answer{};
        if (!response || response.len() != sizeof(answer)) {
            return 1;
        }
        std::memcpy(&answer, response.data(), sizeof(answer));
        if (answer.value != i + 1) {
            return 2;
        }
    }
    return 0;
}

/// texts: the prefix, a moment. Dies there by its parent's hand.
KICKMSG_CHILD(serves_up_to)
{
    Node   node("server", texts[0]);
    Server server = node.serve(sum, config());
    self.ready();
    if (texts[1] == "before") {
        self.pause();
    }
    auto request = server.receive(for_ever);
    if (texts[1] == "after") {
        Answer const answer{7, 1, 1};
        static_cast<void>(request->answer(&answer, sizeof(answer)));
    } else {
        static_cast<void>(request->allocate(sizeof(Answer)));
    }
    self.pause();
    return 0;
}

/// texts: the prefix, how many calls. Has calls out, a loan and an answer, and dies by its parent's hand.
KICKMSG_CHILD(asks_and_waits)
{
    Node   node("client", texts[0]);
    Client client = node.client(sum, config());
    self.pause();
    std::vector<Client::Call> calls;
    uint64_t const            value = 5;
    for (uint64_t i = 0; i < std::stoul(texts[1]); ++i) {
        calls.push_back(client.start(&value, sizeof(value)));
    }
    auto loan = client.loan(8);
    self.pause();
    return 0;
}

std::unique_ptr<Child> child(ChildBody const& body, Texts const& texts)
{
    auto started = std::make_unique<Child>(body, texts);
    started->wait_ready();
    return started;
}

struct Asking {
    Client::Response call(uint64_t value, std::chrono::nanoseconds timeout = for_ever)
    {
        return client.call(&value, sizeof(value), timeout);
    }
    Client::Call start(uint64_t value)
    {
        return client.start(&value, sizeof(value));
    }

    Prefix found{"service_of_many"};
    Node   node{"tester", found};
    Client client = node.client(sum, config());
};

/// What is in use of both regions of a service.
struct InUse {
    explicit InUse(Node const& node)
    {
        for (std::string const& name : {node.request_region(sum), node.response_region(sum)}) {
            SharedRegion region = SharedRegion::open(name);
            auto const   stats  = region.stats();
            std::size_t  rings  = 0;
            for (auto const& ring : stats.rings) {
                rings += ring.state == kickmsg::RingState::Free ? 0 : 1;
            }
            auto const health = region.diagnose();
            words.insert(words.end(), {stats.pool_free + stats.pool_kept, stats.participants.size(), rings,
                                       health.dead_participants, health.orphaned_slots, health.retired_rings});
        }
        regions = kickmsg::list(node.prefix()).size();
    }
    bool operator==(InUse const& other) const
    {
        return words == other.words && regions == other.regions;
    }

    std::vector<uint64_t> words;
    std::size_t           regions;
};

} // namespace

TEST(ServiceProcesses, ServeEachRequestOfManyClientsOnce)
{
    Asking                              a;
    std::vector<std::unique_ptr<Child>> servers, clients;
    for (char const* number : {"1", "2"}) {
        servers.push_back(child(serves, {a.found, number}));
        clients.push_back(child(asks, {a.found, "300"}));
    }
    for (auto& client : clients) {
        client->go_on();
    }
    for (auto& client : clients) {
        EXPECT_EQ(client->join(), 0) << "1: a call failed; 2: the answer to another question";
    }
    uint64_t           served = 0;
    std::set<uint64_t> who;
    for (int i = 0; i < 2; ++i) { // each tells how many requests it had, and ends
        auto const response = a.call(0);
        Answer     answer{};
        ASSERT_EQ(response.len(), sizeof(answer));
        std::memcpy(&answer, response.data(), sizeof(answer));
        served += answer.turn;
        who.insert(answer.server);
        EXPECT_EQ(servers[answer.server - 1]->join(), 0);
    }
    EXPECT_EQ(who.size(), 2U);
    EXPECT_EQ(served, 2 * 300U + 2U) << "each request was served once";
}

TEST(ServiceProcesses, ReportADeadServerThatHadTheRequestAtOnce)
{
    Asking a;
    auto   server = child(serves_up_to, {a.found, "while"});
    auto   call   = a.start(1);
    server->wait_ready(); // it has taken it
    server->kill();
    EXPECT_EQ(call.wait(for_ever).status(), CallStatus::ServerGone);
    EXPECT_EQ(a.call(1).status(), CallStatus::NoServer);
    EXPECT_EQ(a.client.outstanding(), 0U);
}

TEST(ServiceProcesses, ReportThatADeadServerHadNotTakenTheRequest)
{
    Asking a;
    auto   server = child(serves_up_to, {a.found, "before"});
    auto   one = a.start(1), two = a.start(2);
    server->wait_ready();
    server->kill();
    EXPECT_EQ(two.wait(for_ever).status(), CallStatus::Unserved);
    EXPECT_EQ(one.wait(for_ever).status(), CallStatus::Unserved) << "it was found with the other one";
}

TEST(ServiceProcesses, ShowTheAnswerOfAServerThatDiedAfterIt)
{
    Asking a;
    auto   server = child(serves_up_to, {a.found, "after"});
    auto   call   = a.start(1);
    server->wait_ready();
    server->kill();
    EXPECT_EQ(call.wait(for_ever).status(), CallStatus::Answered);
}

TEST(ServiceProcesses, AskAnotherServerWhereOneDiedBeforeItTookTheRequest)
{
    Asking a;
    auto   dies = child(serves_up_to, {a.found, "before"});
    dies->wait_ready();
    dies->kill();
    auto lives = child(serves, {a.found, "2"});
    for (uint64_t i = 1; i < 5; ++i) {
        EXPECT_EQ(a.call(i).status(), CallStatus::Answered);
    }
    EXPECT_EQ(a.call(0).status(), CallStatus::Answered);
    EXPECT_EQ(lives->join(), 0);
}

/// Their late answers would have freed them.
TEST(ServiceProcesses, FreeThePlacesOfCancelledCallsWhoseServerIsDead)
{
    Asking a;
    auto   dies = child(serves_up_to, {a.found, "while"});
    auto   call = a.start(1);
    dies->wait_ready();
    EXPECT_FALSE(call.cancel()) << "it has been taken";
    EXPECT_EQ(a.client.outstanding(), 1U);
    dies->kill();
    auto                      lives = child(serves, {a.found, "2"});
    std::vector<Client::Call> calls;
    for (uint64_t i = 1; i <= config().max_calls; ++i) {
        uint64_t const value = i;
        calls.push_back(a.client.start(&value, sizeof(value), for_ever));
        EXPECT_TRUE(calls.back()) << text_of(calls.back().status());
    }
    uint32_t answered = 0;
    for (auto& each : calls) { // the dead server may have been asked, too
        auto const status = each.wait(for_ever).status();
        EXPECT_TRUE(status == CallStatus::Answered || status == CallStatus::Unserved) << text_of(status);
        answered += status == CallStatus::Answered ? 1 : 0;
    }
    EXPECT_GT(answered, 0U);
    EXPECT_EQ(a.call(0).status(), CallStatus::Answered);
    EXPECT_EQ(lives->join(), 0);
}

TEST(ServiceProcesses, SayThatADeadServerIsNone)
{
    Asking a;
    auto   dies = child(serves_up_to, {a.found, "before"});
    EXPECT_TRUE(a.client.wait_for_server(for_ever));
    dies->wait_ready();
    dies->kill();
    EXPECT_FALSE(a.client.has_server());
    EXPECT_EQ(a.call(1).status(), CallStatus::NoServer) << "its ring was still there";
}

#if !defined(_WIN32)
/// Time proves nothing: a stopped server has the request, and answers when it continues.
TEST(ServiceProcesses, TakeAStoppedServerForALivingOne)
{
    Asking a;
    auto   server = child(serves, {a.found, "1"});
    server->signal(SIGSTOP);
    auto call = a.start(1);
    EXPECT_EQ(call.wait(100ms).status(), CallStatus::TimedOut);
    EXPECT_EQ(a.call(2, 50ms).status(), CallStatus::TimedOut);
    EXPECT_EQ(a.client.outstanding(), 1U) << "the one that was given up was taken back";
    server->signal(SIGCONT);
    EXPECT_EQ(call.wait(for_ever).status(), CallStatus::Answered);
    EXPECT_EQ(a.call(0).status(), CallStatus::Answered);
    if (HasFailure()) { // who was taken for dead is never asked to end
        server->kill();
        return;
    }
    EXPECT_EQ(server->join(), 0);
}
#endif

TEST(ServiceProcesses, DropWhatADeadClientAskedAndAnswerNobodyElse)
{
    Asking a;
    Server server = a.node.serve(sum, config());
    auto   client = child(asks_and_waits, {a.found, "3"});
    client->go_on();
    client->wait_ready();
    auto taken = server.try_receive();
    ASSERT_TRUE(taken && taken->wanted());
    client->kill();
    EXPECT_FALSE(taken->wanted());
    auto const room     = SharedRegion::open(a.node.response_region(sum)); // recovers: its ring is free
    Client     newcomer = a.node.client(sum, config());
    EXPECT_EQ(taken->answer("late", 4), -EPIPE);
    EXPECT_FALSE(server.try_receive()) << "nobody waits for the other two";
    uint64_t const value = 1;
    auto           call  = newcomer.start(&value, sizeof(value));
    EXPECT_EQ(call.poll().status(), CallStatus::Waiting) << "the answer was not for it";
    auto request = server.try_receive();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->answer("mine", 4), 4);
    EXPECT_EQ(call.poll().status(), CallStatus::Answered);
}

TEST(ServiceProcesses, LeaveNothingBehindOfKilledClientsAndServers)
{
    Asking      a;
    Server      server = a.node.serve(sum, config());
    InUse const healthy(a.node);
    for (int i = 0; i < 5; ++i) {
        auto client = child(asks_and_waits, {a.found, "3"});
        client->go_on();
        client->wait_ready();
        auto const held = server.try_receive();
        client->kill();
    }
    while (server.try_receive()) { // what nobody waits for
    }
    {
        auto dies = child(serves_up_to, {a.found, "while"});
        auto one = a.start(1), two = a.start(2);
        dies->wait_ready();
        dies->kill();
        EXPECT_TRUE(one.status() == CallStatus::Waiting && two.status() == CallStatus::Waiting);
        while (auto request = server.try_receive()) {
            EXPECT_EQ(request->answer("", 0), 0);
        }
        auto const first = one.wait(for_ever).status(), second = two.wait(for_ever).status();
        EXPECT_TRUE(first == CallStatus::Answered || second == CallStatus::Answered);
        EXPECT_TRUE(first == CallStatus::ServerGone || second == CallStatus::ServerGone);
    }
    EXPECT_TRUE(InUse(a.node) == healthy) << "a recovery brings back all that they had";
    EXPECT_EQ(kickmsg::list(a.found).size(), 2U) << "no region of a client's own";
}

TEST(ServiceProcesses, LeaveRegionsThatArePruned)
{
    Prefix const found("service_pruned");
    auto         dies = child(serves_up_to, {found, "before"});
    dies->wait_ready();
    EXPECT_EQ(kickmsg::prune(found).removed.size(), 0U);
    dies->kill();
#if defined(KICKMSG_REGIONS_ARE_FILES)
    EXPECT_EQ(kickmsg::prune(found).removed.size(), 2U);
#endif
    EXPECT_TRUE(kickmsg::list(found).empty());
}
