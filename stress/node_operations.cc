/// The operations of a NodeTrial.
#include "NodeTrial.h"

namespace kickmsg_stress {

namespace {

template <class T>
typename std::vector<std::unique_ptr<T>>::iterator pick(std::vector<std::unique_ptr<T>>& of, uint32_t which)
{
    return of.begin() + static_cast<std::ptrdiff_t>(which % of.size());
}

kickmsg::SchemaInfo schema_of(uint32_t version)
{
    kickmsg::SchemaInfo info{};
    info.version = version;
    return info;
}

/// Each differs from the first in one field.
kickmsg::channel::Config config_of(uint32_t variant)
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = variant == 1 ? 3 : 2;
    cfg.sub_ring_capacity = variant == 2 ? 8 : 4;
    cfg.pool_size         = variant == 3 ? 7 : 12;
    cfg.max_payload_size  = variant == 4 ? 40 : 64;
    cfg.max_publishers    = variant == 5 ? 3 : 2;
    cfg.payload_alignment = variant == 6 ? 64 : 32;
    if (variant >= 7) {
        cfg.schema = schema_of(variant);
    }
    return cfg;
}

} // namespace

void NodeTrial::publish(NodeOp const& op)
{
    User const                        user = user_of(op);
    auto const                        cfg  = config_of(op.variant);
    kickmsg::Node                     by   = node(op);
    std::optional<kickmsg::Publisher> made;
    NodeModel::Handle                 region;

    auto const real = [&] {
        made.emplace(op.kind == NodeKind::OpenMailbox       ? by.open_mailbox(user.owner, user.text)
                     : op.kind == NodeKind::AdvertiseOrJoin ? by.advertise_or_join(user.text, cfg)
                                                            : by.advertise(user.text, cfg));
    };
    auto const model = [&] {
        region = op.kind == NodeKind::OpenMailbox       ? model_.open(user)
                 : op.kind == NodeKind::AdvertiseOrJoin ? model_.create_or_open(user, by.name(), cfg)
                                                        : model_.advertise(user, by.name(), cfg);
        NodeModel::add_publisher(user, *region);
    };
    if (agree(user, real, model)) {
        publishers_.push_back(
            std::make_unique<Of<kickmsg::Publisher>>(Of<kickmsg::Publisher>{std::move(*made), region}));
    }
}

void NodeTrial::subscribe(NodeOp const& op)
{
    User const                         user = user_of(op);
    auto const                         cfg  = config_of(op.variant);
    kickmsg::Node                      by   = node(op);
    std::optional<kickmsg::Subscriber> made;
    NodeModel::Handle                  region;
    auto                               laid_out = cfg;
    laid_out.max_subscribers                    = op.kind == NodeKind::CreateMailbox ? 1 : cfg.max_subscribers;

    auto const real = [&] {
        made.emplace(op.kind == NodeKind::Subscribe       ? by.subscribe(user.text)
                     : op.kind == NodeKind::CreateMailbox ? by.create_mailbox(user.text, cfg)
                                                          : by.subscribe_or_create(user.text, cfg));
    };
    auto const model = [&] {
        region = op.kind == NodeKind::Subscribe ? model_.open(user) : model_.create_or_open(user, by.name(), laid_out);
        NodeModel::add_subscriber(user, *region);
    };
    if (agree(user, real, model)) {
        subscribers_.push_back(
            std::make_unique<Of<kickmsg::Subscriber>>(Of<kickmsg::Subscriber>{std::move(*made), region}));
    }
}

void NodeTrial::join_broadcast(NodeOp const& op)
{
    User const                              user = user_of(op);
    auto const                              cfg  = config_of(op.variant);
    kickmsg::Node                           by   = node(op);
    std::optional<kickmsg::BroadcastHandle> made;
    NodeModel::Handle                       region;

    auto const model = [&] {
        region = model_.create_or_open(user, by.name(), cfg);
        NodeModel::add_publisher(user, *region);
        try {
            NodeModel::add_subscriber(user, *region);
        } catch (Refusal const&) {
            --region->publishers;
            throw;
        }
    };
    if (agree(
            user, [&] { made.emplace(by.join_broadcast(user.text, cfg)); }, model)) {
        publishers_.push_back(
            std::make_unique<Of<kickmsg::Publisher>>(Of<kickmsg::Publisher>{std::move(made->pub), region}));
        subscribers_.push_back(
            std::make_unique<Of<kickmsg::Subscriber>>(Of<kickmsg::Subscriber>{std::move(made->sub), region}));
    }
}

/// Without a node, and left at once.
void NodeTrial::create_region(NodeOp const& op)
{
    User const user = user_of(op);
    auto const cfg  = config_of(op.variant);
    agree(
        user, [&] { kickmsg::SharedRegion::create(user.region(), kickmsg::channel::PubSub, cfg, "nobody"); },
        [&] { model_.create(user, "nobody", cfg); });
}

void NodeTrial::unlink(NodeOp const& op)
{
    User const    user = user_of(op);
    kickmsg::Node by   = node(op);
    agree(
        user,
        [&] {
            op.kind == NodeKind::UnlinkTopic       ? by.unlink_topic(user.text)
            : op.kind == NodeKind::UnlinkBroadcast ? by.unlink_broadcast(user.text)
                                                   : by.unlink_mailbox(user.text);
        },
        [&] { model_.unlink(user); });
}

void NodeTrial::topic_schema(NodeOp const& op)
{
    User const              user   = user_of(op);
    bool const              claims = op.kind == NodeKind::ClaimTopicSchema;
    bool                    first = false, was_free = false;
    std::optional<uint32_t> found, expected;

    auto const real = [&] {
        first             = claims && node(op).try_claim_topic_schema(user.text, schema_of(op.variant));
        auto const schema = node(op).topic_schema(user.text);
        found             = schema ? std::optional<uint32_t>(schema->version) : std::nullopt;
    };
    auto const model = [&] {
        auto const region = model_.open(user);
        was_free          = claims && !region->schema;
        region->schema    = was_free ? op.variant : region->schema;
        expected          = region->schema;
    };
    if (agree(user, real, model)) {
        expect(first == was_free, "try_claim_topic_schema(): only the first one sets it");
        expect(found == expected, "another schema than the model's");
        coverage_.events["schemas_claimed"] += first ? 1 : 0;
        coverage_.events["schemas_kept"] += claims && !first ? 1 : 0;
    }
}

/// A message reaches every subscriber of the publisher's region, and nobody else.
void NodeTrial::send(uint32_t which)
{
    auto const& from = **pick(publishers_, which);
    ++number_;
    expect((*pick(publishers_, which))->real.send(&number_, sizeof(number_)) == sizeof(number_), "send()");
    for (auto& to : subscribers_) {
        bool const reached  = to->region == from.region;
        auto const received = kickmsg_test::receive_all(to->real);
        expect(received == (reached ? std::vector<uint64_t>{number_} : std::vector<uint64_t>()),
               reached ? "a message did not arrive" : "a message of another region arrived");
        coverage_.messages += reached ? 1 : 0;
        coverage_.kept_apart += reached ? 0 : 1;
    }
}

void NodeTrial::drop_publisher(uint32_t which)
{
    auto const dropped = pick(publishers_, which);
    --(*dropped)->region->publishers;
    publishers_.erase(dropped);
}

void NodeTrial::drop_subscriber(uint32_t which)
{
    auto const dropped = pick(subscribers_, which);
    --(*dropped)->region->subscribers;
    subscribers_.erase(dropped);
}

/// What somebody without a node finds behind the name.
void NodeTrial::inspect(NodeOp const& op)
{
    User const                           user = user_of(op);
    NodeModel::Handle const              here = model_.at(user);
    std::optional<kickmsg::SharedRegion> region;

    auto const model = [&] {
        if (!here) {
            throw Refusal{kickmsg::ErrorCode::NotFound, user.region(), {}};
        }
    };
    if (!agree(
            user, [&] { region.emplace(kickmsg::SharedRegion::open(user.region())); }, model)) {
        return;
    }
    auto const info   = region->info();
    auto const text   = here->user.owner.empty() ? here->user.text : here->user.owner + "/" + here->user.text;
    auto const schema = region->schema();
    expect(info.name == user.region() && info.kind == here->user.kind && info.creator == here->creator,
           "info(): names");
    expect(info.user_name == (info.kind == "region" ? "" : text), "info(): user_name is '" + info.user_name + "'");
    expect(info.type == here->type() && info.max_subscribers == here->cfg.max_subscribers &&
               info.sub_ring_capacity == here->cfg.sub_ring_capacity && info.pool_size == here->cfg.pool_size &&
               info.max_payload_size == here->cfg.max_payload_size && info.max_publishers == here->cfg.max_publishers &&
               info.payload_alignment == here->cfg.payload_alignment,
           "info(): geometry");
    expect(region->stats().participants.size() == here->publishers + here->subscribers + 1, "number of participants");
    expect((schema ? std::optional<uint32_t>(schema->version) : std::nullopt) == here->schema, "the schema");
    expect(!region->diagnose().unlinked, "the name leads to another region");
}

} // namespace kickmsg_stress
