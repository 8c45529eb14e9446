/// One random stream of operations of nodes, done to the library and to the reference model at once.
#pragma once

#include "support.h"

#include "kickmsg/Node.h"
#include "kickmsg/testing/NodeModel.h"

#include <array>
#include <functional>
#include <memory>
#include <ostream>
#include <set>

namespace kickmsg_stress {

using kickmsg::testing::NodeModel;
using kickmsg::testing::Refusal;

enum class NodeKind : uint32_t {
    Advertise,
    AdvertiseOrJoin,
    Subscribe,
    SubscribeOrCreate,
    JoinBroadcast,
    CreateMailbox,
    OpenMailbox,
    CreateRegion,
    UnlinkTopic,
    UnlinkBroadcast,
    UnlinkMailbox,
    TopicSchema,
    ClaimTopicSchema,
    Send,
    DropPublisher,
    DropSubscriber,
    Inspect,
    Count
};
char const* name_of(NodeKind kind);

/// `node` and `text` pick names, `variant` a Config, `which` among the handles there are.
struct NodeOp {
    NodeKind kind;
    uint32_t node, text, variant, which;
};
std::ostream& operator<<(std::ostream& out, NodeOp const& op);

/// What all streams of a run did.
struct NodeCoverage {
    std::array<uint64_t, static_cast<std::size_t>(NodeKind::Count)> done{};

    uint64_t                               operations = 0, streams = 0, messages = 0, kept_apart = 0;
    std::map<kickmsg::ErrorCode, uint64_t> errors;
    std::map<std::string, uint64_t>        events; ///< of the model
};

class NodeTrial {
public:
    explicit NodeTrial(NodeCoverage& coverage);
    NodeTrial(NodeTrial const&)            = delete;
    NodeTrial& operator=(NodeTrial const&) = delete;
    ~NodeTrial();

    /// Returns: what differs from the model; empty is good.
    std::string run(NodeOp const& op);

private:
    using User = NodeModel::User;
    template <class T>
    struct Of {
        T                 real;
        NodeModel::Handle region;
    };

    bool perform(NodeOp const& op); ///< false: nothing to do it to
    bool perform_on_name(NodeOp const& op);
    void publish(NodeOp const& op);
    void subscribe(NodeOp const& op);
    void join_broadcast(NodeOp const& op);
    void create_region(NodeOp const& op);
    void unlink(NodeOp const& op);
    void topic_schema(NodeOp const& op);
    void send(uint32_t which);
    void drop_publisher(uint32_t which);
    void drop_subscriber(uint32_t which);
    void inspect(NodeOp const& op);

    /// What the operation's name is in the user's words.
    User          user_of(NodeOp const& op) const;
    kickmsg::Node node(NodeOp const& op) const;
    /// Both do the same or refuse the same. Returns: whether they did it.
    bool agree(User const& user, std::function<void()> const& real, std::function<void()> const& model);
    void compare(Refusal const& expected, kickmsg::Error const& found);
    void expect(bool right, std::string const& what);

    NodeCoverage&                                         coverage_;
    kickmsg_test::Name                                    stem_{"nodes"};
    std::string                                           prefix_;
    NodeModel                                             model_;
    std::vector<std::unique_ptr<Of<kickmsg::Publisher>>>  publishers_;
    std::vector<std::unique_ptr<Of<kickmsg::Subscriber>>> subscribers_;
    std::set<std::string>                                 used_; ///< region names, to be removed
    uint64_t                                              number_ = 0;
    std::string                                           wrong_;
};

} // namespace kickmsg_stress
