#include "support.h"

#include "Lifecycle.h"

#include "kickmsg/os/Liveness.h"

#include <cstdio>
#include <cstring>

namespace kickmsg_test {

std::string prefix()
{
    char const* const given = std::getenv("KICKMSG_TEST_PREFIX");
    return given != nullptr && *given != '\0' ? given : "kmunit_" + std::to_string(kickmsg::os::process_id());
}

namespace {

std::string unique_name(std::string const& suffix)
{
    static std::string const begin =
        std::string("/") + prefix() + "_" + std::to_string(kickmsg::os::process_id()) + "_"; // shared with children
    return begin + suffix;
}

} // namespace

Name::Name(std::string const& suffix) : name_(unique_name(suffix))
{
    kickmsg::SharedMemory::unlink(name_);
}

Name::~Name()
{
    try {
        kickmsg::SharedMemory::unlink(name_);
    } catch (kickmsg::Error const& error) {
        ADD_FAILURE() << error.what();
    }
}

kickmsg::channel::Config small_config(uint32_t pool_size, uint32_t capacity, uint32_t subscribers)
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = pool_size;
    cfg.sub_ring_capacity = capacity;
    cfg.max_subscribers   = subscribers;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = 256;
    return cfg;
}

kickmsg::SharedRegion make(std::string const& name, kickmsg::channel::Config const& cfg)
{
    return kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, cfg, "unit test");
}

namespace {

/// In construction order, and there before the first of them.
std::vector<ChildBody const*>& bodies()
{
    static std::vector<ChildBody const*> all;
    return all;
}

} // namespace

ChildBody::ChildBody(char const* name, Function function) : name_(name), function_(function)
{
    if (find(name) != nullptr) {
        std::fprintf(stderr, "two bodies of children are called %s\n", name);
        std::abort();
    }
    bodies().push_back(this);
}

ChildBody const* ChildBody::find(std::string const& name)
{
    for (ChildBody const* body : bodies()) {
        if (name == body->name_) {
            return body;
        }
    }
    return nullptr;
}

kickmsg::Error error_of(std::function<void()> const& call)
{
    try {
        call();
    } catch (kickmsg::Error const& error) {
        return error;
    }
    ADD_FAILURE() << "expected a kickmsg::Error, found none";
    return kickmsg::Error(kickmsg::ErrorCode::System, "", "none was thrown");
}

void send(kickmsg::Publisher& publisher, uint64_t value)
{
    ASSERT_EQ(publisher.send(&value, sizeof(value)), static_cast<int32_t>(sizeof(value)));
}

std::vector<uint64_t> receive_all(kickmsg::Subscriber& subscriber)
{
    std::vector<uint64_t> values;
    while (auto sample = subscriber.try_receive()) {
        uint64_t value = 0;
        EXPECT_EQ(sample->len(), sizeof(value));
        std::memcpy(&value, sample->data(), sizeof(value));
        values.push_back(value);
    }
    return values;
}

std::size_t allocatable(std::string const& name)
{
    using namespace kickmsg;
    bool const automatic = detail::automatic_recovery();
    detail::set_automatic_recovery(false);
    auto const region = detail::open_region(name, nullptr);
    detail::set_automatic_recovery(automatic);
    auto&                                           layout = region->mapping().layout();
    core::Self const                                self   = region->participant().self();
    core::Claims<detail::Policy>                    claims(layout.record(self.record));
    std::vector<core::Loan>                         loans;
    core::FreeStack<detail::Policy, detail::Layout> stack(layout);
    while (core::Loan const loan = stack.pop(claims, self.incarnation)) {
        loans.push_back(loan);
    }
    for (core::Loan const& loan : loans) {
        core::release_references<detail::Policy>(layout, loan.slot, core::References<detail::Policy>::kept);
    }
    return loans.size();
}

} // namespace kickmsg_test
