/// kickmsg call SERVICE: asks a service.
#include "Joining.h"
#include "MessageText.h"
#include "Payload.h"
#include "Services.h"
#include "Stop.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <optional>

namespace kickmsg_tools {

namespace {

using kickmsg::CallStatus;
using Response = kickmsg::Client::Response;

struct Wanted {
    std::string   service;
    Payload       request;
    MessageFormat format;
    double        timeout = 5; ///< 0: as long as a server lives that has the request
    uint64_t      count   = 1;
};

/// The time that a call has.
class Deadline {
public:
    explicit Deadline(double seconds) : seconds_(seconds), begin_(kickmsg::monotonic_ns()) {}

    double passed() const
    {
        return static_cast<double>(kickmsg::monotonic_ns() - begin_) * 1e-9;
    }
    bool goes_on() const
    {
        return (seconds_ <= 0 || passed() < seconds_) && !is_stopped();
    }
    /// What is left, in slices: a signal that comes between a look and a sleep ends the next one.
    std::chrono::nanoseconds slice() const
    {
        constexpr double longest = 0.1, least = 1e-9;
        double const     left = seconds_ <= 0 ? longest : std::clamp(seconds_ - passed(), least, longest);
        return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(left)) +
               std::chrono::nanoseconds(1);
    }

private:
    double   seconds_;
    uint64_t begin_;
};

class Caller {
public:
    Caller(Context const& context, Wanted const& wanted, MessageText const& text, std::size_t most,
           kickmsg::Client& client)
        : context_(context), wanted_(wanted), text_(text), most_(most), client_(client)
    {
    }

    /// Errors: Failure, which says what became of the call.
    void ask(std::string const& request)
    {
        Deadline const   deadline(wanted_.timeout);
        Response         response;
        CallStatus const status = outcome_of(request, deadline, response);
        if (status != CallStatus::Answered) {
            refuse(status);
        }
        show(response, deadline.passed());
    }

private:
    /// As Client::call(), but that a signal ends it.
    CallStatus outcome_of(std::string const& request, Deadline const& deadline, Response& response)
    {
        for (;;) {
            auto call = client_.start(request.data(), request.size(), deadline.slice());
            if (!call) {
                if (call.status() != CallStatus::NoRoom || !deadline.goes_on()) {
                    return call.status();
                }
                if (!client_.has_server()) { // one that died with a full ring has no room for ever
                    return CallStatus::NoServer;
                }
                continue;
            }
            do {
                response = call.wait(deadline.slice());
            } while (is_open(response.status()) && deadline.goes_on() && !is_reader_gone());
            if (response.status() != CallStatus::Unserved || !deadline.goes_on()) {
                return response.status();
            }
        }
    }

    static bool is_open(CallStatus status) noexcept
    {
        return status == CallStatus::TimedOut || status == CallStatus::Interrupted || status == CallStatus::Waiting;
    }

    [[noreturn]] void refuse(CallStatus status) const
    {
        std::string const what = "'" + printable(wanted_.service) + "': " + text_of(status);
        switch (status) {
        case CallStatus::NoServer:
        case CallStatus::Unserved:
            throw Failure(NoServer, what, "start its server");
        case CallStatus::NoRoom:
            throw Failure(NoAnswer, what, "end others that ask, or make the service anew with a larger ServiceConfig");
        case CallStatus::ServerGone:
            throw Failure(ServerGone, what, "how far it came is not known: ask it before the same is asked again");
        case CallStatus::Refused:
            throw Failure(Refused, what, "its server's log may say why");
        case CallStatus::TooLong:
            throw Failure(CouldNot, what, "at most " + std::to_string(most_) + " bytes are");
        default:
            break;
        }
        if (is_open(status) && is_stopped()) {
            throw Failure(CouldNot, what, "ended by a signal: the call is cancelled");
        }
        if (is_open(status)) {
            throw Failure(NoAnswer, what,
                          "the call is cancelled; --timeout gives it longer, kickmsg stats shows its server");
        }
        throw Failure(CouldNot, what, "kickmsg diagnose says more");
    }

    void show(Response const& response, double seconds) const
    {
        if (context_.json) {
            Json json       = document("call");
            json["service"] = wanted_.service;
            json["seconds"] = seconds;
            json["length"]  = response.len();
            text_.add_to(json, response.data(), response.len());
            write_json(json);
        } else {
            write(text_.lines(response.data(), response.len(),
                              "answer of " + std::to_string(response.len()) + " bytes after " + time_text(seconds)));
        }
        flush();
    }

    Context const&     context_;
    Wanted const&      wanted_;
    MessageText const& text_;
    std::size_t        most_; ///< bytes of a request
    kickmsg::Client&   client_;
};

/// Nothing is joined where there is nobody to ask.
FoundService found(Context const& context, std::string const& name)
{
    FoundService service = find_service(context, name);
    auto const&  servers = service.requests.region.subscribers;
    if (servers.alive == 0) {
        throw Failure(NoServer,
                      "'" + printable(name) + "': nobody serves it" +
                          (servers.dead != 0 ? ": " + std::to_string(servers.dead) + " of its servers died" : ""),
                      "start its server");
    }
    return service;
}

void call(Context& context, Wanted const& wanted, Command const& command)
{
    if (sources(command, "REQUEST") > 1) {
        throw Failure(Usage, "call takes one of REQUEST, --hex, --file and --stdin, or none of them",
                      "kickmsg call --help");
    }
    std::string const  request = bytes_of(wanted.request);
    MessageText        text(wanted.format);
    FoundService const service = found(context, wanted.service);
    text.follow(service.responses.schema);
    auto   client = ask(service);
    Caller caller(context, wanted, text, service.config.max_request_size, client);
    if (wanted.request.lines) {
        InputLines lines;
        for (std::string line; lines.next(line);) {
            caller.ask(line);
        }
        return;
    }
    for (uint64_t i = 0; (wanted.count == 0 || i < wanted.count) && !is_stopped(); ++i) {
        caller.ask(request);
    }
}

} // namespace

void declare_call(CLI::App& app, Context& context)
{
    static Wanted                 wanted;
    static std::optional<Command> self;
    Command                       command = declare(app, context, "call", "Asks a service, and shows its answers",
                                                    [&context] { call(context, wanted, *self); });
    self                                  = command;
    command.group(listening);
    command.add_option("SERVICE", wanted.service, "The service")->required();
    add_options(command, wanted.request, "REQUEST");
    add_options(command, wanted.format);
    command
        .add_option("--timeout", wanted.timeout,
                    "Waits that long for each answer; 0: as long as the server that has the request lives")
        ->type_name("SECONDS");
    command.add_option("-n,--count", wanted.count, "Asks so often, one after the other; 0: until it is ended")
        ->type_name("COUNT");
    command.footer("Joins as an ordinary client, and leaves when it ends; what a kill -9 leaves, the next recovery "
                   "brings back. Without REQUEST it asks with no bytes. It ends at the first call that is not "
                   "answered. Exit code 0 answered, 3 nobody serves it and nobody has seen the request, 4 not in time "
                   "though its server lives, 5 its server died or left and may have served it, 6 its server let go of "
                   "it without an answer.");
}

} // namespace kickmsg_tools
