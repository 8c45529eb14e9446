#include "Trial.h"

#include "kickmsg/WaitSet.h"

#include <cerrno>
#include <cstring>

namespace kickmsg_stress {

namespace {

kickmsg::channel::Config config_of(Geometry const& geometry)
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = geometry.pool;
    cfg.sub_ring_capacity = geometry.capacity;
    cfg.max_subscribers   = geometry.subscribers;
    cfg.max_publishers    = geometry.publishers;
    cfg.max_payload_size  = payload_limit;
    return cfg;
}

template <class T>
T& pick(std::vector<std::unique_ptr<T>>& of, uint32_t which)
{
    return *of[which % of.size()];
}

template <class T>
void erase(std::vector<std::unique_ptr<T>>& from, uint32_t which)
{
    from.erase(from.begin() + which % static_cast<std::ptrdiff_t>(from.size()));
}

} // namespace

Trial::Trial(Geometry const& geometry, Coverage& coverage)
    : cfg_(config_of(geometry)), coverage_(coverage), name_("sequential"), model_(cfg_), tails_(geometry.subscribers)
{
    regions_.push_back(kickmsg::SharedRegion::create(name_, kickmsg::channel::PubSub, cfg_, "sequential"));
    ++coverage_.streams;
}

Trial::~Trial()
{
    coverage_.add(model_.events);
}

std::string Trial::run(Op const& op)
{
    if (perform(op)) {
        ++coverage_.done[static_cast<std::size_t>(op.kind)];
        ++coverage_.operations;
        compare_all();
    }
    return wrong_;
}

bool Trial::perform(Op const& op)
{
    bool const may_publish = !publishers_.empty();
    bool const may_receive = !subscribers_.empty();
    switch (op.kind) {
    case Kind::Advertise:
        return advertise(), true;
    case Kind::Retire:
        return may_publish && (retire(op.which), true);
    case Kind::Join:
        return join(), true;
    case Kind::Leave:
        return may_receive && (leave(op.which), true);
    case Kind::Send:
        return may_publish && (send(pick(publishers_, op.which), op.size), true);
    case Kind::Allocate:
        return may_publish && (allocate(pick(publishers_, op.which), op.size), true);
    case Kind::Publish:
        return may_publish && (publish(pick(publishers_, op.which), 0), true);
    case Kind::PublishShorter:
        return may_publish && (publish(pick(publishers_, op.which), -1), true);
    case Kind::PublishLonger:
        return may_publish && (publish(pick(publishers_, op.which), 1), true);
    case Kind::TrySend:
        return may_publish && (try_send(pick(publishers_, op.which), op.size), true);
    case Kind::TryAllocate:
        return may_publish && (try_allocate(pick(publishers_, op.which), op.size), true);
    case Kind::TryPublish:
        return may_publish && (try_publish(pick(publishers_, op.which)), true);
    case Kind::Receive:
        return may_receive && (receive(pick(subscribers_, op.which), std::chrono::nanoseconds(0)), true);
    case Kind::ReceiveWithTimeout:
        return may_receive && (receive(pick(subscribers_, op.which), std::chrono::microseconds(op.size)), true);
    case Kind::ReceiveForEver:
        return may_receive && receive_for_ever(pick(subscribers_, op.which));
    case Kind::View:
        return may_receive && (view(pick(subscribers_, op.which), std::chrono::nanoseconds(0)), true);
    case Kind::ViewWithTimeout:
        return may_receive && (view(pick(subscribers_, op.which), std::chrono::microseconds(op.size)), true);
    case Kind::DropView:
        return !views_.empty() && (drop_view(op.which), true);
    case Kind::Interrupt:
        return may_receive && (interrupt(pick(subscribers_, op.which)), true);
    case Kind::WaitForMany:
        return may_receive && (wait_for_many(), true);
    case Kind::Move:
        return may_publish && may_receive && (move(op.which), true);
    default:
        return perform_on_region(op);
    }
}

void Trial::advertise()
{
    if (publishers_.size() == cfg_.max_publishers) {
        ++coverage_.no_record;
        expect_error(kickmsg::ErrorCode::NoFreeRecord, [this] { kickmsg::Publisher refused(region()); });
        return;
    }
    publishers_.push_back(std::make_unique<Publisher>(Publisher{kickmsg::Publisher(region()), {}}));
}

void Trial::retire(uint32_t which)
{
    model_.give_back(pick(publishers_, which).model);
    erase(publishers_, which);
}

void Trial::join()
{
    auto const ring = model_.free_ring();
    if (!ring) {
        ++coverage_.no_ring;
        expect_error(kickmsg::ErrorCode::NoFreeRing, [this] { kickmsg::Subscriber refused(region()); });
        return;
    }
    subscribers_.push_back(std::make_unique<Subscriber>(Subscriber{kickmsg::Subscriber(region()), *ring}));
    uint64_t const start = region().stats().rings[*ring].position;
    expect(start >= tails_[*ring], "a new subscriber's first position has been used before");
    model_.join(*ring, start);
}

void Trial::leave(uint32_t which)
{
    uint32_t const ring = pick(subscribers_, which).ring;
    coverage_.left_with_views += model_.rings[ring].views != 0 ? 1 : 0;
    tails_[ring] = model_.rings[ring].tail;
    model_.leave(ring);
    erase(subscribers_, which);
}

void Trial::send(Publisher& publisher, uint32_t size)
{
    std::string const bytes = next_message(size);
    coverage_.too_long += size > payload_limit ? 1 : 0;
    expect_equal(publisher.real.send(bytes.data(), bytes.size()), model_.send(publisher.model, bytes), "send()");
    expect_equal(publisher.real.dropped(), publisher.model.dropped, "dropped()");
    expect_equal(publisher.real.sent(), publisher.model.sent, "sent()");
}

void Trial::allocate(Publisher& publisher, uint32_t size)
{
    coverage_.allocated_again += publisher.model.allocated && size <= payload_limit ? 1 : 0;
    bool const expected = model_.allocate(publisher.model, size);
    lend(publisher, publisher.real.allocate(size), expected);
}

/// What an allocation has returned.
void Trial::lend(Publisher& publisher, void* room, bool expected)
{
    expect_equal(room != nullptr, expected, "allocate()");
    expect_equal(publisher.real.dropped(), publisher.model.dropped, "dropped()");
    expect(reinterpret_cast<uintptr_t>(room) % cfg_.payload_alignment == 0, "allocate() is not aligned");
    publisher.lent = room != nullptr ? room : publisher.lent;
}

/// Overwriting nothing.
void Trial::try_send(Publisher& publisher, uint32_t size)
{
    std::string const bytes = next_message(size);
    expect_equal(publisher.real.try_send(bytes.data(), bytes.size()), model_.try_send(publisher.model, bytes),
                 "try_send()");
    expect_equal(publisher.real.dropped(), publisher.model.dropped, "dropped()");
    expect_equal(publisher.real.sent(), publisher.model.sent, "sent()");
    expect_equal(publisher.real.pending(), 0, "pending()");
}

void Trial::try_allocate(Publisher& publisher, uint32_t size)
{
    bool const expected = model_.try_allocate(publisher.model, size);
    lend(publisher, publisher.real.try_allocate(size), expected);
}

void Trial::try_publish(Publisher& publisher)
{
    std::string const bytes = next_message(publisher.model.allocated.value_or(0));
    if (publisher.model.allocated) {
        std::memcpy(publisher.lent, bytes.data(), bytes.size());
    }
    int32_t const expected = model_.try_publish(publisher.model, bytes);
    expect_equal(publisher.real.try_publish(), expected, "try_publish()");
    expect_equal(publisher.real.sent(), publisher.model.sent, "sent()");
}

/// `more`: bytes more than were allocated; none: publish() without a length.
void Trial::publish(Publisher& publisher, int32_t more)
{
    std::size_t const allocated = publisher.model.allocated.value_or(0);
    std::size_t const length    = more < 0 && allocated == 0 ? 0 : allocated + static_cast<std::size_t>(more);
    std::string const bytes     = next_message(length);
    if (publisher.model.allocated) {
        std::memcpy(publisher.lent, bytes.data(), std::min(length, allocated));
    }
    std::size_t const expected = model_.publish(publisher.model, bytes);
    expect_equal(more == 0 ? publisher.real.publish() : publisher.real.publish(length), expected, "publish()");
    expect_equal(publisher.real.sent(), publisher.model.sent, "sent()");
}

void Trial::receive(Subscriber& subscriber, std::chrono::nanoseconds timeout)
{
    kickmsg::SampleInfo info;
    auto const          expected = model_.receive(subscriber.ring);
    auto const          found    = subscriber.real.receive(timeout, info);
    expect_equal(found.has_value(), expected.has_value(), "receive()");
    if (found && expected) {
        expect_equal(info.sequence, model_.messages[expected->message].number, "the number of a message");
        expect_message(found->data(), found->len(), found->ring_pos(), *expected);
        model_.release(subscriber.ring, expected->message);
    }
    coverage_.received_nothing += expected ? 0 : 1;
    expect_equal(subscriber.real.lost(), model_.rings[subscriber.ring].lost, "lost()");
}

/// Only where a message is there: nobody would end the wait.
bool Trial::receive_for_ever(Subscriber& subscriber)
{
    auto const& unread = model_.rings[subscriber.ring].unread;
    return !unread.empty() && (receive(subscriber, std::chrono::nanoseconds::max()), true);
}

void Trial::view(Subscriber& subscriber, std::chrono::nanoseconds timeout)
{
    auto& ring     = model_.rings[subscriber.ring];
    bool  at_limit = ring.views == region().info().max_views;
    auto  expected = at_limit ? std::nullopt : model_.receive(subscriber.ring);
    auto  found    = subscriber.real.receive_view(timeout);
    expect_equal(found.has_value(), expected.has_value(), "receive_view()");
    if (found && expected) {
        expect_message(found->data(), found->len(), found->ring_pos(), *expected);
        expect_equal(found->info().sequence, model_.messages[expected->message].number, "the number of a view");
        ++model_.rings[subscriber.ring].views;
        views_.push_back(std::make_unique<View>(View{std::move(*found), subscriber.ring, expected->message}));
    }
    expect_equal(subscriber.real.lost(), model_.rings[subscriber.ring].lost, "lost()");
}

void Trial::drop_view(uint32_t which)
{
    View&              view  = pick(views_, which);
    std::string const& bytes = model_.messages[view.message].bytes;
    expect(view.real.valid() && std::string(static_cast<char const*>(view.real.data()), view.real.len()) == bytes,
           "a view's contents have changed");
    expect_equal(view.real.info().sequence, model_.messages[view.message].number, "the number of a view");
    model_.release(view.ring, view.message);
    --model_.rings[view.ring].views;
    erase(views_, which);
}

/// The next receive that may sleep answers nothing, and loses nothing.
void Trial::interrupt(Subscriber& subscriber)
{
    subscriber.real.interrupt();
    expect(!subscriber.real.receive(std::chrono::nanoseconds::max()) && errno == EINTR, "interrupt() ended no wait");
    receive(subscriber, std::chrono::nanoseconds(0));
}

/// All that have a message are ready, and none that everything was delivered to and taken by.
void Trial::wait_for_many()
{
    kickmsg::WaitSet set;
    for (std::size_t i = 0; i < subscribers_.size(); ++i) {
        set.add(subscribers_[i]->real, i);
    }
    std::vector<bool> is_ready(subscribers_.size());
    for (uint64_t const key : set.wait(std::chrono::nanoseconds(0))) {
        is_ready[key] = true;
    }
    for (std::size_t i = 0; i < subscribers_.size(); ++i) {
        Model::Ring const& ring = model_.rings[subscribers_[i]->ring];
        expect(is_ready[i] || ring.unread.empty(), "a subscriber with a message is not ready");
        expect(!is_ready[i] || ring.next != ring.tail, "a subscriber that has everything is ready");
    }
}

/// Handles move; what is left behind refuses.
void Trial::move(uint32_t which)
{
    auto&               publisher  = pick(publishers_, which).real;
    auto&               subscriber = pick(subscribers_, which).real;
    kickmsg::Publisher  new_publisher(std::move(publisher));
    kickmsg::Subscriber new_subscriber(std::move(subscriber));
    expect_equal(publisher.send("x", 1), -EBADF, "send() of what was moved from"); // NOLINT(bugprone-use-after-move)
    expect(publisher.allocate(1) == nullptr, "allocate() of what was moved from");
    expect_equal(publisher.publish(), 0, "publish() of what was moved from");
    expect_equal(publisher.dropped(), 0, "dropped() of what was moved from");
    expect(!subscriber.try_receive(), "try_receive() of what was moved from"); // NOLINT(bugprone-use-after-move)
    expect(!subscriber.receive_view(std::chrono::nanoseconds(1)), "receive_view() of what was moved from");
    if (!views_.empty()) {
        kickmsg::Subscriber::SampleView& view = pick(views_, which).real;
        kickmsg::Subscriber::SampleView  new_view(std::move(view));
        expect(!view.valid() && view.data() == nullptr && view.len() == 0, // NOLINT(bugprone-use-after-move)
               "a view that was moved from is valid");
        view = std::move(new_view);
    }
    publisher  = std::move(new_publisher);
    subscriber = std::move(new_subscriber);
}

std::string Trial::next_message(std::size_t size)
{
    std::string bytes(size, '\0');
    ++number_;
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<char>(i < 4 ? number_ >> (8 * i) : number_ * 29U + i * 7U);
    }
    return bytes;
}

void Trial::expect(bool right, std::string const& what)
{
    if (!right && wrong_.empty()) {
        wrong_ = what;
    }
}

template <class T, class U>
void Trial::expect_equal(T const& found, U const& expected, char const* what)
{
    expect(found == static_cast<T>(expected),
           std::string(what) + ": " + std::to_string(found) + ", the model says " + std::to_string(expected));
}

void Trial::expect_message(void const* data, std::size_t length, uint64_t position, Model::Received const& expected)
{
    expect_equal(position, expected.position, "position");
    expect(std::string(static_cast<char const*>(data), length) == model_.messages[expected.message].bytes,
           "another message than the model's");
}

} // namespace kickmsg_stress
