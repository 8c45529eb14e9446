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

namespace kickmsg_stress {

/// The error that is expected: its code, what it is about, and what it must say.
struct Refusal {
    kickmsg::ErrorCode       code;
    std::string              object;
    std::vector<std::string> words;
};

class NodeModel {
public:
    using Config = kickmsg::channel::Config;

    /// What a user calls a region.
    struct User {
        std::string kind, prefix, owner, text;

        bool operator==(User const& other) const
        {
            return kind == other.kind && prefix == other.prefix && owner == other.owner && text == other.text;
        }
        std::string words() const
        {
            return kind + " '" + text + "'" + (owner.empty() ? "" : " of '" + owner + "'") + " with prefix '" + prefix +
                   "'";
        }
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

    struct Region {
        User                    user; ///< kind "region": made without a node, anybody may join
        std::string             creator;
        Config                  cfg;
        std::optional<uint32_t> schema;
        uint32_t                publishers = 0, subscribers = 0;

        bool is_used() const
        {
            return publishers + subscribers != 0;
        }
        bool is_called(User const& name) const
        {
            return user.kind == "region" || user == name;
        }
        uint32_t type() const
        {
            return user.kind == "broadcast" ? 2 : 1;
        }
    };
    using Handle = std::shared_ptr<Region>;

    /// Each returns what the call finds, or throws the Refusal.
    Handle open(User const& user)
    {
        Handle const found = at(user);
        if (!found) {
            throw Refusal{kickmsg::ErrorCode::NotFound, user.region(), {}};
        }
        expect_called(*found, user);
        return found;
    }

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

    /// Afresh when nobody is there.
    Handle advertise(User const& user, std::string const& creator, Config const& cfg)
    {
        Handle const found = at(user);
        events["begun_afresh"] += found && !found->is_used() ? 1 : 0;
        return found && found->is_used() ? create_or_open(user, creator, cfg) : make(user, creator, cfg);
    }

    Handle create(User const& user, std::string const& creator, Config const& cfg)
    {
        Handle const found = at(user);
        if (found && found->is_used()) {
            throw Refusal{kickmsg::ErrorCode::InUse, user.region(), {"in use by"}};
        }
        return make({"region", "", "", user.region()}, creator, cfg, user.region());
    }

    void unlink(User const& user)
    {
        if (Handle const found = at(user)) {
            expect_called(*found, user);
            names_.erase(user.region());
            events["unlinked_in_use"] += found->is_used() ? 1 : 0;
        }
    }

    static void add_publisher(User const& user, Region& region)
    {
        add(user, region.publishers, region.cfg.max_publishers, kickmsg::ErrorCode::NoFreeRecord, "max_publishers");
    }
    static void add_subscriber(User const& user, Region& region)
    {
        add(user, region.subscribers, region.cfg.max_subscribers, kickmsg::ErrorCode::NoFreeRing, "max_subscribers");
    }

    /// What is behind a name; null when nothing is.
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
            throw Refusal{kickmsg::ErrorCode::NameCollision,
                          user.region(),
                          {"expected " + user.words(), "found " + region.user.words()}};
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
                throw Refusal{kickmsg::ErrorCode::Mismatch,
                              user.region(),
                              {std::string(field.name) + " is " + std::to_string(field.found) + ", expected " +
                               std::to_string(field.asked)}};
            }
        }
    }

    static void add(User const& user, uint32_t& count, uint32_t limit, kickmsg::ErrorCode code, char const* field)
    {
        if (count == limit) {
            throw Refusal{code, user.region(), {std::string(field) + " = " + std::to_string(limit)}};
        }
        ++count;
    }

    std::map<std::string, Handle> names_;
};

} // namespace kickmsg_stress
