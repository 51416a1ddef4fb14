//! What the raw operations cost on this machine, for the benchmarks: one JSON object of microseconds per call.
//!
//! Each figure is the least of twenty short batches on one thread: noise only ever adds.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::time::Instant;

use doorward_crypto::{SigningKey, hash_password, verify_password};
use doorward_token::jose::Algorithm;

/// Microseconds per call: the least of twenty batches.
fn cost(calls: u32, mut operation: impl FnMut()) -> f64 {
    #[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
    let batch = || {
        let started = Instant::now();
        (0..calls).for_each(|_| operation());
        started.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
    };
    std::iter::repeat_with(batch).take(20).fold(f64::INFINITY, f64::min)
}

fn main() {
    let message = [b'x'; 700];
    let sign = |algorithm, calls| {
        let key = SigningKey::generate(algorithm).expect("the library makes keys");
        cost(calls, || {
            std::hint::black_box(key.sign(&message).expect("a fresh key signs"));
        })
    };
    let phc = hash_password("fern-kettle-08").expect("the library hashes");
    let verify = cost(1, || {
        std::hint::black_box(verify_password("fern-kettle-08", &phc).is_ok());
    });
    println!(
        "{{\"signature_rs256\":{:.1},\"signature_es256\":{:.1},\"signature_eddsa\":{:.1},\"password_hash\":{verify:.0}}}",
        sign(Algorithm::RS256, 100),
        sign(Algorithm::ES256, 1000),
        sign(Algorithm::EdDSA, 1000),
    );
}
