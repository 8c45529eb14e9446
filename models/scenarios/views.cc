// Views: held in place, dropped late and by another thread of the same process, while a sweep trusts their marks.
#include "WorldScenario.h"

#include "kickmsg/core/ViewCount.h"

namespace kickmsg_models {
namespace {

/// Another thread drops a view while the receiver takes on, out of a pool so small that it is the same slot that comes
/// again before the mark of the view is cleared. The mark of the new view must survive that: a sweep, at any time,
/// takes a reference without a mark for an orphan.
struct OtherThread : WorldScenario {
    Subscriber receiver{in_thread(0), only(0)};
    Publisher  publisher{in_thread(0), between(1, 2)};
    Recoverer  sweeper{in_thread(2), between(1, 2)};
    View       before;
    View       next;

    OtherThread() : WorldScenario({slots(1), records(4)})
    {
        publisher.send();
        before = receiver.receive_view();
        spawn([this] {
            publisher.send(); // when the slot is free again
            next = receiver.receive_view();
        });
        spawn([this] { receiver.drop(before); });
        spawn([this] { sweeper.sweep(); });
        at_end([this] {
            sweeper.sweep();
            receiver.finish();
            if (next) {
                receiver.drop(next);
            }
            for (SlotIndex slot = 0; slot < world.layout.pool_size(); ++slot) {
                expect(world.layout.hold(0, slot).newest() == 0, "a mark was left behind");
            }
        });
    }
};
Registration<OtherThread> const other{
    "views_other_thread", "a view is dropped late by another thread while its slot is taken again, under a sweep", 3};

/// Two views go to two threads, one each; the receiver takes a third message and drops it itself.
struct TwoDroppers : WorldScenario {
    Subscriber receiver{in_thread(0), only(0)};
    Publisher  publisher{in_thread(0), between(1, 2)};
    View       views[2];

    TwoDroppers() : WorldScenario({slots(2), records(4)})
    {
        for (View& view : views) {
            publisher.send();
            view = receiver.receive_view();
        }
        spawn([this] {
            publisher.send();
            receiver.receive();
        });
        spawn([this] { receiver.drop(views[0]); });
        spawn([this] { receiver.drop(views[1]); });
        at_end([this] { receiver.finish(); });
    }
};
Registration<TwoDroppers> const droppers{"views_two_droppers", "two threads drop a view each, the receiver continues",
                                         3};

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

    core::ViewCount<Policy> count_{3};
    rl::var<uint32_t>       shared_;
    rl::var<uint32_t>       used_[3];
    unsigned                deletions_ = 0;
};
Registration<Count> const count{"views_count", "the last use of what views share deletes it, seeing all others", 3};

/// A receiver that holds as many views as it may sleeps until another thread drops one: only a wake ends its sleep.
class Limit : public Scenario {
public:
    Limit()
    {
        count_.lend();
        count_.lend();
    }
    void thread(unsigned index) override
    {
        if (index != 0) {
            expect(!count_.give_back(), "the subscriber is still there");
            return;
        }
        for (int more = 0; more < 2; ++more) {
            while (count_.is_full()) {
                uint32_t seen = 0;
                if (count_.arm(seen)) {
                    count_.word().wait(seen, 0);
                }
                count_.disarm();
            }
            count_.lend();
        }
        expect(count_.is_full(), "two may be out, and are");
    }
    void after() override {}

private:
    core::ViewCount<Policy> count_{2};
};
Registration<Limit> const limit{"views_limit",
                                "a receiver at its limit of views is woken by each drop, and lends no more", 3};

} // namespace
} // namespace kickmsg_models
