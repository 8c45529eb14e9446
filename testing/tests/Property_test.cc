/// Streams that the kit generates, done to a region and to the kit's model: a user's property test, in small.
#include "support.h"

#include "kickmsg/testing/rapidcheck.h"

#include <rapidcheck.h>

#include <iostream>
#include <memory>

using namespace kickmsg_kit;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kit::Act;
using kit::Model;

namespace {

/// A region and its model, which see the same calls.
class Both {
public:
    Both(std::string const& name, kickmsg::channel::Config const& cfg)
        : region_(SharedRegion::create(name, kickmsg::channel::PubSub, cfg)), model_(cfg)
    {
    }
    ~Both()
    {
        region_.unlink();
    }
    Both(Both const&)            = delete;
    Both& operator=(Both const&) = delete;

    void perform(kit::Operation const& step)
    {
        if (step.act == Act::Advertise && publishers_.size() < region_.info().max_publishers) {
            publishers_.push_back(std::make_unique<Publishes>(region_));
        } else if (step.act == Act::Join && model_.free_ring()) {
            join();
        } else if (step.act == Act::Send && !publishers_.empty()) {
            send(*publishers_[step.which % publishers_.size()], std::string(step.size, 'x'));
        } else if (step.act == Act::Receive && !subscribers_.empty()) {
            receive(*subscribers_[step.which % subscribers_.size()]);
        }
    }
    kit::Findings compare() const
    {
        return kit::compare(model_, region_);
    }
    Model& model()
    {
        return model_;
    }

private:
    struct Publishes {
        explicit Publishes(SharedRegion const& region) : real(region) {}
        Publisher        real;
        Model::Publisher model;
    };
    struct Subscribes {
        Subscribes(SharedRegion const& region, uint32_t index) : real(region), ring(index) {}
        Subscriber real;
        uint32_t   ring;
    };

    void join()
    {
        uint32_t const ring = *model_.free_ring();
        subscribers_.push_back(std::make_unique<Subscribes>(region_, ring));
        model_.join(ring, region_.stats().rings[ring].position);
    }
    void send(Publishes& publisher, std::string const& bytes)
    {
        RC_ASSERT(publisher.real.send(bytes.data(), bytes.size()) == model_.send(publisher.model, bytes));
    }
    void receive(Subscribes& subscriber)
    {
        auto const expected = model_.receive(subscriber.ring);
        auto const found    = subscriber.real.try_receive();
        RC_ASSERT(found.has_value() == expected.has_value());
        if (expected) {
            RC_ASSERT(std::string(static_cast<char const*>(found->data()), found->len()) ==
                      model_.messages[expected->message].bytes);
            model_.release(subscriber.ring, expected->message);
        }
    }

    SharedRegion                             region_;
    Model                                    model_;
    std::vector<std::unique_ptr<Publishes>>  publishers_;
    std::vector<std::unique_ptr<Subscribes>> subscribers_;
};

using Properties = Kit;

/// rc::check() with a seed that is the same each time, unless RC_PARAMS says another.
template <class Property>
bool check(char const* name, Property property)
{
    rc::detail::TestParams   parameters = rc::detail::configuration().testParams;
    rc::detail::TestMetadata metadata;
    metadata.id = metadata.description = name;
    if (std::getenv("RC_PARAMS") == nullptr) {
        parameters.seed       = 1;
        parameters.maxSuccess = 100;
    }
    auto const result = rc::detail::checkTestable(property, metadata, parameters);
    rc::detail::printResultMessage(result, std::cerr);
    std::cerr << std::endl;
    return result.template is<rc::detail::SuccessResult>();
}

} // namespace

TEST_F(Properties, ARegionAgreesWithTheModelOverGeneratedStreams)
{
    uint64_t   received = 0;
    bool const agree    = check("a region agrees with its model", [&] {
        auto const cfg    = *kit::any_config();
        auto const stream = *kit::any_operations();
        Both       both(node.topic_region("property"), cfg);
        for (kit::Operation const& step : stream) {
            both.perform(step);
            kit::Findings const found = both.compare();
            RC_LOG() << step << ": " << found << std::endl;
            RC_ASSERT(found.ok());
        }
        for (Model::Ring const& ring : both.model().rings) {
            received += ring.received;
        }
    });
    EXPECT_TRUE(agree);
    EXPECT_GT(received, 100U) << "the streams show something";
}

TEST_F(Properties, ACallThatOnlyTheModelHasSeenIsReported)
{
    kickmsg::channel::Config const cfg = small_config();
    Both                           both(node.topic_region("property"), cfg);
    EXPECT_TRUE(both.compare().ok()) << both.compare();
    Model::Publisher publisher;
    both.model().send(publisher, "x");
    EXPECT_TRUE(both.compare().mention("expected messages sent 1 as the model says, found 0")) << both.compare();
}

TEST_F(Properties, GeneratedPayloadsAreNoLongerThanAllowed)
{
    bool const fit = check("payloads fit", [] {
        std::string const payload = *kit::any_payload(40);
        RC_ASSERT(payload.size() <= 40U);
    });
    EXPECT_TRUE(fit);
}
