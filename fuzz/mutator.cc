#include "mutator.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <new>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kickmsg_fuzz {

namespace {

constexpr char begun = 'b', ended = 'e', start = 's';

/// The words that open() judges: magic number to geometry.
constexpr std::size_t judged_words = offsetof(kickmsg::detail::RegionHeader, creator_pid) / sizeof(uint64_t);

/// `how` beyond its lowest two bits: where the word lies, whether the change lasts, and how often it is made in a row.
uint32_t area_of(Change const& change)
{
    return change.how / 4 % 4;
}
bool lasts(Change const& change)
{
    // What open() judges is right every now and then: it looks again until it is, a thousand times.
    return area_of(change) != 0 && change.how / 16 % 2 != 0;
}
uint32_t times_of(Change const& change)
{
    return 1U << change.how / 32;
}

std::atomic<uint64_t>& word_of(kickmsg_test::RawRegion& raw, Change const& change)
{
    auto& layout = raw.layout();
    switch (area_of(change)) {
    case 0:
        return word_at(&raw.header(), change.place % judged_words);
    case 1: { // references, link, owner, length
        auto const slot = static_cast<uint32_t>(change.place / 4 % layout.pool_size());
        return word_at(&layout.slot(slot), change.place % 4);
    }
    case 2:
        return layout.entry(static_cast<uint32_t>(change.place / 64 % layout.ring_count()), change.place % 64);
    default:
        return shared_word(raw, change.place);
    }
}

/// Short beside an operation, long enough for the other core to see the word.
void linger()
{
    for (int turn = 0; turn < 20; ++turn) {
        __builtin_ia32_pause();
    }
}

void make(Change const& change, std::atomic<uint64_t>& word)
{
    for (uint32_t turn = 0; turn < times_of(change); ++turn) {
        uint64_t former = word.load();
        uint64_t spoilt = change.of(former);
        word.store(spoilt);
        linger();
        if (!lasts(change)) {
            word.compare_exchange_strong(spoilt, former);
            linger();
        }
    }
}

} // namespace

Mutator::Mutator()
{
    void* const shared  = mmap(nullptr, sizeof(Job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int         ends[2] = {-1, -1};
    require(shared != MAP_FAILED && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
            "the harness: no shared memory or no sockets");
    job_               = new (shared) Job{};
    line_              = ends[0];
    pid_t const parent = getpid();
    child_             = fork();
    require(child_ >= 0, "the harness: cannot fork");
    if (child_ == 0) {
        close(ends[0]);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
            _exit(1);
        }
        serve(ends[1]);
    }
    close(ends[1]);
}

void Mutator::read(Input& input)
{
    job_->count = input.byte() % (changes_most + 1);
    for (std::size_t i = 0; i < job_->count; ++i) {
        uint32_t const how = input.byte();
        job_->changes[i]   = Change::read(how, input);
    }
}

void Mutator::begin(std::string const& name)
{
    require(name.size() < job_->name.size(), "the harness: a name too long");
    *std::copy(name.begin(), name.end(), job_->name.begin()) = '\0';
    job_->stop.store(false);
    require(write(line_, &start, 1) == 1, "the harness: the overwriting process has died");
    expect(begun);
}

void Mutator::end()
{
    job_->stop.store(true);
    expect(ended);
}

/// A child that dies ends the line. libFuzzer's clock interrupts calls.
void Mutator::expect(char sign)
{
    char    found = 0;
    ssize_t got   = 0;
    do {
        got = ::read(line_, &found, 1);
    } while (got < 0 && errno == EINTR);
    require(got == 1 && found == sign, "the harness: the overwriting process has died");
}

void Mutator::serve(int end)
{
    char sign = 0;
    while (::read(end, &sign, 1) == 1) {
        {
            kickmsg_test::RawRegion raw(job_->name.data());
            bool                    told = false;
            do {
                for (std::size_t i = 0; i < job_->count; ++i) {
                    make(job_->changes[i], word_of(raw, job_->changes[i]));
                }
                job_->rounds.fetch_add(1, std::memory_order_relaxed);
                told = told || write(end, &begun, 1) == 1;
            } while (!job_->stop.load());
        }
        if (write(end, &ended, 1) != 1) {
            break;
        }
    }
    _exit(0);
}

} // namespace kickmsg_fuzz
