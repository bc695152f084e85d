//! What another shell than bash keeps from line to line in a login: PowerShell's variables.

use std::any::Any;
use std::fmt::Debug;

/// The state of a shell, of a type that only that shell knows.
trait State: Any + Debug {
    fn boxed_clone(&self) -> Box<dyn State>;
}

impl<T: Any + Debug + Clone> State for T {
    fn boxed_clone(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }
}

/// A place for the state of a shell.
#[derive(Debug, Default)]
pub struct Objects(Option<Box<dyn State>>);

impl Clone for Objects {
    fn clone(&self) -> Self {
        Self(self.0.as_ref().map(|state| (**state).boxed_clone()))
    }
}

impl Objects {
    /// The state, if a shell has put one of this type here.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        let state: &dyn Any = &**self.0.as_ref()?;
        state.downcast_ref()
    }

    /// The state, which begins as the type's default.
    pub fn get_mut<T: Any + Debug + Clone + Default>(&mut self) -> &mut T {
        if self.get::<T>().is_none() {
            self.0 = None;
        }
        let state: &mut dyn Any = &mut **self.0.get_or_insert_with(|| Box::new(T::default()));
        match state.downcast_mut() {
            Some(state) => state,
            None => unreachable!("a state of another type was dropped above"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_its_own_state() {
        let mut objects = Objects::default();
        assert_eq!(objects.get::<Vec<u8>>(), None);
        objects.get_mut::<Vec<u8>>().push(1);
        let mut copy = objects.clone();
        copy.get_mut::<Vec<u8>>().push(2);
        assert_eq!(objects.get::<Vec<u8>>(), Some(&vec![1]));
        assert_eq!(copy.get::<Vec<u8>>(), Some(&vec![1, 2]));
    }
}
