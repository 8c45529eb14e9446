/// Joining a region as an ordinary participant, and saying so.
#pragma once

#include "Context.h"
#include "kickmsg/Client.h"
#include "kickmsg/Inspect.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace kickmsg_tools {

struct FoundService;

/// What a listener joined.
struct Listening {
    kickmsg::RegionReport region; ///< as it was before
    kickmsg::Subscriber   subscriber;
};

/// Joins `topic` as a subscriber, and says so on stderr. With `wait`, waits for the topic where there is none. From then on signals end the
/// command as it ends by itself. Errors: Failure, Error.
Listening listen(Context const& context, std::string const& topic, bool wait);
/// Likewise as a publisher of a region that exists.
kickmsg::Publisher speak(kickmsg::ListedRegion const& region);
/// Likewise as a client of a service that exists.
kickmsg::Client ask(FoundService const& service);

using Take = std::function<bool(kickmsg::Subscriber::SampleRef const&, kickmsg::SampleInfo const&)>;

/// Calls take(sample, where it comes from) for each message until it returns false, `seconds` are over (0: never), a signal comes, or nobody reads the
/// output any more; idle() several times a second. Returns: messages lost meanwhile.
uint64_t take_all(kickmsg::Subscriber& subscriber, double seconds, Take const& take, std::function<void()> const& idle);

/// What a command that measures a topic is asked for.
struct WantedWindows {
    std::string topic;
    double      seconds = 0;
    double      window  = 1;
    bool        wait    = false;
};

/// Declares it. `footer`: of the command.
void add_options(Command command, WantedWindows& wanted, char const* footer);

/// What is measured of the messages of one window.
class Measured {
public:
    Measured()                           = default;
    Measured(Measured const&)            = delete;
    Measured& operator=(Measured const&) = delete;
    virtual ~Measured()                  = default;

    virtual void add(std::size_t length, kickmsg::SampleInfo const& info) = 0;
    /// Of a window of so many seconds. Returns: the numbers of the document, behind those of messages and losses.
    virtual Json numbers(double seconds) = 0;
    /// The document in words.
    virtual std::string text(Json const& document) const = 0;
    virtual void        begin_anew()                     = 0;
};

/// Writes a line, or the document `name`, for each window; exit code 1 when nothing came in any.
void measure(Context& context, Listening& joined, WantedWindows const& wanted, std::string const& name,
             Measured& measured);

} // namespace kickmsg_tools
