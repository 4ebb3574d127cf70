#!/usr/bin/env python3
"""Writes goldens.jsonl.gz: random types and values, and what the Canonical
ABI's reference code makes of them.

    python3 gen.py /path/to/component-model/design/mvp/canonical-abi

The folder is that of definitions.py. The same seed gives the same file.

Each line is an array. Lowering:

    ["lower", class, type, value, width, encoding, [size32, align32, size64, align64],
     flat types or null, address, memory after store, flat values, memory after lower_flat]

Lifting of whatever bits there are, null standing for a trap:

    ["lift", class, type, width, encoding, memory, flat values, value from them, value from memory at 0]

Memories are base64, up to the last byte that was allocated; bytes that nothing
was written to are 0xaa. Flat types are a string of "i", "l", "f" and "d" (i32,
i64, f32, f64), flat values are their bits. Values are: numbers, floats as
their bits, chars as code points, [case, payload] for variants and what is like
them, bits for flags, [[key, value], ...] for maps, and arrays.
"""

import base64, gzip, io, json, random, struct, sys

sys.path.insert(0, sys.argv[1])
import definitions as d

d.DETERMINISTIC_PROFILE = True
SIZE = 1 << 16
PRIMS = {
    "bool": d.BoolType, "s8": d.S8Type, "u8": d.U8Type, "s16": d.S16Type, "u16": d.U16Type,
    "s32": d.S32Type, "u32": d.U32Type, "s64": d.S64Type, "u64": d.U64Type,
    "f32": d.F32Type, "f64": d.F64Type, "char": d.CharType, "string": d.StringType,
}
KEYS = [k for k in PRIMS if k not in ("f32", "f64")]
COMPOUND = ["list", "record", "variant", "option", "result", "enum", "flags", "tuple", "fixed", "map"]
ENCODINGS = ["utf8", "utf16", "latin1+utf16"]
rnd = random.Random(20)


class Bump:
    """Memory with an allocator that never frees."""

    def __init__(self, width, fill=None):
        self.mem = d.MemInst(bytearray(fill if fill is not None else b"\xaa" * SIZE), "i%d" % width)
        self.next = 8

    def realloc(self, old, old_size, align, new_size):
        if old != 0 and new_size <= old_size:
            return old
        ptr = d.align_to(self.next, align)
        self.next = ptr + new_size
        if self.next > len(self.mem.bytes):
            d.trap()
        self.mem.bytes[ptr:ptr + old_size] = self.mem.bytes[old:old + old_size]
        return ptr


class Context(d.LiftLowerContext):
    def __init__(self, heap, encoding):
        opts = d.CanonicalOptions()
        opts.memory, opts.string_encoding = heap.mem, encoding
        super().__init__(opts, None)
        self.heap = heap

    def reallocate(self, old, old_size, align, new_size):
        return self.heap.realloc(old, old_size, align, new_size)


def label(i):
    return "abcdefghijklmnopqrstuvwxyz"[i % 26] + ("" if i < 26 else str(i))


def gen_type(depth, kind=None):
    """A random type as JSON."""
    if kind is None:
        kind = rnd.choice(list(PRIMS) + (COMPOUND * 2 if depth > 0 else ["enum", "flags"]))
    sub = lambda: gen_type(depth - 1)
    maybe = lambda: sub() if rnd.random() < 0.6 else None
    if kind in PRIMS:
        return kind
    if kind == "list":
        return ["list", sub()]
    if kind == "fixed":
        return ["list", sub(), rnd.randint(1, 6)]
    if kind == "record":
        return ["record"] + [[label(i), sub()] for i in range(rnd.randint(1, 5))]
    if kind == "tuple":
        return ["tuple"] + [sub() for _ in range(rnd.randint(1, 5))]
    if kind == "variant":
        n = rnd.choice([1, 2, 3, 4, 5, 5, 5, 5, 5, 257])
        return ["variant"] + [[label(i), maybe() if i < 5 else None] for i in range(n)]
    if kind == "enum":
        return ["enum"] + [label(i) for i in range(rnd.choice([1, 2, 3, 7, 256, 257] if depth > 1 else [1, 2, 3, 7]))]
    if kind == "option":
        return ["option", sub()]
    if kind == "result":
        return ["result", maybe(), maybe()]
    if kind == "flags":
        return ["flags"] + [label(i) for i in range(rnd.choice([1, 3, 7, 8, 9, 15, 16, 17, 31, 32]))]
    if kind == "map":
        return ["map", rnd.choice(KEYS), sub()]


def spec_type(t):
    """The type as definitions.py has it."""
    if t is None:
        return None
    if isinstance(t, str):
        return PRIMS[t]()
    k, a = t[0], t[1:]
    if k == "list":
        return d.ListType(spec_type(a[0]), a[1] if len(a) > 1 else None)
    if k == "record":
        return d.RecordType([d.FieldType(n, spec_type(u)) for n, u in a])
    if k == "tuple":
        return d.TupleType([spec_type(u) for u in a])
    if k == "variant":
        return d.VariantType([d.CaseType(n, spec_type(u)) for n, u in a])
    if k == "enum":
        return d.EnumType(a)
    if k == "option":
        return d.OptionType(spec_type(a[0]))
    if k == "result":
        return d.ResultType(spec_type(a[0]), spec_type(a[1]))
    if k == "flags":
        return d.FlagsType(a)
    if k == "map":
        return d.MapType(spec_type(a[0]), spec_type(a[1]))


def cases(t):
    """The names and payloads of the cases."""
    k, a = t[0], t[1:]
    if k == "variant":
        return a
    if k == "enum":
        return [[n, None] for n in a]
    if k == "option":
        return [["none", None], ["some", a[0]]]
    return [["ok", a[0]], ["error", a[1]]]


def gen_int(bits, signed):
    x = rnd.choice([0, 1, -1, 1 << (bits - 1), (1 << (bits - 1)) - 1, rnd.getrandbits(bits), rnd.getrandbits(bits), rnd.getrandbits(4)])
    x &= (1 << bits) - 1
    return x - (1 << bits) if signed and x >> (bits - 1) else x


def gen_char():
    while True:
        c = rnd.choice([rnd.randrange(0x80), rnd.randrange(0x100), rnd.randrange(0x3000), rnd.randrange(0x10000), rnd.randrange(0x110000)])
        if not 0xD800 <= c <= 0xDFFF:
            return c


def gen_string():
    top = rnd.choice([0x80, 0x80, 0x100, 0x800, 0x110000])
    out = []
    for _ in range(rnd.choice([0, 1, 2, 3, 5, 9, 17])):
        c = gen_char()
        out.append(chr(c if c < top else c % 0x80))
    return "".join(out)


def gen_value(t):
    """A random value as JSON."""
    if t == "bool":
        return rnd.random() < 0.5
    if t in ("f32", "f64"):
        bits = int(t[1:])
        special = [0, 1 << (bits - 1), 0x7F800000 << (bits - 32) if bits == 32 else 0x7FF0000000000000, 1]
        x = rnd.choice(special + [rnd.getrandbits(bits)] * 4)
        f = unbits(t, x)
        return tobits(t, f)
    if t == "char":
        return gen_char()
    if t == "string":
        return gen_string()
    if isinstance(t, str):
        return gen_int(int(t[1:]), t[0] == "s")
    k, a = t[0], t[1:]
    if k == "list":
        n = a[1] if len(a) > 1 else rnd.choice([0, 1, 2, 3, 4])
        return [gen_value(a[0]) for _ in range(n)]
    if k == "record":
        return [gen_value(u) for _, u in a]
    if k == "tuple":
        return [gen_value(u) for u in a]
    if k == "flags":
        return rnd.getrandbits(len(a))
    if k == "map":
        return [[gen_value(a[0]), gen_value(a[1])] for _ in range(rnd.choice([0, 1, 2, 3]))]
    cs = cases(t)
    i = rnd.randrange(len(cs))
    return [i] if cs[i][1] is None else [i, gen_value(cs[i][1])]


def unbits(t, x):
    return struct.unpack("<f" if t == "f32" else "<d", x.to_bytes(4 if t == "f32" else 8, "little"))[0]


def tobits(t, f):
    if f != f:
        return d.CANONICAL_FLOAT32_NAN if t == "f32" else d.CANONICAL_FLOAT64_NAN
    return int.from_bytes(struct.pack("<f" if t == "f32" else "<d", f), "little")


def spec_value(t, v):
    """The value as definitions.py has it."""
    if isinstance(t, str):
        if t in ("f32", "f64"):
            return unbits(t, v)
        if t == "char":
            return chr(v)
        if t == "string":
            return (v, "utf8", len(v.encode()))
        return v
    k, a = t[0], t[1:]
    if k == "list":
        return [spec_value(a[0], x) for x in v]
    if k == "record":
        return {n: spec_value(u, x) for (n, u), x in zip(a, v)}
    if k == "tuple":
        return {str(i): spec_value(u, x) for i, (u, x) in enumerate(zip(a, v))}
    if k == "flags":
        return {l: bool(v >> i & 1) for i, l in enumerate(a)}
    if k == "map":
        return [{"0": spec_value(a[0], x), "1": spec_value(a[1], y)} for x, y in v]
    n, u = cases(t)[v[0]]
    return {n: spec_value(u, v[1]) if u is not None else None}


def json_value(t, v):
    """The opposite of spec_value."""
    if isinstance(t, str):
        if t in ("f32", "f64"):
            return tobits(t, v)
        if t == "char":
            return ord(v)
        if t == "string":
            return v[0]
        return v
    k, a = t[0], t[1:]
    if k == "list":
        return [json_value(a[0], x) for x in v]
    if k == "record":
        return [json_value(u, v[n]) for n, u in a]
    if k == "tuple":
        return [json_value(u, v[str(i)]) for i, u in enumerate(a)]
    if k == "flags":
        return sum(v[l] << i for i, l in enumerate(a))
    if k == "map":
        return [[json_value(a[0], x["0"]), json_value(a[1], x["1"])] for x in v]
    [(n, p)] = v.items()
    i = [c[0] for c in cases(t)].index(n)
    u = cases(t)[i][1]
    return [i] if u is None else [i, json_value(u, p)]


CODES = {"i32": "i", "i64": "l", "f32": "f", "f64": "d"}


def flat_bits(types, values):
    return [tobits(t, v) if t[0] == "f" else v for t, v in zip(types, values)]


def lower_case(cls, t, encoding):
    v, width = gen_value(t), rnd.choice([32, 32, 64])
    st, sv = spec_type(t), spec_value(t, v)
    heap = Bump(width)
    cx = Context(heap, encoding)
    layout = [f(st, p) for p in ("i32", "i64") for f in (d.elem_size, d.alignment)]
    ptr = cx.allocate(d.alignment(st, heap.mem.ptr_type()), d.elem_size(st, heap.mem.ptr_type()))
    d.store(cx, sv, st, ptr)
    stored = base64.b64encode(heap.mem.bytes[:heap.next]).decode()
    assert json_value(t, d.load(cx, ptr, st)) == v
    flat = d.flatten_type(st, cx.opts)
    if len(flat) > d.MAX_FLAT_PARAMS:
        return ["lower", cls, t, v, width, encoding, layout, None, ptr, stored, None, None]
    heap = Bump(width)
    cx = Context(heap, encoding)
    values = d.lower_flat(cx, sv, st)
    assert json_value(t, d.lift_flat(cx, d.CoreValueIter(values), st)) == v
    return ["lower", cls, t, v, width, encoding, layout, "".join(CODES[f] for f in flat), ptr, stored,
            flat_bits(flat, values), base64.b64encode(heap.mem.bytes[:heap.next]).decode()]


def lift_case(cls, t, encoding):
    width = rnd.choice([32, 32, 64])
    small = rnd.random() < 0.8
    mem = bytes(rnd.choice([0, 0, 0, 0, 0, 0, rnd.randrange(4), rnd.randrange(128)]) if small else rnd.randrange(256) for _ in range(128))
    heap = Bump(width, mem)
    cx = Context(heap, encoding)
    st = spec_type(t)
    flat = d.flatten_type(st, cx.opts)
    if len(flat) > d.MAX_FLAT_PARAMS or d.elem_size(st, heap.mem.ptr_type()) > len(mem):
        return None
    bits = []
    for f in flat:
        n = int(f[1:])
        x = rnd.choice([rnd.randrange(3), rnd.randrange(16), rnd.randrange(16), rnd.randrange(64), rnd.getrandbits(n)])
        bits.append(tobits(f, unbits(f, x)) if f[0] == "f" else x)

    def attempt(f):
        try:
            return json_value(t, f())
        except d.Trap:
            return None

    values = [unbits(f, b) if f[0] == "f" else b for f, b in zip(flat, bits)]
    lifted = attempt(lambda: d.lift_flat(cx, d.CoreValueIter(values), st))
    loaded = attempt(lambda: d.load(cx, 0, st))
    return ["lift", cls, t, width, encoding, base64.b64encode(mem).decode(), bits, lifted, loaded]


def wrap(t):
    """A type that t is a part of."""
    return rnd.choice([lambda: ["list", t], lambda: ["tuple", gen_type(0), t, gen_type(0)],
                       lambda: ["record", ["x", t], ["y", gen_type(0)]], lambda: ["option", t],
                       lambda: ["variant", ["p", gen_type(0)], ["q", t]], lambda: ["list", t, 3],
                       lambda: ["result", gen_type(0), t]])()


def classes():
    for p in PRIMS:
        if p == "string":
            for e in ENCODINGS:
                yield "string " + e, p, e
        else:
            yield p, p, None
    for c in COMPOUND:
        yield c, c, None


def main():
    out = io.StringIO()
    for cls, kind, encoding in classes():
        lowers = lifts = 0
        prim = kind in PRIMS
        while lowers < 500:
            t = gen_type(2, kind)
            if prim and rnd.random() < 0.8:
                t = wrap(t)
            e = encoding or rnd.choice(ENCODINGS)
            line = lower_case(cls, t, e)
            if len(line[9]) > 700:
                continue
            lowers += 1
            print(json.dumps(line, separators=(",", ":")), file=out)
            if lifts < 100 and (line := lift_case(cls, t, e)):
                lifts += 1
                print(json.dumps(line, separators=(",", ":")), file=out)
    with open("goldens.jsonl.gz", "wb") as f:
        f.write(gzip.compress(out.getvalue().encode(), 9, mtime=0))


main()
