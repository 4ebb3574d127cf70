// This file is the file format, as a Write that packs and a Read that unpacks.
//
//   "SQZ1" kind                    kind is a byte: 0 one file, 1 an archive
//   blocks: size packed crc data   three u32, then `packed` bytes; data is as
//                                  it was where packed equals size
//   0 total                        a u32 of zero, then the size of it all, u64
//
// Numbers are little-endian. crc is the CRC-32 of the block unpacked.

use crate::lz;
use std::io::{self, ErrorKind, Read, Write};

const MAGIC: &[u8; 4] = b"SQZ1";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    File,
    Archive,
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut c = i as u32;
        let mut bit = 0;
        while bit < 8 {
            c = if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 };
            bit += 1;
        }
        table[i] = c;
        i += 1;
    }
    table
};

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |c, &b| c >> 8 ^ CRC_TABLE[usize::from(c as u8 ^ b)])
}

/// Packs what is written to it. finish must be called at the end.
pub struct Packer<W: Write> {
    out: W,
    block: Vec<u8>,
    total: u64,
    written: u64,
}

impl<W: Write> Packer<W> {
    pub fn new(mut out: W, kind: Kind) -> io::Result<Packer<W>> {
        out.write_all(MAGIC)?;
        out.write_all(&[kind as u8])?;
        Ok(Packer { out, block: Vec::new(), total: 0, written: 5 })
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        let packed = lz::pack(&block);
        let data = packed.as_ref().unwrap_or(&block);
        for n in [block.len() as u32, data.len() as u32, crc32(&block)] {
            self.put(&n.to_le_bytes())?;
        }
        self.put(data)?;
        self.total += block.len() as u64;
        self.block = block;
        self.block.clear();
        Ok(())
    }

    /// Ends the stream and returns the sizes before and after.
    pub fn finish(mut self) -> io::Result<(u64, u64)> {
        self.end_block()?;
        self.put(&0u32.to_le_bytes())?;
        self.put(&self.total.to_le_bytes())?;
        self.out.flush()?;
        Ok((self.total, self.written))
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(lz::MAX_BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..n]);
        if self.block.len() == lz::MAX_BLOCK {
            self.end_block()?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // blocks are whole until finish
    }
}

/// Unpacks what is read from it, checking as it goes.
pub struct Unpacker<R: Read> {
    input: R,
    pub kind: Kind,
    block: Vec<u8>,
    at: usize,
    pub total: u64,
    pub packed: u64,
    done: bool,
}

impl<R: Read> Unpacker<R> {
    pub fn new(mut input: R) -> io::Result<Unpacker<R>> {
        let head: [u8; 5] = take(&mut input).map_err(|e| match e.kind() {
            ErrorKind::InvalidData => damaged("not a squeeze file: it is too short"),
            _ => e,
        })?;
        if &head[..4] != MAGIC {
            return Err(damaged("not a squeeze file"));
        }
        let kind = match head[4] {
            0 => Kind::File,
            1 => Kind::Archive,
            _ => return Err(damaged("made by a newer squeeze")),
        };
        let block = Vec::new();
        Ok(Unpacker { input, kind, block, at: 0, total: 0, packed: 5, done: false })
    }

    fn number(&mut self) -> io::Result<usize> {
        self.packed += 4;
        Ok(u32::from_le_bytes(take(&mut self.input)?) as usize)
    }

    fn next_block(&mut self) -> io::Result<()> {
        let size = self.number()?;
        if size == 0 {
            self.packed += 8;
            if u64::from_le_bytes(take(&mut self.input)?) != self.total {
                return Err(damaged("damaged: a block is missing"));
            }
            if self.input.read(&mut [0])? != 0 {
                return Err(damaged("there is more data after the end"));
            }
            self.done = true;
            return Ok(());
        }
        let (packed, crc) = (self.number()?, self.number()?);
        if size > lz::MAX_BLOCK || packed > size {
            return Err(damaged("damaged: a block's size is impossible"));
        }
        let mut data = vec![0; packed];
        self.input.read_exact(&mut data).map_err(cut_short)?;
        self.packed += packed as u64;
        self.block = match packed == size {
            true => data,
            false => lz::unpack(&data, size).ok_or_else(|| damaged("damaged: a block is wrong"))?,
        };
        if crc32(&self.block) != crc as u32 {
            return Err(damaged("damaged: a block's checksum is wrong"));
        }
        self.total += size as u64;
        self.at = 0;
        Ok(())
    }
}

fn cut_short(e: io::Error) -> io::Error {
    match e.kind() {
        ErrorKind::UnexpectedEof => damaged("damaged: it is cut short"),
        _ => e,
    }
}

fn take<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map_err(cut_short)?;
    Ok(bytes)
}

impl<R: Read> Read for Unpacker<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() && !self.done {
            self.block.clear();
            self.at = 0;
            self.next_block()?;
        }
        let n = buf.len().min(self.block.len() - self.at);
        buf[..n].copy_from_slice(&self.block[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut p = Packer::new(&mut out, Kind::File).unwrap();
        p.write_all(data).unwrap();
        assert_eq!(p.finish().unwrap().0, data.len() as u64);
        out
    }

    fn unpacked(data: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Unpacker::new(data)?.read_to_end(&mut out)?;
        Ok(out)
    }

    fn noise(n: usize, values: u32) -> Vec<u8> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) % values) as u8
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn round_trips() {
        let text = "the quick brown fox jumps over the lazy dog. ".repeat(3000);
        for n in [0, 1, 2, 3, 4, 5, 100, 65536, lz::MAX_BLOCK - 1, lz::MAX_BLOCK + 7] {
            for values in [1, 2, 5, 256] {
                let data = noise(n, values);
                assert!(unpacked(&packed(&data)).unwrap() == data, "{n} bytes of {values} values");
            }
            let data = &text.as_bytes()[..n.min(text.len())];
            assert!(unpacked(&packed(data)).unwrap() == data, "{n} bytes of text");
        }
        assert!(packed(text.as_bytes()).len() < 300);
    }

    #[test]
    fn damage_is_found() {
        let original = noise(5000, 7);
        let data = packed(&original);
        for cut in 0..data.len() {
            assert!(unpacked(&data[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..data.len() {
            let mut bad = data.clone();
            bad[at] ^= 0x55;
            // The kind cannot be checked, and some bits at a block's end mean
            // nothing.
            match unpacked(&bad) {
                Ok(got) => assert!(at == 4 || got == original, "byte {at}"),
                Err(e) => assert_eq!(e.kind(), ErrorKind::InvalidData),
            }
        }
        let mut more = data.clone();
        more.push(0);
        assert!(unpacked(&more).is_err());
    }
}
