#include "kickmsg/Node.h"

#include "RegionState.h"

namespace kickmsg {

using detail::Identity;

namespace {

std::string made_safe(std::string const& text)
{
    static constexpr char const* allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    std::string                  safe    = text;
    for (std::size_t i = safe.find_first_not_of(allowed); i != std::string::npos;
         i             = safe.find_first_not_of(allowed, i + 1)) {
        safe[i] = '_';
    }
    return safe;
}

std::string const& checked(char const* what, std::string const& name)
{
    if (name.empty()) {
        throw Error(ErrorCode::InvalidName, std::string(what) + " ''", "a name must not be empty");
    }
    if (name.size() >= Identity::text_size) {
        throw Error(ErrorCode::InvalidName, std::string(what) + " '" + name.substr(0, 40) + "…'",
                    "the name is too long: " + std::to_string(name.size()) + " bytes, at most " +
                        std::to_string(Identity::text_size - 1) + " are allowed",
                    Remedy{"choose a shorter name"});
    }
    if (name.find('\0') != std::string::npos) {
        throw Error(ErrorCode::InvalidName, std::string(what), "a name must not contain a null character");
    }
    return name;
}

Identity named(Node const& node, Identity::Kind kind, std::string const& text, std::string const& owner = "")
{
    Identity identity;
    identity.kind    = kind;
    identity.prefix  = node.prefix();
    identity.owner   = owner;
    identity.text    = text;
    identity.creator = node.name();
    return identity;
}

} // namespace

Node::Node(std::string name, std::string prefix) : name_(std::move(name)), prefix_(std::move(prefix))
{
    checked("node", name_);
    checked("prefix", prefix_);
}

std::string Node::topic_region(std::string const& topic) const
{
    return SharedMemory::checked_name(made_safe(prefix_) + "_" + made_safe(checked("topic", topic)));
}

std::string Node::broadcast_region(std::string const& channel) const
{
    return SharedMemory::checked_name(made_safe(prefix_) + "_broadcast_" + made_safe(checked("broadcast", channel)));
}

std::string Node::mailbox_region(std::string const& owner, std::string const& tag) const
{
    return SharedMemory::checked_name(made_safe(prefix_) + "_" + made_safe(checked("mailbox owner", owner)) + "_mbx_" +
                                      made_safe(checked("mailbox", tag)));
}

Publisher Node::advertise(std::string const& topic, channel::Config const& cfg)
{
    Identity const identity = named(*this, Identity::Topic, topic);
    try {
        return Publisher(SharedRegion::create_as(topic_region(topic), channel::PubSub, cfg, identity));
    } catch (Error const& error) {
        // Not to be replaced, by the living or by its owner's right: if it fits, it will do.
        if (error.code() != ErrorCode::InUse && error.code() != ErrorCode::PermissionDenied) {
            throw;
        }
    }
    return advertise_or_join(topic, cfg);
}

Subscriber Node::subscribe(std::string const& topic)
{
    Identity const identity = named(*this, Identity::Topic, topic);
    return Subscriber(SharedRegion::open_as(topic_region(topic), &identity));
}

Publisher Node::advertise_or_join(std::string const& topic, channel::Config const& cfg)
{
    Identity const identity = named(*this, Identity::Topic, topic);
    return Publisher(SharedRegion::create_or_open_as(topic_region(topic), channel::PubSub, cfg, identity));
}

Subscriber Node::subscribe_or_create(std::string const& topic, channel::Config const& cfg)
{
    Identity const identity = named(*this, Identity::Topic, topic);
    return Subscriber(SharedRegion::create_or_open_as(topic_region(topic), channel::PubSub, cfg, identity));
}

BroadcastHandle Node::join_broadcast(std::string const& channel, channel::Config const& cfg)
{
    Identity const identity = named(*this, Identity::Broadcast, channel);
    SharedRegion region = SharedRegion::create_or_open_as(broadcast_region(channel), channel::Broadcast, cfg, identity);
    return BroadcastHandle{Publisher(region), Subscriber(region)};
}

Subscriber Node::create_mailbox(std::string const& tag, channel::Config const& cfg)
{
    Identity const identity = named(*this, Identity::Mailbox, tag, name_);
    return Subscriber(SharedRegion::create_or_open_as(mailbox_region(name_, tag), channel::PubSub, cfg, identity));
}

Publisher Node::open_mailbox(std::string const& owner, std::string const& tag)
{
    Identity const identity = named(*this, Identity::Mailbox, tag, owner);
    return Publisher(SharedRegion::open_as(mailbox_region(owner, tag), &identity));
}

void Node::unlink_topic(std::string const& topic)
{
    detail::unlink_region(topic_region(topic), named(*this, Identity::Topic, topic));
}

void Node::unlink_broadcast(std::string const& channel)
{
    detail::unlink_region(broadcast_region(channel), named(*this, Identity::Broadcast, channel));
}

void Node::unlink_mailbox(std::string const& tag)
{
    detail::unlink_region(mailbox_region(name_, tag), named(*this, Identity::Mailbox, tag, name_));
}

std::optional<SchemaInfo> Node::topic_schema(std::string const& topic)
{
    Identity const identity = named(*this, Identity::Topic, topic);
    return SharedRegion::open_as(topic_region(topic), &identity).schema();
}

bool Node::try_claim_topic_schema(std::string const& topic, SchemaInfo const& info)
{
    Identity const identity = named(*this, Identity::Topic, topic);
    return SharedRegion::open_as(topic_region(topic), &identity).try_claim_schema(info);
}

} // namespace kickmsg
