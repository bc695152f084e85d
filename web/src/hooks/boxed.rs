//! yew's hooks for state and effects, compiled once: yew compiles each again for every type of a value and
//! every closure, which was a thirtieth of the page.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

use yew::functional::{Hook, HookContext};
use yew::{Reducible, TearDown, UseReducerDispatcher, UseReducerHandle, use_reducer};

/// Compares two values of the same type.
type Same = fn(&dyn Any, &dyn Any) -> bool;

fn same<T: PartialEq + 'static>(one: &dyn Any, other: &dyn Any) -> bool {
    match (one.downcast_ref::<T>(), other.downcast_ref::<T>()) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// A value of any type.
struct Boxed {
    value: Rc<dyn Any>,
    same: Same,
}

impl Boxed {
    fn new<T: PartialEq + 'static>(value: T) -> Self {
        Self {
            value: Rc::new(value),
            same: same::<T>,
        }
    }
}

impl PartialEq for Boxed {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&*self.value, &*other.value)
    }
}

impl Reducible for Boxed {
    type Action = Self;

    fn reduce(self: Rc<Self>, new: Self) -> Rc<Self> {
        if *self == new { self } else { Rc::new(new) }
    }
}

/// The handle of a component's state.
pub struct UseStateHandle<T> {
    handle: UseReducerHandle<Boxed>,
    of: PhantomData<T>,
}

/// Sets a component's state.
pub struct UseStateSetter<T> {
    dispatcher: UseReducerDispatcher<Boxed>,
    of: PhantomData<T>,
}

impl<T> Clone for UseStateHandle<T> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
            of: PhantomData,
        }
    }
}

impl<T> Clone for UseStateSetter<T> {
    fn clone(&self) -> Self {
        Self {
            dispatcher: self.dispatcher.clone(),
            of: PhantomData,
        }
    }
}

impl<T: PartialEq + 'static> UseStateHandle<T> {
    /// Sets the state; an equal value renders nothing.
    pub fn set(&self, value: T) {
        self.handle.dispatch(Boxed::new(value));
    }

    /// Returns what sets the state. It does not keep the current value.
    #[must_use]
    pub fn setter(&self) -> UseStateSetter<T> {
        UseStateSetter {
            dispatcher: self.handle.dispatcher(),
            of: PhantomData,
        }
    }
}

impl<T: PartialEq + 'static> UseStateSetter<T> {
    /// Sets the state; an equal value renders nothing.
    pub fn set(&self, value: T) {
        self.dispatcher.dispatch(Boxed::new(value));
    }
}

impl<T: 'static> Deref for UseStateHandle<T> {
    type Target = T;

    #[allow(clippy::expect_used, reason = "only values of this type are set")]
    fn deref(&self) -> &T {
        self.handle
            .value
            .downcast_ref()
            .expect("a value of the type")
    }
}

struct State<T, F>(F, PhantomData<T>);

impl<T: PartialEq + 'static, F: FnOnce() -> T> Hook for State<T, F> {
    type Output = UseStateHandle<T>;

    fn run(self, context: &mut HookContext) -> UseStateHandle<T> {
        let first: Box<dyn FnOnce() -> Boxed + '_> = Box::new(|| Boxed::new((self.0)()));
        UseStateHandle {
            handle: use_reducer(first).run(context),
            of: PhantomData,
        }
    }
}

/// The state of a component; see [`yew::use_state_eq`].
pub fn use_state_eq<T, F>(first: F) -> impl Hook<Output = UseStateHandle<T>>
where
    T: PartialEq + 'static,
    F: FnOnce() -> T,
{
    State(first, PhantomData)
}

type End = Box<dyn FnOnce()>;

/// An effect of a component; see [`yew::use_effect_with`].
pub fn use_effect_with<T, F, D>(dependencies: T, effect: F) -> impl Hook<Output = ()>
where
    T: PartialEq + 'static,
    F: FnOnce(&T) -> D + 'static,
    D: TearDown,
{
    let run = move |dependencies: &dyn Any| -> End {
        match dependencies.downcast_ref() {
            Some(dependencies) => {
                let end = effect(dependencies);
                Box::new(move || end.tear_down())
            }
            None => Box::new(|| {}),
        }
    };
    use_boxed_effect(Boxed::new(dependencies), Box::new(run))
}

type Effect = Box<dyn FnOnce(&dyn Any) -> End>;

fn use_boxed_effect(dependencies: Boxed, effect: Effect) -> impl Hook<Output = ()> {
    yew::use_effect_with(dependencies, move |dependencies: &Boxed| {
        effect(&*dependencies.value)
    })
}
