// Send and receive without a copy: the sender draws in shared memory, the receiver reads in the same place.
//
// allocate() lends a slot of the pool, publish() delivers it; receive_view() returns the slot itself. A view may be held
// as long as one likes: its slot is out of the pool until then, whatever is published meanwhile.
#include "example.h"

#include <kickmsg/Node.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

using namespace std::chrono_literals;

constexpr std::size_t width  = 640;
constexpr std::size_t height = 480;
constexpr std::size_t bytes  = width * height;

static kickmsg::channel::Config frames()
{
    kickmsg::channel::Config cfg;
    cfg.max_payload_size  = bytes;
    cfg.pool_size         = 16; // unread messages, views and what publishers write to: see Config.h
    cfg.sub_ring_capacity = 8;
    cfg.max_publishers    = 2;
    return cfg;
}

static void camera_process(example::Process&)
{
    kickmsg::Node      node("camera", example::prefix());
    kickmsg::Publisher publisher = node.advertise("frames", frames());

    for (int shade = 1; shade <= 4; ++shade) {
        void* const pixels = publisher.allocate(bytes);
        example::require(pixels != nullptr, "there is a free slot");
        std::memset(pixels, shade, bytes);
        std::size_t const reached = publisher.publish();
        example::require(reached == 1, "the frame reaches the display");
    }
}

static bool all_pixels_are(kickmsg::Subscriber::SampleView const& view, int shade)
{
    auto const* const pixels = static_cast<unsigned char const*>(view.data());
    return view.len() == bytes && std::all_of(pixels, pixels + bytes, [=](int pixel) { return pixel == shade; });
}

static void display_process()
{
    example::Process camera(camera_process);

    kickmsg::Node        node("display", example::prefix());
    example::AtEnd const clean([&] { node.unlink_topic("frames"); });
    kickmsg::Subscriber  subscriber = node.subscribe_or_create("frames", frames());
    camera.start();

    auto first = subscriber.receive_view(10s);
    example::require(first && all_pixels_are(*first, 1), "the first frame arrives");
    std::printf("frame 1: %zu bytes, kept\n", first->len());
    for (int shade = 2; shade <= 4; ++shade) {
        auto const view = subscriber.receive_view(10s);
        example::require(view && all_pixels_are(*view, shade), "the next frame arrives");
        std::printf("frame %d: %zu bytes, in place\n", shade, view->len());
    } // each view gives its slot back here
    camera.join();

    kickmsg::Subscriber::SampleView const kept = std::move(*first);
    example::require(kept.valid() && all_pixels_are(kept, 1), "the kept frame is untouched");
    std::printf("frame 1 is still there\n");
}

int main()
{
    return example::run(display_process);
}
