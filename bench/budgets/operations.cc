#include "operations.h"

#include "names.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <unistd.h>

#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>

namespace kickmsg {
namespace budgets {
namespace {

constexpr std::size_t payload  = 64;
constexpr uint32_t    rings    = 32; ///< of each region, live or not
constexpr uint32_t    capacity = 1024;
constexpr uint32_t    pool     = 4096;
constexpr uint64_t    kept     = 8; ///< slots that the publisher keeps

constexpr uint32_t remembered = 4; ///< messages, by regions that keep a history

SharedRegion own_region(uint32_t ring_capacity, uint32_t history)
{
    std::string const name = "/" + kickmsg_testkit::prefix_or("kmbudget") + "_" + std::to_string(getpid()) + "_budget";
    channel::Config   config;
    config.max_subscribers   = history == 0 ? rings : rings - 1;
    config.history           = history;
    config.max_publishers    = 1;
    config.sub_ring_capacity = ring_capacity;
    config.pool_size         = pool;
    config.max_payload_size  = payload;
    SharedRegion region      = SharedRegion::create(name, channel::PubSub, config);
    region.unlink();
    return region;
}

/// A publisher and `live` subscribers.
struct Scene {
    explicit Scene(uint32_t live, uint32_t ring_capacity = capacity, uint32_t history = 0)
        : region(own_region(ring_capacity, history)), publisher(region)
    {
        for (uint32_t i = 0; i < live; ++i) {
            subscribers.emplace_back(region);
        }
    }

    uint64_t send(uint64_t times)
    {
        uint64_t sent = 0;
        for (uint64_t i = 0; i < times; ++i) {
            sent += publisher.send(message, payload) == static_cast<int32_t>(payload) ? 1 : 0;
        }
        return sent;
    }
    static uint64_t receive(Subscriber& subscriber, uint64_t times)
    {
        uint64_t received = 0;
        for (uint64_t i = 0; i < times; ++i) {
            received += subscriber.try_receive() ? 1 : 0;
        }
        return received;
    }
    static uint64_t view(Subscriber& subscriber, uint64_t times)
    {
        uint64_t received = 0;
        for (uint64_t i = 0; i < times; ++i) {
            received += subscriber.try_receive_view() ? 1 : 0;
        }
        return received;
    }
    void drain()
    {
        for (Subscriber& subscriber : subscribers) {
            while (subscriber.try_receive()) {
            }
        }
    }

    SharedRegion           region;
    Publisher              publisher;
    std::deque<Subscriber> subscribers;
    char                   message[payload] = {};
};

using Shared = std::shared_ptr<Scene>;

/// Every subscriber reads each message before the next: a slot that the publisher keeps is idle.
Operation exchange_copy(uint32_t live)
{
    Shared const scene = std::make_shared<Scene>(live);
    return {"exchange", "send and copy", live, [](uint64_t) {},
            [scene](uint64_t times) {
                uint64_t right = 0;
                for (uint64_t i = 0; i < times; ++i) {
                    bool got = scene->publisher.send(scene->message, payload) == static_cast<int32_t>(payload);
                    for (Subscriber& subscriber : scene->subscribers) {
                        got = subscriber.try_receive() && got;
                    }
                    right += got ? 1 : 0;
                }
                return right;
            }};
}

Operation exchange_view()
{
    Shared const scene = std::make_shared<Scene>(1);
    return {"exchange",
            "send and view",
            1,
            [](uint64_t) {},
            [scene](uint64_t times) {
                uint64_t right = 0;
                for (uint64_t i = 0; i < times; ++i) {
                    (void)scene->publisher.send(scene->message, payload);
                    right += scene->subscribers[0].try_receive_view() ? 1 : 0;
                }
                return right;
            },
            true};
}

Operation exchange_loan()
{
    Shared const scene = std::make_shared<Scene>(1);
    return {"exchange",
            "loan and view",
            1,
            [](uint64_t) {},
            [scene](uint64_t times) {
                uint64_t right = 0;
                for (uint64_t i = 0; i < times; ++i) {
                    void* const slot = scene->publisher.allocate(payload);
                    right += slot != nullptr && scene->publisher.publish() == 1 ? 1 : 0;
                    right -= scene->subscribers[0].try_receive_view() ? 0 : 1;
                }
                return right;
            },
            true};
}

/// The subscribers lag by more messages than the publisher keeps slots.
Operation send_to_lagging(uint32_t live)
{
    Shared const scene   = std::make_shared<Scene>(live);
    auto const   prepare = [scene](uint64_t) {
        scene->drain();
        scene->send(kept);
    };
    return {"send", "copy", live, prepare, [scene](uint64_t times) { return scene->send(times); }};
}

/// Nobody reads: each send pushes the oldest message out of every ring.
Operation send_evicting(uint32_t live)
{
    Shared const scene = std::make_shared<Scene>(live, 64);
    scene->send(64);
    return {"send", "evicting", live, [](uint64_t) {}, [scene](uint64_t times) { return scene->send(times); },
            true,   true};
}

/// In a region that keeps a history, beside subscribers that read nothing: each send takes a free slot, and pushes a message out of the history.
Operation send_remembered(uint32_t live)
{
    Shared const scene   = std::make_shared<Scene>(live, capacity, remembered);
    auto const   prepare = [scene](uint64_t) {
        scene->drain();
        scene->send(kept + remembered);
    };
    return {"send", "remembered", live, prepare, [scene](uint64_t times) { return scene->send(times); }};
}

using Take = uint64_t (*)(Subscriber&, uint64_t);

/// One subscriber's receive after another has read the same messages, or before.
Operation receive_from(std::string name, uint32_t live, Take take, bool last)
{
    Shared const scene   = std::make_shared<Scene>(live);
    auto const   prepare = [scene, last](uint64_t times) {
        scene->drain();
        scene->send(times + kept); // the publisher keeps the last ones only
        for (std::size_t i = 1; last && i < scene->subscribers.size(); ++i) {
            Scene::receive(scene->subscribers[i], times + kept);
        }
    };
    return {"receive",
            std::move(name),
            live,
            prepare,
            [scene, take](uint64_t times) { return take(scene->subscribers[0], times); },
            take == &Scene::view};
}

Operation poll_empty()
{
    Shared const scene = std::make_shared<Scene>(1);
    return {"poll", "empty", 1, [](uint64_t) {},
            [scene](uint64_t times) { return times - Scene::receive(scene->subscribers[0], times); }};
}

} // namespace

std::vector<Operation> all_operations()
{
    std::vector<Operation> all;
    for (uint32_t const live : {1U, 2U, 4U, 8U, 16U, 32U}) {
        all.push_back(exchange_copy(live));
    }
    all.push_back(exchange_view());
    all.push_back(exchange_loan());
    all.push_back(poll_empty());
    for (uint32_t const live : {0U, 1U, 2U, 4U, 8U, 16U, 32U}) {
        all.push_back(send_to_lagging(live));
    }
    for (uint32_t const live : {1U, 4U, 16U}) {
        all.push_back(send_evicting(live));
    }
    for (uint32_t const live : {0U, 1U, 4U}) {
        all.push_back(send_remembered(live));
    }
    all.push_back(receive_from("copy, the last to read", 1, &Scene::receive, true));
    all.push_back(receive_from("copy, the last to read", 4, &Scene::receive, true));
    all.push_back(receive_from("copy, others still to read", 4, &Scene::receive, false));
    all.push_back(receive_from("view, the last to read", 1, &Scene::view, true));
    all.push_back(receive_from("view, others still to read", 4, &Scene::view, false));
    return all;
}

void repeat(Operation& operation, uint64_t times)
{
    uint64_t const right = operation.run(times);
    if (right != times) {
        throw std::runtime_error(operation.str() + ": " + std::to_string(right) + " of " + std::to_string(times) +
                                 " repetitions went as they should");
    }
}

void warm_up(Operation& operation)
{
    for (uint64_t done = 0; done < pool + capacity; done += most_repetitions) {
        operation.prepare(most_repetitions);
        repeat(operation, most_repetitions);
    }
}

} // namespace budgets
} // namespace kickmsg
