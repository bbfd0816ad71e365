//! The clock, and how to wait for others: given to whoever needs them, so that tests count waits and do not sleep.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

/// How long to wait before a second try; each further wait is twice as long, up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(5);

/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_millis(80);

/// Waits that long, after saying what for.
pub type Wait = dyn Fn(Duration, &str);

/// The clock to go by, and how long one may wait for others; whoever gets a clone waits out of the same time.
#[derive(Clone)]
pub struct Waiting {
    /// Gives the time.
    pub now: fn() -> Timestamp,
    /// How to wait.
    pub wait: Rc<Wait>,
    /// The most that all waits may come to.
    pub limit: Duration,
    /// What they have come to.
    pub waited: Rc<Cell<Duration>>,
}

impl Waiting {
    /// Returns waits by the system's clock, in silence, of at most `limit`.
    pub fn real(limit: Duration) -> Self {
        Self {
            now: Timestamp::now,
            wait: Rc::new(|duration, _| thread::sleep(duration)),
            limit,
            waited: Rc::default(),
        }
    }

    /// Returns waits of the same kind with a count of their own.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self {
            waited: Rc::default(),
            ..self.clone()
        }
    }

    /// Returns how long one may still wait.
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.waited.get())
    }

    /// Waits that long, which has to be no more than is left, after saying what for.
    pub fn pause(&self, duration: Duration, what: &str) {
        self.waited.set(self.waited.get() + duration);
        (self.wait)(duration, what);
    }

    /// Tries until something comes of it; `None` where nothing did before the limit.
    ///
    /// # Errors
    /// The first of `attempt`.
    pub fn until<T, E>(
        &self,
        what: &str,
        mut attempt: impl FnMut() -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        let mut next = SHORTEST;
        loop {
            let ended = attempt()?;
            let left = self.left();
            if ended.is_some() || left.is_zero() {
                return Ok(ended);
            }
            self.pause(next.min(left), what);
            next = (next * 2).min(LONGEST);
        }
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Returns the waits, in milliseconds, that `attempts` failures come to within `limit`.
    fn waits(limit: u64, attempts: usize) -> (Option<usize>, Vec<u128>) {
        let waits = Rc::new(RefCell::new(Vec::new()));
        let counted = waits.clone();
        let waiting = Waiting {
            wait: Rc::new(move |duration, _| counted.borrow_mut().push(duration.as_millis())),
            ..Waiting::real(Duration::from_millis(limit))
        };
        let mut tries = 0;
        let ended: Result<_, ()> = waiting.until("a turn", || {
            tries += 1;
            Ok((tries > attempts).then_some(tries))
        });
        (ended.unwrap(), waits.take())
    }

    #[test]
    fn waits_grow_and_come_to_the_limit_at_most() {
        assert_eq!(waits(0, 0), (Some(1), vec![]));
        assert_eq!(waits(0, 1), (None, vec![]));
        assert_eq!(waits(1000, 2), (Some(3), vec![5, 10]));
        assert_eq!(waits(40, 99), (None, vec![5, 10, 20, 5]));
        assert_eq!(waits(300, 99), (None, vec![5, 10, 20, 40, 80, 80, 65]));
    }

    #[test]
    fn clones_wait_out_of_the_same_time() {
        let waiting = Waiting {
            wait: Rc::new(|_, _| ()),
            ..Waiting::real(Duration::from_secs(20))
        };
        waiting.clone().pause(Duration::from_secs(15), "a turn");
        assert_eq!(waiting.left(), Duration::from_secs(5));
        assert_eq!(waiting.anew().left(), Duration::from_secs(20));
        let ended: Result<Option<()>, ()> = waiting.until("a turn", || Ok(None));
        assert_eq!((ended, waiting.left()), (Ok(None), Duration::ZERO));
    }
}
