#include "NodeTrial.h"

#include <cstdio>

namespace kickmsg_stress {

namespace {

template <std::size_t N>
std::string pick(char const* const (&of)[N], uint32_t which)
{
    return of[which % N];
}

bool is_of_topic(NodeKind kind)
{
    return kind != NodeKind::JoinBroadcast && kind != NodeKind::UnlinkBroadcast && kind != NodeKind::CreateMailbox &&
           kind != NodeKind::OpenMailbox && kind != NodeKind::UnlinkMailbox;
}

// Many of these lead to one region name: as '/' becomes '_', and as a border between two parts moves.
char const* const prefixes[] = {"", "", "", "/x", "_x"};
char const* const nodes[]    = {"a", "a/b", "a_b", "a", "a"};
char const* const topics[]   = {"imu", "a/b", "a_b", "x_imu", "broadcast_x", "a_mbx_t", "a_b_mbx_t", ""};
char const* const channels[] = {"x", "a/b", "a_b", "x", "a/b", "a_b", "x", ""};
char const* const tags[]     = {"t", "t/u", "t_u", "t", "t/u", "t_u", "t", ""};

} // namespace

char const* name_of(NodeKind kind)
{
    static char const* const names[] = {"Advertise",        "AdvertiseOrJoin",
                                        "Subscribe",        "SubscribeOrCreate",
                                        "JoinBroadcast",    "CreateMailbox",
                                        "OpenMailbox",      "CreateRegion",
                                        "UnlinkTopic",      "UnlinkBroadcast",
                                        "UnlinkMailbox",    "TopicSchema",
                                        "ClaimTopicSchema", "Send",
                                        "DropPublisher",    "DropSubscriber",
                                        "Inspect"};
    static_assert(sizeof(names) / sizeof(*names) == static_cast<std::size_t>(NodeKind::Count), "a name for each");
    return names[static_cast<std::size_t>(kind)];
}

std::ostream& operator<<(std::ostream& out, NodeOp const& op)
{
    return out << name_of(op.kind) << "(node " << op.node << ", text " << op.text << ", variant " << op.variant << ", "
               << op.which << ")";
}

NodeTrial::NodeTrial(NodeCoverage& coverage) : coverage_(coverage), prefix_(stem_.str().substr(1))
{
    ++coverage_.streams;
}

NodeTrial::~NodeTrial()
{
    for (auto const& [what, count] : model_.events) {
        coverage_.events[what] += count;
    }
    for (std::string const& name : used_) {
        try {
            kickmsg::SharedMemory::unlink(name);
        } catch (kickmsg::Error const& error) {
            std::fprintf(stderr, "%s\n", error.what());
        }
    }
}

std::string NodeTrial::run(NodeOp const& op)
{
    if (perform(op)) {
        ++coverage_.done[static_cast<std::size_t>(op.kind)];
        ++coverage_.operations;
    }
    return wrong_;
}

bool NodeTrial::perform(NodeOp const& op)
{
    switch (op.kind) {
    case NodeKind::Send:
        return !publishers_.empty() && (send(op.which), true);
    case NodeKind::DropPublisher:
        return !publishers_.empty() && (drop_publisher(op.which), true);
    case NodeKind::DropSubscriber:
        return !subscribers_.empty() && (drop_subscriber(op.which), true);
    default:
        return perform_on_name(op);
    }
}

bool NodeTrial::perform_on_name(NodeOp const& op)
{
    switch (op.kind) {
    case NodeKind::Advertise:
    case NodeKind::AdvertiseOrJoin:
    case NodeKind::OpenMailbox:
        return publish(op), true;
    case NodeKind::Subscribe:
    case NodeKind::SubscribeOrCreate:
    case NodeKind::CreateMailbox:
        return subscribe(op), true;
    case NodeKind::JoinBroadcast:
        return join_broadcast(op), true;
    case NodeKind::UnlinkTopic:
    case NodeKind::UnlinkBroadcast:
    case NodeKind::UnlinkMailbox:
        return unlink(op), true;
    case NodeKind::TopicSchema:
    case NodeKind::ClaimTopicSchema:
        return topic_schema(op), true;
    case NodeKind::CreateRegion:
        return !user_of(op).text.empty() && (create_region(op), true);
    default:
        return !user_of(op).text.empty() && (inspect(op), true);
    }
}

NodeTrial::User NodeTrial::user_of(NodeOp const& op) const
{
    std::string const prefix = prefix_ + pick(prefixes, op.node);
    if (is_of_topic(op.kind)) {
        return {"topic", prefix, "", pick(topics, op.text)};
    }
    if (op.kind == NodeKind::JoinBroadcast || op.kind == NodeKind::UnlinkBroadcast) {
        return {"broadcast", prefix, "", pick(channels, op.text)};
    }
    // a node's own mailbox, or anybody's
    return {"mailbox", prefix, pick(nodes, op.kind == NodeKind::OpenMailbox ? op.which : op.node), pick(tags, op.text)};
}

kickmsg::Node NodeTrial::node(NodeOp const& op) const
{
    kickmsg::Node by(pick(nodes, op.node), prefix_ + pick(prefixes, op.node));
    by.follow(false); // when a handle moves depends on the clock: the model says who meets whom on a name
    return by;
}

bool NodeTrial::agree(User const& user, std::function<void()> const& real, std::function<void()> const& model)
{
    std::optional<Refusal>        expected;
    std::optional<kickmsg::Error> found;
    used_.insert(user.region());
    try {
        if (user.text.empty()) {
            throw Refusal{kickmsg::ErrorCode::InvalidName, user.kind + " ''", {"must not be empty"}};
        }
        model();
    } catch (Refusal const& refusal) {
        expected = refusal;
    }
    try {
        real();
    } catch (kickmsg::Error const& error) {
        found = error;
    }
    expect(expected.has_value() == found.has_value(),
           found ? "an error that the model does not know: " + std::string(found->what())
                 : "no error, the model says code " + std::to_string(expected ? static_cast<int>(expected->code) : -1));
    if (expected && found) {
        compare(*expected, *found);
    }
    return !expected && !found;
}

void NodeTrial::compare(Refusal const& expected, kickmsg::Error const& found)
{
    ++coverage_.errors[expected.code];
    std::string const text = found.what();
    expect(found.code() == expected.code,
           "another error, the model says code " + std::to_string(static_cast<int>(expected.code)) + ": " + text);
    expect(found.object() == expected.object, "an error about '" + found.object() + "', not '" + expected.object + "'");
    for (std::string const& words : expected.words) {
        expect(text.find(words) != std::string::npos, "the error does not say '" + words + "': " + text);
    }
}

void NodeTrial::expect(bool right, std::string const& what)
{
    if (!right && wrong_.empty()) {
        wrong_ = what;
    }
}

} // namespace kickmsg_stress
