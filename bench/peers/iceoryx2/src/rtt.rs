//! The closed loop, polling or sleeping. A sleeper waits for the topic's event service.

use iceoryx2::port::listener::Listener;
use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;

use crate::common::*;

const QUEUE: usize = 8;

/// What a sleeping end has besides the topics.
struct Bells {
    notifier: Notifier<ipc::Service>,
    listener: Listener<ipc::Service>,
}

struct Topics {
    publisher: Publisher<ipc::Service, [u64], ()>,
    subscriber: Subscriber<ipc::Service, [u64], ()>,
    bells: Option<Bells>,
    size: usize,
    touched: usize,
    oversubscribed: bool,
}

impl Topics {
    #[inline(always)]
    fn take(&self, sequence: u64) -> Option<Got> {
        match self.subscriber.receive() {
            Ok(None) => None,
            Ok(Some(sample)) => Some(judge(sample.payload(), self.size, self.touched, sequence)),
            Err(_) => Some(Got::Timeout),
        }
    }
    /// Waits for the event, then looks at the topic, as the library's documentation has it. An event may find the message taken.
    fn sleep(&self, bells: &Bells, sequence: u64) -> Got {
        loop {
            match bells.listener.timed_wait(|_| (), ANSWER_LIMIT) {
                Ok(0) | Err(_) => return self.take(sequence).unwrap_or(Got::Timeout),
                Ok(_) => {
                    if let Some(got) = self.take(sequence) {
                        return got;
                    }
                }
            }
        }
    }
}

impl Link for Topics {
    #[inline(always)]
    fn send(&self, sequence: u64) -> bool {
        let Ok(mut sample) = self.publisher.loan_slice_uninit(self.size / 8) else {
            return false;
        };
        // SAFETY: the slice has `size` bytes of plain integers; with handoff the rest keeps what it held, as everywhere
        let sample = unsafe {
            write(sample.payload_mut().as_mut_ptr().cast(), self.touched, sequence);
            sample.assume_init()
        };
        let sent = matches!(sample.send(), Ok(1));
        match &self.bells {
            Some(bells) => sent && matches!(bells.notifier.notify(), Ok(1)),
            None => sent,
        }
    }
    #[inline(always)]
    fn receive(&self, sequence: u64) -> Got {
        match &self.bells {
            Some(bells) => self.sleep(bells, sequence),
            None => spin_until(self.oversubscribed, || self.take(sequence)).unwrap_or(Got::Timeout),
        }
    }
}

fn bells(node: &Node<ipc::Service>, out: &str, back: &str) -> Outcome<Bells> {
    let (out, back) = (event(node, out)?, event(node, back)?);
    Ok(Bells { notifier: out.notifier_builder().create()?, listener: back.listener_builder().create()? })
}

pub fn run(is_ping: bool, asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let tag = asked.text("tag")?;
    let size: usize = asked.number("size")?;
    let mut other = Other::new()?;
    let node = NodeBuilder::new().config(&config(tag)?).create::<ipc::Service>()?;
    let (ping, pong) = (format!("{tag}/ping"), format!("{tag}/pong"));
    let (out, back) = if is_ping { (&ping, &pong) } else { (&pong, &ping) };
    let out_topic = topic(&node, out, 1, QUEUE, true)?;
    let back_topic = topic(&node, back, 1, QUEUE, true)?;
    let link = Topics {
        publisher: out_topic.publisher_builder().initial_max_slice_len(size / 8).max_loaned_samples(2).create()?,
        subscriber: back_topic.subscriber_builder().buffer_size(QUEUE).create()?,
        bells: if asked.text("mode")? == "block" { Some(bells(&node, out, back)?) } else { None },
        size,
        touched: asked.number("touched")?,
        oversubscribed: asked.oversubscribed()?,
    };
    run_round_trips(is_ping, &link, asked, &mut other, report, |report| report.look_for_shared_memory(size))
}
