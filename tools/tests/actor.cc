/// Takes part in regions as the lines of its input say, for tests of the tool; answers each line by "ok" and what there is to say.
#include "AutomaticRecovery.h"
#include "kickmsg/Node.h"
#include "kickmsg/Region.h"
#include "kickmsg/Schema.h"
#include "kickmsg/Server.h"

#include <chrono>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::vector<kickmsg::SharedRegion>           regions;
std::vector<kickmsg::Publisher>              publishers;
std::vector<kickmsg::Subscriber>             subscribers;
std::vector<kickmsg::Subscriber::SampleView> views;
std::vector<kickmsg::Server>                 servers;
std::vector<kickmsg::Server::Request>        requests;
std::vector<kickmsg::Client>                 clients;
std::vector<kickmsg::Client::Call>           calls;

kickmsg::channel::Config config_of(std::istringstream& words)
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 4;
    cfg.sub_ring_capacity = 8;
    cfg.pool_size         = 64;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = 1024;
    std::string word;
    while (words >> word) {
        auto const        at    = word.find('=');
        auto const        value = static_cast<uint32_t>(std::stoul(word.substr(at + 1), nullptr, 0));
        std::string const key   = word.substr(0, at);
        if (key == "times") {
            cfg.send_time = value != 0;
            continue;
        }
        (key == "subscribers" ? cfg.max_subscribers
         : key == "ring"      ? cfg.sub_ring_capacity
         : key == "pool"      ? cfg.pool_size
         : key == "views"     ? cfg.max_views
         : key == "mode"      ? cfg.mode
                              : cfg.max_publishers) = value;
    }
    return cfg;
}

kickmsg::Node node_of(std::istringstream& words)
{
    std::string prefix;
    words >> prefix;
    return kickmsg::Node("actor", prefix);
}

kickmsg::ServiceConfig service_config_of(std::istringstream& words)
{
    kickmsg::ServiceConfig cfg;
    cfg.max_clients = 4;
    for (std::string word; words >> word;) {
        auto const at    = word.find('=');
        auto const value = static_cast<uint32_t>(std::stoul(word.substr(at + 1), nullptr, 0));
        auto const key   = word.substr(0, at);
        if (key == "request") {
            cfg.max_request_size = value;
        } else if (key == "response") {
            cfg.max_response_size = value;
        } else {
            (key == "clients" ? cfg.max_clients : key == "waiting" ? cfg.max_waiting : cfg.max_calls) = value;
        }
    }
    return cfg;
}

/// The next request, by the server that was made last. Returns: it, as text.
std::string take_request()
{
    auto request = servers.back().receive(std::chrono::seconds(60));
    if (!request) {
        throw std::runtime_error("nobody asks");
    }
    requests.push_back(std::move(*request));
    return {static_cast<char const*>(requests.back().data()), requests.back().len()};
}

/// NAME ARGUMENT…
std::string act(std::string const& line)
{
    std::istringstream words(line);
    std::string        what, text;
    words >> what;
    if (what == "advertise") { // PREFIX TOPIC KEY=VALUE…
        auto node = node_of(words);
        words >> text;
        publishers.push_back(node.advertise_or_join(text, config_of(words)));
        return node.topic_region(text);
    }
    if (what == "broadcast") {
        auto node = node_of(words);
        words >> text;
        auto both = node.join_broadcast(text, config_of(words));
        publishers.push_back(std::move(both.pub));
        subscribers.push_back(std::move(both.sub));
        return node.broadcast_region(text);
    }
    if (what == "mailbox") {
        auto node = node_of(words);
        words >> text;
        subscribers.push_back(node.create_mailbox(text, config_of(words)));
        return node.mailbox_region("actor", text);
    }
    if (what == "mailbox_of") { // PREFIX OWNER TAG
        std::string prefix, owner;
        words >> prefix >> owner >> text;
        kickmsg::Node node(owner, prefix);
        subscribers.push_back(node.create_mailbox(text, config_of(words)));
        return node.mailbox_region(owner, text);
    }
    if (what == "subscribe") {
        auto node = node_of(words);
        words >> text;
        subscribers.push_back(node.subscribe(text));
        return {};
    }
    if (what == "expect") { // PREFIX TOPIC: leaves the geometry to the publisher
        auto node = node_of(words);
        words >> text;
        subscribers.push_back(node.subscribe_or_create(text));
        return {};
    }
    if (what == "raw") { // NAME KEY=VALUE…
        words >> text;
        regions.push_back(kickmsg::SharedRegion::create(text, kickmsg::channel::PubSub, config_of(words), "actor"));
        return text;
    }
    if (what == "open") {
        words >> text;
        regions.push_back(kickmsg::SharedRegion::open(text));
        return {};
    }
    if (what == "type") { // NAME VERSION SIZE ALIGNMENT SLICE: of the region that was opened last
        uint32_t                    version = 0;
        kickmsg::schema::TypeLayout layout;
        words >> text >> version >> layout.size >> layout.alignment >> layout.is_slice;
        regions.back().require_schema(kickmsg::schema::describe_type(text, version, layout));
        return {};
    }
    if (what == "send") { // COUNT TEXT: by the publisher that was made last
        std::size_t count = 0;
        words >> count >> std::ws;
        std::getline(words, text);
        for (std::size_t i = 0; i < count; ++i) {
            if (publishers.back().send(text.data(), text.size()) < 0) {
                return "refused";
            }
        }
        return {};
    }
    if (what == "allocate") {
        return publishers.back().allocate(1) != nullptr ? "" : "refused";
    }
    if (what == "receive" || what == "view") { // COUNT
        std::size_t count = 0, got = 0;
        words >> count;
        for (std::size_t i = 0; i < count; ++i) {
            if (what == "receive") {
                got += subscribers.back().try_receive() ? 1 : 0;
            } else if (auto view = subscribers.back().try_receive_view()) {
                views.push_back(std::move(*view));
                ++got;
            }
        }
        return std::to_string(got);
    }
    if (what == "serve" || what == "client") { // PREFIX SERVICE KEY=VALUE…
        auto node = node_of(words);
        words >> text;
        if (what == "serve") {
            servers.push_back(node.serve(text, service_config_of(words)));
        } else {
            clients.push_back(node.client(text, service_config_of(words)));
        }
        return node.request_region(text);
    }
    if (what == "typed") { // PREFIX SERVICE: of numbers
        auto node = node_of(words);
        words >> text;
        servers.push_back(
            node.serve(text, kickmsg::ServiceConfig{}, kickmsg::schema_of<float>(), kickmsg::schema_of<float>()));
        return node.request_region(text);
    }
    if (what == "ask") { // TEXT: by the client that was made last; it waits for no answer
        std::getline(words >> std::ws, text);
        calls.push_back(clients.back().start(text.data(), text.size()));
        return calls.back() ? "" : "refused";
    }
    if (what == "take") {
        return take_request();
    }
    if (what == "refuse") { // takes the next request, and lets go of it
        text = take_request();
        requests.clear();
        return text;
    }
    if (what == "answer") { // COUNT TEXT: answers so many requests, one after the other, by the text and the request
        std::size_t count = 0;
        words >> count >> std::ws;
        std::getline(words, text);
        for (std::size_t i = 0; i < count; ++i) {
            std::string const answer = text + take_request();
            if (requests.back().answer(answer.data(), answer.size()) < 0) {
                return "refused";
            }
            requests.clear();
        }
        return {};
    }
    if (what == "answer_bytes") { // NUMBER: one request, by a float
        float number = 0;
        words >> number;
        take_request();
        int32_t const sent = requests.back().answer(&number, sizeof(number));
        requests.clear();
        return sent < 0 ? "refused" : "";
    }
    if (what == "leave") {
        calls.clear();
        clients.clear();
        requests.clear();
        servers.clear();
        views.clear();
        subscribers.clear();
        publishers.clear();
        regions.clear();
        return {};
    }
    return "unknown";
}

} // namespace

int main()
{
    kickmsg::detail::set_automatic_recovery(false); // what the dead leave is the tool's to find
    for (std::string line; std::getline(std::cin, line);) {
        try {
            std::cout << "ok " << act(line) << std::endl;
        } catch (std::exception const& error) {
            std::cout << "error " << error.what() << std::endl;
        }
    }
    return 0;
}
