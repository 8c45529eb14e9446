/// What the experimenter may do to the shipped code from outside, without touching it: weaken the order of one site, make
/// everything seq_cst, plant a fault, kill a thread, keep a readable history. One experiment at a time; no threads here:
/// Relacy's are fibers.
#pragma once

#include "relacy.h"

namespace kickmsg_models {

/// Where in the source an atomic operation stands. One operation a line: the line names it.
struct Site {
    char const* file;
    char const* function;
    unsigned    line;

    static Site here(char const* file = __builtin_FILE(), char const* function = __builtin_FUNCTION(),
                     unsigned line = __builtin_LINE()) noexcept
    {
        return {file, function, line};
    }
    /// Whether it stands in the function `name`, a template or not.
    bool is_in(char const* name) const noexcept
    {
        std::size_t const length = std::strlen(name);
        return std::strncmp(function, name, length) == 0 && (function[length] == 0 || function[length] == '<');
    }
    char const* file_name() const noexcept
    {
        char const* const slash = std::strrchr(file, '/');
        return slash != nullptr ? slash + 1 : file;
    }
};

enum class Operation : uint8_t { Load, Store, Exchange, FetchAdd, FetchAnd, FetchOr, CompareExchange };

char const* name_of(Operation operation) noexcept;
char const* name_of(std::memory_order order) noexcept;

/// One atomic operation, as a fault or the history sees it.
struct Access {
    Site              site;
    Operation         operation;
    void*             word;     ///< the Atomic<T>
    unsigned          bits;     ///< of T
    std::memory_order order;    ///< of a compare-and-swap: on success
    std::memory_order failure;  ///< of a compare-and-swap
    uint64_t          operand;  ///< stored, or-ed, added, desired
    uint64_t          expected; ///< of a compare-and-swap
    uint64_t          result;   ///< loaded, or the value before
    bool              done;     ///< of a compare-and-swap: whether it succeeded
};

/// A planted fault: changes operations while they happen.
class Fault {
public:
    virtual ~Fault() = default;
    /// May change the operation. Returns: false to leave it out (then `result` and `done` are what it "returned").
    virtual bool before(Access&)
    {
        return true;
    }
    /// May change the result, or do more.
    virtual void after(Access&) {}
    /// May change the answer to a question for proof of life.
    virtual bool is_alive(uint64_t /*incarnation*/, bool alive)
    {
        return alive;
    }
};

/// One order made weaker.
struct Weakening {
    std::string       file; ///< without folders; empty: none
    unsigned          line    = 0;
    bool              failure = false; ///< the failure order of a compare-and-swap
    std::memory_order order   = std::memory_order_relaxed;

    bool hits(Site const& site) const noexcept
    {
        return line == site.line && !file.empty() && file == site.file_name();
    }
};

/// A site that an experiment has met.
struct SiteCount {
    Site              site;
    Operation         operation;
    std::memory_order order;
    std::memory_order failure;
    uint64_t          count;
};

class Lab {
public:
    static constexpr unsigned threads_limit = 6;

    Weakening   weakening;
    bool        seq_cst    = false;
    Fault*      fault      = nullptr;
    char const* fault_name = nullptr;

    // --- by the engine
    void begin_execution() noexcept;
    /// Its number, from 1.
    uint64_t execution() const noexcept
    {
        return execution_;
    }
    /// Whether scheduling, deaths and faults are off: set-up and final checks.
    void set_quiet(bool quiet) noexcept
    {
        quiet_ = quiet;
    }
    bool is_quiet() const noexcept
    {
        return quiet_;
    }

    // --- by the atomics
    /// Returns: false when a fault leaves the operation out.
    bool before(Access& access)
    {
        count(access);
        if (seq_cst) {
            access.order = access.failure = std::memory_order_seq_cst;
        } else if (weakening.line == access.site.line && weakening.hits(access.site)) {
            (weakening.failure ? access.failure : access.order) = weakening.order;
        }
        if (!quiet_) {
            die_if_chosen();
        }
        return fault == nullptr || !planted() || before_fault(access);
    }
    void after(Access& access)
    {
        if (fault != nullptr && planted()) {
            after_fault(access);
        }
        if (keeps_history) {
            record(access);
        }
    }

    // --- deaths
    /// Runs `body` in a thread that may die before any of its operations: at most `deaths_left` threads do.
    /// Returns: whether it lived.
    template <class Body>
    bool run_mortal(Body body)
    {
        unsigned const thread = rl::thread_index();
        if (_setjmp(top_[thread]) != 0) {
            return false;
        }
        arm(thread);
        body();
        mortal_[thread] = false;
        return true;
    }
    unsigned deaths_left = 0; ///< set by the engine

    char const* failure = nullptr; ///< what an oracle said of this execution

    // --- history
    bool        keeps_history = false;
    void        note(char const* format, ...) __attribute__((format(printf, 2, 3)));
    char const* history() const noexcept
    {
        return history_;
    }
    /// Names a word, diagnostics only; the scenario's world provides it.
    void (*describe)(void* word, uint64_t value, char* name, char* decoded, std::size_t size) = nullptr;
    /// What becomes of a thread that dies; the scenario's world provides it.
    void (*on_death)(unsigned thread) = nullptr;

    std::vector<SiteCount> sites() const;
    void                   forget_sites() noexcept;

private:
    bool planted() const noexcept
    {
        return !quiet_ || faults_in_quiet;
    }
    /// A fault acts in one step with the operation: nobody runs between what it sees and what is done.
    bool before_fault(Access& access);
    void after_fault(Access& access);
    void count(Access const& access) noexcept;
    void arm(unsigned thread);
    void die_if_chosen()
    {
        if (mortal_[rl::thread_index()] && deaths_left != 0) {
            decide_death();
        }
    }
    void decide_death();
    void record(Access const& access);

    static constexpr std::size_t sites_limit   = 512;
    static constexpr std::size_t history_limit = std::size_t{1} << 20;

    bool         quiet_ = true;
    bool         mortal_[threads_limit]{};
    unsigned     steps_to_death_[threads_limit]{};
    std::jmp_buf top_[threads_limit];
    SiteCount    sites_[sites_limit]{};
    char         history_[history_limit]{};
    std::size_t  history_end_ = 0;
    unsigned     step_        = 0;
    bool         in_one_step_ = false;
    uint64_t     execution_   = 0;

public:
    bool faults_in_quiet = false; ///< final recoveries are part of the experiment
};

Lab& lab() noexcept;

/// Fails the execution unless `holds`.
void expect(bool holds, char const* what);

} // namespace kickmsg_models
