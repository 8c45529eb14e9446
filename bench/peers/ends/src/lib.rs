//! What the ends of every peer in Rust share: their arguments, the driver's clock and histogram, the payload code, the loops, the report.
//! The clock, the histogram's buckets and the loops are those of the driver (kickmsg_bench); the payload code is even the same object file.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Display;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::os::unix::net::UnixStream;
use std::str::FromStr;
use std::time::{Duration, Instant};

#[link(name = "kickmsg_bench_payload", kind = "static")]
extern "C" {
    fn write_payload(to: *mut u8, size: usize, sequence: u64);
    fn check_payload(from: *const u8, size: usize, sequence: u64) -> bool;
}

pub const STOP: u64 = u64::MAX / 2;
pub const ANSWER_LIMIT: Duration = Duration::from_secs(5);

pub type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Clone, Copy, PartialEq)]
pub enum Got {
    Message,
    Stop,
    Wrong,
    Timeout,
}

impl Got {
    pub fn words(self) -> &'static str {
        match self {
            Got::Message => "message",
            Got::Stop => "end of measurement",
            Got::Wrong => "wrong sequence or checksum",
            Got::Timeout => "no answer from the other process",
        }
    }
}

/// Writes the first `touched` bytes of a payload.
///
/// # Safety
/// `to` has so many bytes of plain integers.
#[inline(always)]
pub unsafe fn write(to: *mut u8, touched: usize, sequence: u64) {
    write_payload(to, touched, sequence)
}

/// The driver's judge_payload(): what lies in a payload of `expected` bytes, of which `touched` count, when `sequence` is due.
#[inline(always)]
pub fn judge<Word: Copy>(payload: &[Word], expected: usize, touched: usize, sequence: u64) -> Got {
    if std::mem::size_of_val(payload) != expected {
        return Got::Wrong;
    }
    let from: *const u8 = payload.as_ptr().cast();
    // SAFETY: `touched` is at most the length just checked
    unsafe {
        if check_payload(from, touched, sequence) {
            return Got::Message;
        }
        if check_payload(from, touched, STOP) {
            return Got::Stop;
        }
    }
    Got::Wrong
}

/// `key=value` of the command line.
pub struct Arguments(HashMap<String, String>);

impl Arguments {
    pub fn new(words: &[String]) -> Outcome<Self> {
        let mut values = HashMap::new();
        for word in words {
            let (key, value) = word.split_once('=').ok_or_else(|| format!("'{word}': expected key=value"))?;
            values.insert(key.to_string(), value.to_string());
        }
        Ok(Arguments(values))
    }
    pub fn text(&self, key: &str) -> Outcome<&str> {
        Ok(self.0.get(key).ok_or_else(|| format!("{key}= is missing"))?)
    }
    pub fn number<T: FromStr>(&self, key: &str) -> Outcome<T>
    where
        T::Err: Display,
    {
        self.text(key)?.parse().map_err(|error| format!("{key}=: {error}").into())
    }
    /// Whether processes share processors.
    pub fn oversubscribed(&self) -> Outcome<bool> {
        Ok(self.text("spare")? == "yes")
    }
    pub fn clock(&self) -> Outcome<Clock> {
        Ok(Clock { counter: self.text("clock")? == "counter", ns_per_tick: self.number("ns_per_tick")?, start: Instant::now() })
    }
}

/// The driver's clock: the time-stamp counter, read by rdtscp, where the driver found it invariant.
#[derive(Clone, Copy)]
pub struct Clock {
    pub counter: bool,
    pub ns_per_tick: f64,
    pub start: Instant,
}

impl Clock {
    #[inline(always)]
    pub fn ticks(&self) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if self.counter {
            let mut processor = 0;
            // SAFETY: the driver has checked that the instruction exists
            return unsafe { core::arch::x86_64::__rdtscp(&mut processor) };
        }
        self.start.elapsed().as_nanos() as u64
    }
    pub fn of_seconds(&self, seconds: f64) -> u64 {
        (seconds * 1e9 / self.ns_per_tick) as u64
    }
}

/// The driver's log-linear histogram: exact below 256, from there 256 buckets for each power of two.
pub struct Histogram {
    pub counts: Vec<u64>,
    pub least: u64,
    pub greatest: u64,
}

impl Histogram {
    pub const SUB_BITS: u32 = 8;
    pub const SUB_BUCKETS: u64 = 1 << Self::SUB_BITS;
    pub const TOP_BIT: u32 = 47;
    pub const BUCKETS: usize = (Self::TOP_BIT - Self::SUB_BITS + 2) as usize * Self::SUB_BUCKETS as usize;

    pub fn new() -> Self {
        Histogram { counts: vec![0; Self::BUCKETS], least: u64::MAX, greatest: 0 }
    }
    #[inline(always)]
    pub fn index(value: u64) -> usize {
        if value < Self::SUB_BUCKETS {
            return value as usize;
        }
        let shift = 63 - value.leading_zeros() - Self::SUB_BITS;
        let at = (shift as u64 + 1) * Self::SUB_BUCKETS + ((value >> shift) - Self::SUB_BUCKETS);
        (at as usize).min(Self::BUCKETS - 1)
    }
    pub fn low(at: u64) -> u64 {
        if at < Self::SUB_BUCKETS {
            return at;
        }
        (Self::SUB_BUCKETS + at % Self::SUB_BUCKETS) << (at / Self::SUB_BUCKETS - 1)
    }
    #[inline(always)]
    pub fn record(&mut self, value: u64) {
        self.counts[Self::index(value)] += 1;
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }
}

pub struct Report {
    pub seconds: f64,
    pub sent: u64,
    pub delivered: u64,
    pub error: String,
    pub histogram: Histogram,
    /// What carried the messages, and what shows it.
    pub transport: &'static str,
    pub checked: String,
}

impl Report {
    pub fn new() -> Self {
        Report {
            seconds: 0.0,
            sent: 0,
            delivered: 0,
            error: String::new(),
            histogram: Histogram::new(),
            transport: "unknown",
            checked: String::new(),
        }
    }
    /// Counts what this process shares: before it closes its ports. Messages are of `size` bytes.
    pub fn look_for_shared_memory(&mut self, size: usize) -> Outcome<()> {
        let shared = shared_bytes()?;
        self.transport = if shared >= size { "shared memory" } else { "unknown" };
        self.checked = format!("{} KiB of shared mappings", shared / 1024);
        Ok(())
    }
    pub fn tell(&self) -> Outcome<()> {
        let mut text = format!(
            "seconds {}\nsent {}\ndelivered {}\nerror {}\ntransport {}\nchecked in the process: {}\n",
            self.seconds,
            self.sent,
            self.delivered,
            self.error.replace('\n', " "),
            self.transport,
            self.checked
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

/// Runs the end and reports over standard output, what went wrong included.
pub fn reported(end: &str, run: impl FnOnce(&mut Report) -> Outcome<()>) -> Outcome<()> {
    let mut report = Report::new();
    if let Err(error) = run(&mut report) {
        report.error = format!("{end}: {error}");
    }
    report.tell()
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
pub struct Other(UnixStream);

impl Other {
    pub fn new() -> Outcome<Self> {
        // SAFETY: the driver starts this program with a socket as standard input, and nothing else here uses that
        let stream = unsafe { UnixStream::from_raw_fd(0) };
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Other(stream))
    }
    pub fn tell(&mut self, letter: u8) -> Outcome<()> {
        Ok(self.0.write_all(&[letter])?)
    }
    pub fn hear(&mut self, letter: u8) -> Outcome<()> {
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
pub fn spin_until<T>(oversubscribed: bool, mut poll: impl FnMut() -> Option<T>) -> Option<T> {
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

/// One end of a closed loop: writes a payload and hands it over; waits for one and judges it.
pub trait Link {
    fn send(&self, sequence: u64) -> bool;
    fn receive(&self, sequence: u64) -> Got;
}

/// The measuring end: the driver's run_ping().
pub fn run_ping(link: &impl Link, asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let clock = asked.clock()?;
    let warm_up: u64 = asked.number("warm_up")?;
    let round_trips: u64 = asked.number("round_trips")?;
    let seconds: f64 = asked.number("seconds")?;
    let mut sequence = 1;
    let mut got = Got::Message;
    let enough = clock.ticks() + clock.of_seconds(0.03);
    while sequence <= warm_up && got == Got::Message && (sequence <= 32 || clock.ticks() < enough) {
        got = if link.send(sequence) { link.receive(sequence) } else { Got::Timeout };
        sequence += 1;
    }
    let timed = round_trips == 0;
    let until = if timed { u64::MAX } else { sequence + round_trips };
    let start = clock.ticks();
    let end = start + clock.of_seconds(seconds);
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
    Ok(())
}

/// The answering end: the driver's run_pong().
pub fn run_pong(link: &impl Link, report: &mut Report) {
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

/// Both ends are open before the first message; neither closes before the stop has arrived. `look` sees what carried the messages.
pub fn run_round_trips(
    is_ping: bool,
    link: &impl Link,
    asked: &Arguments,
    other: &mut Other,
    report: &mut Report,
    look: impl FnOnce(&mut Report) -> Outcome<()>,
) -> Outcome<()> {
    if is_ping {
        other.hear(b'o')?;
        run_ping(link, asked, report)?;
        look(report)?;
        return other.hear(b'q');
    }
    other.tell(b'o')?;
    run_pong(link, report);
    look(report)?;
    other.tell(b'q')
}

/// The whole of a program that has no ends but those of round trips: `clean` removes what ends with a tag left that were killed.
pub fn run_program(clean: impl FnOnce(&str), run: impl FnOnce(bool, &Arguments, &mut Report) -> Outcome<()>) -> Outcome<()> {
    let words: Vec<String> = std::env::args().collect();
    if words.len() == 3 && words[1] == "clean" {
        clean(&words[2]);
        return Ok(());
    }
    let end = words.get(1).ok_or("started by kickmsg_bench: END KEY=VALUE..., or: clean TAG")?.as_str();
    let asked = Arguments::new(&words[2..])?;
    match end {
        "ping" | "pong" => reported(end, |report| run(end == "ping", &asked, report)),
        _ => Err(format!("'{end}' is no end").into()),
    }
}
