/// A publisher's end in a region that keeps a history: each message is delivered into the hidden ring first, and from then on it is published.
///
///   1  PUBLISH note; the bits of the hidden ring and of those that are live (as Sender::publish)
///   2  deliver into the hidden ring: the message has its position
///   3  look again at who is live or arrives. Each of these gets it where the cut of its ring admits the position; a ring that was not live at 1
///      gets its bit then. A bit that is there already is its newcomer's, which takes the message from the history.
///   4  the bits of rings that did not get it, the note, as ever
///
/// offer_and_remember() overwrites nothing: it looks for room, in the rings of newcomers, too, before 2, and is refused there. After 2 nothing
/// refuses it: where a place was taken meanwhile it stays pending, as with ReliableSender; a subscriber that has the ring after that one
/// does not get it, and its history ends before it.
///
/// Threads:   one per HistorySender.
/// Invariant: a message is delivered to a ring by its publisher, or taken into it by its newcomer, never both: the cut decides.
///            A slot's generation rises with each newcomer that takes it, so that no sweep meets a word again in which a ring has had the
///            slot before (Newcomer). Its publisher reads it anew.
/// Cost:      beyond Sender: an exchange of the hidden ring, and one to drop what that pushes out; a load for each ring.
/// Crash:     dying after 2 the message is in the history, and in those rings that it came to.
/// Proof: lib/test/History_test.cc, lib/test/LateJoin_test.cc, lib/test/LateJoinProcesses_test.cc; models history_join, history_join_two, history_rejoin, history_rejoin_two, history_passing, history_overrun, history_overtaken, history_pressure, history_death_of_publisher, history_reliable_join, history_reliable_rejoin, history_reliable_death; sweep send_remembered, send_remembered_pushing_out, send_remembered_starved, try_send_remembered, try_send_remembered_pending; budget send/remembered
#pragma once

#include "kickmsg/core/Cut.h"
#include "kickmsg/core/DirectedSender.h"

namespace kickmsg {
namespace core {

template <class P, class L>
class HistorySender : public DirectedSender<P, L> {
    using Base = DirectedSender<P, L>;

public:
    using Base::Base;

    /// publish() in a region that keeps a history. Returns: rings reached.
    uint32_t publish_and_remember(uint32_t length) noexcept
    {
        auto& header = layout_.slot(loan_.slot);
        Base::label(header, length);
        Base::count_sent();
        uint32_t const live = LiveSet<P, L>(layout_).read();
        claims_.publish(loan_.slot);
        // edge KEPT (release) -> Sweep::read_references, Newcomer::add_reader: the PUBLISH note and the owner; to a newcomer, that the slot has
        // another message than the one in whose place it found it
        header.references.store(
            References::make(loan_.generation, References::kept | References::ring(References::history) | live),
            std::memory_order_release);
        Delivery const done = deliver<true>(live);
        if (done.closed != 0) { // while the note stands: a sweep would take them for orphans
            release_references<P, L>(layout_, loan_.slot, done.closed);
        }
        claims_.published();
        Doorbell<P, L>(layout_).ring(done.rings);
        Base::keep();
        Base::watch_overwritten(done.full);
        return count_bits(done.rings);
    }

    /// offer() in a region that keeps a history. Nothing is pending before.
    Offer offer_and_remember(uint32_t length) noexcept
    {
        auto& header = layout_.slot(loan_.slot);
        Base::label(header, length);
        uint32_t in_question = Base::in_question();
        if (uint32_t const full = Base::without_room(in_question)) {
            return {full, 0};
        }
        uint32_t const live = in_question & LiveSet<P, L>(layout_).read();
        claims_.publish(loan_.slot);
        // edge KEPT (release) -> Sweep::read_references, Newcomer::add_reader: as publish_and_remember()
        header.references.store(
            References::make(loan_.generation, References::kept | References::ring(References::history) | live),
            std::memory_order_release);
        Base::count_sent(); // from here on it counts
        Delivery const done = deliver<false>(live);
        Base::park(done.rings | done.closed | done.full, {done.rings, done.closed, done.full}, done.position);
        return {0, count_bits(done.rings | done.full)};
    }

private:
    using References = typename Base::References;
    using Base::claims_;
    using Base::layout_;
    using Base::loan_;

    /// A bit for each ring.
    struct Delivery {
        uint32_t rings  = 0; ///< that it is delivered to
        uint32_t closed = 0; ///< whose bit is to be dropped
        uint32_t full   = 0; ///< in which a message was overwritten that nobody had read, or would have been

        uint64_t position = 0; ///< in the history
    };

    template <bool Overwrites>
    Delivery deliver(uint32_t live) noexcept
    {
        HiddenRing<L>          hidden(layout_);
        Ring<P, HiddenRing<L>> history(hidden, References::history);
        Delivery               done;
        bool const             remembered = history.deliver_at(loan_.slot, claims_, done.position) != Delivered::No;
        if (!remembered) { // a word there has been overwritten: it comes to those that were live
            layout_.report_corruption();
            done.closed = 1U << References::history;
        }
        uint32_t rings = remembered ? live | LiveSet<P, L>(layout_).read_with_arriving() : live;
        for (uint32_t ring = 0; rings != 0; ++ring, rings >>= 1) {
            if ((rings & 1) != 0) {
                deliver_to_ring<Overwrites>(ring, (live >> ring & 1U) != 0, remembered, done);
            }
        }
        return done;
    }

    /// `own`: whether the bit of the ring is set, by this publisher. `remembered`: whether the history has the message.
    template <bool Overwrites>
    void deliver_to_ring(uint32_t ring, bool own, bool remembered, Delivery& done) noexcept
    {
        Cut<P, L>  cut(layout_, ring);
        auto const stands = [&] { // asked after the entry was read that the exchange then expects
            bool const admitted = !remembered || cut.admits(done.position);
            own                 = own || (admitted && add_reference(ring));
            return admitted && own;
        };
        Delivered const kind =
            Ring<P, L>(layout_, ring).template deliver_while<Overwrites>(loan_.slot, claims_, stands);
        uint32_t const bit      = 1U << ring;
        bool const     has_left = kind == Delivered::Full && Base::wait_for_reader(ring); // the bit is this publisher's
        bool const     delivered = kind == Delivered::Free || kind == Delivered::Overwrote;
        done.rings |= delivered ? bit : 0;
        done.full |= kind == Delivered::Overwrote || (kind == Delivered::Full && !has_left) ? bit : 0;
        done.closed |= (kind == Delivered::No && own) || has_left ? bit : 0;
    }

    /// Returns: false where it is set already: it is the ring's newcomer's.
    bool add_reference(uint32_t ring) noexcept
    {
        uint64_t const bit = References::ring(ring);
        // relaxed: it is of the release sequence of the store that the note came before (edge KEPT); the delivery publishes it (edge DELIVER)
        return (layout_.slot(loan_.slot).references.fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
    }
};

} // namespace core
} // namespace kickmsg
