//! One end of a measurement of Zenoh, as the driver (kickmsg_bench) asks for it. Standard input and output: see kickmsg_peer_ends.
//!
//! Two sessions in peer mode, one listening at a Unix socket, no scouting, no router. A payload is a buffer of the program, or one of
//! the library's shared memory, whose place alone then goes over the socket.

use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use kickmsg_peer_ends::*;
use zenoh::bytes::ZBytes;
use zenoh::handlers::{FifoChannel, FifoChannelHandler};
use zenoh::pubsub::{Publisher, Subscriber};
use zenoh::qos::CongestionControl;
use zenoh::sample::Sample;
use zenoh::shm::{AllocAlignment, BlockOn, GarbageCollect, PosixShmProviderBackend, ShmProvider, ShmProviderBuilder};
use zenoh::{Config, Session, Wait};

const QUEUE: usize = 8;

/// What the shared-memory buffers of one end come from: room for as many as may be under way, with what the allocator adds.
type Pool = ShmProvider<PosixShmProviderBackend>;

struct Topics<'a> {
    publisher: Publisher<'a>,
    subscriber: Subscriber<FifoChannelHandler<Sample>>,
    pool: Option<Pool>,
    size: usize,
    touched: usize,
}

impl Topics<'_> {
    fn shared_payload(&self, pool: &Pool, sequence: u64) -> Option<ZBytes> {
        let mut buffer = pool.alloc((self.size, AllocAlignment::ALIGN_8_BYTES)).with_policy::<BlockOn<GarbageCollect>>().wait().ok()?;
        // SAFETY: the buffer has `size` bytes of plain integers; with handoff the rest keeps what it held, as everywhere
        unsafe { write(buffer.as_mut_ptr(), self.touched, sequence) };
        Some(buffer.into())
    }
    fn own_payload(&self, sequence: u64) -> ZBytes {
        let mut buffer = vec![0_u8; self.size];
        // SAFETY: as above
        unsafe { write(buffer.as_mut_ptr(), self.touched, sequence) };
        buffer.into()
    }
    /// In place where it came in shared memory; a copy of the reader's own otherwise.
    fn judged(&self, sample: &Sample, sequence: u64) -> Got {
        if self.pool.is_some() {
            return match sample.payload().as_shm() {
                Some(shared) => judge(&shared[..], self.size, self.touched, sequence),
                None => Got::Wrong,
            };
        }
        let mut copy = vec![0_u8; sample.payload().len()];
        match sample.payload().reader().read_exact(&mut copy) {
            Ok(()) => judge(&copy, self.size, self.touched, sequence),
            Err(_) => Got::Wrong,
        }
    }
}

impl Link for Topics<'_> {
    fn send(&self, sequence: u64) -> bool {
        let payload = match &self.pool {
            Some(pool) => self.shared_payload(pool, sequence),
            None => Some(self.own_payload(sequence)),
        };
        payload.is_some_and(|bytes| self.publisher.put(bytes).wait().is_ok())
    }
    fn receive(&self, sequence: u64) -> Got {
        match self.subscriber.recv_timeout(ANSWER_LIMIT) {
            Ok(Some(sample)) => self.judged(&sample, sequence),
            _ => Got::Timeout,
        }
    }
}

fn socket_of(tag: &str) -> PathBuf {
    PathBuf::from(format!("/tmp/{tag}_zenoh"))
}

fn failed(error: zenoh::Error) -> String {
    error.to_string()
}

/// A session that listens at the socket, or connects to it, and looks for nobody else.
fn open(tag: &str, listens: bool) -> Outcome<Session> {
    let at = format!("[\"unixsock-stream/{}\"]", socket_of(tag).display());
    let mut config = Config::default();
    for (key, value) in [
        ("mode", "\"peer\""),
        ("scouting/multicast/enabled", "false"),
        ("scouting/gossip/enabled", "false"),
        ("transport/shared_memory/enabled", "true"),
        ("listen/endpoints", if listens { at.as_str() } else { "[]" }),
        ("connect/endpoints", if listens { "[]" } else { at.as_str() }),
    ] {
        config.insert_json5(key, value).map_err(failed)?;
    }
    Ok(zenoh::open(config).wait().map_err(failed)?)
}

fn pool(size: usize) -> Outcome<Pool> {
    let bytes = (size + 4096) * (QUEUE + 2);
    Ok(ShmProviderBuilder::default_backend(bytes).wait().map_err(failed)?)
}

/// Until the other end's subscriber is known here.
fn wait_for_match(publisher: &Publisher) -> Outcome<()> {
    let limit = Instant::now() + ANSWER_LIMIT;
    while !publisher.matching_status().wait().map_err(failed)?.matching() {
        if Instant::now() > limit {
            return Err("the other end's subscriber was not announced".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// What carried the messages: the library's segments are mapped, or the socket is connected and they are not used.
fn look(report: &mut Report, tag: &str, is_shared: bool, size: usize) -> Outcome<()> {
    if is_shared {
        return report.look_for_shared_memory(size);
    }
    let path = socket_of(tag);
    let path = path.to_string_lossy();
    let seen = std::fs::read_to_string("/proc/net/unix")?.lines().filter(|line| line.ends_with(&*path)).count();
    report.transport = if seen == 0 { "unknown" } else { "socket" };
    report.checked = format!("{seen} sockets at its path in /proc/net/unix");
    Ok(())
}

fn run(is_ping: bool, asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let tag = asked.text("tag")?;
    let size: usize = asked.number("size")?;
    let is_shared = asked.text("memory")? == "shared";
    let mut other = Other::new()?;
    let session = if is_ping {
        let session = open(tag, true)?;
        other.tell(b'c')?;
        session
    } else {
        other.hear(b'c')?;
        open(tag, false)?
    };
    let (ping, pong) = (format!("{tag}/ping"), format!("{tag}/pong"));
    let (out, back) = if is_ping { (ping, pong) } else { (pong, ping) };
    let topics = Topics {
        publisher: session.declare_publisher(out).congestion_control(CongestionControl::Block).express(true).wait().map_err(failed)?,
        subscriber: session.declare_subscriber(back).with(FifoChannel::new(QUEUE)).wait().map_err(failed)?,
        pool: if is_shared { Some(pool(size)?) } else { None },
        size,
        touched: asked.number("touched")?,
    };
    wait_for_match(&topics.publisher)?;
    run_round_trips(is_ping, &topics, asked, &mut other, report, |report| look(report, tag, is_shared, size))
}

/// Removes what ends left that were killed: the socket and its lock. The library removes segments of the dead itself.
fn clean(tag: &str) {
    let path = socket_of(tag);
    for left in [path.clone(), path.with_extension("lock")] {
        let _ = std::fs::remove_file(left);
    }
}

fn main() -> Outcome<()> {
    run_program(clean, run)
}
