// Regions that keep a history: subscribers that come late, beside publishers that deliver.
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// The messages of the region in its order, as far as the hidden ring has all of them.
struct Log {
    static constexpr unsigned most = Layout::most_capacity;

    explicit Log(World& world)
    {
        Layout& layout = world.layout;
        first          = uint64_t{1} << layout.hidden_capacity_log2();
        for (uint64_t place = first; count < first; ++place) {
            uint64_t const word = layout.hidden_entry(place).load(std::memory_order_acquire);
            if (!Entry::is_full(word)) {
                break;
            }
            expect(Entry::laps_after(word, 1) == 0, "the scenario sends more than its log has room for");
            SlotIndex const slot = Entry::slot(word);
            values[count++]      = world.read_payload(slot, layout.slot(slot).length.load(std::memory_order_relaxed));
        }
    }

    uint64_t first = 0; ///< position
    uint32_t values[most]{};
    unsigned count = 0;
};

/// What came to a subscriber, and what should have.
struct Heard {
    static constexpr unsigned most = 8;

    void note(uint32_t value)
    {
        expect(count < most, "the scenario sends more than there is room for");
        if (value != 0) {
            values[count++] = value;
        }
    }
    void all_of(Subscriber& reader)
    {
        while (uint32_t const value = reader.receive()) {
            note(value);
        }
    }
    bool has(uint32_t value) const
    {
        bool found = false;
        for (unsigned i = 0; i < count; ++i) {
            found = found || values[i] == value;
        }
        return found;
    }
    /// There is one point in the order of messages: of those before it the last ones came, none left out between them, and all from there
    /// on; but for one, which its publisher was in the middle of when it died. `whole`: as many from before as there are to be had.
    void check(World& world, Subscriber& reader, bool whole, uint32_t excused = 0) const
    {
        Log const      log(world);
        uint64_t const word = world.layout.cut(reader.ring()).newest();
        expect(CutWord::is_decided(word) && CutWord::position(word) >= log.first,
               "the cut of a living subscriber is open");
        auto const     cut     = static_cast<unsigned>(CutWord::position(word) - log.first);
        unsigned const history = world.layout.history();
        unsigned       before  = 0;
        bool           ended   = false;
        expect(reader.lost() == 0 && count <= log.count, "it has lost something, or has what nobody sent");
        for (unsigned i = log.count; i-- > 0;) {
            bool const got = has(log.values[i]);
            expect(got || i < cut || log.values[i] == excused,
                   "a message is missing that was sent after a subscriber came");
            expect(!got || !ended, "a message is left out between those that a subscriber got");
            before += got && i < cut ? 1 : 0;
            ended = ended || (!got && i < cut);
        }
        expect(before <= history, "a subscriber got more from before than the region keeps");
        expect(!whole || before == (cut < history ? cut : history), "a subscriber did not get what the history has");
    }
    /// The same of one publisher, whose messages have gone through a hidden ring that has not all of them any more.
    void check_end(Subscriber const& reader, Publisher const& publisher) const
    {
        expect(reader.lost() == 0, "it has lost something");
        expect(count != 0 && number_of(values[count - 1]) == publisher.sent(), "the last message is missing");
        for (unsigned i = 1; i < count; ++i) {
            expect(number_of(values[i]) == number_of(values[i - 1]) + 1,
                   "a message is left out between those that it got");
        }
    }

    uint32_t values[most]{};
    unsigned count = 0;
};

enum : uint32_t { first_reader, second_reader, first_publisher, second_publisher, sweeper_record, all_records };

/// A publisher sends before, while and after a subscriber comes.
struct HistoryJoin : WorldScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber reader{in_thread(1)};
    Heard      heard;

    HistoryJoin() : WorldScenario({history(2), capacity(4), slots(5), subscribers(2), records(all_records)})
    {
        publisher.send();
        spawn([this] {
            publisher.send();
            publisher.send();
        });
        spawn([this] {
            expect(reader.attach(only(first_reader)), "a free ring cannot be joined");
            heard.note(reader.receive());
        });
        at_end([this] {
            expect(publisher.send() == 1, "a living subscriber is deaf");
            heard.all_of(reader);
            heard.check(world, reader, true);
            publisher.leave();
        });
    }
};
Registration<HistoryJoin, 0, 1> const join{"history_join", "a subscriber comes late beside a publisher that sends", 2};

/// Two publishers, and nobody has sent before.
struct HistoryJoinTwo : WorldScenario {
    Publisher  one{in_thread(0), only(first_publisher)};
    Publisher  other{in_thread(1), only(second_publisher)};
    Subscriber reader{in_thread(2)};
    Heard      heard;

    HistoryJoinTwo() : WorldScenario({history(2), capacity(4), slots(5), subscribers(2), records(all_records)})
    {
        spawn([this] {
            one.send();
            one.send();
        });
        spawn([this] { other.send(); });
        spawn([this] {
            reader.attach(only(first_reader));
            heard.note(reader.receive());
        });
        at_end([this] {
            heard.all_of(reader);
            heard.check(world, reader, true);
        });
    }
};
Registration<HistoryJoinTwo, 0, 1> const join_two{"history_join_two",
                                                  "a subscriber comes late beside two publishers that send", 3};

/// A ring changes hands: publishers may have seen the live bit of the one who had it before.
template <bool Passing>
struct HistoryRejoin : WorldScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber first{in_thread(1)};
    Subscriber second{in_thread(1)};
    Heard      heard;

    HistoryRejoin() : WorldScenario({history(2), capacity(4), slots(5), subscribers(2), records(all_records)})
    {
        if (!Passing) {
            first.attach(only(first_reader));
        }
        publisher.send();
        spawn([this] {
            publisher.send();
            publisher.send();
        });
        spawn([this] {
            Passing ? first.attach(only(first_reader)) : first.receive() != 0;
            first.leave_and_free();
            expect(second.attach(only(second_reader)), "the ring of one who left cannot be joined");
            heard.note(second.receive());
        });
        at_end([this] {
            expect(publisher.send() == 1, "a living subscriber is deaf");
            heard.all_of(second);
            heard.check(world, second, false);
        });
    }
};
Registration<HistoryRejoin<false>, 0, 1> const rejoin{
    "history_rejoin", "a ring changes hands beside a publisher, the second subscriber gets history", 2};
Registration<HistoryRejoin<true>, 0, 1> const passing{
    "history_passing", "a subscriber comes and goes at once, another one takes its ring, beside a publisher", 2};

/// The same beside two publishers.
struct HistoryRejoinTwo : WorldScenario {
    Subscriber first{in_thread(2), only(first_reader)};
    Subscriber second{in_thread(2)};
    Publisher  one{in_thread(0), only(first_publisher)};
    Publisher  other{in_thread(1), only(second_publisher)};
    Heard      heard;

    HistoryRejoinTwo() : WorldScenario({history(2), capacity(4), slots(5), subscribers(2), records(all_records)})
    {
        spawn([this] {
            one.send();
            one.send();
        });
        spawn([this] { other.send(); });
        spawn([this] {
            first.leave_and_free();
            second.attach(only(second_reader));
            heard.note(second.receive());
        });
        at_end([this] {
            heard.all_of(second);
            heard.check(world, second, false);
        });
    }
};
Registration<HistoryRejoinTwo, 0, 1> const rejoin_two{
    "history_rejoin_two", "a ring changes hands beside two publishers, the second subscriber gets history", 3};

/// The history is overwritten while a newcomer reads it, and its slots are used again.
struct HistoryOverrun : WorldScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber reader{in_thread(1)};
    Heard      heard;

    HistoryOverrun()
        : WorldScenario({history(1), hidden(1), capacity(4), slots(4), subscribers(2), records(all_records)})
    {
        publisher.send();
        spawn([this] {
            publisher.send();
            publisher.send();
            publisher.send();
        });
        spawn([this] {
            reader.attach(only(first_reader));
            heard.note(reader.receive());
        });
        at_end([this] {
            heard.all_of(reader);
            heard.check_end(reader, publisher);
        });
    }
};
Registration<HistoryOverrun, 0, 1, 2> const overrun{"history_overrun",
                                                    "what a newcomer reads is overwritten, and its slot used again", 2};

/// The same with two places, and a ring that is overwritten while the newcomer fills it; each position is received or lost.
struct HistoryOvertaken : WorldScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber reader{in_thread(1)};

    HistoryOvertaken()
        : WorldScenario({history(2), hidden(2), capacity(2), slots(5), subscribers(2), records(all_records)})
    {
        publisher.send();
        publisher.send();
        spawn([this] {
            publisher.send();
            publisher.send();
            publisher.send();
        });
        spawn([this] { reader.attach(only(first_reader)); });
        at_end([this] {
            reader.finish();
            expect(reader.received() != 0, "a living subscriber is deaf");
        });
    }
};
Registration<HistoryOvertaken, 0, 1> const overtaken{
    "history_overtaken", "a ring is overwritten while its newcomer fills it from the history", 2};

/// Two newcomers take the same messages.
struct HistoryTwoNewcomers : WorldScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber one{in_thread(1)};
    Subscriber other{in_thread(2)};
    Heard      heard[2];

    HistoryTwoNewcomers()
        : WorldScenario({rings(2), history(2), capacity(2), slots(4), subscribers(2), records(all_records)})
    {
        publisher.send();
        publisher.send();
        spawn([this] { publisher.send(); });
        spawn([this] { one.attach(only(first_reader)); });
        spawn([this] { other.attach(only(second_reader)); });
        at_end([this] {
            hear(heard[0], one);
            hear(heard[1], other);
        });
    }
    void hear(Heard& all, Subscriber& reader)
    {
        all.all_of(reader);
        if (reader.lost() == 0) {
            all.check(world, reader, false);
        }
        reader.finish();
    }
};
Registration<HistoryTwoNewcomers, 0, 1> const two_newcomers{
    "history_two_newcomers", "two subscribers come at once, and take the same messages of the history", 3};

/// The history holds what there is of slots: a publisher gets one all the same.
struct HistoryPressure : WorldScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber reader{in_thread(1)};

    HistoryPressure()
        : WorldScenario({history(2), hidden(2), capacity(4), slots(3), subscribers(2), records(all_records)})
    {
        publisher.send();
        publisher.send();
        spawn([this] {
            publisher.send_under_pressure();
            publisher.send_under_pressure();
        });
        spawn([this] { reader.attach(only(first_reader)); });
        at_end([this] {
            expect(publisher.send_under_pressure() == 1, "a living publisher finds no slot");
            expect(publisher.send_under_pressure() == 1, "a living publisher finds no slot");
            reader.finish();
            publisher.leave();
        });
    }
};
Registration<HistoryPressure, 0, 1> const pressure{
    "history_pressure", "a publisher makes room in the history and in the ring that a newcomer fills", 2};

/// A sweep that must find nothing beside a newcomer.
struct HistorySweep : RecoveryScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber reader{in_thread(0)};
    Recoverer  recoverer{in_thread(1), only(second_publisher)};
    Heard      heard;

    HistorySweep() : RecoveryScenario({history(2), capacity(2), slots(4), subscribers(2), records(all_records)})
    {
        world.owe_sweep();
        publisher.send();
        publisher.send();
        spawn([this] {
            reader.attach(only(first_reader));
            heard.note(reader.receive());
            publisher.send();
            heard.note(reader.receive());
        });
        spawn([this] { recoverer.run(); });
        after_audit([this] {
            heard.all_of(reader);
            heard.check(world, reader, true);
        });
    }
};
Registration<HistorySweep, 0, 1> const sweep{"history_sweep",
                                             "a subscriber takes history beside a sweep that must find nothing", 2};

/// The same while the history is overwritten, and its slots are used again.
struct HistorySweepOverrun : RecoveryScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber reader{in_thread(1)};
    Recoverer  recoverer{in_thread(2), only(second_publisher)};
    Heard      heard;

    HistorySweepOverrun()
        : RecoveryScenario({history(1), hidden(1), capacity(4), slots(4), subscribers(2), records(all_records)})
    {
        world.owe_sweep();
        publisher.send();
        spawn([this] {
            publisher.send();
            publisher.send();
        });
        spawn([this] {
            reader.attach(only(first_reader));
            heard.note(reader.receive());
        });
        spawn([this] { recoverer.run(); });
        after_audit([this] {
            heard.all_of(reader);
            heard.check_end(reader, publisher);
            publisher.expect_kept();
        });
    }
};
Registration<HistorySweepOverrun, 0, 1> const sweep_overrun{
    "history_sweep_overrun",
    "a history is overwritten while a newcomer takes it, beside a sweep that must find nothing", 3};

/// The same where the one who had the ring before has had the message, too.
struct HistorySweepOfTwoSeats : RecoveryScenario {
    Subscriber first{in_thread(0), only(first_reader)};
    Subscriber second{in_thread(0)};
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Recoverer  recoverer{in_thread(1), only(second_publisher)};
    Heard      heard;

    HistorySweepOfTwoSeats()
        : RecoveryScenario({history(1), hidden(1), capacity(1), slots(2), subscribers(2), records(all_records)})
    {
        publisher.send();
        spawn([this] {
            first.receive();
            first.leave_and_free();
            second.attach(only(second_reader));
            heard.note(second.receive());
        });
        spawn([this] { recoverer.sweep(); });
        after_audit([this] {
            heard.all_of(second);
            expect(heard.count == 1, "a subscriber did not get what the history has");
        });
    }
};
Registration<HistorySweepOfTwoSeats, 0, 1> const sweep_of_two_seats{
    "history_sweep_of_two_seats", "a ring changes hands, both subscribers have the same message, beside a sweep", 2};

/// A newcomer dies anywhere; the next one gets its history.
struct HistoryDeathOfNewcomer : RecoveryScenario {
    Publisher  publisher{in_thread(1), only(first_publisher)};
    Subscriber victim{in_thread(0)};
    Subscriber next{in_thread(1)};
    Recoverer  recoverer{in_thread(2), only(second_publisher)};
    Heard      heard;

    HistoryDeathOfNewcomer()
        : RecoveryScenario({history(2), capacity(4), slots(5), subscribers(2), records(all_records)})
    {
        publisher.send();
        publisher.send();
        spawn_mortal([this] {
            victim.attach(only(first_reader));
            heard.note(victim.receive());
        });
        spawn([this] { publisher.send(); });
        spawn([this] {
            recoverer.run();
            recoverer.run();
        });
        at_end([this] { publisher.send(); });
        after_audit([this] {
            if (lives(0)) {
                heard.all_of(victim);
                heard.check(world, victim, true);
                return;
            }
            heard = {};
            expect(next.attach(only(second_reader)), "the ring of a dead newcomer cannot be joined");
            heard.all_of(next);
            heard.check(world, next, true);
        });
    }
};
Registration<HistoryDeathOfNewcomer, 0, 1> const death_of_newcomer{
    "history_death_of_newcomer", "a newcomer dies anywhere, a publisher sends, one recovers", 3, 1};

/// A publisher dies anywhere, in the history and in no ring, or in some; a newcomer has all but the message that it died in.
struct HistoryDeathOfPublisher : RecoveryScenario {
    Publisher  victim{in_thread(0), only(first_publisher)};
    Publisher  living{in_thread(1), only(second_publisher)};
    Subscriber reader{in_thread(2)};
    Recoverer  recoverer{in_thread(1), only(sweeper_record)};
    Heard      heard;

    HistoryDeathOfPublisher()
        : RecoveryScenario({history(2), capacity(4), slots(5), subscribers(2), records(all_records + 1)})
    {
        world.owe_sweep();
        living.send();
        spawn_mortal([this] {
            victim.send();
            victim.send();
        });
        spawn([this] {
            living.send();
            recoverer.run();
        });
        spawn([this] {
            reader.attach(only(first_reader));
            heard.note(reader.receive());
        });
        after_audit([this] {
            heard.all_of(reader);
            Log const log(world);
            uint32_t  last = 0;
            for (unsigned i = 0; i < log.count && !lives(0); ++i) {
                last = victim.is_mine(log.values[i]) ? log.values[i] : last;
            }
            heard.check(world, reader, true, last);
        });
    }
};
Registration<HistoryDeathOfPublisher, 0, 1> const death_of_publisher{
    "history_death_of_publisher", "a publisher dies anywhere while a subscriber comes, another one sends and recovers",
    3, 1};

/// A publisher that overwrites nothing, beside a newcomer: what is accepted comes once, what is refused is in no history.
struct HistoryReliableJoin : WorldScenario {
    Publisher  publisher{in_thread(0), only(first_publisher)};
    Subscriber reader{in_thread(1)};
    Heard      heard;

    HistoryReliableJoin() : WorldScenario({history(1), capacity(2), slots(5), subscribers(2), records(all_records)})
    {
        publisher.try_send();
        spawn([this] {
            publisher.try_send();
            publisher.try_send(); // may be pending: the newcomer fills places, too
        });
        spawn([this] {
            expect(reader.attach(only(first_reader)), "a free ring cannot be joined");
            heard.note(reader.receive());
        });
        at_end([this] {
            heard.all_of(reader);
            expect(publisher.settle(), "what is pending stays so, though all was read");
            heard.all_of(reader);
            expect(publisher.try_send() == 1, "a message was refused though there is room");
            heard.all_of(reader);
            heard.check(world, reader, false);
            publisher.leave();
        });
    }
};
Registration<HistoryReliableJoin, 0, 1> const reliable_join{
    "history_reliable_join", "a subscriber comes late beside a publisher that overwrites nothing", 2};

/// A message is pending in a ring that changes hands, beside a sweep that must find nothing: the next subscriber does not get it twice.
struct HistoryReliableRejoin : RecoveryScenario {
    Subscriber first{in_thread(2), only(first_reader)};
    Subscriber second{in_thread(2)};
    Publisher  one{in_thread(0), only(first_publisher)};
    Publisher  other{in_thread(1), only(second_publisher)};
    Recoverer  recoverer{in_thread(1), only(sweeper_record)};
    Heard      heard;

    HistoryReliableRejoin()
        : RecoveryScenario({history(1), capacity(1), slots(5), subscribers(2), records(all_records + 1)})
    {
        world.owe_sweep();
        spawn([this] { one.try_send(); });
        spawn([this] {
            other.try_send();
            recoverer.run();
        });
        spawn([this] {
            first.leave_and_free();
            second.attach(only(second_reader));
        });
        at_end([this] {
            for (unsigned turn = 0; turn < 4; ++turn) {
                heard.all_of(second);
                one.settle();
                other.settle();
            }
            expect(one.settle() && other.settle(), "what is pending stays so, though all was read");
            heard.all_of(second);
            heard.check(world, second, false);
        });
        after_audit([this] {
            one.expect_kept();
            other.expect_kept();
        });
    }
};
Registration<HistoryReliableRejoin, 0, 1> const reliable_rejoin{
    "history_reliable_rejoin", "a ring changes hands while a message to it is pending, beside a sweep", 3};

/// A publisher that overwrites nothing dies anywhere, in the history and in no ring, or in some, or with a message pending.
struct HistoryReliableDeath : RecoveryScenario {
    Publisher  victim{in_thread(0), only(first_publisher)};
    Publisher  living{in_thread(1), only(second_publisher)};
    Subscriber reader{in_thread(2)};
    Recoverer  recoverer{in_thread(1), only(sweeper_record)};
    Heard      heard;

    HistoryReliableDeath()
        : RecoveryScenario({history(1), capacity(2), slots(5), subscribers(2), records(all_records + 1)})
    {
        world.owe_sweep();
        living.try_send();
        spawn_mortal([this] {
            victim.try_send();
            victim.try_send();
        });
        spawn([this] {
            living.try_send();
            recoverer.run();
        });
        spawn([this] {
            reader.attach(only(first_reader));
            heard.note(reader.receive());
        });
        at_end([this] {
            heard.all_of(reader);
            living.settle();
            if (lives(0)) {
                victim.settle();
            }
        });
        after_audit([this] {
            heard.all_of(reader);
            Log const log(world);
            uint32_t  last = 0;
            for (unsigned i = 0; i < log.count && !lives(0); ++i) {
                last = victim.is_mine(log.values[i]) ? log.values[i] : last;
            }
            heard.check(world, reader, false, last);
        });
    }
};
Registration<HistoryReliableDeath, 0, 1> const reliable_death{
    "history_reliable_death", "a publisher that overwrites nothing dies anywhere while a subscriber comes", 3, 1};

} // namespace
} // namespace kickmsg_models
