// Interprets a program: each process in the order in which lib/src composes the shipped algorithms, all oracles on.
#include "Program.h"
#include "Subscriber.h"

namespace kickmsg_models {
namespace {

Program const* current = nullptr;

/// One process: a publisher, a subscriber when it has joined, and recoveries through its publisher's record.
class Interpreter {
public:
    Interpreter(World& world, unsigned thread) : world_(world), thread_(thread), publisher_({world, thread}) {}

    void attach(Records publishers, Records subscribers, bool joined)
    {
        subscribers_ = subscribers;
        publisher_.attach(publishers, current->kept);
        if (joined) {
            join();
        }
    }

    /// Returns: whether the operation made sense and did something.
    bool execute(Op op)
    {
        switch (op) {
        case Op::Send:
            return sent(publisher_.send());
        case Op::SendUnderPressure:
            return sent(publisher_.send_under_pressure());
        case Op::Allocate:
            return !held_ && (held_ = publisher_.allocate());
        case Op::Publish:
            return held_ && sent(publisher_.publish());
        case Op::Abandon:
            return held_ && abandon();
        case Op::Receive:
            return hears() && subscriber_->receive() != 0;
        case Op::ReceiveView:
            return hears() && views_ < views_limit && receive_view();
        case Op::Drop:
            return views_ != 0 && drop();
        case Op::Join:
            return !subscriber_ && join();
        case Op::Leave:
            return hears() && leave();
        case Op::Recover:
            return recovery([](Recovery& recovery, core::SlotNote* notes) {
                return recovery.is_needed() && (recovery.run(notes), true);
            });
        case Op::Sweep:
            return recovery([](Recovery& recovery, core::SlotNote* notes) { return recovery.sweep(notes), true; });
        case Op::Die:
            break;
        }
        return false;
    }

    /// For the end: a living subscriber has heard everything.
    void finish()
    {
        if (hears()) {
            subscriber_->finish();
        }
    }

private:
    bool hears() const noexcept
    {
        return subscriber_ && !leaving_;
    }
    bool sent(int reached)
    {
        held_ = false;
        return reached >= 0;
    }
    bool abandon()
    {
        held_ = false;
        publisher_.abandon();
        return true;
    }
    bool receive_view()
    {
        View const view = subscriber_->receive_view();
        if (view) {
            view_[views_++] = view;
        }
        return static_cast<bool>(view);
    }
    bool drop()
    {
        View const oldest = view_[0];
        --views_;
        std::copy(view_ + 1, view_ + 1 + views_, view_);
        subscriber_->drop(oldest);
        free_when_done();
        return true;
    }
    bool join()
    {
        subscriber_.emplace(Place{world_, thread_});
        if (!subscriber_->enroll(subscribers_)) {
            world_.lives.end(subscriber_->self().incarnation);
            subscriber_.reset();
        } else if (!subscriber_->join()) {
            subscriber_->detach();
            subscriber_.reset();
        }
        return subscriber_.has_value();
    }
    bool leave()
    {
        leaving_ = true;
        subscriber_->leave();
        free_when_done();
        return true;
    }
    void free_when_done()
    {
        if (leaving_ && views_ == 0) {
            subscriber_->free();
            subscriber_.reset();
            leaving_ = false;
        }
    }
    template <class Run>
    bool recovery(Run run)
    {
        LifeCheck      life(world_);
        Recovery       recovery(world_.layout, publisher_.self(), life);
        core::SlotNote notes[Layout::most_pool];
        return run(recovery, notes);
    }

    World&                    world_;
    unsigned                  thread_;
    Records                   subscribers_{};
    Publisher                 publisher_;
    std::optional<Subscriber> subscriber_;
    View                      view_[views_limit];
    unsigned                  views_   = 0;
    bool                      held_    = false;
    bool                      leaving_ = false;
};

class ProgramScenario : public Scenario {
public:
    ProgramScenario()
    {
        uint32_t const threads = static_cast<uint32_t>(current->processes.size());
        for (unsigned i = 0; i < threads; ++i) {
            processes_[i].emplace(world_, i);
            processes_[i]->attach(between(threads, 2 * threads - 1), between(0, threads - 1), current->joined[i]);
        }
    }

    void thread(unsigned index) override
    {
        bool dying = false;
        for (Op op : current->processes[index]) {
            if (op == Op::Die) {
                dying = true;
            } else if (!execute(index, op, dying)) {
                dead_[index] = true;
                return;
            } else {
                dying = false;
            }
        }
    }

    void after() override
    {
        world_.audit();
        for (unsigned i = 0; i < current->processes.size(); ++i) {
            if (!dead_[i]) {
                processes_[i]->finish();
            }
        }
        world_.audit_pool();
    }

private:
    static Shape shape()
    {
        uint32_t const threads = static_cast<uint32_t>(current->processes.size());
        return Shape{current->rings, 2, current->pool, threads, 2 * threads + 1};
    }

    /// Returns: false when the process died.
    bool execute(unsigned index, Op op, bool mortal)
    {
        lab().note("%s%s", op_names[static_cast<unsigned>(op)], mortal ? ", and may die" : "");
        bool       done  = false;
        auto const run   = [&] { done = processes_[index]->execute(op); };
        bool const lives = mortal ? lab().run_mortal(run) : (run(), true);
        executed()[static_cast<unsigned>(op)] += !lives || done ? 1 : 0;
        executed()[static_cast<unsigned>(Op::Die)] += lives ? 0 : 1;
        return lives;
    }

    World                      world_{shape()};
    std::optional<Interpreter> processes_[threads_limit];
    bool                       dead_[threads_limit]{};
};

} // namespace

std::array<uint64_t, op_kinds>& executed() noexcept
{
    static std::array<uint64_t, op_kinds> counts{};
    return counts;
}

Description describe(Program const& program)
{
    current = &program;
    return {"program",
            "",
            static_cast<unsigned>(program.processes.size()),
            [](void* memory) -> Scenario* { return ::new (memory) ProgramScenario(); },
            sizeof(ProgramScenario),
            program.count(Op::Die)};
}

} // namespace kickmsg_models
