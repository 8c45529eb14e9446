/// What the kernel has by itself: POSIX message queue, Unix stream socket, pipe, and eventfd beside shared memory.
///
/// Every object is made after the fork and handed over as a descriptor, so no name is left behind at any death.
#include "peers.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#ifdef __linux__
#include <mqueue.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#endif

namespace kickmsg {
namespace bench {
namespace {

/// Keeps a descriptor; closes it with the object.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor()
    {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    int operator*() const
    {
        return fd_;
    }

private:
    int fd_;
};

/// A byte stream of messages of one size, polled (non-blocking descriptors) or slept on.
class Stream {
public:
    bool send(uint64_t sequence)
    {
        write_payload(buffer_.data(), what_.touched(), sequence);
        return move_all([this](std::size_t at) { return write(*out_, buffer_.data() + at, what_.size - at); });
    }

    Got receive(uint64_t sequence)
    {
        bool const whole =
            move_all([this](std::size_t at) { return read(*in_, buffer_.data() + at, what_.size - at); });
        return whole ? judge_payload(buffer_.data(), what_.touched(), sequence) : Got::Timeout;
    }

protected:
    void set_up(PeerCase const& what, Descriptor in, Descriptor out)
    {
        what_ = what;
        in_   = std::move(in);
        out_  = std::move(out);
        buffer_.assign(what.size, 0);
        for (int const fd : {*in_, *out_}) {
            need(what.block || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0, "cannot poll a descriptor");
        }
    }

private:
    /// Moves the whole message, in as many parts as the kernel makes of it.
    template <class Move>
    bool move_all(Move move)
    {
        std::size_t done = 0;
        while (done < what_.size) {
            ssize_t now = 0;
            spin_until(what_.oversubscribed, [&] {
                now = move(done);
                return now >= 0 || errno != EAGAIN || what_.block;
            });
            if (now <= 0) {
                return false; // the other end is gone, or has not answered in time
            }
            done += static_cast<std::size_t>(now);
        }
        return true;
    }

    PeerCase                   what_;
    Descriptor                 in_;
    Descriptor                 out_;
    std::vector<unsigned char> buffer_;
};

class Pipe : public Stream {
public:
    static char const* name()
    {
        return "pipe";
    }
    static Promises promises()
    {
        return {"two, through the kernel", "none: the writer waits", "the other end reads an end of file", false,
                "one reader for each byte"};
    }
    void open(PeerCase const& what, End end, Line const& other)
    {
        if (end == End::Pong) {
            Descriptor in(take_descriptor(other));
            Descriptor out(take_descriptor(other));
            set_up(what, std::move(in), std::move(out));
            return;
        }
        int ping[2];
        int pong[2];
        need(pipe(ping) == 0 && pipe(pong) == 0, "no pipe");
        Descriptor const ping_read(ping[0]);
        Descriptor const pong_write(pong[1]);
#ifdef F_SETPIPE_SZ
        for (int const fd : {ping[1], pong[1]}) {
            fcntl(fd, F_SETPIPE_SZ, capacity(what.size)); // refused beyond the user's share: then it stays as it is
        }
#endif
        give_descriptor(other, ping[0]);
        give_descriptor(other, pong[1]);
        set_up(what, Descriptor(pong[0]), Descriptor(ping[1]));
    }
    static int capacity(std::size_t size)
    {
        return static_cast<int>(std::clamp<std::size_t>(2 * size, 65536, 1048576));
    }
};

class UnixSocket : public Stream {
public:
    static char const* name()
    {
        return "unix-socket";
    }
    static Promises promises()
    {
        return {"two, through the kernel", "none: the writer waits", "the other end reads an end of file", false,
                "one reader for each byte"};
    }
    void open(PeerCase const& what, End end, Line const& other)
    {
        if (end == End::Pong) {
            start(what, Descriptor(take_descriptor(other)));
            return;
        }
        int ends[2];
        need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "no socket pair");
        Descriptor const theirs(ends[1]);
        give_descriptor(other, ends[1]);
        start(what, Descriptor(ends[0]));
    }

private:
    void start(PeerCase const& what, Descriptor both)
    {
        timeval const limit = {static_cast<time_t>(answer_limit), 0};
        need(setsockopt(*both, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0, "no time-out on a socket");
        Descriptor again(dup(*both));
        set_up(what, std::move(both), std::move(again));
    }
};

#ifdef __linux__
std::string first_word(char const* path)
{
    std::ifstream in(path);
    std::string   word;
    in >> word;
    return word;
}

long queue_depth()
{
    std::string const limit = first_word("/proc/sys/fs/mqueue/msg_max");
    return std::min(8L, limit.empty() ? 8L : std::stol(limit));
}

class PosixMq {
public:
    static char const* name()
    {
        return "posix-mq";
    }
    static Promises promises()
    {
        return {"two, through the kernel", "none: the writer waits", "the queue stays, with what is in it", false,
                "one reader for each message"};
    }
    void open(PeerCase const& what, End end, Line const& other)
    {
        what_ = what;
        buffer_.assign(what.size, 0);
        if (end == End::Ping) {
            out_ = create(what.tag + "ping");
            in_  = create(what.tag + "pong");
            give_descriptor(other, *out_);
            give_descriptor(other, *in_);
        } else {
            in_  = Descriptor(take_descriptor(other));
            out_ = Descriptor(take_descriptor(other));
        }
    }
    bool send(uint64_t sequence)
    {
        write_payload(buffer_.data(), what_.touched(), sequence);
        return spin_until(what_.oversubscribed && !what_.block, [this] {
            return mq_send(*out_, reinterpret_cast<char const*>(buffer_.data()), what_.size, 0) == 0;
        });
    }
    Got receive(uint64_t sequence)
    {
        auto* const to  = reinterpret_cast<char*>(buffer_.data());
        ssize_t     got = -1;
        if (what_.block) {
            timespec until = {};
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec += static_cast<time_t>(answer_limit);
            got = mq_timedreceive(*in_, to, what_.size, nullptr, &until);
        } else {
            spin_until(what_.oversubscribed, [&] {
                got = mq_receive(*in_, to, what_.size, nullptr);
                return got >= 0 || errno != EAGAIN;
            });
        }
        return got < 0                                       ? Got::Timeout
               : static_cast<std::size_t>(got) != what_.size ? Got::Wrong
                                                             : judge_payload(to, what_.touched(), sequence);
    }

private:
    Descriptor create(std::string const& name) const
    {
        mq_attr attributes    = {};
        attributes.mq_maxmsg  = queue_depth();
        attributes.mq_msgsize = static_cast<long>(what_.size);
        int const flags       = O_CREAT | O_EXCL | O_RDWR | (what_.block ? 0 : O_NONBLOCK);
        // on Linux a queue's handle is a descriptor (mq_overview(7)): it can be handed over, and needs its name no more
        Descriptor queue(mq_open(name.c_str(), flags, 0600, &attributes));
        need(*queue >= 0, "no message queue");
        mq_unlink(name.c_str());
        return queue;
    }

    PeerCase                   what_;
    Descriptor                 in_;
    Descriptor                 out_;
    std::vector<unsigned char> buffer_;
};

std::string refuse_large(PeerCase const& what)
{
    std::string const limit = first_word("/proc/sys/fs/mqueue/msgsize_max");
    if (limit.empty()) {
        return "there are no POSIX message queues here (/proc/sys/fs/mqueue is missing)";
    }
    return what.size <= std::stoull(limit)
               ? ""
               : "the system limits a message to " + limit + " bytes (/proc/sys/fs/mqueue/msgsize_max)";
}

/// Slots in a memfd; an eventfd for each direction tells that one more is full.
class EventfdShm {
public:
    static constexpr std::size_t depth = 8;

    static char const* name()
    {
        return "eventfd-shm";
    }
    static Promises promises()
    {
        return {"none", "the writer overwrites what is not read: nothing counts the slots",
                "yes, but the reader waits for ever", false, "one publisher, one subscriber"};
    }
    ~EventfdShm()
    {
        if (memory_ != nullptr) {
            munmap(memory_, length_);
        }
    }
    void open(PeerCase const& what, End end, Line const& other)
    {
        what_   = what;
        room_   = (what.size + 63) / 64 * 64;
        length_ = 2 * depth * room_;
        Descriptor memory;
        if (end == End::Ping) {
            memory = Descriptor(memfd_create("kickmsg_bench", MFD_CLOEXEC));
            need(*memory >= 0 && ftruncate(*memory, static_cast<off_t>(length_)) == 0, "no shared memory");
            out_ = Descriptor(eventfd(0, EFD_SEMAPHORE));
            in_  = Descriptor(eventfd(0, EFD_SEMAPHORE));
            need(*out_ >= 0 && *in_ >= 0, "no eventfd");
            for (int const fd : {*memory, *out_, *in_}) {
                give_descriptor(other, fd);
            }
        } else {
            memory = Descriptor(take_descriptor(other));
            in_    = Descriptor(take_descriptor(other));
            out_   = Descriptor(take_descriptor(other));
        }
        void* const at = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED, *memory, 0);
        need(at != MAP_FAILED, "cannot map");
        memory_      = static_cast<unsigned char*>(at);
        write_ahead_ = memory_ + (end == End::Ping ? 0 : depth * room_);
        read_ahead_  = memory_ + (end == End::Ping ? depth * room_ : 0);
    }
    bool send(uint64_t sequence)
    {
        uint64_t const one = 1;
        write_payload(write_ahead_ + room_ * (sent_++ % depth), what_.touched(), sequence);
        return write(*out_, &one, sizeof(one)) == sizeof(one);
    }
    Got receive(uint64_t sequence)
    {
        uint64_t one = 0;
        if (read(*in_, &one, sizeof(one)) != sizeof(one)) {
            return Got::Timeout;
        }
        return judge_payload(read_ahead_ + room_ * (received_++ % depth), what_.touched(), sequence);
    }

private:
    PeerCase       what_;
    Descriptor     in_;
    Descriptor     out_;
    unsigned char* memory_      = nullptr;
    unsigned char* write_ahead_ = nullptr;
    unsigned char* read_ahead_  = nullptr;
    std::size_t    room_        = 0;
    std::size_t    length_      = 0;
    uint64_t       sent_        = 0;
    uint64_t       received_    = 0;
};
#endif

std::string kernel_version()
{
#ifdef __linux__
    return "Linux " + first_word("/proc/sys/kernel/osrelease");
#else
    return "of the system";
#endif
}

} // namespace

Peer peer_pipe()
{
    Peer peer     = peer_of<Pipe>(kernel_version(), {{false, false, spin_copy}, {false, true, blocking}});
    peer.settings = [](PeerCase const& what) {
        return "a pipe each way, " + std::to_string(Pipe::capacity(what.size)) + " bytes asked for" +
               (what.block ? "" : ", O_NONBLOCK");
    };
    return peer;
}

Peer peer_unix_socket()
{
    Peer peer     = peer_of<UnixSocket>(kernel_version(), {{false, false, spin_copy}, {false, true, blocking}});
    peer.settings = [](PeerCase const& what) {
        return std::string("one SOCK_STREAM pair, the system's buffers") + (what.block ? "" : ", O_NONBLOCK");
    };
    return peer;
}

#ifdef __linux__
Peer peer_posix_mq()
{
    Peer peer     = peer_of<PosixMq>(kernel_version(), {{false, false, spin_copy}, {false, true, blocking}});
    peer.refuses  = refuse_large;
    peer.settings = [](PeerCase const& what) {
        return "a queue of " + std::to_string(queue_depth()) + " messages each way" +
               (what.block ? "" : ", O_NONBLOCK");
    };
    return peer;
}

Peer peer_eventfd_shm()
{
    Peer peer     = peer_of<EventfdShm>(kernel_version(), {{true, true, blocking}});
    peer.settings = [](PeerCase const&) {
        return std::to_string(EventfdShm::depth) + " slots in a memfd and one eventfd (EFD_SEMAPHORE) each way";
    };
    return peer;
}
#endif

} // namespace bench
} // namespace kickmsg
