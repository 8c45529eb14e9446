/// The wait set of the models: the shipped steps (lib/src/SetProtocol.h, LookoutOrders.h) over Relacy's words, locks and sleeps.
///
/// The descriptor that a set gives out is a word that is 1 while it is readable; a poll sleeps until it is. No sleep ends by its time: a lost
/// wake is a deadlock.
#pragma once

#include "Subscriber.h"

#include "SetProtocol.h"

#include <algorithm>
#include <utility>

namespace kickmsg_models {

/// A vector in fixed memory.
template <class T, std::size_t N>
class Few {
public:
    T* begin() noexcept
    {
        return items_;
    }
    T* end() noexcept
    {
        return items_ + size_;
    }
    T const* begin() const noexcept
    {
        return items_;
    }
    T const* end() const noexcept
    {
        return items_ + size_;
    }
    T* data() noexcept
    {
        return items_;
    }
    std::size_t size() const noexcept
    {
        return size_;
    }
    static constexpr std::size_t capacity() noexcept
    {
        return N;
    }
    bool empty() const noexcept
    {
        return size_ == 0;
    }
    T& operator[](std::size_t index) noexcept
    {
        return items_[index];
    }
    T const& front() const noexcept
    {
        return items_[0];
    }
    void push_back(T const& item)
    {
        expect(size_ < N, "the scenario's set is larger than its memory");
        items_[size_++] = item;
    }
    void resize(std::size_t size)
    {
        expect(size <= N, "the scenario's set is larger than its memory");
        size_ = size;
    }
    void clear() noexcept
    {
        size_ = 0;
    }
    void assign(T const* first, T const* last)
    {
        size_ = static_cast<std::size_t>(std::copy(first, last, items_) - items_);
    }
    void erase(T* item) noexcept
    {
        std::copy(item + 1, end(), item);
        --size_;
    }
    void swap(Few&) noexcept {} // only where there is not enough room

private:
    T           items_[N]{};
    std::size_t size_ = 0;
};

class Mutex {
public:
    void lock()
    {
        mutex_.lock(rl::debug_info("lock", "", 0));
    }
    void unlock()
    {
        mutex_.unlock(rl::debug_info("unlock", "", 0));
    }

private:
    rl::mutex mutex_;
};

/// The word of a descriptor is the kernel's: seq_cst.
class Readable {
public:
    void set()
    {
        word_.store(1, std::memory_order_seq_cst);
        word_.wake(1);
    }
    void reset()
    {
        word_.store(0, std::memory_order_seq_cst);
    }
    /// As poll(): until it is readable.
    void wait(std::chrono::nanoseconds = {})
    {
        while (word_.load(std::memory_order_seq_cst) == 0) {
            word_.wait(0, 0);
        }
    }

private:
    Atomic<uint32_t> word_;
};

struct Awaited {
    Atomic<uint32_t>* word     = nullptr;
    uint32_t          expected = 0;
    uint32_t          sleeper  = 0;

    bool has_changed() const
    {
        return word->load(std::memory_order_relaxed) != expected;
    }
};

struct Watch {
    Awaited word;

    Watch() noexcept = default;
    Watch(Awaited const& own) noexcept : word(own) {}
};

class SetMember;
class SetHandle;
class SetLookout;
enum class Moment { Idle, Rested };
enum class Armed { No, Own, Shared };

/// The surroundings of the shipped steps.
struct ModelWaits {
    using Policy   = kickmsg_models::Policy;
    using Word     = Atomic<uint32_t>;
    using Awaited  = kickmsg_models::Awaited;
    using Mutex    = kickmsg_models::Mutex;
    using Readable = kickmsg_models::Readable;
    using Moment   = kickmsg_models::Moment;
    using Watch    = kickmsg_models::Watch;
    using Watches  = Few<Watch, 4>;
    using Armed    = kickmsg_models::Armed;
    using Member   = SetMember;
    using Entry    = SetMember*;
    using Entries  = Few<SetMember*, 2>;
    using Keys     = Few<uint64_t, 2>;
    using Lookouts = Few<SetLookout*, 2>;
    using Handle   = SetHandle;

    using HandlePointer = SetHandle*;

    static constexpr std::size_t words_limit = 4;

    /// Of the system that the running scenario is on.
    static inline std::size_t words = words_limit;

    static std::size_t most_words() noexcept
    {
        return words;
    }
    static void wake(Word& word, uint32_t sleepers)
    {
        word.wake(sleepers);
    }
    static void wait(Awaited const& word, std::chrono::nanoseconds /*slice*/)
    {
        word.word->wait(word.expected, word.sleeper);
    }
    static void wait_any(Awaited const* words, std::size_t count, std::chrono::nanoseconds /*slice*/)
    {
        Awaited here[words_limit];
        std::copy(words, words + count, here);
        for (std::size_t i = 0; i < count && planted("set-sleeps-on-what-it-finds"); ++i) {
            here[i].expected = here[i].word->newest();
        }
        Dormitory::running()->wait(here, count);
    }
    static void begin_marks() noexcept {}
};

/// What is in a set: its place, and the source. Whether that is there at all is plain memory of the source, which a set must not touch once it has
/// left.
class SetMember {
public:
    explicit SetMember(uint64_t key) : key_(key)
    {
        memory_(here()).store(1);
    }
    /// The source ends: nobody in the set touches it any more.
    void end()
    {
        memory_(here()).store(0);
    }

    // --- its place
    bool is_vacant() const noexcept
    {
        return vacant_;
    }
    void vacate() noexcept
    {
        vacant_ = true;
    }
    uint64_t key() const noexcept
    {
        return key_;
    }
    SetMember& source() noexcept
    {
        return *this;
    }

    // --- the source
    void attach(SetMember* /*member*/) noexcept
    {
        vacant_ = false;
    }
    bool is_ready(Moment /*moment*/)
    {
        touch();
        return has_news();
    }
    Armed arm(Watch& watch, uint64_t turn)
    {
        touch();
        return announce(watch.word, turn);
    }
    void disarm()
    {
        touch();
        take_back();
    }

protected:
    ~SetMember() = default;

private:
    virtual bool  has_news()                             = 0;
    virtual Armed announce(Awaited& word, uint64_t turn) = 0;
    virtual void  take_back()                            = 0;

    void touch() const
    {
        expect(memory_(here()).load() == 1, "a set touches a source that has left it");
    }
    static rl::debug_info here()
    {
        return rl::debug_info("source", "", 0);
    }

    uint64_t                  key_;
    bool                      vacant_ = true;
    mutable rl::var<uint32_t> memory_;
};

/// A subscriber in a set.
class SubscribedMember final : public SetMember {
public:
    SubscribedMember(Subscriber& reader, uint64_t key) : SetMember(key), reader_(reader) {}

private:
    bool has_news() override
    {
        return reader_.is_ready();
    }
    Armed announce(Awaited& word, uint64_t /*turn*/) override
    {
        word.word    = &reader_.world().layout.doorbell();
        word.sleeper = reader_.ring();
        return reader_.arm(word.expected) ? Armed::Own : Armed::No;
    }
    void take_back() override
    {
        reader_.disarm();
    }

    Subscriber& reader_;
};

/// What the readers of one handle share.
struct SetSeat {
    uint64_t turn = 0;
    Awaited* word = nullptr;
};

/// A reader of a blackboard in a set, by the handle that it shares with others there.
template <class Handle>
class ReadingMember final : public SetMember {
public:
    /// `seat`: of the handle.
    ReadingMember(Handle& handle, uint32_t value, SetSeat& seat, uint64_t key)
        : SetMember(key), handle_(handle), value_(value), seat_(seat)
    {
    }

private:
    bool has_news() override
    {
        return handle_.has_changed(value_);
    }
    /// As ReaderState::arm().
    Armed announce(Awaited& word, uint64_t turn) override
    {
        bool const shared = std::exchange(seat_.turn, turn) == turn;
        if (!shared) {
            word       = {&handle_.bell(), handle_.rung(), 0};
            seat_.word = &word;
        } else if (planted("set-board-bell-read-again")) {
            seat_.word->expected = handle_.rung();
        }
        return !handle_.watch(value_) ? Armed::No : shared ? Armed::Shared : Armed::Own;
    }
    void take_back() override {}

    Handle&  handle_;
    uint32_t value_;
    SetSeat& seat_;
};

/// A thread of a set: its body is run().
class SetLookout {
public:
    void post(Watch const* first, std::size_t count, bool is_quiet = false)
    {
        orders_.post(first, count, is_quiet);
    }
    void recall()
    {
        orders_.recall();
    }
    void end()
    {
        orders_.end();
    }
    template <class Report>
    void run(Report const& report)
    {
        for (bool is_quiet = false; orders_.take(is_quiet);) {
            orders_.sleep({});
            if (orders_.has_news()) {
                orders_.report(report);
            }
        }
    }

private:
    kickmsg::detail::LookoutOrders<ModelWaits> orders_;
};

class SetHandle : public kickmsg::detail::SetFlag<ModelWaits> {
public:
    SetHandle() : lookout(*this)
    {
        set();
    }
    void reset()
    {
        if (planted("set-handle-emptied-last")) {
            return;
        }
        SetFlag::reset();
    }

    /// Is posted as that of any other thread of a set.
    class Watcher : public SetLookout {
    public:
        explicit Watcher(SetHandle& handle) : handle_(handle) {}
        void post(Watch const* first, std::size_t count, bool is_quiet)
        {
            SetLookout::post(first, count, is_quiet);
            if (planted("set-handle-emptied-last")) {
                handle_.SetFlag::reset();
            }
        }

    private:
        SetHandle& handle_;
    };

    Watcher lookout;
};

class WaitSet : public kickmsg::detail::SetProtocol<ModelWaits> {
public:
    void add(SetMember& member)
    {
        put_in(&member, [](std::size_t) {});
    }
    void remove(SetMember& member)
    {
        take_out(member);
    }
    void give_handle(SetHandle& handle)
    {
        handle_ = &handle;
    }
    /// One more thread, for a member that has no room in the sleep of the waiting one.
    void provide(SetLookout& lookout)
    {
        lookouts_.push_back(&lookout);
    }

    /// Until it finds something. Returns: whether it was woken.
    bool wait()
    {
        for (bool over = look(Moment::Idle, false); !over; over = look(Moment::Rested, false)) {
            sleep({});
        }
        return woken_;
    }
    /// A wait whose time is up before it sleeps.
    bool wait_in_vain()
    {
        if (!look(Moment::Idle, false)) {
            look(Moment::Rested, true);
        }
        return woken_;
    }
    /// What a program does whose loop polls the descriptor.
    bool poll_and_look()
    {
        handle_->readable.wait();
        look(Moment::Idle, true);
        return woken_;
    }
    bool has_found(uint64_t key) const noexcept
    {
        return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
    }
};

} // namespace kickmsg_models
