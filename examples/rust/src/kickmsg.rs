//! What this program uses of kickmsg/kickmsg.h, by hand, and types that end what they hold.
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::marker::PhantomData;
use std::ptr::{null, null_mut};

pub const FOREVER: i64 = i64::MAX;

/// The declarations of C, one for one.
mod c {
    use super::*;

    #[repr(C)]
    pub struct Opaque {
        _private: [u8; 0],
    }

    #[repr(C)]
    pub struct Error {
        pub status: c_int,
        pub os_error: c_int,
        pub object: *const c_char,
        pub message: *const c_char,
    }

    #[repr(C)]
    #[derive(Default, Clone, Copy)]
    pub struct SampleInfo {
        pub publisher: u64,
        pub sequence: u64,
        pub sent_ns: u64,
        pub has_sent_ns: bool,
    }

    /// kickmsg_view: it holds nothing at another address.
    #[repr(C)]
    #[derive(Default)]
    pub struct View {
        pub opaque: [u64; 8],
    }

    extern "C" {
        pub fn kickmsg_last_error() -> *const Error;
        pub fn kickmsg_node_create(name: *const c_char, prefix: *const c_char, node: *mut *mut Opaque) -> c_int;
        pub fn kickmsg_node_destroy(node: *mut Opaque) -> c_int;
        pub fn kickmsg_node_advertise_or_join(
            node: *const Opaque,
            topic: *const c_char,
            config: *const c_void,
            schema: *const c_void,
            publisher: *mut *mut Opaque,
        ) -> c_int;
        pub fn kickmsg_node_subscribe_or_create(
            node: *const Opaque,
            topic: *const c_char,
            config: *const c_void,
            schema: *const c_void,
            subscriber: *mut *mut Opaque,
        ) -> c_int;
        pub fn kickmsg_node_unlink_topic(node: *const Opaque, topic: *const c_char) -> c_int;
        pub fn kickmsg_publisher_destroy(publisher: *mut Opaque) -> c_int;
        pub fn kickmsg_publisher_send(publisher: *mut Opaque, data: *const c_void, length: usize) -> c_int;
        pub fn kickmsg_publisher_allocate(publisher: *mut Opaque, length: usize, data: *mut *mut c_void) -> c_int;
        pub fn kickmsg_publisher_publish(publisher: *mut Opaque, reached: *mut usize) -> c_int;
        pub fn kickmsg_publisher_abandon(publisher: *mut Opaque) -> c_int;
        pub fn kickmsg_subscriber_destroy(subscriber: *mut Opaque) -> c_int;
        pub fn kickmsg_subscriber_receive_view(subscriber: *mut Opaque, timeout_ns: i64, view: *mut View) -> c_int;
        pub fn kickmsg_view_data(view: *const View) -> *const c_void;
        pub fn kickmsg_view_size(view: *const View) -> usize;
        pub fn kickmsg_view_info(view: *const View, info: *mut SampleInfo) -> c_int;
        pub fn kickmsg_view_drop(view: *mut View) -> c_int;
    }
}

/// What kickmsg_last_error() says.
#[derive(Debug)]
pub struct Error {
    pub status: i32,
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

fn done(status: c_int) -> Result<(), Error> {
    if status == 0 {
        return Ok(());
    }
    // kickmsg_last_error() is never NULL, and neither is its text.
    let message = unsafe { CStr::from_ptr((*c::kickmsg_last_error()).message) };
    Err(Error { status, message: message.to_string_lossy().into_owned() })
}

fn text(of: &str) -> CString {
    CString::new(of).expect("a name without a zero byte")
}

pub struct Node(*mut c::Opaque);

impl Node {
    pub fn new(name: &str, prefix: &str) -> Result<Node, Error> {
        let mut node = null_mut();
        done(unsafe { c::kickmsg_node_create(text(name).as_ptr(), text(prefix).as_ptr(), &mut node) })?;
        Ok(Node(node))
    }
    pub fn advertise_or_join(&self, topic: &str) -> Result<Publisher, Error> {
        let mut publisher = null_mut();
        done(unsafe { c::kickmsg_node_advertise_or_join(self.0, text(topic).as_ptr(), null(), null(), &mut publisher) })?;
        Ok(Publisher(publisher))
    }
    pub fn subscribe_or_create(&self, topic: &str) -> Result<Subscriber, Error> {
        let mut subscriber = null_mut();
        done(unsafe { c::kickmsg_node_subscribe_or_create(self.0, text(topic).as_ptr(), null(), null(), &mut subscriber) })?;
        Ok(Subscriber(subscriber))
    }
    pub fn unlink_topic(&self, topic: &str) -> Result<(), Error> {
        done(unsafe { c::kickmsg_node_unlink_topic(self.0, text(topic).as_ptr()) })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        unsafe { c::kickmsg_node_destroy(self.0) };
    }
}

/// One thread each: it is not Sync, and a loan borrows it.
pub struct Publisher(*mut c::Opaque);

impl Publisher {
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        done(unsafe { c::kickmsg_publisher_send(self.0, bytes.as_ptr().cast(), bytes.len()) })
    }
    /// Memory that the subscribers read. Dropped, nothing is delivered.
    pub fn loan(&mut self, length: usize) -> Result<Loan<'_>, Error> {
        let mut room = null_mut();
        done(unsafe { c::kickmsg_publisher_allocate(self.0, length, &mut room) })?;
        Ok(Loan { publisher: self.0, room: room.cast(), length, of: PhantomData })
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        unsafe { c::kickmsg_publisher_destroy(self.0) };
    }
}

pub struct Loan<'a> {
    publisher: *mut c::Opaque,
    room: *mut u8,
    length: usize,
    of: PhantomData<&'a mut Publisher>,
}

impl Loan<'_> {
    pub fn bytes(&mut self) -> &mut [u8] {
        unsafe { std::slice::from_raw_parts_mut(self.room, self.length) }
    }
    /// Returns how many subscribers are reached.
    pub fn publish(self) -> Result<usize, Error> {
        let mut reached = 0;
        let status = unsafe { c::kickmsg_publisher_publish(self.publisher, &mut reached) };
        std::mem::forget(self);
        done(status).map(|()| reached)
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        unsafe { c::kickmsg_publisher_abandon(self.publisher) };
    }
}

pub struct Subscriber(*mut c::Opaque);

impl Subscriber {
    /// The next message, in place.
    pub fn receive(&mut self, timeout_ns: i64) -> Result<View, Error> {
        let mut view = Box::new(c::View::default());
        done(unsafe { c::kickmsg_subscriber_receive_view(self.0, timeout_ns, &mut *view) })?;
        Ok(View(view))
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        unsafe { c::kickmsg_subscriber_destroy(self.0) };
    }
}

/// It may outlive its subscriber. The box keeps it where it was received.
pub struct View(Box<c::View>);

impl View {
    pub fn bytes(&self) -> &[u8] {
        let view: *const c::View = &*self.0;
        unsafe { std::slice::from_raw_parts(c::kickmsg_view_data(view).cast(), c::kickmsg_view_size(view)) }
    }
    pub fn sequence(&self) -> Result<u64, Error> {
        let mut info = c::SampleInfo::default();
        done(unsafe { c::kickmsg_view_info(&*self.0, &mut info) })?;
        Ok(info.sequence)
    }
}

impl Drop for View {
    fn drop(&mut self) {
        unsafe { c::kickmsg_view_drop(&mut *self.0) };
    }
}
