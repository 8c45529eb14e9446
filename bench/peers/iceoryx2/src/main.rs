//! One end of a round trip over iceoryx2, as the driver (kickmsg_bench) asks for it.
//!
//! Standard input is a socket to the other end, both ways: the same letters as between the C++ peers. Standard output
//! is the report: the lines that tell_report() writes. The loop, the clock, the histogram's buckets and the payload
//! code are those of the driver; the payload code is even the same object file.

use std::error::Error;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;

#[link(name = "kickmsg_bench_payload", kind = "static")]
extern "C" {
    fn write_payload(to: *mut u8, size: usize, sequence: u64);
    fn check_payload(from: *const u8, size: usize, sequence: u64) -> bool;
}

const STOP: u64 = u64::MAX / 2;
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
const QUEUE: usize = 8;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Clone, Copy, PartialEq)]
enum Got {
    Message,
    Stop,
    Wrong,
    Timeout,
}

impl Got {
    fn words(self) -> &'static str {
        match self {
            Got::Message => "message",
            Got::Stop => "end of measurement",
            Got::Wrong => "wrong sequence or checksum",
            Got::Timeout => "no answer from the other process",
        }
    }
}

struct Arguments {
    ping: bool,
    tag: String,
    size: usize,
    touched: usize,
    seconds: f64,
    warm_up: u64,
    round_trips: u64,
    clock: Clock,
    oversubscribed: bool,
}

fn arguments() -> Outcome<Arguments> {
    let all: Vec<String> = std::env::args().collect();
    if all.len() != 11 {
        return Err("started by kickmsg_bench: END TAG SIZE TOUCHED SECONDS WARM_UP ROUND_TRIPS CLOCK NS_PER_TICK SPARE, or: clean TAG".into());
    }
    Ok(Arguments {
        ping: all[1] == "ping",
        tag: all[2].clone(),
        size: all[3].parse()?,
        touched: all[4].parse()?,
        seconds: all[5].parse()?,
        warm_up: all[6].parse()?,
        round_trips: all[7].parse()?,
        clock: Clock { counter: all[8] == "counter", ns_per_tick: all[9].parse()?, start: Instant::now() },
        oversubscribed: all[10] == "oversubscribed",
    })
}

/// The driver's clock: the time-stamp counter, read by rdtscp, where the driver found it invariant.
#[derive(Clone, Copy)]
struct Clock {
    counter: bool,
    ns_per_tick: f64,
    start: Instant,
}

impl Clock {
    #[inline(always)]
    fn ticks(&self) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if self.counter {
            let mut processor = 0;
            // SAFETY: the driver has checked that the instruction exists
            return unsafe { core::arch::x86_64::__rdtscp(&mut processor) };
        }
        self.start.elapsed().as_nanos() as u64
    }
    fn of_seconds(&self, seconds: f64) -> u64 {
        (seconds * 1e9 / self.ns_per_tick) as u64
    }
}

/// The driver's log-linear histogram: exact below 256, from there 256 buckets for each power of two.
struct Histogram {
    counts: Vec<u64>,
    least: u64,
    greatest: u64,
}

impl Histogram {
    const SUB_BITS: u32 = 8;
    const SUB_BUCKETS: u64 = 1 << Self::SUB_BITS;
    const TOP_BIT: u32 = 47;
    const BUCKETS: usize = (Self::TOP_BIT - Self::SUB_BITS + 2) as usize * Self::SUB_BUCKETS as usize;

    fn new() -> Self {
        Histogram { counts: vec![0; Self::BUCKETS], least: u64::MAX, greatest: 0 }
    }
    #[inline(always)]
    fn index(value: u64) -> usize {
        if value < Self::SUB_BUCKETS {
            return value as usize;
        }
        let shift = 63 - value.leading_zeros() - Self::SUB_BITS;
        let at = (shift as u64 + 1) * Self::SUB_BUCKETS + ((value >> shift) - Self::SUB_BUCKETS);
        (at as usize).min(Self::BUCKETS - 1)
    }
    fn low(at: u64) -> u64 {
        if at < Self::SUB_BUCKETS {
            return at;
        }
        (Self::SUB_BUCKETS + at % Self::SUB_BUCKETS) << (at / Self::SUB_BUCKETS - 1)
    }
    #[inline(always)]
    fn record(&mut self, value: u64) {
        self.counts[Self::index(value)] += 1;
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }
}

struct Report {
    seconds: f64,
    sent: u64,
    delivered: u64,
    error: String,
    histogram: Histogram,
}

impl Report {
    fn new() -> Self {
        Report { seconds: 0.0, sent: 0, delivered: 0, error: String::new(), histogram: Histogram::new() }
    }
    fn tell(&self, size: usize) -> Outcome<()> {
        let shared = shared_bytes()?;
        let transport = if shared >= size { "shared memory" } else { "unknown" };
        let mut text = format!(
            "seconds {}\nsent {}\ndelivered {}\nerror {}\ntransport {}\nchecked in the process: {} KiB of shared mappings\n",
            self.seconds, self.sent, self.delivered, self.error.replace('\n', " "), transport, shared / 1024
        );
        let least = if self.greatest_is_known() { self.histogram.least } else { 0 };
        text += &format!("range {} {}\n", least, self.histogram.greatest);
        for (at, count) in self.histogram.counts.iter().enumerate().filter(|(_, count)| **count != 0) {
            text += &format!("bucket {} {}\n", Histogram::low(at as u64), count);
        }
        text += "end\n";
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }
    fn greatest_is_known(&self) -> bool {
        self.histogram.least != u64::MAX
    }
}

/// Bytes of this process's mappings that others share: 's' in the permissions of /proc/self/maps.
fn shared_bytes() -> Outcome<usize> {
    let mut bytes = 0;
    for line in std::fs::read_to_string("/proc/self/maps")?.lines() {
        let mut words = line.split_whitespace();
        if let (Some(range), Some(permissions)) = (words.next(), words.next()) {
            if permissions.ends_with('s') && !line.contains(" /usr/") {
                let (low, high) = range.split_once('-').ok_or("a line of /proc/self/maps without a range")?;
                bytes += usize::from_str_radix(high, 16)? - usize::from_str_radix(low, 16)?;
            }
        }
    }
    Ok(bytes)
}

/// The line to the other end: one letter at a time, before and after the measurement.
struct Other(UnixStream);

impl Other {
    fn new() -> Outcome<Self> {
        // SAFETY: the driver starts this program with a socket as standard input, and nothing else here uses that
        let stream = unsafe { UnixStream::from_raw_fd(0) };
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Other(stream))
    }
    fn tell(&mut self, letter: u8) -> Outcome<()> {
        Ok(self.0.write_all(&[letter])?)
    }
    fn hear(&mut self, letter: u8) -> Outcome<()> {
        let mut got = [0];
        self.0.read_exact(&mut got)?;
        if got[0] != letter {
            return Err(format!("the other process says '{}', expected '{}'", got[0] as char, letter as char).into());
        }
        Ok(())
    }
}

/// Polls until something comes, or the limit has passed. Gives way on an oversubscribed machine only.
#[inline(always)]
fn spin_until<T>(oversubscribed: bool, mut poll: impl FnMut() -> Option<T>) -> Option<T> {
    let mut limit = None;
    loop {
        for _ in 0..20_000 {
            if let Some(got) = poll() {
                return Some(got);
            }
            if oversubscribed {
                std::thread::yield_now();
            }
        }
        let now = Instant::now();
        if now > *limit.get_or_insert(now + ANSWER_LIMIT) {
            return None;
        }
    }
}

struct Link {
    publisher: Publisher<ipc::Service, [u64], ()>,
    subscriber: Subscriber<ipc::Service, [u64], ()>,
    size: usize,
    touched: usize,
    oversubscribed: bool,
}

impl Link {
    #[inline(always)]
    fn send(&self, sequence: u64) -> bool {
        let Ok(mut sample) = self.publisher.loan_slice_uninit(self.size / 8) else {
            return false;
        };
        // SAFETY: the slice has `size` bytes of plain integers; with handoff the rest keeps what it held, as everywhere
        let sample = unsafe {
            write_payload(sample.payload_mut().as_mut_ptr().cast(), self.touched, sequence);
            sample.assume_init()
        };
        matches!(sample.send(), Ok(1))
    }
    #[inline(always)]
    fn receive(&self, sequence: u64) -> Got {
        let taken = spin_until(self.oversubscribed, || match self.subscriber.receive() {
            Ok(None) => None,
            other => Some(other),
        });
        let Some(Ok(Some(sample))) = taken else {
            return Got::Timeout;
        };
        let payload = sample.payload();
        if payload.len() * 8 != self.size {
            return Got::Wrong;
        }
        let from: *const u8 = payload.as_ptr().cast();
        // SAFETY: `touched` is at most the length just checked
        unsafe {
            if check_payload(from, self.touched, sequence) {
                return Got::Message;
            }
            if check_payload(from, self.touched, STOP) {
                return Got::Stop;
            }
        }
        Got::Wrong
    }
}

fn service(node: &Node<ipc::Service>, name: &str) -> Outcome<iceoryx2::service::port_factory::publish_subscribe::PortFactory<ipc::Service, [u64], ()>> {
    Ok(node
        .service_builder(&name.try_into()?)
        .publish_subscribe::<[u64]>()
        .payload_alignment(Alignment::new(32).ok_or("32 is no alignment")?)
        .max_publishers(1)
        .max_subscribers(1)
        .subscriber_max_buffer_size(QUEUE)
        .history_size(0)
        .enable_safe_overflow(true)
        .open_or_create()?)
}

/// The measuring end: the driver's run_ping().
fn run_ping(link: &Link, asked: &Arguments, report: &mut Report) {
    let clock = asked.clock;
    let mut sequence = 1;
    let mut got = Got::Message;
    let enough = clock.ticks() + clock.of_seconds(0.03);
    while sequence <= asked.warm_up && got == Got::Message && (sequence <= 32 || clock.ticks() < enough) {
        got = if link.send(sequence) { link.receive(sequence) } else { Got::Timeout };
        sequence += 1;
    }
    let timed = asked.round_trips == 0;
    let until = if timed { u64::MAX } else { sequence + asked.round_trips };
    let start = clock.ticks();
    let end = start + clock.of_seconds(asked.seconds);
    let mut last = start;
    while (!timed || last < end) && sequence < until && got == Got::Message {
        got = if link.send(sequence) { link.receive(sequence) } else { Got::Timeout };
        let now = clock.ticks();
        report.histogram.record(now - last);
        last = now;
        sequence += 1;
    }
    link.send(STOP);
    report.seconds = (last - start) as f64 * clock.ns_per_tick / 1e9;
    report.sent = sequence - 1;
    report.delivered = if got == Got::Message { report.sent } else { report.sent - 1 };
    if got != Got::Message {
        report.error = format!("ping: {} at sequence {}", got.words(), sequence - 1);
    }
}

/// The answering end: the driver's run_pong().
fn run_pong(link: &Link, report: &mut Report) {
    for sequence in 1.. {
        let got = link.receive(sequence);
        report.sent = sequence - 1;
        report.delivered = sequence - 1;
        if got == Got::Stop {
            return;
        }
        let got = if got == Got::Message && !link.send(sequence) { Got::Timeout } else { got };
        if got != Got::Message {
            report.error = format!("pong: {} at sequence {}", got.words(), sequence);
            return;
        }
    }
}

/// The library's files of this round bear the round's name, so they belong to nobody else.
fn config(tag: &str) -> Outcome<Config> {
    let mut config = Config::global_config().clone();
    config.global.prefix = FileName::new(format!("{tag}_").as_bytes()).map_err(|_| "the tag is no file name")?;
    Ok(config)
}

/// Removes what ends left that were killed.
fn clean(tag: &str) -> Outcome<()> {
    let node = NodeBuilder::new().config(&config(tag)?).create::<ipc::Service>()?;
    node.blocking_cleanup_dead_nodes(Duration::from_secs(1));
    drop(node);
    // a segment of the library's own stays for the next node with this prefix; there is none
    let own = format!("{tag}_");
    for entry in std::fs::read_dir("/dev/shm")?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&own) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn measure(asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let mut other = Other::new()?;
    let node = NodeBuilder::new().config(&config(&asked.tag)?).create::<ipc::Service>()?;
    let ping = service(&node, &format!("{}/ping", asked.tag))?;
    let pong = service(&node, &format!("{}/pong", asked.tag))?;
    let (out, back) = if asked.ping { (&ping, &pong) } else { (&pong, &ping) };
    let link = Link {
        publisher: out.publisher_builder().initial_max_slice_len(asked.size / 8).max_loaned_samples(2).create()?,
        subscriber: back.subscriber_builder().buffer_size(QUEUE).create()?,
        size: asked.size,
        touched: asked.touched,
        oversubscribed: asked.oversubscribed,
    };
    if asked.ping {
        other.hear(b'o')?;
        run_ping(&link, asked, report);
        other.hear(b'q')?;
    } else {
        other.tell(b'o')?;
        run_pong(&link, report);
        other.tell(b'q')?;
    }
    report.tell(asked.size)
}

fn main() -> Outcome<()> {
    set_log_level(LogLevel::Error);
    let words: Vec<String> = std::env::args().collect();
    if words.len() == 3 && words[1] == "clean" {
        return clean(&words[2]);
    }
    let asked = arguments()?;
    let mut report = Report::new();
    if let Err(error) = measure(&asked, &mut report) {
        report.error = format!("{}: {error}", if asked.ping { "ping" } else { "pong" });
        report.tell(asked.size)?;
    }
    Ok(())
}
