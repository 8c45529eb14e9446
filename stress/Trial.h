/// One random stream of operations, done to a region and to the reference model at once, compared after each.
#pragma once

#include "support.h"

#include "kickmsg/testing/Model.h"

#include <array>
#include <memory>
#include <ostream>

namespace kickmsg_stress {

using kickmsg::testing::Model;

enum class Kind : uint32_t {
    Advertise,
    Retire,
    Join,
    Leave,
    Send,
    Allocate,
    Publish,
    PublishShorter,
    PublishLonger,
    TrySend,
    TryAllocate,
    TryPublish,
    Receive,
    ReceiveWithTimeout,
    ReceiveForEver,
    View,
    ViewWithTimeout,
    DropView,
    Interrupt,
    WaitForMany,
    Move,
    Claim,
    Open,
    Close,
    CreateAgain,
    OpenOther,
    Recover,
    Diagnose,
    Info,
    Count
};
char const* name_of(Kind kind);

/// `which` picks among the publishers, subscribers or views there are; `size` is a message's length.
struct Op {
    Kind     kind;
    uint32_t which;
    uint32_t size;
};
std::ostream& operator<<(std::ostream& out, Op const& op);

struct Geometry {
    uint32_t pool, capacity, subscribers, publishers;
};
std::ostream& operator<<(std::ostream& out, Geometry const& geometry);

constexpr uint32_t payload_limit = 40;

/// What all streams of a run did. An operation with nothing to do it to (a Retire without publishers) is not counted.
struct Coverage {
    std::array<uint64_t, static_cast<std::size_t>(Kind::Count)> done{};

    uint64_t      operations = 0, streams = 0;
    uint64_t      no_ring = 0, no_record = 0, too_long = 0, left_with_views = 0, received_nothing = 0, claimed = 0;
    uint64_t      allocated_again = 0;
    Model::Events events;

    void add(Model::Events const& more);
};

class Trial {
public:
    Trial(Geometry const& geometry, Coverage& coverage);
    Trial(Trial const&)            = delete;
    Trial& operator=(Trial const&) = delete;
    ~Trial();

    /// Returns: what differs from the model; empty is good.
    std::string run(Op const& op);

private:
    struct Publisher {
        kickmsg::Publisher real;
        Model::Publisher   model;
        void*              lent = nullptr;
    };
    struct Subscriber {
        kickmsg::Subscriber real;
        uint32_t            ring;
    };
    struct View {
        kickmsg::Subscriber::SampleView real;
        uint32_t                        ring;
        std::size_t                     message;
    };

    bool perform(Op const& op); ///< false: nothing to do it to
    bool perform_on_region(Op const& op);
    void advertise();
    void retire(uint32_t which);
    void join();
    void leave(uint32_t which);
    void send(Publisher& publisher, uint32_t size);
    void allocate(Publisher& publisher, uint32_t size);
    void publish(Publisher& publisher, int32_t more);
    void try_send(Publisher& publisher, uint32_t size);
    void try_allocate(Publisher& publisher, uint32_t size);
    void try_publish(Publisher& publisher);
    void receive(Subscriber& subscriber, std::chrono::nanoseconds timeout);
    bool receive_for_ever(Subscriber& subscriber);
    void view(Subscriber& subscriber, std::chrono::nanoseconds timeout);
    void drop_view(uint32_t which);
    void interrupt(Subscriber& subscriber);
    void wait_for_many();
    void move(uint32_t which);
    void claim(uint32_t version);
    void open();
    void create_again();
    void open_other();
    void recover();
    void diagnose();
    void info();
    void compare_all();
    void compare_ring(kickmsg::RingStats const& stats);

    void        lend(Publisher& publisher, void* room, bool expected);
    std::string next_message(std::size_t size);
    void        expect(bool right, std::string const& what);
    template <class T, class U>
    void expect_equal(T const& found, U const& expected, char const* what);
    void expect_error(kickmsg::ErrorCode code, std::function<void()> const& call);
    void expect_message(void const* data, std::size_t length, uint64_t position, Model::Received const& expected);
    kickmsg::SharedRegion& region()
    {
        return regions_[regions_.size() - 1];
    }

    kickmsg::channel::Config                 cfg_;
    Coverage&                                coverage_;
    kickmsg_test::Name                       name_;
    Model                                    model_;
    std::vector<kickmsg::SharedRegion>       regions_;
    std::vector<std::unique_ptr<Publisher>>  publishers_;
    std::vector<std::unique_ptr<Subscriber>> subscribers_;
    std::vector<std::unique_ptr<View>>       views_;
    std::vector<uint64_t>                    tails_; ///< where each ring was when its last subscriber left
    std::optional<uint32_t>                  schema_;
    uint32_t                                 number_ = 0;
    std::string                              wrong_;
};

} // namespace kickmsg_stress
