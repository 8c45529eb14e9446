/// The reference model of nodes: a map from region names to what is there. Who may meet whom, and nothing else.
#pragma once

#include "kickmsg/Config.h"
#include "kickmsg/Error.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kickmsg {
namespace testing {

/// The error that is expected: its code, what it is about, and what it must say.
struct Refusal {
    ErrorCode                code;   ///< as Error::code()
    std::string              object; ///< as Error::object()
    std::vector<std::string> words;  ///< parts of its text
};

/// What Nodes find behind the names that they say: which call makes a region, joins one, replaces one that nobody uses, or is refused, and with which
/// error. Of Nodes that follow no names (Node::follow(false)): when a handle moves depends on the clock.
///
/// Threads: one.
/// Errors:  each call throws the Refusal that says which Error the library throws.
class NodeModel {
public:
    /// The geometry of a region.
    using Config = channel::Config;

    /// What a user calls a region.
    struct User {
        std::string kind;   ///< "topic", "broadcast", "mailbox", or "region" for one that was made without a node
        std::string prefix; ///< of the Node
        std::string owner;  ///< of a mailbox
        std::string text;   ///< topic, channel or tag

        /// Returns: whether `other` is the same name.
        bool operator==(User const& other) const
        {
            return kind == other.kind && prefix == other.prefix && owner == other.owner && text == other.text;
        }
        /// Returns: what an error calls it.
        std::string words() const
        {
            return kind + " '" + text + "'" + (owner.empty() ? "" : " of '" + owner + "'") + " with prefix '" + prefix +
                   "'";
        }
        /// Returns: the name of its region.
        std::string region() const
        {
            std::string const middle = kind == "broadcast" ? "broadcast_" : kind == "mailbox" ? owner + "_mbx_" : "";
            std::string       name   = prefix + "_" + middle + text;
            for (char& letter : name) {
                letter = letter == '/' ? '_' : letter; // of these names, nothing else is unsafe
            }
            return "/" + name;
        }
    };

    /// What is behind a name, and who takes part in it.
    struct Region {
        User                    user;            ///< kind "region": made without a node, anybody may join
        std::string             creator;         ///< what it called itself
        Config                  cfg;             ///< its geometry
        std::optional<uint32_t> schema;          ///< the version of its schema, where there is one
        uint32_t                publishers  = 0; ///< at work
        uint32_t                subscribers = 0; ///< at work

        /// Returns: whether anybody takes part.
        bool is_used() const
        {
            return publishers + subscribers != 0;
        }
        /// Returns: whether it may be called `name`.
        bool is_called(User const& name) const
        {
            return user.kind == "region" || user == name;
        }
        /// Returns: its channel::Type.
        uint32_t type() const
        {
            return user.kind == "broadcast" ? 2 : 1;
        }
    };
    /// What a handle of a Node leads to.
    using Handle = std::shared_ptr<Region>;

    /// `user` is opened: Node::subscribe(), open_mailbox().
    /// Returns: what it finds.
    /// Errors:  the Refusal.
    Handle open(User const& user)
    {
        Handle const found = at(user);
        if (!found) {
            throw Refusal{ErrorCode::NotFound, user.region(), {}};
        }
        expect_called(*found, user);
        return found;
    }

    /// `user` is opened, or made by `creator` with `cfg`: Node::advertise_or_join(), subscribe_or_create() and their like.
    /// Returns: what it finds.
    /// Errors:  the Refusal.
    Handle create_or_open(User const& user, std::string const& creator, Config const& cfg)
    {
        Handle const found = at(user);
        if (!found) {
            return make(user, creator, cfg);
        }
        try {
            expect_called(*found, user);
            expect_same(found->cfg, cfg, user);
        } catch (Refusal const&) {
            if (found->is_used()) {
                throw;
            }
            events["replaced_misfits"] += 1;
            return make(user, creator, cfg);
        }
        events[found->is_used() ? "joined" : "opened_again"] += 1;
        events["schemas_not_stored"] += !found->schema && cfg.schema ? 1 : 0;
        return found;
    }

    /// `user` is made by `creator` with `cfg`, afresh when nobody is there: Node::advertise().
    /// Returns: what it finds.
    /// Errors:  the Refusal.
    Handle advertise(User const& user, std::string const& creator, Config const& cfg)
    {
        Handle const found = at(user);
        events["begun_afresh"] += found && !found->is_used() ? 1 : 0;
        return found && found->is_used() ? create_or_open(user, creator, cfg) : make(user, creator, cfg);
    }

    /// `user` is made by `creator` with `cfg` and without a node: SharedRegion::create().
    /// Returns: what it makes.
    /// Errors:  the Refusal.
    Handle create(User const& user, std::string const& creator, Config const& cfg)
    {
        Handle const found = at(user);
        if (found && found->is_used()) {
            throw Refusal{ErrorCode::InUse, user.region(), {"in use by"}};
        }
        return make({"region", "", "", user.region()}, creator, cfg, user.region());
    }

    /// The name of `user` is removed.
    /// Errors: the Refusal.
    void unlink(User const& user)
    {
        if (Handle const found = at(user)) {
            expect_called(*found, user);
            names_.erase(user.region());
            events["unlinked_in_use"] += found->is_used() ? 1 : 0;
        }
    }

    /// A publisher or a subscriber joins the `region`, which it calls `user`.
    /// Errors: the Refusal.
    /// @{
    static void add_publisher(User const& user, Region& region)
    {
        add(user, region.publishers, region.cfg.max_publishers, ErrorCode::NoFreeRecord, "max_publishers");
    }
    static void add_subscriber(User const& user, Region& region)
    {
        add(user, region.subscribers, region.cfg.max_subscribers, ErrorCode::NoFreeRing, "max_subscribers");
    }
    /// @}

    /// Returns: what is behind the name of `user`; null when nothing is.
    Handle at(User const& user) const
    {
        auto const found = names_.find(user.region());
        return found == names_.end() ? nullptr : found->second;
    }

    std::map<std::string, uint64_t> events; ///< for the coverage of a run

private:
    Handle make(User const& user, std::string const& creator, Config const& cfg)
    {
        return make(user, creator, cfg, user.region());
    }
    Handle make(User const& user, std::string const& creator, Config const& cfg, std::string const& name)
    {
        std::optional<uint32_t> schema;
        if (cfg.schema) {
            schema = cfg.schema->version;
        }
        return names_[name] = std::make_shared<Region>(Region{user, creator, cfg, schema});
    }

    static void expect_called(Region const& region, User const& user)
    {
        if (!region.is_called(user)) {
            throw Refusal{
                ErrorCode::NameCollision, user.region(), {"expected " + user.words(), "found " + region.user.words()}};
        }
    }

    /// The first field that differs is named; a region made without a node may be of the other type.
    void expect_same(Config const& found, Config const& asked, User const& user)
    {
        struct Field {
            char const* name;
            uint64_t    found, asked;
        };
        Field const fields[] = {
            {"type", at(user)->type(), user.kind == "broadcast" ? 2U : 1U},
            {"max_subscribers", found.max_subscribers, asked.max_subscribers},
            {"sub_ring_capacity", found.sub_ring_capacity, asked.sub_ring_capacity},
            {"history", found.history, asked.history},
            {"pool_size", found.pool_size, asked.pool_size},
            {"max_payload_size", found.max_payload_size, asked.max_payload_size},
            {"max_publishers", found.max_publishers, asked.max_publishers},
            {"payload_alignment", found.payload_alignment, asked.payload_alignment},
            {"max_views", found.max_views, asked.max_views},
            {"send_time", found.send_time, asked.send_time},
        };
        for (Field const& field : fields) {
            if (field.found != field.asked) {
                events[std::string("mismatch_of_") + field.name] += 1;
                throw Refusal{ErrorCode::Mismatch,
                              user.region(),
                              {std::string(field.name) + " is " + std::to_string(field.found) + ", expected " +
                               std::to_string(field.asked)}};
            }
        }
    }

    static void add(User const& user, uint32_t& count, uint32_t limit, ErrorCode code, char const* field)
    {
        if (count == limit) {
            throw Refusal{code, user.region(), {std::string(field) + " = " + std::to_string(limit)}};
        }
        ++count;
    }

    std::map<std::string, Handle> names_;
};

} // namespace testing
} // namespace kickmsg
