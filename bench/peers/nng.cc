/// nng: one pair of pair0 sockets over its ipc transport, an abstract Unix socket.
#include "peers.h"

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>

namespace kickmsg {
namespace bench {
namespace {

void must(int result, char const* what)
{
    if (result != 0) {
        throw std::runtime_error(std::string(what) + ": " + nng_strerror(result));
    }
}

class Nng {
public:
    static char const* name()
    {
        return "nng";
    }
    static Promises promises()
    {
        return {"two, through the kernel", "none: the writer waits", "yes: the library connects again", false,
                "one for pair0; many for pub0"};
    }
    ~Nng()
    {
        nng_close(socket_);
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_                = what;
        std::string const at = "abstract://" + what.tag.substr(1);
        must(nng_pair0_open(&socket_), "no socket");
        must(nng_socket_set_ms(socket_, NNG_OPT_RECVTIMEO, static_cast<nng_duration>(answer_limit * 1000)),
             "no time-out");
        must(nng_socket_set_ms(socket_, NNG_OPT_SENDTIMEO, static_cast<nng_duration>(answer_limit * 1000)),
             "no time-out");
        must(nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, 0), "no unlimited messages");
        if (end == End::Ping) {
            must(nng_listen(socket_, at.c_str(), nullptr, 0), "cannot listen");
            other.tell('c');
            return;
        }
        other.hear('c');
        must(nng_dial(socket_, at.c_str(), nullptr, 0), "cannot connect");
    }

    bool send(uint64_t sequence)
    {
        nng_msg* message = nullptr;
        if (nng_msg_alloc(&message, what_.size) != 0) {
            return false;
        }
        write_payload(nng_msg_body(message), what_.touched(), sequence);
        if (nng_sendmsg(socket_, message, 0) != 0) {
            nng_msg_free(message);
            return false;
        }
        return true;
    }

    Got receive(uint64_t sequence)
    {
        nng_msg* message = nullptr;
        if (nng_recvmsg(socket_, &message, 0) != 0) {
            return Got::Timeout;
        }
        Got const got = nng_msg_len(message) == what_.size
                            ? judge_payload(nng_msg_body(message), what_.touched(), sequence)
                            : Got::Wrong;
        nng_msg_free(message);
        return got;
    }

private:
    PeerCase   what_;
    nng_socket socket_ = NNG_SOCKET_INITIALIZER;
};

} // namespace

Peer peer_nng()
{
    Peer peer     = peer_of<Nng>(nng_version(), {{false, true, blocking}});
    peer.settings = [](PeerCase const&) {
        return std::string(
            "pair0 over its ipc transport (abstract://), written into the library's message, its default "
            "buffers and threads, pinned with the end they serve");
    };
    return peer;
}

} // namespace bench
} // namespace kickmsg
