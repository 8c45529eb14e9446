// Requests and responses: a server and a client of one name, in either order, with types.
//
// Each request goes to one living server, and its answer to the client that asked. A server that dies is reported at once, however long
// the client would have waited.
#include "example.h"

#include <kickmsg/Node.h>

#include <chrono>
#include <cstdint>

using namespace std::chrono_literals;

struct Numbers {
    static constexpr char const* schema_name = "example/Numbers";

    int32_t left, right;
};

struct Sum {
    static constexpr char const* schema_name = "example/Sum";

    int32_t value;
};

static void server_process(example::Process&)
{
    kickmsg::Node node("adder", example::prefix());
    auto          server = node.serve<Numbers, Sum>("add");
    for (int served = 0; served < 3; ++served) {
        auto request = server.receive(1min);
        example::require(request.has_value(), "a request arrives");
        example::require(request->answer({(*request)->left + (*request)->right}) > 0, "the answer is sent");
    }
    auto const last = server.receive(1min); // and ends with it in hand
    example::require(last.has_value(), "the last request arrives");
}

static void client_process()
{
    example::Process server(server_process);

    kickmsg::Node        node("asker", example::prefix());
    example::AtEnd const clean([&] { node.unlink_service("add"); });
    auto                 client = node.client<Numbers, Sum>("add");
    std::printf("no server: %s\n", kickmsg::text_of(client.call({1, 1}, 1min).status()));
    server.start();
    example::require(client.raw().wait_for_server(1min), "the server comes");

    auto const sum = client.call({1, 2}, 1min);
    example::require(static_cast<bool>(sum), kickmsg::text_of(sum.status()));
    std::printf("1 + 2 is %d\n", sum->value);

    auto first  = client.start({10, 20}); // several calls at once, answered in any order
    auto second = client.start({30, 40});
    auto both   = second.wait(1min);
    example::require(static_cast<bool>(both), kickmsg::text_of(both.status()));
    std::printf("30 + 40 is %d\n", both->value);
    both = first.wait(1min);
    example::require(static_cast<bool>(both), kickmsg::text_of(both.status()));
    std::printf("10 + 20 is %d\n", both->value);

    std::printf("not answered: %s\n", client.call({0, 0}, 1min) ? "answered" : "at once, the server is gone");
    server.join();
}

int main()
{
    return example::run(client_process);
}
