// Views: held in place, dropped late and by another thread of the same process, while a sweep trusts their marks.
#include "Participants.h"

#include "kickmsg/core/ViewCount.h"

namespace kickmsg_models {
namespace {

Shape shape_of(uint32_t pool)
{
    Shape shape;
    shape.pool    = pool;
    shape.records = 4;
    return shape;
}

/// Another thread drops a view while the receiver takes on, out of a pool so small that it is the same slot that comes
/// again before the mark of the view is cleared. The mark of the new view must survive that: a sweep, at any time,
/// takes a reference without a mark for an orphan.
class OtherThread : public Scenario {
public:
    OtherThread()
    {
        receiver_.attach({0, 1});
        publisher_.attach({1, 2});
        sweeper_.enroll({1, 2});
        publisher_.send();
        old_ = receiver_.receive_view();
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            publisher_.send(); // when the slot is free again
            new_ = receiver_.receive_view();
        } else if (index == 1) {
            receiver_.drop(old_);
        } else {
            sweeper_.sweep();
        }
    }
    void after() override
    {
        sweeper_.sweep();
        receiver_.finish();
        if (new_) {
            receiver_.drop(new_);
        }
        for (SlotIndex slot = 0; slot < world_.layout.pool_size(); ++slot) {
            expect(world_.layout.hold(0, slot).newest() == 0, "a mark was left behind");
        }
        world_.audit_pool();
    }

private:
    World      world_{shape_of(1)};
    Publisher  publisher_{world_, 0, 1};
    Subscriber receiver_{world_, 0};
    Recoverer  sweeper_{world_, 2};
    View       old_;
    View       new_;
};

/// Two views go to two threads, one each; the receiver takes a third message and drops it itself.
class TwoDroppers : public Scenario {
public:
    TwoDroppers()
    {
        receiver_.attach({0, 1});
        publisher_.attach({1, 2});
        for (View& view : views_) {
            publisher_.send();
            view = receiver_.receive_view();
        }
    }
    void thread(unsigned index) override
    {
        if (index == 0) {
            publisher_.send();
            receiver_.receive();
        } else {
            receiver_.drop(views_[index - 1]);
        }
    }
    void after() override
    {
        receiver_.finish();
        world_.audit_pool();
    }

private:
    World      world_{shape_of(2)};
    Publisher  publisher_{world_, 0, 1};
    Subscriber receiver_{world_, 0};
    View       views_[2];
};

/// What a subscriber and its views share: two other threads drop a view each while the receiver lends another one,
/// drops it and leaves. The thread with the last use deletes, and must see all the others.
class Count : public Scenario {
public:
    Count()
    {
        shared_(rl::debug_info("shared", "", 0)).store(1);
        for (auto& used : used_) {
            used(rl::debug_info("used", "", 0)).store(0);
        }
        count_.lend();
        count_.lend();
    }
    void thread(unsigned index) override
    {
        if (index != 0) {
            use(index);
            delete_if(count_.give_back());
            return;
        }
        count_.lend();
        use(0);
        delete_if(count_.give_back());
        use(0);
        delete_if(count_.leave());
    }
    void after() override
    {
        expect(deletions_ == 1, "what the views share was deleted never, or twice");
    }

private:
    static rl::debug_info here() noexcept
    {
        return rl::debug_info("shared by views", "", 0);
    }
    /// Reads what all share, writes what is its own: the deletion must come after both.
    void use(unsigned index)
    {
        expect(shared_(here()).load() == 1, "what was deleted is used");
        used_[index](here()).store(1);
    }
    void delete_if(bool last_use)
    {
        if (!last_use) {
            return;
        }
        ++deletions_;
        shared_(here()).store(0);
        for (auto& used : used_) {
            used(here()).store(0);
        }
    }

    core::ViewCount<Policy> count_;
    rl::var<uint32_t>       shared_;
    rl::var<uint32_t>       used_[3];
    unsigned                deletions_ = 0;
};

Registration<OtherThread> const other{
    "views_other_thread", "a view is dropped late by another thread while its slot is taken again, under a sweep", 3};
Registration<TwoDroppers> const droppers{"views_two_droppers", "two threads drop a view each, the receiver goes on", 3};
Registration<Count> const count{"views_count", "the last use of what views share deletes it, seeing all others", 3};

} // namespace
} // namespace kickmsg_models
