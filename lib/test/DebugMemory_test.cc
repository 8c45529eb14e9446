/// What a library that was built with KICKMSG_DEBUG_MEMORY detects, and what it says of it.
#include "support.h"

#include "kickmsg/Debug.h"

#if defined(KICKMSG_DEBUG_MEMORY)

#include "Sanitizer.h"
#include "Shadow.h"
#include "found_regions.h"
#include "typed.h"

#include "kickmsg/Node.h"
#include "kickmsg/TypedPublisher.h"
#include "kickmsg/TypedSubscriber.h"

#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace kickmsg_test;
using kickmsg::Client;
using kickmsg::Node;
using kickmsg::Publisher;
using kickmsg::Server;
using kickmsg::Subscriber;
using kickmsg::TypedPublisher;
using kickmsg::TypedSubscriber;
using kickmsg::detail::Shadow;
using View = Subscriber::SampleView;

namespace {

/// How a program ended, and what it said.
struct End {
    int         code = 0;
    std::string words;
};

/// Of a child that does `act`, with its faults explained.
End end_of(std::function<void()> const& act)
{
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe(ends), 0);
    Child child([&](Child&) {
        rlimit const no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        dup2(ends[1], STDERR_FILENO);
        EXPECT_TRUE(kickmsg::debug::explain_faults());
        act();
        return 0;
    });
    close(ends[1]);
    End  end;
    char part[512];
    for (ssize_t got = read(ends[0], part, sizeof(part)); got > 0; got = read(ends[0], part, sizeof(part))) {
        end.words.append(part, static_cast<std::size_t>(got));
    }
    close(ends[0]);
    end.code = child.join();
    return end;
}

/// `act` ends the program where it is, and the explanation has these words.
void expect_fault(std::function<void()> const& act, std::vector<std::string> const& words)
{
    End const end = end_of(act);
#if defined(KICKMSG_WITH_ASAN)
    EXPECT_NE(end.code, 0);
    EXPECT_NE(end.words.find("AddressSanitizer"), std::string::npos) << end.words;
#else
    EXPECT_EQ(end.code, -SIGSEGV) << end.words;
#endif
    for (std::string const& each : words) {
        EXPECT_NE(end.words.find(each), std::string::npos) << each << " is not in: " << end.words;
    }
}

/// What the compiler does not leave out.
void write(void* where, unsigned char byte = 1)
{
    *static_cast<unsigned char volatile*>(where) = byte;
}
unsigned char read_byte(void const* where)
{
    return *static_cast<unsigned char const volatile*>(where);
}

std::string explained(void const* address)
{
    char text[1024];
    return {text, kickmsg::debug::explain(address, text, sizeof(text))};
}

struct Pair {
    explicit Pair(std::string const& name, kickmsg::channel::Config const& cfg = small_config())
        : region(make(name, cfg)), publisher(region), subscriber(region)
    {
    }
    kickmsg::SharedRegion region;
    Publisher             publisher;
    Subscriber            subscriber;
};

std::size_t mappings()
{
    std::ifstream file("/proc/self/maps");
    std::string   line;
    std::size_t   count = 0;
    while (std::getline(file, line)) {
        ++count;
    }
    return count;
}

/// Bytes that tell where they belong.
unsigned char nth(std::size_t index)
{
    return static_cast<unsigned char>(index * 31 + 7);
}
void fill(void* room, std::size_t length)
{
    for (std::size_t i = 0; i < length; ++i) {
        static_cast<unsigned char*>(room)[i] = nth(i);
    }
}
bool is_filled(void const* data, std::size_t length)
{
    for (std::size_t i = 0; i < length; ++i) {
        if (static_cast<unsigned char const*>(data)[i] != nth(i)) {
            return false;
        }
    }
    return true;
}

} // namespace

TEST(DebugMemory, AWriteAfterPublishEndsTheProgramThereAndIsExplained)
{
    Name const name;
    expect_fault(
        [&] {
            Pair        pair(name);
            auto* const room = static_cast<unsigned char*>(pair.publisher.allocate(16));
            write(room + 3);
            pair.publisher.publish();
            write(room + 3);
        },
        {"kickmsg: a", "byte 3 of a message of 16 bytes, after publish()", name.str(), "slot ", "of publisher "});
}

TEST(DebugMemory, AReadAfterPublishEndsTheProgramThere)
{
    Name const name;
    expect_fault(
        [&] {
            Pair        pair(name);
            auto* const room = pair.publisher.allocate(16);
            write(room);
            pair.publisher.publish();
            read_byte(room);
        },
        {"byte 0 of a message of 16 bytes, after publish()"});
}

TEST(DebugMemory, AWriteToALoanThatHasEndedInAnyWayEndsTheProgramThere)
{
    using Act = void (*)(Publisher&, void*);
    struct Way {
        char const* name;
        Act         end;
        char const* words;
    };
    char const* const given_up = "after the end of its loan, which was not published";
    for (Way const &way : std::vector<Way>{
             {"publish", [](Publisher&by, void*) { EXPECT_EQ(by.publish(4), 1U); }, "after publish()"},
             {"try_publish", [](Publisher&by, void*) { EXPECT_EQ(by.try_publish(), 1); }, "after publish()"},
             {"abandon", [](Publisher&by, void*) { by.abandon(); }, given_up},
             {"allocate", [](Publisher&by, void*) { EXPECT_NE(by.allocate(8), nullptr); }, given_up},
             {"try_allocate", [](Publisher&by, void*) { EXPECT_NE(by.try_allocate(8), nullptr); }, given_up},
             {"send", [](Publisher&by, void*) { send(by, 1); }, given_up},
             {"send of the loan", [](Publisher&by, void*room) { EXPECT_EQ(by.send(room, 8), 8); }, given_up},
             {"try_send", [](Publisher&by, void*room) { EXPECT_EQ(by.try_send(room, 8), 8); }, given_up},
             {"its end", [](Publisher&by, void*) { Publisher const gone(std::move(by)); }, given_up},
         }) {
        SCOPED_TRACE(way.name);
        Name const name;
        expect_fault(
            [&] {
                Pair        pair(name);
                auto* const room = pair.publisher.allocate(8);
                write(room);
                way.end(pair.publisher, room);
                write(room);
            },
            {way.words});
    }
}

TEST(DebugMemory, AReadAfterTheEndOfAViewEndsTheProgramThereAndIsExplained)
{
    Name const name;
    expect_fault(
        [&] {
            Pair pair(name);
            send(pair.publisher, 1);
            send(pair.publisher, 2);
            pair.subscriber.try_receive();
            auto              view = pair.subscriber.try_receive_view();
            void const* const data = view->data();
            read_byte(data);
            view.reset();
            read_byte(data);
        },
        {"byte 0 of a message of 8 bytes, after the end of its view", name.str(), "message 2 of publisher "});
}

TEST(DebugMemory, AReadAfterAViewWasReplacedOrDroppedByAnotherThreadEndsTheProgramThere)
{
    for (bool by_thread : {false, true}) {
        Name const name;
        expect_fault(
            [&] {
                Pair pair(name);
                send(pair.publisher, 1);
                send(pair.publisher, 2);
                auto              view = pair.subscriber.try_receive_view();
                void const* const data = view->data();
                if (by_thread) {
                    std::thread([moved = std::move(*view)]() mutable { View const gone = std::move(moved); }).join();
                } else {
                    *view = std::move(*pair.subscriber.try_receive_view());
                }
                read_byte(data);
            },
            {"after the end of its view"});
    }
}

TEST(DebugMemory, AWriteIntoAViewEndsTheProgramThere)
{
    Name const name;
    End const  end = end_of([&] {
        Pair pair(name);
        send(pair.publisher, 1);
        auto const view = pair.subscriber.try_receive_view();
        write(const_cast<void*>(view->data()));
    });
    EXPECT_NE(end.code, 0);
    EXPECT_NE(end.words.find("of a view that is held: it may be read, and not written"), std::string::npos)
        << end.words;
}

TEST(DebugMemory, AnObjectOfATypedPublisherThatIsKeptAfterPublishIsDetected)
{
    Name const name;
    expect_fault(
        [&] {
            auto                 region = make(name);
            TypedPublisher<Pose> publisher(region);
            auto                 loan = publisher.loan(Pose{1, 2, 3});
            Pose&                pose = *loan;
            loan.publish();
            static_cast<Pose volatile&>(pose).number = 4;
        },
        {"byte 16 of a message of 24 bytes, after publish()"});
    expect_fault(
        [&] {
            auto                   region = make(name);
            TypedPublisher<Pose[]> publisher(region);
            auto                   loan = publisher.loan(2);
            auto const             all  = loan.payload();
            EXPECT_EQ(loan.publish(1), 0U);
            static_cast<Pose volatile&>(all[1]).number = 4;
        },
        {"byte 40 of a message of 48 bytes, after publish()"});
}

TEST(DebugMemory, AnObjectOfATypedViewThatHasEndedIsDetected)
{
    Name const name;
    expect_fault(
        [&] {
            auto                  region = make(name);
            TypedPublisher<Pose>  publisher(region);
            TypedSubscriber<Pose> subscriber(region);
            EXPECT_GT(publisher.send(Pose{1, 2, 3}), 0);
            auto        view = subscriber.try_receive_view();
            Pose const& pose = **view;
            view.reset();
            uint32_t const number = static_cast<Pose const volatile&>(pose).number;
            EXPECT_EQ(number, 0U) << "it is not read";
        },
        {"byte 16 of a message of 24 bytes, after the end of its view"});
}

namespace {

struct Service {
    explicit Service(std::string const& prefix) : node("tester", prefix) {}

    Node   node;
    Server server = node.serve("sum");
    Client client = node.client("sum");
};

} // namespace

TEST(DebugMemory, WhatBelongsToAServiceIsDetectedAtBothOfItsEnds)
{
    struct Way {
        char const*           name;
        std::function<void()> act;
        char const*           words;
    };
    Prefix const found("debug_memory");
    auto const   request = [](Service& s) { return s.client.start("question", 8); };
    for (Way const& way : std::vector<Way>{
             {"a request after its start",
              [&] {
                  Service s(found);
                  auto    loan = s.client.loan(8);
                  auto*   room = loan.data();
                  write(room);
                  auto const call = loan.start();
                  EXPECT_TRUE(call);
                  write(room);
              },
              "after publish()"},
             {"a request that was given up",
              [&] {
                  Service     s(found);
                  void* const room = s.client.loan(8).data();
                  write(room);
              },
              "after the end of its loan"},
             {"a request after it was dropped",
              [&] {
                  Service     s(found);
                  auto const  call = request(s);
                  void const* data = s.server.try_receive()->data();
                  read_byte(data);
              },
              "after the end of its view"},
             {"an answer after publish()",
              [&] {
                  Service    s(found);
                  auto const call  = request(s);
                  auto       asked = s.server.try_receive();
                  auto*      room  = asked->allocate(8);
                  write(room);
                  EXPECT_EQ(asked->publish(), 8);
                  write(room);
              },
              "after publish()"},
             {"an answer in place of which another one was sent",
              [&] {
                  Service    s(found);
                  auto const call  = request(s);
                  auto       asked = s.server.try_receive();
                  auto*      room  = asked->allocate(8);
                  EXPECT_EQ(asked->answer("anything", 8), 8);
                  write(room);
              },
              "after the end of its loan"},
             {"an answer after it was dropped",
              [&] {
                  Service s(found);
                  auto    call = request(s);
                  EXPECT_EQ(s.server.try_receive()->answer("anything", 8), 8);
                  void const* const data = call.poll().data();
                  read_byte(data);
              },
              "after the end of its view"},
         }) {
        SCOPED_TRACE(way.name);
        expect_fault(way.act, {way.words});
    }
}

TEST(DebugMemory, AServiceAnswersInPlaceAsEver)
{
    Prefix const found("debug_memory");
    Service      s(found);
    auto         loan = s.client.loan(13);
    fill(loan.data(), 13);
    auto call  = loan.start();
    auto asked = s.server.try_receive();
    ASSERT_TRUE(asked);
    EXPECT_TRUE(asked->len() == 13 && is_filled(asked->data(), 13));
    void* const room = asked->allocate(60);
    fill(room, 60);
    EXPECT_EQ(asked->publish(59), 59);
    EXPECT_TRUE(is_filled(asked->data(), 13)) << "it stays readable after the answer";
    auto const response = call.poll();
    EXPECT_TRUE(response.len() == 59 && is_filled(response.data(), 59));
}

TEST(DebugMemory, MessagesOfAnyLengthAndAlignmentAreWrittenAndReadAsEver)
{
    for (uint32_t alignment : {8U, 64U, 4096U}) {
        auto cfg              = small_config();
        cfg.max_payload_size  = 20000;
        cfg.payload_alignment = alignment;
        Name const name;
        Pair       pair(name, cfg);
        for (std::size_t length : {0, 1, 7, 8, 9, 4095, 4096, 4097, 8192, 20000}) {
            void* const room = pair.publisher.allocate(length);
            ASSERT_NE(room, nullptr);
            EXPECT_EQ(reinterpret_cast<uintptr_t>(room) % alignment, 0U);
            fill(room, length);
            EXPECT_EQ(pair.publisher.publish(), 1U);
            auto const view = pair.subscriber.try_receive_view();
            ASSERT_TRUE(view);
            EXPECT_EQ(view->len(), length);
            EXPECT_EQ(reinterpret_cast<uintptr_t>(view->data()) % alignment, 0U);
            EXPECT_TRUE(is_filled(view->data(), length)) << length;
        }
    }
}

TEST(DebugMemory, ALoanThatWasRefusedStaysAndIsPublishedAsItIsByThen)
{
    Name const name;
    Pair       pair(name, small_config(16, 2, 1));
    send(pair.publisher, 1);
    send(pair.publisher, 2);
    auto* const room = static_cast<uint64_t*>(pair.publisher.try_allocate(8));
    *room            = 3;
    EXPECT_EQ(pair.publisher.try_publish(), -EAGAIN);
    *room = 4;
    EXPECT_EQ(pair.publisher.publish(9), 0U) << "more than was allocated";
    EXPECT_TRUE(pair.subscriber.try_receive());
    EXPECT_EQ(pair.publisher.try_publish(), 1);
    EXPECT_EQ(receive_all(pair.subscriber), (std::vector<uint64_t>{2, 4}));
}

TEST(DebugMemory, ThousandsOfLoansAndViewsUseUpNoMappingsAndTheLastOfThemAreKnown)
{
    Name const        name;
    Pair              pair(name);
    std::size_t const before = mappings();
    void*             room   = nullptr;
    for (uint64_t i = 0; i < 20000; ++i) {
        room = pair.publisher.allocate(8);
        std::memcpy(room, &i, sizeof(i));
        ASSERT_EQ(pair.publisher.publish(), 1U);
        auto const view = pair.subscriber.try_receive_view();
        ASSERT_TRUE(view);
        ASSERT_EQ(std::memcmp(view->data(), &i, sizeof(i)), 0);
    }
    EXPECT_LT(mappings(), before + 3 * Shadow::kept);
    EXPECT_NE(explained(room).find("after publish()"), std::string::npos) << explained(room);
}

TEST(DebugMemory, MoreViewsThanThereAreShadowsAreReadInPlace)
{
    constexpr uint32_t many = Shadow::limit + 100;
    auto               cfg  = small_config(2 * many, 8192, 1);
    cfg.max_views           = many;
    Name const        name;
    Pair              pair(name, cfg);
    std::vector<View> views;
    for (uint64_t i = 0; i < many; ++i) {
        send(pair.publisher, i);
        auto view = pair.subscriber.try_receive_view();
        ASSERT_TRUE(view);
        views.push_back(std::move(*view));
    }
    for (uint64_t i = 0; i < many; ++i) {
        ASSERT_EQ(std::memcmp(views[i].data(), &i, sizeof(i)), 0);
    }
    EXPECT_EQ(explained(views.back().data()), "");
}

TEST(DebugMemory, AChildThatEndsWhatItInheritedLeavesItsParentsAsTheyAre)
{
    Name const name;
    Pair       pair(name);
    send(pair.publisher, 7);
    auto                     held = pair.subscriber.try_receive_view();
    std::optional<Publisher> lender(std::in_place, pair.region);
    auto* const              room = static_cast<uint64_t*>(lender->allocate(8));
    *room                         = 8;
    Child child([&](Child&) {
        bool const inert = held->data() == nullptr && lender->publish() == 0;
        held.reset();
        lender.reset();
        return inert ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    uint64_t value = 0;
    std::memcpy(&value, held->data(), sizeof(value));
    EXPECT_EQ(value, 7U);
    *room = 9;
    EXPECT_EQ(lender->publish(), 1U);
    EXPECT_EQ(receive_all(pair.subscriber), std::vector<uint64_t>{9});
}

TEST(DebugMemory, BytesThatAreWrittenBesideALoanAreDetected)
{
    for (std::ptrdiff_t beside : {-1, 5}) {
        Name const name;
        End const  end = end_of([&] {
            Pair        pair(name);
            auto* const room = static_cast<unsigned char*>(pair.publisher.allocate(5));
            write(room + beside);
            pair.publisher.publish();
        });
        EXPECT_NE(end.code, 0);
        std::string const where =
            beside < 0 ? "1 bytes before a message of 5" : "0 bytes behind the end of a message of 5";
        EXPECT_NE(end.words.find(where), std::string::npos) << end.words;
    }
}

TEST(DebugMemory, AFaultOfAnotherKindGoesToTheHandlerThatWasThereBefore)
{
    unsigned char* volatile nowhere = nullptr;
    End const end                   = end_of([&] { write(nowhere); });
    EXPECT_NE(end.code, 0);
    EXPECT_EQ(end.words.find("kickmsg:"), std::string::npos) << end.words;
    EXPECT_NE(end_of([] { raise(SIGSEGV); }).code, 0) << "one that was sent";
}

TEST(DebugMemory, AnExplanationIsCutToItsRoom)
{
    Name const        name;
    Pair              pair(name);
    void* const       room = pair.publisher.allocate(8);
    std::string const all  = explained(room);
    EXPECT_EQ(all.find("byte 0 of a message of 8 bytes, of a loan that is out"), 0U) << all;
    char text[6] = "12345";
    EXPECT_EQ(kickmsg::debug::explain(room, text, 0), 0U);
    EXPECT_STREQ(text, "12345");
    EXPECT_EQ(kickmsg::debug::explain(room, text, sizeof(text)), 5U);
    EXPECT_STREQ(text, "byte ");
    EXPECT_EQ(kickmsg::debug::explain(text, text, sizeof(text)), 0U) << "none of its";
    EXPECT_STREQ(text, "");
    EXPECT_TRUE(kickmsg::debug::checks_memory());
}

#else

TEST(DebugMemory, ALibraryWithoutItHasNothingToSay)
{
    char text[8] = "before";
    EXPECT_FALSE(kickmsg::debug::checks_memory());
    EXPECT_FALSE(kickmsg::debug::explain_faults());
    EXPECT_EQ(kickmsg::debug::explain(text, text, 0), 0U);
    EXPECT_STREQ(text, "before");
    EXPECT_EQ(kickmsg::debug::explain(text, text, sizeof(text)), 0U);
    EXPECT_STREQ(text, "");
}

#endif
