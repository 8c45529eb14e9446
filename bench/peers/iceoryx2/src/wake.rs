//! How long a sleeper takes to answer: the driver's run_wakes() and run_sleeper(). The sleeper waits with one WaitSet for the event
//! services of all topics, as the library's documentation has it; the publisher sends to one topic after another, and notifies.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::prelude::*;

use crate::common::*;
use crate::memory::Inherited;

const QUEUE: usize = 8;
const LEAST_SAMPLES: u64 = 8;

#[repr(C, align(128))]
struct Word {
    value: AtomicU32,
}

/// WakeShared of the driver, up to what is needed here.
#[repr(C)]
struct Shared {
    bell: Word,
    answer: Word,
}

struct Names(String);

impl Names {
    fn topic(&self, at: usize) -> String {
        format!("{}/topic{at}", self.0)
    }
}

struct Sender {
    outs: Vec<(Publisher<ipc::Service, [u64], ()>, Notifier<ipc::Service>)>,
    size: usize,
}

impl Sender {
    fn new(node: &Node<ipc::Service>, names: &Names, topics: usize, size: usize) -> Outcome<Self> {
        let mut outs = Vec::new();
        for at in 0..topics {
            let name = names.topic(at);
            let publisher = topic(node, &name, 1, QUEUE, true)?
                .publisher_builder()
                .initial_max_slice_len(size / 8)
                .max_loaned_samples(2)
                .create()?;
            outs.push((publisher, event(node, &name)?.notifier_builder().create()?));
        }
        Ok(Sender { outs, size })
    }
    fn send(&self, at: usize, sequence: u64) -> bool {
        let (publisher, notifier) = &self.outs[at];
        let Ok(mut sample) = publisher.loan_slice_uninit(self.size / 8) else {
            return false;
        };
        // SAFETY: the slice has `size` bytes of plain integers
        let sample = unsafe {
            write(sample.payload_mut().as_mut_ptr().cast(), self.size, sequence);
            sample.assume_init()
        };
        matches!(sample.send(), Ok(1)) && matches!(notifier.notify(), Ok(1))
    }
}

fn send_in_turn(sender: &Sender, asked: &Arguments, answer: &AtomicU32, report: &mut Report) -> Outcome<()> {
    let clock = asked.clock()?;
    let idle = clock.of_seconds(asked.number::<f64>("idle_us")? / 1e6);
    let seconds: f64 = asked.number("seconds")?;
    let spare = asked.oversubscribed()?;
    let topics = sender.outs.len();
    let warm_up = 2 * topics as u64;
    let end = clock.ticks() + clock.of_seconds(seconds);
    let mut samples = 0;
    let mut total = 0;
    let mut sequence = 1;
    while clock.ticks() < end || samples < LEAST_SAMPLES {
        let until = clock.ticks() + idle;
        while clock.ticks() < until {
            if spare {
                std::thread::yield_now();
            }
        }
        let start = clock.ticks();
        let sent = sender.send(sequence as usize % topics, sequence);
        let seen = || (answer.load(Ordering::Acquire) == sequence as u32).then_some(());
        if !sent || spin_until(spare, seen).is_none() {
            report.error = format!("no answer to message {sequence}");
            break;
        }
        let taken = clock.ticks() - start;
        if sequence > warm_up {
            report.histogram.record(taken);
            samples += 1;
            total += taken;
        }
        sequence += 1;
    }
    sender.send(sequence as usize % topics, STOP);
    report.seconds = total as f64 * clock.ns_per_tick / 1e9;
    report.sent = sequence - 1;
    report.delivered = sequence - 1;
    Ok(())
}

pub fn run_ping(asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let tag = asked.text("tag")?;
    let shared = Inherited::<Shared>::new(asked.number("memory")?)?;
    let mut other = Other::new()?;
    let node = NodeBuilder::new().config(&config(tag)?).create::<ipc::Service>()?;
    let sender = Sender::new(&node, &Names(tag.to_string()), asked.number("topics")?, asked.number("size")?)?;
    other.tell(b'c')?;
    other.hear(b'o')?;
    send_in_turn(&sender, asked, &shared.get().answer.value, report)?;
    report.look_for_shared_memory(asked.number("size")?)?;
    other.hear(b'q')
}

pub fn run_pong(asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let tag = asked.text("tag")?;
    let size: usize = asked.number("size")?;
    let topics: usize = asked.number("topics")?;
    let shared = Inherited::<Shared>::new(asked.number("memory")?)?;
    let names = Names(tag.to_string());
    let mut other = Other::new()?;
    let node = NodeBuilder::new().config(&config(tag)?).create::<ipc::Service>()?;
    other.hear(b'c')?;
    let mut subscribers = Vec::new();
    let mut listeners = Vec::new();
    for at in 0..topics {
        let name = names.topic(at);
        subscribers.push(topic(&node, &name, 1, QUEUE, true)?.subscriber_builder().buffer_size(QUEUE).create()?);
        listeners.push(event(&node, &name)?.listener_builder().create()?);
    }
    let set = WaitSetBuilder::new().signal_handling_mode(SignalHandlingMode::Disabled).create::<ipc::Service>()?;
    let mut guards = Vec::new();
    let mut places = BTreeMap::new();
    for (at, listener) in listeners.iter().enumerate() {
        let guard = set.attach_notification(listener)?;
        places.insert(WaitSetAttachmentId::from_guard(&guard), at);
        guards.push(guard);
    }
    other.tell(b'o')?;
    let mut sequence = 1;
    let mut ended = None;
    while ended.is_none() {
        let mut heard = false;
        let on_event = |id| {
            heard = true;
            if let Some(&at) = places.get(&id) {
                let _ = listeners[at].try_wait(|_| ());
                while let Ok(Some(sample)) = subscribers[at].receive() {
                    let got = judge(sample.payload(), size, size, sequence);
                    drop(sample); // before the answer, as ours
                    if got != Got::Message {
                        ended = Some(got);
                        return CallbackProgression::Stop;
                    }
                    shared.get().answer.value.store(sequence as u32, Ordering::Release);
                    sequence += 1;
                }
            }
            CallbackProgression::Continue
        };
        set.wait_and_process_once_with_timeout(on_event, ANSWER_LIMIT)?;
        if !heard {
            ended = Some(Got::Timeout);
        }
    }
    report.sent = sequence - 1;
    report.delivered = sequence - 1;
    match ended {
        Some(Got::Stop) | None => (),
        Some(got) => report.error = format!("{} at sequence {sequence}", got.words()),
    }
    report.look_for_shared_memory(asked.number("size")?)?;
    other.tell(b'q')
}
