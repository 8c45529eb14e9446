//! Memory that the driver made and this program inherited as a descriptor.

use std::ffi::c_void;
use std::marker::PhantomData;

use crate::common::Outcome;

extern "C" {
    fn mmap(at: *mut c_void, size: usize, protection: i32, flags: i32, descriptor: i32, offset: i64) -> *mut c_void;
}

const READ_WRITE: i32 = 1 | 2;
const SHARED: i32 = 1;

/// One `T`, mapped for the life of the process. `T` is plain, and laid out as in the driver.
pub struct Inherited<T> {
    at: *mut T,
    kind: PhantomData<T>,
}

impl<T> Inherited<T> {
    pub fn new(descriptor: i32) -> Outcome<Self> {
        // SAFETY: a new mapping, wherever the kernel has room for it
        let at = unsafe { mmap(std::ptr::null_mut(), std::mem::size_of::<T>(), READ_WRITE, SHARED, descriptor, 0) };
        if at as isize == -1 {
            return Err(std::io::Error::last_os_error().into());
        }
        Ok(Inherited { at: at.cast(), kind: PhantomData })
    }
    pub fn get(&self) -> &T {
        // SAFETY: mapped in new(); whatever others change in it is atomic
        unsafe { &*self.at }
    }
}
