/// Services in one process: what is asked, answered, refused, cancelled, and what is left behind.
#include "found_regions.h"
#include "typed.h"

#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Liveness.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <set>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::CallStatus;
using kickmsg::Client;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::Node;
using kickmsg::Server;
using kickmsg::ServiceConfig;
using kickmsg::SharedRegion;

namespace {

constexpr char const* sum = "sum";

ServiceConfig small_service(uint32_t clients = 4, uint32_t servers = 2, uint32_t calls = 4)
{
    ServiceConfig cfg;
    cfg.max_clients       = clients;
    cfg.max_servers       = servers;
    cfg.max_calls         = calls;
    cfg.max_request_size  = 64;
    cfg.max_response_size = 64;
    return cfg;
}

uint64_t value_of(void const* data, std::size_t length)
{
    uint64_t value = 0;
    EXPECT_EQ(length, sizeof(value));
    if (length == sizeof(value)) {
        std::memcpy(&value, data, sizeof(value));
    }
    return value;
}

struct Service {
    explicit Service(ServiceConfig const& config = small_service()) : cfg(config) {}

    Client::Call start(Client& asking, uint64_t value)
    {
        return asking.start(&value, sizeof(value));
    }
    /// Takes a request and answers it with the next number.
    bool serve(Server& serving)
    {
        auto request = serving.try_receive();
        return request && answer(*request);
    }
    static bool answer(Server::Request& request)
    {
        uint64_t const value = value_of(request.data(), request.len()) + 1;
        return request.answer(&value, sizeof(value)) == sizeof(value);
    }
    static uint64_t answer_of(Client::Response const& response)
    {
        EXPECT_EQ(response.status(), CallStatus::Answered) << text_of(response.status());
        return response ? value_of(response.data(), response.len()) : 0;
    }
    kickmsg::RegionStats stats(bool requests)
    {
        return SharedRegion::open(requests ? node.request_region(sum) : node.response_region(sum)).stats();
    }
    /// Of both regions: slots that are free or kept for nothing.
    std::vector<uint64_t> idle_slots()
    {
        return {stats(true).pool_free + stats(true).pool_kept, stats(false).pool_free + stats(false).pool_kept};
    }

    Prefix        found{"service"};
    Node          node{"tester", found};
    ServiceConfig cfg;
    Server        server = node.serve(sum, cfg);
    Client        client = node.client(sum, cfg);
};

} // namespace

TEST(Service, AnswersTheOneThatAskedAndNobodyElse)
{
    Service s;
    Client  other = s.node.client(sum, s.cfg);
    auto    mine  = s.start(s.client, 10);
    auto    its   = s.start(other, 20);
    EXPECT_EQ(mine.poll().status(), CallStatus::Waiting);
    EXPECT_TRUE(s.serve(s.server) && s.serve(s.server));
    EXPECT_EQ(Service::answer_of(its.poll()), 21U);
    EXPECT_EQ(Service::answer_of(mine.poll()), 11U);
    EXPECT_FALSE(mine) << "it was answered";
    EXPECT_EQ(s.client.outstanding() + other.outstanding(), 0U);
}

TEST(Service, GivesEachRequestToOneOfItsServers)
{
    Service                   s(small_service(4, 2, 8));
    Server                    second = s.node.serve(sum, s.cfg);
    std::vector<Client::Call> calls;
    for (uint64_t i = 0; i < 8; ++i) {
        calls.push_back(s.start(s.client, i));
    }
    uint32_t by_first = 0, by_second = 0;
    while (s.serve(s.server)) {
        ++by_first;
    }
    while (s.serve(second)) {
        ++by_second;
    }
    EXPECT_EQ(by_first, 4U);
    EXPECT_EQ(by_second, 4U);
    for (uint64_t i = 0; i < 8; ++i) {
        EXPECT_EQ(Service::answer_of(calls[i].poll()), i + 1);
    }
}

TEST(Service, AnswersSeveralCallsInAnyOrder)
{
    Service                      s;
    std::vector<Client::Call>    calls;
    std::vector<Server::Request> requests;
    for (uint64_t i = 0; i < 4; ++i) {
        calls.push_back(s.start(s.client, i));
        requests.push_back(*s.server.try_receive());
    }
    EXPECT_EQ(s.start(s.client, 9).status(), CallStatus::NoRoom) << "as many are out as may be";
    for (std::size_t const i : {2U, 0U, 3U, 1U}) {
        EXPECT_TRUE(Service::answer(requests[i]));
        EXPECT_EQ(requests[i].answer(nullptr, 0), -EINVAL) << "twice";
    }
    for (std::size_t const i : {3U, 1U, 0U, 2U}) {
        EXPECT_EQ(Service::answer_of(calls[i].poll()), i + 1);
    }
}

TEST(Service, CountsAnswersThatAreHeldAsCalls)
{
    Service                       s;
    std::vector<Client::Response> held;
    for (uint64_t i = 0; i < 4; ++i) {
        auto call = s.start(s.client, i);
        EXPECT_TRUE(s.serve(s.server));
        held.push_back(call.poll());
        EXPECT_EQ(s.client.outstanding(), i + 1);
    }
    EXPECT_EQ(s.start(s.client, 9).status(), CallStatus::NoRoom);
    EXPECT_EQ(Service::answer_of(held[0]), 1U) << "it is still there";
    held.pop_back();
    EXPECT_TRUE(s.start(s.client, 9));
}

TEST(Service, SaysAtOnceThatThereIsNoServer)
{
    Service s;
    s.server = s.node.serve(sum, s.cfg); // the first one has left
    EXPECT_TRUE(s.client.has_server());
    {
        Server const gone = std::move(s.server);
    }
    EXPECT_FALSE(s.client.has_server());
    EXPECT_FALSE(s.client.wait_for_server(1ms));
    uint64_t const value = 1;
    EXPECT_EQ(s.client.call(&value, sizeof(value), std::chrono::nanoseconds::max()).status(), CallStatus::NoServer);
}

TEST(Service, SaysAtOnceThatItsServerHasLeft)
{
    Service s;
    auto    taken   = s.start(s.client, 1);
    auto    request = s.server.try_receive();
    auto    waiting = s.start(s.client, 2);
    {
        Server const gone = std::move(s.server);
    }
    EXPECT_EQ(waiting.wait(std::chrono::nanoseconds::max()).status(), CallStatus::Unserved);
    EXPECT_EQ(taken.wait(std::chrono::nanoseconds::max()).status(), CallStatus::ServerGone);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->answer(nullptr, 0), -EBADF) << "its server has ended";
    EXPECT_EQ(s.client.outstanding(), 0U);
}

TEST(Service, ShowsTheAnswerOfAServerThatHasLeftSince)
{
    Service s;
    auto    call = s.start(s.client, 1);
    EXPECT_TRUE(s.serve(s.server));
    {
        Server const gone = std::move(s.server);
    }
    EXPECT_EQ(Service::answer_of(call.poll()), 2U);
}

TEST(Service, TakesBackARequestThatNobodyHasTaken)
{
    Service s;
    auto    call = s.start(s.client, 1);
    EXPECT_TRUE(call.cancel());
    EXPECT_EQ(call.status(), CallStatus::Cancelled);
    EXPECT_EQ(call.poll().status(), CallStatus::Cancelled);
    EXPECT_EQ(s.client.outstanding(), 0U);
    EXPECT_FALSE(s.server.try_receive()) << "it was taken back";
}

TEST(Service, DropsTheAnswerToACallThatWasCancelled)
{
    Service s;
    auto    call    = s.start(s.client, 1);
    auto    request = s.server.try_receive();
    ASSERT_TRUE(request && request->wanted());
    EXPECT_FALSE(call.cancel()) << "a server has it";
    EXPECT_FALSE(request->wanted());
    EXPECT_EQ(s.client.outstanding(), 1U) << "its place is not free before the server has let go of it";
    uint64_t const value = 2;
    EXPECT_EQ(request->answer(&value, sizeof(value)), -ECANCELED);
    auto next = s.start(s.client, 5);
    EXPECT_TRUE(s.serve(s.server));
    EXPECT_EQ(Service::answer_of(next.poll()), 6U);
    EXPECT_EQ(s.client.outstanding(), 0U);
}

/// The answer was on its way when the call was cancelled: it is no answer to a later one.
TEST(Service, DoesNotTakeALateAnswerForTheNextOne)
{
    Service s(small_service(2, 2, 1));
    auto    call = s.start(s.client, 1);
    EXPECT_TRUE(s.serve(s.server));
    EXPECT_FALSE(call.cancel());
    auto next = s.start(s.client, 5);
    ASSERT_TRUE(next) << text_of(next.status());
    EXPECT_EQ(next.poll().status(), CallStatus::Waiting);
    EXPECT_TRUE(s.serve(s.server));
    EXPECT_EQ(Service::answer_of(next.poll()), 6U);
}

TEST(Service, GivesUpACallWhoseTimeIsOver)
{
    Service        s;
    uint64_t const value = 1;
    EXPECT_EQ(s.client.call(&value, sizeof(value), 5ms).status(), CallStatus::TimedOut);
    EXPECT_EQ(s.client.outstanding(), 0U);
    EXPECT_FALSE(s.server.try_receive()) << "it was taken back";
    auto call = s.start(s.client, 1);
    EXPECT_EQ(call.wait(5ms).status(), CallStatus::TimedOut);
    EXPECT_TRUE(call) << "it is still out";
    EXPECT_TRUE(s.serve(s.server));
    EXPECT_EQ(Service::answer_of(call.wait(1s)), 2U);
}

TEST(Service, SaysThatItsRequestWasLetGo)
{
    Service s;
    auto    call = s.start(s.client, 1);
    s.server.try_receive();
    EXPECT_EQ(call.poll().status(), CallStatus::Refused);
    EXPECT_EQ(s.client.outstanding(), 0U);
}

TEST(Service, WritesAndReadsInPlace)
{
    Service s;
    auto    loan  = s.client.loan(sizeof(uint64_t));
    auto    other = s.client.loan(sizeof(uint64_t));
    ASSERT_TRUE(loan && other);
    EXPECT_NE(loan.data(), other.data()) << "several may be out";
    for (auto* const each : {&loan, &other}) {
        uint64_t const value = each == &loan ? 30 : 40;
        EXPECT_EQ(reinterpret_cast<uintptr_t>(each->data()) % 32, 0U);
        std::memcpy(each->data(), &value, sizeof(value));
    }
    auto second = other.start();
    auto first  = loan.start();
    EXPECT_FALSE(loan || other);
    for (int i = 0; i < 2; ++i) {
        auto request = s.server.try_receive();
        ASSERT_TRUE(request);
        uint64_t const value = value_of(request->data(), request->len()) + 1;
        void* const    room  = request->allocate(sizeof(value));
        ASSERT_NE(room, nullptr);
        std::memcpy(room, &value, sizeof(value));
        EXPECT_EQ(request->publish(), static_cast<int32_t>(sizeof(value)));
        EXPECT_EQ(request->publish(), -EINVAL);
    }
    EXPECT_EQ(Service::answer_of(first.poll()), 31U);
    EXPECT_EQ(Service::answer_of(second.poll()), 41U);
}

TEST(Service, PublishesInPlaceOnlyWhatWasAllocatedForACallThatIsStillWaitedFor)
{
    Service    s;
    auto const all     = s.idle_slots();
    auto       call    = s.start(s.client, 1);
    auto       second  = s.start(s.client, 2);
    auto       third   = s.start(s.client, 3);
    auto       request = s.server.try_receive(), served = s.server.try_receive(), late = s.server.try_receive();
    ASSERT_TRUE(request && served && late);
    EXPECT_EQ(request->publish(), -EINVAL) << "nothing was allocated";
    EXPECT_TRUE(*request) << "it may still be answered";
    ASSERT_NE(request->allocate(8), nullptr);
    EXPECT_FALSE(call.cancel()) << "a server has it";
    EXPECT_EQ(request->publish(), -ECANCELED);
    EXPECT_FALSE(*request);
    EXPECT_EQ(second.poll().status(), CallStatus::Waiting);
    EXPECT_EQ(s.client.outstanding(), 2U) << "the call that was cancelled has its place no more";
    ASSERT_NE(served->allocate(8), nullptr);
    {
        Client const gone = std::move(s.client);
    }
    EXPECT_EQ(served->publish(), -EPIPE);
    EXPECT_FALSE(*served);
    EXPECT_EQ(late->answer(nullptr, 0), -EPIPE);
    for (auto* const each : {&request, &served, &late}) {
        each->reset(); // what it shows of the request
    }
    EXPECT_EQ(s.idle_slots(), all);
}

TEST(Service, PublishesNothingInPlaceForAServerThatHasEnded)
{
    Service s;
    auto    call    = s.start(s.client, 1);
    auto    request = s.server.try_receive();
    ASSERT_TRUE(request);
    ASSERT_NE(request->allocate(8), nullptr);
    {
        Server const gone = std::move(s.server);
    }
    EXPECT_EQ(request->publish(), -EBADF);
    EXPECT_EQ(request->allocate(8), nullptr);
    EXPECT_EQ(call.wait(1h).status(), CallStatus::ServerGone);
}

/// Another publisher has filled the client's ring, which has room for all answers to its calls.
TEST(Service, AnAnswerThatFindsNoRoomMayBeGivenAgain)
{
    Service        s;
    auto const     all     = s.idle_slots();
    uint64_t const value   = 7;
    auto           call    = s.start(s.client, 1);
    auto           request = s.server.try_receive();
    ASSERT_TRUE(request);
    {
        kickmsg::Publisher noise(SharedRegion::open(s.node.response_region(sum)));
        for (int i = 0; i < 4; ++i) {
            EXPECT_EQ(noise.send("noise", 5), 5);
        }
    }
    EXPECT_EQ(request->answer(&value, sizeof(value)), -EAGAIN);
    void* const room = request->allocate(sizeof(value));
    ASSERT_NE(room, nullptr);
    std::memcpy(room, &value, sizeof(value));
    EXPECT_EQ(request->publish(), -EAGAIN);
    EXPECT_EQ(request->publish(sizeof(value) + 1), -EMSGSIZE) << "it is still allocated, as long as it was";
    EXPECT_EQ(call.poll().status(), CallStatus::Waiting) << "noise is no answer";
    EXPECT_EQ(request->publish(), static_cast<int32_t>(sizeof(value)));
    EXPECT_EQ(Service::answer_of(call.poll()), value) << "what was written is still there";
    EXPECT_EQ(s.client.outstanding(), 0U);
    request.reset(); // what it shows of the request
    EXPECT_EQ(s.idle_slots(), all);
}

TEST(Service, LendsEachRequestASlotOfItsOwn)
{
    Service s;
    auto    one   = s.start(s.client, 1);
    auto    two   = s.start(s.client, 2);
    auto    first = s.server.try_receive(), second = s.server.try_receive();
    ASSERT_TRUE(first && second);
    void* const    room  = first->allocate(sizeof(uint64_t));
    uint64_t const value = 100;
    ASSERT_NE(room, nullptr);
    std::memcpy(room, &value, sizeof(value));
    EXPECT_TRUE(Service::answer(*second));
    EXPECT_EQ(first->publish(sizeof(value) + 1), -EMSGSIZE);
    EXPECT_EQ(first->publish(), static_cast<int32_t>(sizeof(value)));
    EXPECT_EQ(Service::answer_of(one.poll()), 100U);
    EXPECT_EQ(Service::answer_of(two.poll()), 3U);
}

TEST(Service, LeavesNoSlotBehindWhateverIsLetGo)
{
    Service    s;
    auto const all = s.idle_slots();
    {
        auto loan     = s.client.loan(8);
        auto call     = s.start(s.client, 1);
        auto dropped  = s.start(s.client, 2);
        auto request  = s.server.try_receive();
        auto answered = s.start(s.client, 3);
        static_cast<void>(request->allocate(8));
        auto other = s.server.try_receive();
    }
    while (s.serve(s.server)) {
    }
    auto call = s.start(s.client, 1);
    EXPECT_TRUE(s.serve(s.server));
    EXPECT_EQ(Service::answer_of(call.poll()), 2U);
    EXPECT_EQ(s.idle_slots(), all);
    EXPECT_EQ(s.client.outstanding(), 0U);
}

TEST(Service, OutlivesItsHandlesInCallsLoansRequestsAndResponses)
{
    Service    s;
    auto const all      = s.idle_slots();
    auto       call     = std::make_unique<Client::Call>(s.start(s.client, 1));
    auto       answered = std::make_unique<Client::Call>(s.start(s.client, 2));
    auto       request  = std::make_unique<Server::Request>(*s.server.try_receive());
    EXPECT_TRUE(s.serve(s.server));
    auto       response  = std::make_unique<Client::Response>(answered->poll());
    auto       loan      = std::make_unique<Client::Loan>(s.client.loan(8));
    auto const requests  = keep(s.node.request_region(sum));
    auto const responses = keep(s.node.response_region(sum));
    {
        Client const client = std::move(s.client);
        Server const server = std::move(s.server);
    }
    EXPECT_EQ(call->wait(1s).status(), CallStatus::Unusable);
    EXPECT_FALSE(*call);
    EXPECT_FALSE(loan->start());
    EXPECT_EQ(Service::answer_of(*response), 3U);
    EXPECT_EQ(request->len(), sizeof(uint64_t));
    call.reset();
    request.reset();
    loan.reset();
    response.reset();
    EXPECT_EQ(s.idle_slots(), all);
    for (bool const of_requests : {true, false}) {
        EXPECT_EQ(s.stats(of_requests).participants.size(), 1U) << "but for the one that looks";
    }
}

TEST(Service, CanBeMoved)
{
    Service s;
    auto    call    = s.start(s.client, 1);
    Client  client  = std::move(s.client);
    Server  server  = std::move(s.server);
    auto    request = server.try_receive();
    auto    moved   = std::move(*request);
    EXPECT_FALSE(s.client || s.server || *request);
    EXPECT_EQ(request->answer(nullptr, 0), -EINVAL);
    EXPECT_FALSE(s.server.receive(1ms));
    EXPECT_EQ(s.start(s.client, 1).status(), CallStatus::Unusable);
    EXPECT_TRUE(Service::answer(moved));
    auto other = std::move(call);
    EXPECT_EQ(Service::answer_of(other.poll()), 2U);
    s.client = std::move(client);
    EXPECT_TRUE(s.start(s.client, 1));
}

TEST(Service, GivesUpWhatAHandleHadThatIsAssignedTo)
{
    Service    s;
    auto const all  = s.idle_slots();
    auto       call = s.start(s.client, 1);
    call            = s.start(s.client, 2);
    auto loan       = s.client.loan(8);
    loan            = s.client.loan(8);
    auto request    = s.server.try_receive();
    ASSERT_TRUE(request);
    EXPECT_EQ(value_of(request->data(), request->len()), 2U) << "the first call was taken back";
    auto& same = *request;
    *request   = std::move(same);
    EXPECT_TRUE(*request);
    auto other = s.start(s.client, 3);
    *request   = *s.server.try_receive();
    EXPECT_EQ(call.poll().status(), CallStatus::Refused);
    EXPECT_TRUE(Service::answer(*request));
    EXPECT_EQ(Service::answer_of(other.poll()), 4U);
    loan = Client::Loan();
    request.reset();
    EXPECT_EQ(s.client.outstanding(), 0U);
    EXPECT_EQ(s.idle_slots(), all);
}

TEST(Service, AnswersForHandlesThatCannotBeUsed)
{
    Service          s;
    kickmsg::WaitSet set;
    Client const     client = std::move(s.client);
    Server const     server = std::move(s.server);
    EXPECT_EQ(error_of([&] { s.client.add_to(set, 1); }).code(), ErrorCode::InvalidHandle);
    EXPECT_EQ(error_of([&] { s.server.add_to(set, 1); }).code(), ErrorCode::InvalidHandle);
    s.client.remove_from(set);
    s.server.remove_from(set);
    s.client.interrupt();
    s.server.interrupt();
    EXPECT_FALSE(s.server.try_receive() || s.client.loan(8) || s.client.wait_for_server(1ms) || s.client.stale() ||
                 s.server.stale());
    EXPECT_EQ(s.client.call("", 0, 1ms).status(), CallStatus::Unusable);
    EXPECT_EQ(s.client.outstanding() + s.server.malformed(), 0U);
    EXPECT_EQ(Client::Call().poll().status(), CallStatus::Unusable);
    EXPECT_FALSE(Client::Call().cancel());
    EXPECT_EQ(Client::Loan().data(), nullptr);
    EXPECT_FALSE(Client::Loan().start());
}

TEST(Service, SaysInWordsWhatBecameOfACall)
{
    std::set<std::string> texts;
    for (int status = 0; status <= static_cast<int>(CallStatus::Unusable); ++status) {
        texts.insert(kickmsg::text_of(static_cast<CallStatus>(status)));
    }
    EXPECT_EQ(texts.size(), static_cast<std::size_t>(CallStatus::Unusable) + 1) << "each has words of its own";
}

TEST(Service, RefusesWhatIsTooLong)
{
    Service                    s;
    std::array<char, 65>       large{};
    std::array<char, 64> const most{};
    EXPECT_EQ(s.client.start(large.data(), large.size()).status(), CallStatus::TooLong);
    EXPECT_FALSE(s.client.loan(large.size()));
    auto call    = s.client.start(most.data(), most.size());
    auto request = s.server.try_receive();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->len(), most.size());
    EXPECT_EQ(request->answer(large.data(), large.size()), -EMSGSIZE);
    EXPECT_EQ(request->allocate(large.size()), nullptr);
    EXPECT_EQ(request->answer(most.data(), most.size()), 64);
    EXPECT_EQ(call.poll().len(), most.size());
    auto empty = s.client.start(nullptr, 0);
    request    = s.server.try_receive();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->answer(nullptr, 0), 0);
    EXPECT_EQ(empty.poll().status(), CallStatus::Answered) << "no byte is a request, and an answer";
}

TEST(Service, PassesOverMessagesThatAreNoRequestsAndNoAnswers)
{
    Service s;
    {
        kickmsg::Publisher requests(SharedRegion::open(s.node.request_region(sum)));
        kickmsg::Publisher responses(SharedRegion::open(s.node.response_region(sum)));
        for (std::size_t const length : {0U, 8U, 24U, 64U}) {
            std::array<unsigned char, 64> noise{};
            noise.fill(0x6b);
            EXPECT_GE(requests.send(noise.data(), length), 0);
            EXPECT_GE(responses.send(noise.data(), length), 0);
        }
    }
    auto call = s.start(s.client, 1);
    EXPECT_EQ(call.poll().status(), CallStatus::Waiting) << "noise is no answer";
    EXPECT_TRUE(s.serve(s.server));
    EXPECT_EQ(s.server.malformed(), 4U);
    EXPECT_EQ(Service::answer_of(call.poll()), 2U);
}

TEST(Service, WaitsForRoomAsLongAsItMay)
{
    ServiceConfig cfg = small_service(4, 2, 4);
    cfg.max_waiting   = 2;
    Service s(cfg);
    auto    one = s.start(s.client, 1), two = s.start(s.client, 2);
    EXPECT_EQ(s.start(s.client, 3).status(), CallStatus::NoRoom);
    uint64_t const value = 3;
    EXPECT_EQ(s.client.start(&value, sizeof(value), 2ms).status(), CallStatus::NoRoom);
    auto loan = s.client.loan(8);
    EXPECT_EQ(loan.start().status(), CallStatus::NoRoom);
    ASSERT_TRUE(loan) << "it may be tried again";
    EXPECT_TRUE(s.serve(s.server));
    EXPECT_TRUE(loan.start());
}

TEST(Service, NamesTheLimitAndTheLivingWhereThereIsNoRoomForAnotherEnd)
{
    Service           s(small_service(2, 1, 4));
    Client            second = s.node.client(sum, s.cfg);
    std::string const pid    = std::to_string(kickmsg::os::process_id());
    for (auto const& [text, make] :
         {std::pair<char const*, std::function<void()>>{"max_clients = 2", [&] { s.node.client(sum, s.cfg); }},
          {"max_servers = 1", [&] { s.node.serve(sum, s.cfg); }}}) {
        Error const error = error_of(make);
        EXPECT_TRUE(error.code() == ErrorCode::NoFreeRing || error.code() == ErrorCode::NoFreeRecord);
        EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find(pid), std::string::npos) << error.what();
    }
    EXPECT_TRUE(second);
}

TEST(Service, NamesTheFieldThatIsOutOfItsRange)
{
    Prefix const found("service_cfg");
    Node         node("tester", found);
    for (auto const& [field, change] : {std::pair<char const*, std::function<void(ServiceConfig&)>>{
                                            "max_clients", [](ServiceConfig& c) { c.max_clients = 33; }},
                                        {"max_servers", [](ServiceConfig& c) { c.max_servers = 0; }},
                                        {"max_calls", [](ServiceConfig& c) { c.max_calls = 65; }},
                                        {"max_waiting", [](ServiceConfig& c) { c.max_waiting = 3; }},
                                        {"max_request_size", [](ServiceConfig& c) { c.max_request_size = 0; }},
                                        {"max_response_size", [](ServiceConfig& c) { c.max_response_size = 0; }},
                                        {"payload_alignment", [](ServiceConfig& c) { c.payload_alignment = 4; }}}) {
        ServiceConfig cfg;
        change(cfg);
        Error const error = error_of([&] { node.serve("bad", cfg); });
        EXPECT_EQ(error.code(), ErrorCode::InvalidConfig);
        EXPECT_EQ(error.object(), std::string("ServiceConfig::") + field);
    }
    EXPECT_TRUE(kickmsg::list(found).empty());
}

TEST(Service, OfAnotherGeometryIsRefusedAndLeavesNoRegionBehind)
{
    Service       s;
    ServiceConfig other     = s.cfg;
    other.max_response_size = 128; // its requests fit
    EXPECT_EQ(error_of([&] { s.node.client(sum, other); }).code(), ErrorCode::Mismatch);
    EXPECT_EQ(kickmsg::list(s.found).size(), 2U);
    EXPECT_EQ(s.stats(true).participants.size(), 3U) << "server, client, and the one that looks";
}

TEST(Service, IsListedAndUnlinkedByItsName)
{
    Service s;
    auto    listed = kickmsg::list(s.found);
    ASSERT_EQ(listed.size(), 2U);
    for (auto const& region : listed) {
        EXPECT_EQ(region.kind, "service");
        EXPECT_EQ(region.user_name, sum);
    }
    EXPECT_EQ(listed[0].owner, "requests");
    EXPECT_EQ(listed[1].owner, "responses");
    EXPECT_EQ(listed[0].name, s.node.request_region(sum));
    EXPECT_FALSE(s.client.stale() || s.server.stale());
    s.node.unlink_service(sum);
    EXPECT_TRUE(kickmsg::list(s.found).empty());
    EXPECT_TRUE(s.client.stale() && s.server.stale());
    auto call = s.start(s.client, 1);
    EXPECT_TRUE(s.serve(s.server));
    EXPECT_EQ(Service::answer_of(call.poll()), 2U) << "existing handles stay valid";
}

TEST(Service, IsReadyInAWaitSetWhenARequestOrAnAnswerWaits)
{
    Service          s;
    kickmsg::WaitSet set;
    s.server.add_to(set, 1);
    s.client.add_to(set, 2);
    EXPECT_FALSE(set.wait(0ms));
    auto call  = s.start(s.client, 1);
    auto ready = set.wait(0ms);
    ASSERT_EQ(ready.size(), 1U);
    EXPECT_EQ(*ready.begin(), 1U);
    EXPECT_TRUE(s.serve(s.server));
    ready = set.wait(0ms);
    ASSERT_EQ(ready.size(), 1U);
    EXPECT_EQ(*ready.begin(), 2U);
    EXPECT_EQ(Service::answer_of(call.poll()), 2U);
    s.server.remove_from(set);
    s.client.remove_from(set);
    EXPECT_EQ(set.size(), 0U);
}

TEST(Service, EndsAWaitThatIsInterrupted)
{
    Service s;
    auto    call = s.start(s.client, 1);
    s.client.interrupt();
    EXPECT_EQ(call.wait(10s).status(), CallStatus::Interrupted);
    EXPECT_TRUE(call) << "it is still out";
    EXPECT_TRUE(s.serve(s.server));
    s.server.interrupt();
    EXPECT_FALSE(s.server.receive(10s));
    EXPECT_EQ(errno, EINTR);
    EXPECT_EQ(Service::answer_of(call.poll()), 2U);
}

TEST(Service, WakesBothEnds)
{
    Service           s;
    std::atomic<bool> ends{false};
    std::thread       serving([&] {
        while (!ends.load()) {
            if (auto request = s.server.receive(1s)) {
                Service::answer(*request);
            }
        }
    });
    for (uint64_t i = 0; i < 200; ++i) {
        auto const response = s.client.call(&i, sizeof(i), 10s);
        ASSERT_EQ(Service::answer_of(response), i + 1);
    }
    ends.store(true);
    s.server.interrupt();
    serving.join();
}

#if !defined(_WIN32)
TEST(Service, IsInertInAForkedChild)
{
    Service s;
    auto    call    = s.start(s.client, 1);
    auto    request = s.server.try_receive();
    auto    loan    = s.client.loan(8);
    Child   child([&](Child&) {
        bool const inert = !s.client && !s.server && !call && !*request && !loan &&
                           s.start(s.client, 1).status() == CallStatus::Unusable &&
                           call.wait(1ms).status() == CallStatus::Unusable && request->answer("", 0) == -EBADF &&
                           request->data() == nullptr && request->len() == 0 && !request->wanted() &&
                           !s.server.receive(1ms) && !s.client.has_server();
        auto const moved_call    = std::move(call);
        auto const moved_request = std::move(*request);
        return inert ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0) << "what a forked child inherited";
    EXPECT_TRUE(Service::answer(*request));
    EXPECT_EQ(Service::answer_of(call.poll()), 2U) << "the child took nothing along";
}
#endif

// --- with types

TEST(TypedService, AsksAndAnswersWithTypes)
{
    Prefix const found("service_typed");
    Node         node("tester", found);
    auto         server = node.serve<Pose, Plain>("plan");
    auto         client = node.client<Pose, Plain>("plan");
    auto         call   = client.start({1, 2, 7});
    auto         loan   = client.loan();
    ASSERT_TRUE(loan);
    loan->number = 8;
    auto second  = loan.start();
    {
        auto request = server.try_receive();
        ASSERT_TRUE(request && *request && request->wanted());
        EXPECT_EQ((*request)->number, 7U);
        EXPECT_EQ(request->answer({3, 4}), static_cast<int32_t>(sizeof(Plain)));
    }
    {
        auto request = server.try_receive();
        ASSERT_TRUE(request);
        EXPECT_EQ((**request).number, 8U);
        Plain* const answer = request->allocate();
        ASSERT_NE(answer, nullptr);
        EXPECT_EQ(answer->left, -1);
        answer->right = 5;
        EXPECT_EQ(request->publish(), static_cast<int32_t>(sizeof(Plain)));
    }
    auto const response = call.poll();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->left, 3);
    EXPECT_EQ((*second.poll()).right, 5);
    EXPECT_EQ(client.call({}, 0ms).status(), CallStatus::TimedOut);
}

TEST(TypedService, RefusesAnEndOfAnotherTypeAndNamesBoth)
{
    Prefix const found("service_types");
    Node         node("tester", found);
    auto         server = node.serve<Pose, Plain>("plan");
    for (auto const& [first, make] :
         {std::pair<char const*, std::function<void()>>{"test/Pose", [&] { node.client<NextPose, Plain>("plan"); }},
          {"test/Pose", [&] { node.client<LargerPose, Plain>("plan"); }},
          {"test/Pose", [&] { node.client<Pose, NextPose>("plan"); }}}) {
        Error const error = error_of(make);
        EXPECT_EQ(error.code(), ErrorCode::SchemaMismatch) << error.what();
        EXPECT_NE(std::string(error.what()).find(first), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find("expected"), std::string::npos) << error.what();
    }
    EXPECT_TRUE((node.client<Pose, Plain>("plan")));
}

TEST(TypedService, ShowsNoRequestAndNoAnswerOfAnotherLength)
{
    Prefix const found("service_lengths");
    Node         node("tester", found);
    auto         server = node.serve<Pose, Plain>("plan");
    auto         client = node.client<Pose, Plain>("plan");
    auto         bad    = client.raw().start("short", 5);
    auto         good   = client.start({1, 2, 7});
    auto         shown  = server.try_receive();
    ASSERT_TRUE(shown);
    EXPECT_EQ((*shown)->number, 7U);
    EXPECT_EQ(server.malformed(), 1U);
    EXPECT_EQ(bad.poll().status(), CallStatus::Refused);
    EXPECT_EQ(shown->raw().answer("short", 5), 5);
    EXPECT_EQ(good.poll().status(), CallStatus::Malformed);
}
