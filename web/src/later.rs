//! A value that comes later: one sender, one future. A sender that is dropped gives `None`.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use gloo::timers::callback::Timeout;

struct Shared<T> {
    value: Option<T>,
    sender_is_gone: bool,
    waker: Option<Waker>,
}

/// Sends the value.
pub struct Sender<T>(Rc<RefCell<Shared<T>>>);

/// Resolves to the value, or to `None` if it never comes.
pub struct Later<T>(Rc<RefCell<Shared<T>>>);

/// A sender and its future.
#[must_use]
pub fn later<T>() -> (Sender<T>, Later<T>) {
    let shared = Rc::new(RefCell::new(Shared {
        value: None,
        sender_is_gone: false,
        waker: None,
    }));
    (Sender(shared.clone()), Later(shared))
}

/// Resolves after some milliseconds.
pub async fn pause(ms: u32) {
    let (sender, later) = later();
    let timer = Timeout::new(ms, move || sender.send(()));
    later.await;
    drop(timer);
}

impl<T> Sender<T> {
    /// Sends the value.
    pub fn send(self, value: T) {
        self.0.borrow_mut().value = Some(value);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut shared = self.0.borrow_mut();
            shared.sender_is_gone = true;
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Later<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut shared = self.0.borrow_mut();
        match shared.value.take() {
            Some(value) => Poll::Ready(Some(value)),
            None if shared.sender_is_gone => Poll::Ready(None),
            None => {
                shared.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll<T>(later: &mut Later<T>) -> Poll<Option<T>> {
        Pin::new(later).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_value_arrives_once_it_is_sent() {
        let (sender, mut later) = later();
        assert_eq!(poll(&mut later), Poll::Pending);
        sender.send(7);
        assert_eq!(poll(&mut later), Poll::Ready(Some(7)));
    }

    #[test]
    fn a_dropped_sender_gives_none() {
        let (sender, mut later) = later::<i32>();
        assert_eq!(poll(&mut later), Poll::Pending);
        drop(sender);
        assert_eq!(poll(&mut later), Poll::Ready(None));
    }
}
