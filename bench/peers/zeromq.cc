/// ZeroMQ: one pair of PAIR sockets over ipc://, an abstract Unix socket.
#include "peers.h"

#include <zmq.h>

namespace kickmsg {
namespace bench {
namespace {

void must(int result, char const* what)
{
    if (result != 0) {
        throw std::runtime_error(std::string(what) + ": " + zmq_strerror(zmq_errno()));
    }
}

class ZeroMq {
public:
    static char const* name()
    {
        return "zeromq";
    }
    static Promises promises()
    {
        return {"two, through the kernel, and one within the library", "none: the writer waits at the high-water mark",
                "yes: the library connects again", false, "one for a PAIR; many for PUB"};
    }
    ~ZeroMq()
    {
        if (socket_ != nullptr) {
            zmq_close(socket_);
        }
        if (context_ != nullptr) {
            zmq_ctx_term(context_);
        }
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_                    = what;
        std::string const at     = "ipc://@" + what.tag.substr(1);
        int const         limit  = static_cast<int>(answer_limit * 1000);
        int const         linger = 0;
        context_                 = zmq_ctx_new();
        socket_                  = zmq_socket(context_, ZMQ_PAIR);
        if (socket_ == nullptr) {
            must(-1, "no socket");
        }
        must(zmq_setsockopt(socket_, ZMQ_RCVTIMEO, &limit, sizeof(limit)), "no time-out");
        must(zmq_setsockopt(socket_, ZMQ_SNDTIMEO, &limit, sizeof(limit)), "no time-out");
        must(zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof(linger)), "no linger");
        if (end == End::Ping) {
            must(zmq_bind(socket_, at.c_str()), "cannot bind");
            other.tell('c');
            return;
        }
        other.hear('c');
        must(zmq_connect(socket_, at.c_str()), "cannot connect");
    }

    bool send(uint64_t sequence)
    {
        zmq_msg_t message;
        if (zmq_msg_init_size(&message, what_.size) != 0) {
            return false;
        }
        write_payload(zmq_msg_data(&message), what_.touched(), sequence);
        if (zmq_msg_send(&message, socket_, 0) < 0) {
            zmq_msg_close(&message);
            return false;
        }
        return true;
    }

    Got receive(uint64_t sequence)
    {
        zmq_msg_t message;
        zmq_msg_init(&message);
        Got got = Got::Timeout;
        if (zmq_msg_recv(&message, socket_, 0) >= 0) {
            got = zmq_msg_size(&message) == what_.size
                      ? judge_payload(zmq_msg_data(&message), what_.touched(), sequence)
                      : Got::Wrong;
        }
        zmq_msg_close(&message);
        return got;
    }

private:
    PeerCase what_;
    void*    context_ = nullptr;
    void*    socket_  = nullptr;
};

} // namespace

Peer peer_zeromq()
{
    int major = 0;
    int minor = 0;
    int patch = 0;
    zmq_version(&major, &minor, &patch);
    Peer peer     = peer_of<ZeroMq>(std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch),
                                {{false, true, blocking}});
    peer.settings = [](PeerCase const&) {
        return std::string("PAIR over ipc://, written into the library's message, high-water mark 1000 (its default), "
                           "one input/output thread a process, pinned with the end it serves");
    };
    return peer;
}

} // namespace bench
} // namespace kickmsg
