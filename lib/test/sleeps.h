/// Sleeps on many words: counted, held up, and as on a system that can do less.
#pragma once

#include "os/WaitHooks.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <utility>

namespace kickmsg_test {

/// While it lives, hears of each sleep of a wait set and of its threads, just before it begins: all marks are set by then.
class Sleeps {
public:
    /// `hear`: called in place of nothing by the thread that is about to sleep, but not while it is in such a call.
    explicit Sleeps(std::function<void()> hear = [] {}) : hear_(std::move(hear))
    {
        current.store(this);
        kickmsg::os::call_before_waits([](kickmsg::os::Awaited const* words, std::size_t count) {
            Inside const  inside;
            Sleeps* const self = current.load();
            if (self != nullptr && !std::exchange(hearing, true)) {
                self->count_.fetch_add(1);
                self->hear_();
                hearing = false;
                if (self->thread_ == std::this_thread::get_id() &&
                    std::none_of(words, words + count, [](auto const& word) { return word.has_changed(); })) {
                    self->idle_.fetch_add(1);
                }
            }
        });
        kickmsg::os::call_after_waits([](kickmsg::os::Awaited const* words, std::size_t count) {
            Inside const  inside;
            Sleeps* const self = current.load();
            if (self != nullptr &&
                std::none_of(words, words + count, [](auto const& word) { return word.has_changed(); })) {
                self->is_unrung_.store(true);
            }
        });
    }
    /// Whether none of them ended because its time was over: somebody rang each time.
    bool are_rung() const noexcept
    {
        return !is_unrung_.load();
    }
    Sleeps(Sleeps const&)            = delete;
    Sleeps& operator=(Sleeps const&) = delete;
    ~Sleeps()
    {
        kickmsg::os::call_before_waits(nullptr);
        kickmsg::os::call_after_waits(nullptr);
        current.store(nullptr);
        while (threads_inside.load() != 0) { // they still use it
        }
    }

    uint32_t count() const noexcept
    {
        return count_.load();
    }
    /// How many of them were of this thread, and on words none of which had changed.
    uint32_t idle() const noexcept
    {
        return idle_.load();
    }
    /// Until somebody is about to sleep, for the `count`-th time.
    void await(uint32_t count = 1) const noexcept
    {
        while (count_.load() < count) {
        }
    }

private:
    static inline std::atomic<Sleeps*>  current{nullptr};
    static inline std::atomic<uint32_t> threads_inside{0};
    static inline thread_local bool     hearing = false;

    /// A thread in a call of the hooks.
    struct Inside {
        Inside() noexcept
        {
            threads_inside.fetch_add(1);
        }
        Inside(Inside const&)            = delete;
        Inside& operator=(Inside const&) = delete;
        ~Inside()
        {
            threads_inside.fetch_sub(1);
        }
    };

    std::function<void()> hear_;
    std::thread::id       thread_ = std::this_thread::get_id();
    std::atomic<uint32_t> count_{0}, idle_{0};
    std::atomic<bool>     is_unrung_{false};
};

/// While it lives, hears of each wait of a set that has found nothing and is about to set its marks, once.
class Marks {
public:
    explicit Marks(std::function<void()> hear) : hear_(std::move(hear))
    {
        current.store(this);
        kickmsg::os::call_before_marks([] {
            if (Marks* const self = current.exchange(nullptr)) {
                self->hear_();
            }
        });
    }
    Marks(Marks const&)            = delete;
    Marks& operator=(Marks const&) = delete;
    ~Marks()
    {
        kickmsg::os::call_before_marks(nullptr);
        current.store(nullptr);
    }

private:
    static inline std::atomic<Marks*> current{nullptr};

    std::function<void()> hear_;
};

/// While it lives, sets that are made sleep on `most` words at once; 0: on as many as the system can.
class MostWords {
public:
    explicit MostWords(std::size_t most)
    {
        kickmsg::os::pretend_most_words(most);
    }
    MostWords(MostWords const&)            = delete;
    MostWords& operator=(MostWords const&) = delete;
    ~MostWords()
    {
        kickmsg::os::pretend_most_words(0);
    }

    /// What to try: as the system does, in groups of few words where it has such a sleep, and on one word, with a thread for each.
    static std::size_t const* begin()
    {
        return values();
    }
    static std::size_t const* end()
    {
        return values() + (kickmsg::os::most_words() > 1 ? 3 : 1);
    }

private:
    static std::size_t const* values()
    {
        static std::size_t const all[] = {0, 4, 1};
        return all;
    }
};

} // namespace kickmsg_test
