/// What those do who take part in a generated trial, threads or processes alike; and what a publisher does.
#include "Accounts.h"

#include "Traffic.h"
#include "kickmsg/os/Time.h"

#include <cerrno>
#include <optional>
#include <thread>

namespace kickmsg_stress {
namespace generated {

namespace {

/// However short the time is.
constexpr uint32_t least_attempts = 16;

class Publishing {
public:
    Publishing(TrialBoard& board, kickmsg::SharedRegion const& region, uint32_t which)
        : board_(board), plan_(board.plan), id_(which + 1), account_(board.accounts.publisher[which]),
          random_(plan_.seed * 100 + which), publisher_(std::in_place, region), bytes_(plan_.payload),
          steady_(plan_.steady())
    {
    }

    void run()
    {
        board_.wait_for_begin();
        uint64_t const end = kickmsg::monotonic_ns() + plan_.milliseconds * uint64_t{1000000};
        for (uint32_t attempt = 0; attempt < least_attempts || kickmsg::monotonic_ns() < end; ++attempt) {
            send_one();
            if (attempt % plan_.publisher[id_ - 1].burst == 0) {
                std::this_thread::yield();
            }
        }
        if (publisher_->dropped() != account_.refused) {
            account_.fault.note("dropped() is not what was refused", publisher_->dropped(), account_.refused);
        }
        publisher_.reset();
        board_.sending.fetch_sub(1);
    }

private:
    /// A number that was refused has been delivered to nobody, and is used again.
    void send_one()
    {
        uint32_t const    number = board_.finished[id_].load() + 1;
        std::size_t const length = message::length_of(id_, number, plan_.payload);
        board_.begun[id_].store(number);
        Sending const sending = plan_.publisher[id_ - 1].sending;
        bool const    lent    = sending == Sending::Mixed ? below(random_, 2) == 0 : sending != Sending::Copied;
        if (lent ? !send_in_place(number, length) : !send_copied(number, length)) {
            ++account_.refused;
            return std::this_thread::yield();
        }
        board_.finished[id_].store(number);
        ++account_.sent;
        account_.zero_length += length == 0 ? 1 : 0;
        account_.large += length >= 32768 ? 1 : 0;
    }

    bool send_copied(uint32_t number, std::size_t length)
    {
        message::write(bytes_.data(), id_, number, length);
        int32_t const answer = publisher_->send(bytes_.data(), length);
        if (answer != static_cast<int32_t>(length) && answer != -EAGAIN) {
            account_.fault.note("send() answered something else: expected, minus the answer", length,
                                static_cast<uint64_t>(-answer));
        }
        return answer >= 0;
    }

    bool send_in_place(uint32_t number, std::size_t length)
    {
        Sending const     sending = plan_.publisher[id_ - 1].sending;
        bool const        shorter = sending == Sending::Shortened || (sending == Sending::Mixed && number % 2 == 0);
        std::size_t const more    = shorter ? below(random_, plan_.payload - length + 1) : 0;
        void* const       memory  = publisher_->allocate(length + more);
        if (memory == nullptr) {
            return false;
        }
        message::write(memory, id_, number, length);
        std::size_t const reached = shorter ? publisher_->publish(length) : publisher_->publish();
        if (reached < steady_ || reached > plan_.subscribers) {
            account_.fault.note("publish() reached other rings than there are: reached, least, most", reached, steady_,
                                plan_.subscribers);
        }
        ++(shorter ? account_.shortened : account_.lent);
        return true;
    }

    TrialBoard&                       board_;
    TrialPlan const&                  plan_;
    uint32_t                          id_;
    PublisherAccount&                 account_;
    Random                            random_;
    std::optional<kickmsg::Publisher> publisher_;
    std::vector<unsigned char>        bytes_;
    uint32_t                          steady_;
};

} // namespace

void TrialBoard::wait_for_begin() noexcept
{
    ready.fetch_add(1);
    while (phase.load() == Phase::Gathering) {
        kickmsg::sleep(std::chrono::microseconds(50));
    }
}

void take_part(TrialBoard& board, kickmsg::SharedRegion const& region, uint32_t which) noexcept
{
    uint32_t const publishers = board.plan.publishers;
    try {
        if (which < publishers) {
            Publishing(board, region, which).run();
        } else {
            subscribe(board, region, which - publishers);
        }
    } catch (std::exception const& error) {
        board.fault_of(which).note(error.what());
        board.abort();
    }
}

} // namespace generated
} // namespace kickmsg_stress
