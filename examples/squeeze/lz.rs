// This file packs and unpacks one block: repeated strings become a length and
// a distance, and everything goes through the models below into the coder.

use crate::range::{Coder, Decoder, Encoder, Number, Prob, tree};

/// The longest block. Distances never leave a block, so this bounds the memory
/// of both sides.
pub const MAX_BLOCK: usize = 4 << 20;

const MIN_MATCH: usize = 3;
const MAX_MATCH: usize = 1 << 16;
const HASH_BITS: u32 = 16;
const CHAIN: usize = 48; // how many earlier places are tried
const GOOD: usize = 96; // a match that ends the search

#[derive(Clone, Copy)]
enum Token {
    Literal(u8),
    Copy { len: usize, distance: usize },
}

/// Models is what both sides learn from the tokens so far.
struct Models {
    after: usize, // was the last token a copy
    last_distance: usize,
    is_copy: [Prob; 2],
    is_repeat: [Prob; 2],
    literals: Vec<[Prob; 256]>, // by the byte before
    lengths: [Number; 2],
    distances: [Number; 4],
}

impl Models {
    fn new() -> Models {
        Models {
            after: 0,
            last_distance: 1,
            is_copy: [Prob::NEW; 2],
            is_repeat: [Prob::NEW; 2],
            literals: vec![[Prob::NEW; 256]; 256],
            lengths: [Number::NEW; 2],
            distances: [Number::NEW; 4],
        }
    }

    /// Codes one token, which a decoder ignores, and returns it. `before` is
    /// the byte before the token.
    fn token(&mut self, coder: &mut impl Coder, before: u8, token: Token) -> Token {
        let copy = u32::from(matches!(token, Token::Copy { .. }));
        if coder.code(&mut self.is_copy[self.after], copy) == 0 {
            let byte = if let Token::Literal(b) = token { b } else { 0 };
            let probs = &mut self.literals[usize::from(before)];
            self.after = 0;
            return Token::Literal(tree(coder, probs, 8, u32::from(byte)) as u8);
        }
        let (len, distance) = match token {
            Token::Copy { len, distance } => (len, distance),
            Token::Literal(_) => (MIN_MATCH, 1),
        };
        let repeat = u32::from(distance == self.last_distance);
        let repeat = coder.code(&mut self.is_repeat[self.after], repeat);
        let len = self.lengths[repeat as usize].code(coder, (len - MIN_MATCH) as u32) as usize;
        if repeat == 0 {
            let model = &mut self.distances[len.min(3)];
            self.last_distance = model.code(coder, distance as u32 - 1) as usize + 1;
        }
        self.after = 1;
        Token::Copy { len: len + MIN_MATCH, distance: self.last_distance }
    }
}

/// Finder knows the places where each four bytes came before.
struct Finder<'a> {
    block: &'a [u8],
    head: Vec<u32>, // by hash: the last place + 1
    prev: Vec<u32>, // by place: the one before it + 1
    known: usize,   // places below this are in head and prev
}

impl<'a> Finder<'a> {
    fn new(block: &'a [u8]) -> Finder<'a> {
        let head = vec![0; 1 << HASH_BITS];
        Finder { block, head, prev: vec![0; block.len()], known: 0 }
    }

    fn hash(&self, at: usize) -> Option<usize> {
        let four = self.block.get(at..at + 4)?;
        let word = u32::from_le_bytes(four.try_into().unwrap());
        Some((word.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize)
    }

    fn learn(&mut self, until: usize) {
        while self.known < until {
            if let Some(h) = self.hash(self.known) {
                self.prev[self.known] = self.head[h];
                self.head[h] = self.known as u32 + 1;
            }
            self.known += 1;
        }
    }

    fn common(&self, from: usize, at: usize) -> usize {
        let most = MAX_MATCH.min(self.block.len() - at);
        let (a, b) = (&self.block[from..], &self.block[at..at + most]);
        b.iter().zip(a).take_while(|(x, y)| x == y).count()
    }

    /// The best copy for this place, of length 0 if there is none.
    fn find(&mut self, at: usize, last_distance: usize) -> (usize, usize) {
        self.learn(at);
        let (mut best, mut distance) = (0, 0);
        if last_distance <= at {
            let len = self.common(at - last_distance, at);
            if len >= MIN_MATCH {
                (best, distance) = (len + 1, last_distance); // cheap, so it may be shorter
            }
        }
        let mut next = self.hash(at).map_or(0, |h| self.head[h]);
        for _ in 0..CHAIN {
            if next == 0 || best >= GOOD {
                break;
            }
            let from = next as usize - 1;
            let len = self.common(from, at);
            if len > best && len > MIN_MATCH {
                (best, distance) = (len, at - from);
            }
            next = self.prev[from];
        }
        match distance {
            0 => (0, 0),
            d if d == last_distance => (self.common(at - d, at), d),
            d => (best, d),
        }
    }
}

/// Packs a block of at most MAX_BLOCK bytes. None means that it does not get
/// smaller.
pub fn pack(block: &[u8]) -> Option<Vec<u8>> {
    let mut finder = Finder::new(block);
    let mut models = Models::new();
    let mut coder = Encoder::new();
    let mut at = 0;
    let mut ahead = None; // what find said for `at` already
    while at < block.len() {
        let last = models.last_distance;
        let (len, distance) = ahead.take().unwrap_or_else(|| finder.find(at, last));
        let mut token = Token::Literal(block[at]);
        let mut step = 1;
        if len > 0 {
            // A literal first is better if a longer copy starts one byte on.
            let next = if len < GOOD { finder.find(at + 1, last) } else { (0, 0) };
            if next.0 > len + 1 {
                ahead = Some(next);
            } else {
                token = Token::Copy { len, distance };
                step = len;
            }
        }
        let before = if at == 0 { 0 } else { block[at - 1] };
        models.token(&mut coder, before, token);
        at += step;
        if coder.len() + 1 >= block.len() {
            return None;
        }
    }
    Some(coder.finish())
}

/// Unpacks a block of exactly `size` bytes. None means that the data is
/// damaged; not all damage shows here.
pub fn unpack(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut models = Models::new();
    let mut coder = Decoder::new(packed);
    let mut block: Vec<u8> = Vec::with_capacity(size);
    while block.len() < size {
        let before = *block.last().unwrap_or(&0);
        match models.token(&mut coder, before, Token::Literal(0)) {
            Token::Literal(byte) => block.push(byte),
            Token::Copy { len, distance } => {
                if distance > block.len() || len > size - block.len() {
                    return None;
                }
                let from = block.len() - distance;
                for i in from..from + len {
                    block.push(block[i]);
                }
            }
        }
    }
    Some(block)
}
