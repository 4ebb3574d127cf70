// Programs to measure checks with: each takes a size and returns a number that
// depends on all of its work. Built with
//
//   clang-22 --target=wasm32 -O2 -nostdlib -fno-builtin -Wl,--no-entry \
//     -Wl,--strip-all -o bench.wasm bench.c

#define EXPORT(name) __attribute__((export_name(#name))) unsigned name(unsigned n)

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

static double a[64 * 64], b[64 * 64], c[64 * 64];
static u8 sieve_bits[1 << 16];
static u32 items[1 << 14];
static u8 text[1 << 14], packed[1 << 15];

// matmul multiplies 64 by 64 matrices n times: tight inner loops of doubles.
EXPORT(matmul) {
	for (int i = 0; i < 64 * 64; i++) a[i] = i % 7, b[i] = i % 5;
	double sum = 0;
	for (u32 r = 0; r < n; r++) {
		for (int i = 0; i < 64; i++)
			for (int j = 0; j < 64; j++) {
				double s = 0;
				for (int k = 0; k < 64; k++) s += a[i * 64 + k] * b[k * 64 + j];
				c[i * 64 + j] = s;
			}
		sum += c[r % (64 * 64)];
	}
	return (u32)sum;
}

// sieve counts primes below 65536 n times: a very short inner loop.
EXPORT(sieve) {
	u32 count = 0;
	for (u32 r = 0; r < n; r++) {
		for (u32 i = 0; i < sizeof sieve_bits; i++) sieve_bits[i] = 1;
		for (u32 i = 2; i < sizeof sieve_bits; i++) {
			if (!sieve_bits[i]) continue;
			count++;
			for (u32 j = 2 * i; j < sizeof sieve_bits; j += i) sieve_bits[j] = 0;
		}
	}
	return count;
}

// fib is recursion and little else.
EXPORT(fib) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static u32 next(u32 *x) { return *x = *x * 1664525 + 1013904223; }

static void quick(u32 *v, int lo, int hi) {
	while (lo < hi) {
		u32 p = v[(lo + hi) / 2];
		int i = lo, j = hi;
		while (i <= j) {
			while (v[i] < p) i++;
			while (v[j] > p) j--;
			if (i <= j) {
				u32 t = v[i];
				v[i++] = v[j];
				v[j--] = t;
			}
		}
		if (j - lo < hi - i) quick(v, lo, j), lo = i;
		else quick(v, i, hi), hi = j;
	}
}

// sort sorts 16384 numbers n times: unpredictable branches.
EXPORT(sort) {
	u32 seed = 1, sum = 0;
	for (u32 r = 0; r < n; r++) {
		for (u32 i = 0; i < sizeof items / 4; i++) items[i] = next(&seed);
		quick(items, 0, sizeof items / 4 - 1);
		sum += items[r % (sizeof items / 4)];
	}
	return sum;
}

static const u32 keys[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define ROR(x, k) ((x) >> (k) | (x) << (32 - (k)))

// hash runs n blocks of SHA-256: arithmetic with few branches.
EXPORT(hash) {
	u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, w[64];
	for (u32 r = 0; r < n; r++) {
		for (int i = 0; i < 16; i++) w[i] = r * 16 + i;
		for (int i = 16; i < 64; i++) {
			u32 x = w[i - 15], y = w[i - 2];
			w[i] = w[i - 16] + (ROR(x, 7) ^ ROR(x, 18) ^ x >> 3) + w[i - 7] + (ROR(y, 17) ^ ROR(y, 19) ^ y >> 10);
		}
		u32 s[8];
		for (int i = 0; i < 8; i++) s[i] = h[i];
		for (int i = 0; i < 64; i++) {
			u32 e = s[4], d = s[0];
			u32 t = s[7] + (ROR(e, 6) ^ ROR(e, 11) ^ ROR(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + keys[i] + w[i];
			u32 u = (ROR(d, 2) ^ ROR(d, 13) ^ ROR(d, 22)) + ((d & s[1]) ^ (d & s[2]) ^ (s[1] & s[2]));
			for (int k = 7; k > 0; k--) s[k] = s[k - 1];
			s[4] += t;
			s[0] = t + u;
		}
		for (int i = 0; i < 8; i++) h[i] += s[i];
	}
	return h[0];
}

// pack compresses 16 KiB of text n times with a small window: loops of bytes
// with calls.
static __attribute__((noinline)) u32 match(const u8 *s, u32 at, u32 from, u32 end) {
	u32 k = 0;
	while (at + k < end && s[from + k] == s[at + k] && k < 255) k++;
	return k;
}

EXPORT(pack) {
	u32 seed = 7, total = 0, size = sizeof text;
	for (u32 i = 0; i < size; i++) text[i] = "etaoin shrdlu  the and of to in a"[next(&seed) >> 27];
	for (u32 r = 0; r < n; r++) {
		static u32 last[256];
		for (int i = 0; i < 256; i++) last[i] = 0;
		u32 out = 0;
		for (u32 i = 0; i + 1 < size;) {
			u8 key = text[i] * 31 + text[i + 1];
			u32 from = last[key], len = from && from < i ? match(text, i, from, size) : 0;
			last[key] = i;
			if (len > 3) {
				packed[out++] = 0, packed[out++] = len, packed[out++] = i - from;
				i += len;
			} else packed[out++] = text[i++];
		}
		total += out + packed[r % out];
	}
	return total;
}

// calls spends its time in calls of functions that only call.
static __attribute__((noinline)) u32 leaf(u32 x) { return x * 2654435761u ^ x >> 15; }
static __attribute__((noinline)) u32 middle(u32 x) { return leaf(x) + leaf(x + 1); }

EXPORT(calls) {
	u32 sum = 0;
	for (u32 i = 0; i < n; i++) sum += middle(i);
	return sum;
}
