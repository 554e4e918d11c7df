//! Room for long arrays that are needed again and again: handed back when dropped, so that memory is
//! not returned to the system and fetched anew at every evaluation.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// Arrays that a thread keeps at most.
const KEPT: usize = 48;

thread_local! {
    static POOL: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// An array on loan.
#[derive(Debug, Default)]
pub struct Buffer(Vec<f64>);

impl Buffer {
    /// An array of this length; what it holds means nothing.
    pub fn of(n: usize) -> Self {
        let kept = POOL.with(|pool| pool.borrow_mut().pop());
        let mut array = kept.unwrap_or_default();
        array.resize(n, 0.0);
        Buffer(array)
    }

    /// The array itself, to be filled by something that gives it its length.
    pub fn array(&mut self) -> &mut Vec<f64> {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let array = std::mem::take(&mut self.0);
        // At the end of a thread there is no pool any more.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < KEPT && array.capacity() > 0 {
                pool.push(array);
            }
        });
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Buffer::of(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

impl Deref for Buffer {
    type Target = [f64];
    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_the_length_asked_for_and_are_not_shared() {
        let mut a = Buffer::of(3);
        a.copy_from_slice(&[1.0, 2.0, 3.0]);
        let b = a.clone();
        drop(a);
        let mut c = Buffer::of(5);
        c.fill(7.0);
        assert_eq!((b.len(), c.len()), (3, 5));
        assert_eq!(&b[..], &[1.0, 2.0, 3.0]);
    }
}
