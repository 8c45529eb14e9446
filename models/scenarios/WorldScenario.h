/// What scenarios over one world share: participants by name, a body for each thread, the audit at the end.
///
///     struct DeathOfLender : RecoveryScenario {
///         Subscriber reader{in_thread(1), only(0)}; // attached in this order
///         Publisher  victim{in_thread(0), only(1)};
///
///         DeathOfLender() : RecoveryScenario({slots(2), records(4)})
///         {
///             spawn_mortal([this] { victim.send(); });
///             spawn([this] { reader.receive(); });
///             after_audit([this] { reader.finish(); });
///         }
///     };
#pragma once

#include "Recoverer.h"
#include "Subscriber.h"

#include <functional>

namespace kickmsg_models {

/// Nobody dies: at the end every slot is accounted for without any recovery.
class WorldScenario : public Scenario {
public:
    explicit WorldScenario(Shape const& shape) : world(shape) {}
    explicit WorldScenario(std::initializer_list<Setting> settings) : world(shape(settings)) {}

    void thread(unsigned index) final
    {
        expect(spawned_ == experiment().description->threads, "the scenario spawns not as many threads as it says");
        if (mortal_[index]) {
            lives_[index] = lab().run_mortal([this, index] { bodies_[index](); });
        } else {
            bodies_[index]();
        }
    }
    void after() final
    {
        run(at_end_);
        audit();
        run(after_audit_);
        world.audit_pool();
    }

    World world;

protected:
    Place in_thread(unsigned thread)
    {
        return {world, thread};
    }
    /// For a participant that is killed before the first thread begins, or has nothing to do.
    Place in_no_thread()
    {
        return {world, Lab::threads_limit - 1};
    }

    /// The next thread, from 0. A body holds no more than two words: there is no heap in an execution.
    template <class Body>
    void spawn(Body body)
    {
        expect(spawned_ < threads_limit, "the scenario spawns more threads than there are engines for");
        keep(bodies_[spawned_++], body);
    }
    /// The same; it may die before any of its operations.
    template <class Body>
    void spawn_mortal(Body body)
    {
        spawn(body);
        mortal_[spawned_ - 1] = true;
    }
    /// Of one that could have died, at the end.
    bool lives(unsigned thread) const noexcept
    {
        return lives_[thread];
    }
    template <class Body>
    void at_end(Body body)
    {
        keep(at_end_, body);
    }
    template <class Body>
    void after_audit(Body body)
    {
        keep(after_audit_, body);
    }

private:
    using Function = std::function<void()>;

    virtual void audit()
    {
        world.audit_pool();
    }
    template <class Body>
    static void keep(Function& function, Body const& body)
    {
        static_assert(sizeof(Body) <= 2 * sizeof(void*) && std::is_trivially_copyable_v<Body>, "is kept in place");
        function = body;
    }
    static void run(Function const& body)
    {
        if (body) {
            body();
        }
    }

    static constexpr unsigned threads_limit = 4;

    Function bodies_[threads_limit];
    Function at_end_;
    Function after_audit_;
    unsigned spawned_ = 0;
    bool     mortal_[threads_limit]{};
    bool     lives_[threads_limit]{};
};

/// Somebody dies, or has died: at the end a newcomer recovers, and what it leaves is audited.
class RecoveryScenario : public WorldScenario {
public:
    using WorldScenario::WorldScenario;

private:
    void audit() override
    {
        world.audit();
    }
};

} // namespace kickmsg_models
