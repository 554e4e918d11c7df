//! Which instruction set the loops over slices run on.
//!
//! A loop is written once, generic over `const F: bool`: whether a fused multiply-add is one
//! instruction. [`dispatch!`](super::dispatch) compiles it for AVX-512, for AVX2 with FMA and for
//! whatever the build targets, and picks one at run time.

#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};

/// Whether the plain loop may use fused multiply-adds: they are instructions of the build's target
/// (always on 64-bit ARM with Neon), not calls of a library.
pub(crate) const PLAIN_FUSED: bool = cfg!(any(
    all(target_arch = "x86_64", target_feature = "fma"),
    all(target_arch = "aarch64", target_feature = "neon")
));

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Isa {
    /// What the build targets.
    Plain,
    /// AVX2 and FMA: four numbers at once.
    #[cfg(target_arch = "x86_64")]
    Avx2(V3),
    /// AVX-512 F, BW, CD, DQ and VL: eight numbers at once.
    #[cfg(target_arch = "x86_64")]
    Avx512(V4),
}

impl Isa {
    /// Every instruction set of this machine, the widest first.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Isa> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(V4::try_new().map(Isa::Avx512));
            all.extend(V3::try_new().map(Isa::Avx2));
        }
        all.push(Isa::Plain);
        all
    }

    /// The widest of this machine; the processor is asked once.
    #[inline]
    fn widest() -> Isa {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(v4) = V4::try_new() {
                return Isa::Avx512(v4);
            }
            if let Some(v3) = V3::try_new() {
                return Isa::Avx2(v3);
            }
        }
        Isa::Plain
    }

    /// The one to run on: the widest, unless a test of this thread chose another.
    #[inline]
    pub(crate) fn current() -> Isa {
        #[cfg(test)]
        if let Some(chosen) = tests::CHOSEN.get() {
            return chosen;
        }
        Self::widest()
    }

    /// What users read.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Isa::Plain if PLAIN_FUSED => "plain, fused",
            Isa::Plain => "plain",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => "AVX-512",
        }
    }
}

/// Defines `fn name(arguments) -> result` that runs `body::<F>(arguments)` compiled for the widest
/// instruction set of the machine. `body` has to be `#[inline(always)]`, and so has what it calls.
macro_rules! dispatch {
    (
        $(#[$attribute:meta])*
        $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)?
            = $body:ident
    ) => {
        $(#[$attribute])*
        $visibility fn $name($($argument: $kind),*) $(-> $result)? {
            use $crate::math::wide::isa::{Isa, PLAIN_FUSED};
            match Isa::current() {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512(v4) => v4.vectorize(#[inline(always)] || $body::<true>($($argument),*)),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2(v3) => v3.vectorize(#[inline(always)] || $body::<true>($($argument),*)),
                Isa::Plain => $body::<PLAIN_FUSED>($($argument),*),
            }
        }
    };
}
pub(crate) use dispatch;

#[cfg(test)]
pub(crate) mod tests {
    use super::Isa;
    use std::cell::Cell;

    thread_local! {
        pub(super) static CHOSEN: Cell<Option<Isa>> = const { Cell::new(None) };
    }

    /// Runs a closure with everything it dispatches on this thread going to one instruction set.
    pub(crate) fn on<R>(isa: Isa, run: impl FnOnce() -> R) -> R {
        struct Restore(Option<Isa>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CHOSEN.set(self.0);
            }
        }
        let _restore = Restore(CHOSEN.replace(Some(isa)));
        run()
    }
}
