// This file is the entropy coder: binary arithmetic coding with adaptive
// probabilities, and the ways to code numbers with it.
//
// Encoder and Decoder share one trait, so that a model is written once: code
// takes the bit to encode and returns it, or ignores it and returns the bit
// decoded.

/// The probability that a bit is 1, as the mean of a fast and a slow average,
/// both of which start fast.
#[derive(Clone, Copy)]
pub struct Prob {
    fast: u16,
    slow: u16,
    seen: u8, // bits, up to MAX_SEEN
}

const MAX_SEEN: u8 = 6;

impl Prob {
    pub const NEW: Prob = Prob { fast: 1 << 15, slow: 1 << 15, seen: 0 };

    fn p16(self) -> u32 {
        (u32::from(self.fast) + u32::from(self.slow)) / 2
    }

    fn update(&mut self, bit: u32) {
        let slow = self.seen + 1;
        let fast = slow.min(4);
        if bit == 1 {
            self.fast += (u16::MAX - self.fast) >> fast;
            self.slow += (u16::MAX - self.slow) >> slow;
        } else {
            self.fast -= self.fast >> fast;
            self.slow -= self.slow >> slow;
        }
        self.seen = slow.min(MAX_SEEN);
    }
}

pub trait Coder {
    fn code(&mut self, prob: &mut Prob, bit: u32) -> u32;
}

/// The interval that is left, [low, high], in 32 bits.
struct Interval {
    low: u32,
    high: u32,
}

impl Interval {
    const ALL: Interval = Interval { low: 0, high: u32::MAX };

    /// The last value for which the bit is 1. It lies in [low, high), so both
    /// parts have at least one value.
    fn split(&self, prob: Prob) -> u32 {
        let width = u64::from(self.high - self.low);
        self.low + (width * u64::from(prob.p16()) >> 16) as u32
    }

    fn narrow(&mut self, split: u32, bit: u32) {
        if bit == 1 {
            self.high = split;
        } else {
            self.low = split + 1;
        }
    }

    /// Shifts out the first byte, if it is settled.
    fn settled(&mut self) -> Option<u8> {
        if (self.low ^ self.high) >> 24 != 0 {
            return None;
        }
        let byte = (self.low >> 24) as u8;
        self.low <<= 8;
        self.high = self.high << 8 | 0xff;
        Some(byte)
    }
}

pub struct Encoder {
    interval: Interval,
    out: Vec<u8>,
}

impl Encoder {
    pub fn new() -> Encoder {
        Encoder { interval: Interval::ALL, out: Vec::new() }
    }

    /// The bytes written so far; one more comes with finish.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Ends with a byte that is above low's first byte, so with zeros after it
    /// the value lies in the interval.
    pub fn finish(mut self) -> Vec<u8> {
        self.out.push((self.interval.high >> 24) as u8);
        self.out
    }
}

impl Coder for Encoder {
    fn code(&mut self, prob: &mut Prob, bit: u32) -> u32 {
        let split = self.interval.split(*prob);
        self.interval.narrow(split, bit);
        prob.update(bit);
        while let Some(byte) = self.interval.settled() {
            self.out.push(byte);
        }
        bit
    }
}

/// Decoder reads zeros after the end of its input. Damaged input gives other
/// bits than were encoded, but never an error or a panic here.
pub struct Decoder<'a> {
    interval: Interval,
    value: u32,
    input: std::slice::Iter<'a, u8>,
}

impl<'a> Decoder<'a> {
    pub fn new(input: &'a [u8]) -> Decoder<'a> {
        let mut d = Decoder { interval: Interval::ALL, value: 0, input: input.iter() };
        for _ in 0..4 {
            d.shift();
        }
        d
    }

    fn shift(&mut self) {
        self.value = self.value << 8 | u32::from(*self.input.next().unwrap_or(&0));
    }
}

impl Coder for Decoder<'_> {
    fn code(&mut self, prob: &mut Prob, _: u32) -> u32 {
        let split = self.interval.split(*prob);
        let bit = u32::from(self.value <= split);
        self.interval.narrow(split, bit);
        prob.update(bit);
        while self.interval.settled().is_some() {
            self.shift();
        }
        bit
    }
}

/// Codes the low `bits` bits of a value from the top, each in the context of
/// those before it. There are 1 << bits probabilities.
pub fn tree(coder: &mut impl Coder, probs: &mut [Prob], bits: u32, value: u32) -> u32 {
    let mut node = 1;
    for i in (0..bits).rev() {
        node = node << 1 | coder.code(&mut probs[node as usize], value >> i & 1);
    }
    node - (1 << bits)
}

/// A model for numbers below 2^31 - 1, small ones in few bits: how many bits
/// follow the first 1 of value + 1, then these bits. The first three are
/// coded in context.
#[derive(Clone)]
pub struct Number {
    width: [Prob; 32],
    top: [[Prob; 8]; 32],
    rest: [[Prob; 32]; 32],
}

impl Number {
    pub const NEW: Number = Number {
        width: [Prob::NEW; 32],
        top: [[Prob::NEW; 8]; 32],
        rest: [[Prob::NEW; 32]; 32],
    };

    pub fn code(&mut self, coder: &mut impl Coder, value: u32) -> u32 {
        let value = value + 1;
        let width = tree(coder, &mut self.width, 5, value.ilog2());
        let (top, rest) = (width.min(3), width - width.min(3));
        let mut n = 1 << top | tree(coder, &mut self.top[width as usize], top, value >> rest & 7);
        for i in (0..rest).rev() {
            n = n << 1 | coder.code(&mut self.rest[width as usize][i as usize], value >> i & 1);
        }
        n - 1
    }
}
