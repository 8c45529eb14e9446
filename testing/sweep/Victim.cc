#include "Victim.h"

#include "Failure.h"
#include "Waits.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sys/mman.h>
#include <sys/syscall.h>

namespace kickmsg_sweep {

using namespace std::chrono_literals;

namespace {

/// Steps of one thread before it is another one's turn: so that one that spins until another has done something is not alone for ever.
constexpr uint64_t slice         = 20'000;
constexpr auto     between_looks = 100us;
constexpr auto     long_sleep    = 500ms;
/// Companions that never sleep run so long when it is their turn.
constexpr auto turn = 20ms;

bool changes_code(long call) noexcept
{
    return call == SYS_mmap || call == SYS_munmap || call == SYS_mprotect || call == SYS_mremap || call == SYS_execve;
}

bool changes_names(long call) noexcept
{
    return call == SYS_link || call == SYS_linkat || call == SYS_rename || call == SYS_renameat ||
           call == SYS_renameat2 || call == SYS_unlink || call == SYS_unlinkat;
}

/// Whether the call that a thread is about to make gives or takes a name of shared memory. What was done to memory before that has a
/// name nobody can see.
bool names_memory(Tree::Thread const& thread)
{
    if (!changes_names(thread.call)) {
        return false;
    }
    bool const at_folder   = thread.call == SYS_linkat || thread.call == SYS_renameat || thread.call == SYS_renameat2;
    int const  which       = at_folder ? 3 : thread.call == SYS_unlink ? 0 : 1;
    std::string const path = thread.process->code.text_at(Tree::argument_of(thread, which));
    return path.rfind("/dev/shm", 0) == 0 || path.rfind('/', 0) != 0;
}

/// Whether the call that a thread has just made maps a region, whose names begin with `begin`, to be shared.
bool maps_region(Tree::Thread const& thread, std::string const& begin)
{
    if (thread.call != SYS_mmap || (Tree::argument_of(thread, 3) & MAP_SHARED) == 0) {
        return false;
    }
    auto const        file = static_cast<int>(Tree::argument_of(thread, 4));
    std::error_code   error;
    std::string const link = "/proc/" + std::to_string(thread.process->pid) + "/fd/" + std::to_string(file);
    std::string const name = std::filesystem::read_symlink(link, error).string();
    return !error && name.rfind("/dev/shm" + begin, 0) == 0;
}

} // namespace

MarkName MarkName::parse(std::string const& text)
{
    std::size_t const colon = text.rfind(':');
    std::string const count = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (count.empty() || count.find_first_not_of("0123456789") != std::string::npos || count.size() > 18) {
        return {text, 1};
    }
    return {text.substr(0, colon), std::max<uint64_t>(1, std::stoull(count))};
}

Victim::Victim(Plan const& plan, Surroundings const& in, Watch& watch, Companions* companions, Hooks hooks)
    : plan_(plan), watch_(watch), companions_(companions), hooks_(std::move(hooks)),
      tree_(plan.command, in, !plan.from.name.empty() || !plan.to.name.empty()),
      deadline_(kickmsg::monotonic_ns() + static_cast<uint64_t>(plan.limit * 1e9))
{
}

bool Victim::is_expired() const
{
    return kickmsg::monotonic_ns() >= deadline_;
}

bool Victim::passes(Thread const& thread, MarkName const& mark)
{
    return !mark.name.empty() && thread.mark == mark.name && marks_[thread.mark] == mark.nth;
}

/// What has to be known of an event, however it came about.
void Victim::note_event(Thread& thread, Event event)
{
    if (event == Event::Mark) {
        ++marks_[thread.mark];
    }
    bool const touches = (event == Event::CallEntry && names_memory(thread)) ||
                         (event == Event::CallExit && maps_region(thread, watch_.full_name("")));
    if (touches && !thread.process->touched) {
        thread.process->touched = true;
    }
    if (event == Event::CallExit && changes_code(thread.call)) {
        if (thread.call == SYS_mmap && !(plan_.from.name.empty() && plan_.to.name.empty())) {
            thread.process->code.find_marks(thread.tid);
        } else {
            thread.process->code.forget();
        }
    }
}

bool Victim::begin()
{
    if (companions_ != nullptr && plan_.from.name.empty()) {
        companions_->stop();
    }
    Thread* const first = tree_.run(
        [this](Thread& thread, Event event) {
            note_event(thread, event);
            if (plan_.from.name.empty()) {
                return thread.process->touched;
            }
            return event == Event::Mark && passes(thread, plan_.from);
        },
        [this] { return is_expired(); });
    if (companions_ != nullptr) {
        companions_->settle(1s); // they sleep, each time
    }
    if (first == nullptr) {
        return false;
    }
    begun_ = true;
    last_  = first->tid;
    watch_.resync();
    if (hooks_.begins) {
        hooks_.begins();
        watch_.resync();
    }
    return true;
}

Victim::Reached Victim::run_to(uint64_t changes)
{
    while (begun_ && !ended_ && !asleep_ && changes_.size() < changes) {
        if (steps_ % 1024 == 0 && is_expired()) {
            return Reached::Limit;
        }
        Thread* const thread = choose();
        if (thread == nullptr) {
            asleep_ = !tree_.threads().empty();
            if (asleep_ && is_expired()) {
                return Reached::Limit;
            }
            ended_ = !asleep_;
            break;
        }
        step(*thread);
    }
    if (changes_.size() >= changes) {
        return Reached::State;
    }
    return asleep_ ? Reached::Asleep : Reached::End;
}

/// The thread that ran last, as long as it can; else the next in the order of their beginning.
Victim::Thread* Victim::choose()
{
    auto const all = tree_.threads();
    for (Thread* const thread : all) {
        if (thread->tid == last_ && thread->stopped && slice_ < slice) {
            ++slice_;
            return thread;
        }
    }
    bool const spins = slice_ >= slice;
    slice_           = 0;
    for (Thread* const thread : all) {
        if (!thread->stopped) {
            if (auto const event = tree_.poll(*thread)) {
                note_event(*thread, *event);
            }
        }
    }
    if (spins && companions_ != nullptr && !companions_->is_empty()) {
        companions_->settle(turn);
        watch_.resync();
    }
    Thread* const next = next_of(tree_.threads());
    return next != nullptr ? next : wait_for_anybody();
}

Victim::Thread* Victim::next_of(std::vector<Thread*> const& all)
{
    auto const last = std::find_if(all.begin(), all.end(), [this](Thread* thread) { return thread->tid == last_; });
    std::size_t const begin = last == all.end() ? 0 : static_cast<std::size_t>(last - all.begin()) + 1;
    for (std::size_t i = 0; i < all.size(); ++i) {
        Thread* const thread = all[(begin + i) % all.size()];
        if (thread->stopped) {
            last_ = thread->tid;
            return thread;
        }
    }
    return nullptr;
}

/// All sleep. It is the turn of whoever may wake them: the companions, the clock.
/// Returns: null when all have ended, or nobody is woken.
Victim::Thread* Victim::wait_for_anybody()
{
    uint64_t const began = kickmsg::monotonic_ns();
    if (companions_ != nullptr) {
        companions_->go();
    }
    Thread* found = nullptr;
    while (found == nullptr && !tree_.threads().empty()) {
        for (Thread* const thread : tree_.threads()) {
            if (auto const event = tree_.poll(*thread)) {
                note_event(*thread, *event);
            }
        }
        found = next_of(tree_.threads());
        bool const long_enough =
            plan_.sleeps &&
            kickmsg::monotonic_ns() - began > static_cast<uint64_t>(std::chrono::nanoseconds(long_sleep).count());
        if (found == nullptr && (long_enough || is_expired())) {
            break;
        }
        if (found == nullptr) {
            kickmsg::sleep(between_looks);
        }
    }
    if (companions_ != nullptr && !companions_->is_empty()) {
        companions_->settle(turn);
        watch_.resync(); // what they have changed is theirs
    }
    return found;
}

void Victim::step(Thread& thread)
{
    if (thread.in_call || !thread.process->touched) {
        step_through_call(thread);
        return;
    }
    Code&          code    = thread.process->code;
    uint64_t const address = Tree::address_of(thread);
    if (code.is_mark(address)) {
        tree_.pass_mark(thread, address);
        note_event(thread, Event::Mark);
        ended_ = passes(thread, plan_.to);
        return;
    }
    Instruction const bytes   = code.at(address);
    bool const        is_call = kickmsg_sweep::is_call(bytes);
    if (is_call) {
        thread.call = Tree::next_call_of(thread);
    }
    ++steps_;
    auto const event = tree_.step(thread, is_call);
    if (event == Event::Executed || event == Event::Gone || !event) {
        look_for_names(address, thread); // the end of a process may itself be one
        return;
    }
    if (is_call && changes_code(thread.call)) {
        note_event(thread, Event::CallExit);
    }
    if (is_call && changes_names(thread.call)) {
        look_for_names(address, thread);
    }
    if (!stores_nothing(bytes)) {
        look(address, thread);
    }
}

/// A process that has not opened shared memory yet, or a call that was begun before the states were counted.
void Victim::step_through_call(Thread& thread)
{
    auto const event = thread.in_call ? tree_.step(thread, true) : tree_.run_to_call(thread);
    ++steps_;
    if (event) {
        note_event(thread, *event);
        ended_ = ended_ || (event == Event::Mark && passes(thread, plan_.to));
    }
    if (thread.stopped) {
        look_for_names(Tree::address_of(thread), thread);
        look(Tree::address_of(thread), thread);
    }
}

void Victim::look(uint64_t address, Thread& thread)
{
    Change change;
    if (watch_.look(change)) {
        change.place = thread.process->code.place_of(address);
        add(std::move(change));
    }
}

void Victim::look_for_names(uint64_t address, Thread& thread)
{
    Change change;
    while (watch_.look_for_names(change)) {
        change.place = thread.process->code.place_of(address);
        add(change);
    }
}

void Victim::add(Change change)
{
    if (plan_.names) {
        change.word = watch_.word_of(change);
    }
    changes_.push_back(std::move(change));
    if (hooks_.changed && hooks_.changed(changes_.back())) {
        watch_.resync();
    }
}

bool Victim::run_to_end()
{
    if (companions_ != nullptr) {
        companions_->go();
    }
    deadline_ = kickmsg::monotonic_ns() + static_cast<uint64_t>(plan_.limit * 1e9);
    tree_.run(
        [this](Thread& thread, Event event) {
            note_event(thread, event);
            return false;
        },
        [this] { return is_expired(); });
    return tree_.threads().empty();
}

std::vector<Place> Victim::places()
{
    std::vector<Place> all;
    for (Thread* const thread : tree_.threads()) {
        if (thread->stopped) {
            all.push_back(thread->process->code.place_of(Tree::address_of(*thread)));
        }
    }
    return all;
}

} // namespace kickmsg_sweep
