//! Work to measure, without threads: words are counted, sorted, sieved and
//! formatted with std's collections.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

fn next(x: &mut u64) -> u64 {
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    *x
}

fn words(seed: u64) -> Vec<String> {
    let mut x = seed | 1;
    (0..4000).map(|_| format!("w{}", next(&mut x) % 1500)).collect()
}

fn sieve(n: usize) -> usize {
    let mut composite = vec![false; n];
    let mut count = 0;
    for i in 2..n {
        if !composite[i] {
            count += 1;
            for j in (i * i..n).step_by(i) {
                composite[j] = true;
            }
        }
    }
    count
}

fn main() {
    let mut total = 0;
    for round in 0..60 {
        let all = words(round);
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for w in &all {
            *counts.entry(w).or_default() += 1;
        }
        let ordered: BTreeMap<_, _> = counts.iter().map(|(w, n)| (n, w)).collect();
        let mut sorted = all.clone();
        sorted.sort();
        let mut text = String::new();
        for (n, w) in ordered {
            writeln!(text, "{w}: {n:>5}").unwrap();
        }
        total += text.len() + sieve(60_000) + sorted.iter().filter(|w| w.ends_with('7')).count();
    }
    assert!(total > 0);
}
