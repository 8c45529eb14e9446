// Requests and replies through mailboxes: each has one owner that reads, and anybody may write to it.
//
// The client opens its mailbox before it starts the server, and the server tells it when its own is open.
#include "example.h"

#include <kickmsg/Node.h>

#include <chrono>
#include <cstring>

using namespace std::chrono_literals;

struct Request {
    char     from[16]; ///< the node whose mailbox "replies" gets the answer
    uint32_t number;
};

static uint32_t number_in(kickmsg::Subscriber& mailbox)
{
    auto const sample = mailbox.receive(10s);
    example::require(sample && sample->len() == sizeof(uint32_t), "a number arrives");
    return *static_cast<uint32_t const*>(sample->data());
}

static void post(kickmsg::Publisher& mailbox, void const* data, std::size_t length)
{
    example::require(mailbox.send(data, length) == static_cast<int32_t>(length), "the message is posted");
}

static void server_process(example::Process&)
{
    kickmsg::Node        node("server", example::prefix());
    example::AtEnd const clean([&] { node.unlink_mailbox("requests"); });
    kickmsg::Subscriber  requests = node.create_mailbox("requests");
    kickmsg::Publisher   greeting = node.open_mailbox("client", "replies");
    uint32_t const       open     = 0;
    post(greeting, &open, sizeof(open));

    for (int served = 0; served < 3; ++served) {
        auto const sample = requests.receive(10s);
        example::require(sample && sample->len() == sizeof(Request), "a request arrives");
        Request request;
        std::memcpy(&request, sample->data(), sizeof(request));
        kickmsg::Publisher replies = node.open_mailbox(request.from, "replies");
        uint32_t const     square  = request.number * request.number;
        post(replies, &square, sizeof(square));
    }
}

static void client_process()
{
    example::Process server(server_process);

    kickmsg::Node        node("client", example::prefix());
    example::AtEnd const clean([&] { node.unlink_mailbox("replies"); });
    kickmsg::Subscriber  replies = node.create_mailbox("replies");
    server.start();
    example::require(number_in(replies) == 0, "the server says that it is open");

    kickmsg::Publisher requests = node.open_mailbox("server", "requests");
    for (uint32_t number = 2; number <= 4; ++number) {
        Request const request{"client", number};
        post(requests, &request, sizeof(request));
        uint32_t const square = number_in(replies);
        example::require(square == number * number, "the reply is the square");
        std::printf("%u squared is %u\n", number, square);
    }
    server.join();
}

int main()
{
    return example::run(client_process);
}
