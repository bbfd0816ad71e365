//! The clock, and how to wait for others: given to whoever needs them, so that tests count waits and do not sleep.

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

/// The clock to go by, and how long one may wait for others.
#[derive(Clone)]
pub struct Waiting {
    /// Gives the time.
    pub now: fn() -> Timestamp,
    /// How to wait.
    pub wait: Rc<Wait>,
    /// The most that all waits for one thing may come to.
    pub limit: Duration,
}

impl Waiting {
    /// Returns waits by the system's clock, in silence, of at most `limit`.
    pub fn real(limit: Duration) -> Self {
        Self {
            now: Timestamp::now,
            wait: Rc::new(|duration, _| thread::sleep(duration)),
            limit,
        }
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
        let mut left = self.limit;
        let mut pause = SHORTEST;
        loop {
            let ended = attempt()?;
            if ended.is_some() || left.is_zero() {
                return Ok(ended);
            }
            let now = pause.min(left);
            (self.wait)(now, what);
            left -= now;
            pause = (pause * 2).min(LONGEST);
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
}
