//! One end of a measurement of Aeron's IPC, as the driver (kickmsg_bench) asks for it. Standard input and output: see kickmsg_peer_ends.
//!
//! The measuring end has the media driver in its process, in a folder with the round's name. No message passes through that: a
//! publication writes into a log in shared memory, and a subscription reads it there.

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::time::{Duration, Instant};

use kickmsg_peer_ends::*;
use rusteron_client::{
    Aeron, AeronContext, AeronExclusivePublication, AeronFragmentClosureAssembler, AeronHeader, AeronSubscription, Handlers,
};
use rusteron_media_driver::bindings::aeron_threading_mode_enum::AERON_THREADING_MODE_SHARED;
use rusteron_media_driver::{AeronDriver, AeronDriverContext, EmbeddedMediaDriver};

const OUT: i32 = 1;
const BACK: i32 = 2;
/// A fragment's header goes off; a claim can have no more than one fragment.
const MTU: usize = 65_504;

/// What the callback of a poll leaves.
struct Reader {
    copy: Vec<u8>,
    got: Option<Got>,
    size: usize,
    touched: usize,
    sequence: u64,
}

impl Reader {
    fn read_copy(&mut self, message: &[u8], _: AeronHeader) {
        self.copy.clear();
        self.copy.extend_from_slice(message);
        self.got = Some(judge(&self.copy, self.size, self.touched, self.sequence));
    }
}

/// Messages that are written and read in the log; or those that are offered, put together from their parts, and copied.
struct Topics {
    publication: AeronExclusivePublication,
    subscription: AeronSubscription,
    /// None: in place.
    assembler: Option<RefCell<AeronFragmentClosureAssembler>>,
    reader: RefCell<Reader>,
    payload: RefCell<Vec<u8>>,
    size: usize,
    touched: usize,
    oversubscribed: bool,
}

impl Topics {
    fn try_send(&self, sequence: u64) -> bool {
        if self.assembler.is_some() {
            let mut payload = self.payload.borrow_mut();
            // SAFETY: it has `size` bytes of plain integers
            unsafe { write(payload.as_mut_ptr(), self.touched, sequence) };
            return self.publication.offer(&payload[..]).is_ok();
        }
        let Ok(mut claim) = self.publication.try_claim_owned(self.size) else {
            return false;
        };
        // SAFETY: as above; with handoff the rest keeps what it held, as everywhere
        unsafe { write(claim.data().as_mut_ptr(), self.touched, sequence) };
        claim.commit().is_ok()
    }
    #[inline(always)]
    fn poll(&self, sequence: u64) -> Option<Got> {
        let polled = match &self.assembler {
            Some(assembler) => {
                let mut reader = self.reader.borrow_mut();
                (reader.sequence, reader.got) = (sequence, None);
                let polled = assembler.borrow_mut().poll(&self.subscription, &mut *reader, Reader::read_copy, 1);
                polled.map(|_| reader.got)
            }
            None => {
                let got = Cell::new(None);
                let polled = self
                    .subscription
                    .poll_fn(|message: &[u8], _: AeronHeader| got.set(Some(judge(message, self.size, self.touched, sequence))), 1);
                polled.map(|_| got.get())
            }
        };
        polled.unwrap_or(Some(Got::Timeout))
    }
}

impl Link for Topics {
    #[inline(always)]
    fn send(&self, sequence: u64) -> bool {
        // refused only while the next part of the log is made ready: one message at a time is under way
        spin_until(self.oversubscribed, || self.try_send(sequence).then_some(())).is_some()
    }
    #[inline(always)]
    fn receive(&self, sequence: u64) -> Got {
        spin_until(self.oversubscribed, || self.poll(sequence)).unwrap_or(Got::Timeout)
    }
}

fn folder_of(tag: &str) -> String {
    format!("/dev/shm/{tag}_aeron")
}

fn start_driver(tag: &str) -> Outcome<EmbeddedMediaDriver> {
    let context = AeronDriverContext::new()?;
    context.set_dir(&CString::new(folder_of(tag))?)?;
    context.set_dir_delete_on_start(true)?;
    context.set_dir_delete_on_shutdown(true)?;
    context.set_threading_mode(AERON_THREADING_MODE_SHARED)?;
    context.set_ipc_mtu_length(MTU)?;
    Ok(AeronDriver::launch_embedded_guard(context, false))
}

/// Both directions are up.
fn wait_for_images(publication: &AeronExclusivePublication, subscription: &AeronSubscription) -> Outcome<()> {
    let limit = Instant::now() + ANSWER_LIMIT;
    while !(publication.is_connected() && subscription.image_count()? > 0) {
        if Instant::now() > limit {
            return Err("the other end's publication and subscription were not announced".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// A message has at most an eighth of a term.
fn channel_of(size: usize) -> Outcome<CString> {
    let term = (8 * (size + 4096)).next_power_of_two().max(1 << 20);
    Ok(CString::new(format!("aeron:ipc?term-length={term}|mtu={MTU}"))?)
}

fn run(is_ping: bool, asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let tag = asked.text("tag")?;
    let size: usize = asked.number("size")?;
    let touched: usize = asked.number("touched")?;
    let version = asked.text("version")?;
    if Aeron::version_text() != version {
        return Err(format!("Aeron {} is linked, Cargo.toml says {version}", Aeron::version_text()).into());
    }
    let mut other = Other::new()?;
    let driver = if is_ping { Some(start_driver(tag)?) } else { None };
    match is_ping {
        true => other.tell(b'c')?,
        false => other.hear(b'c')?,
    }
    let context = AeronContext::new()?;
    context.set_dir(&CString::new(folder_of(tag))?)?;
    context.set_pre_touch_mapped_memory(true)?;
    let aeron = Aeron::new(&context)?;
    aeron.start()?;
    let channel = channel_of(size)?;
    let (out, back) = if is_ping { (OUT, BACK) } else { (BACK, OUT) };
    let topics = Topics {
        publication: aeron.async_add_exclusive_publication(&channel, out)?.poll_blocking(ANSWER_LIMIT)?,
        subscription: aeron.async_add_subscription(&channel, back, Handlers::NONE, Handlers::NONE)?.poll_blocking(ANSWER_LIMIT)?,
        assembler: match asked.text("receive")? {
            "view" => None,
            _ => Some(RefCell::new(AeronFragmentClosureAssembler::new()?)),
        },
        reader: RefCell::new(Reader { copy: Vec::with_capacity(size), got: None, size, touched, sequence: 0 }),
        payload: RefCell::new(vec![0; size]),
        size,
        touched,
        oversubscribed: asked.oversubscribed()?,
    };
    wait_for_images(&topics.publication, &topics.subscription)?;
    run_round_trips(is_ping, &topics, asked, &mut other, report, |report| report.look_for_shared_memory(size))?;
    drop(topics);
    drop(aeron);
    drop(driver);
    Ok(())
}

fn main() -> Outcome<()> {
    run_program(
        |tag| {
            let _ = std::fs::remove_dir_all(folder_of(tag));
        },
        run,
    )
}
