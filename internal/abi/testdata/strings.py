# Writes what definitions.py does for strings: usage: gen.py DIR_OF_DEFINITIONS > strings.json
import sys, json
sys.path.insert(0, sys.argv[1])
import definitions
from definitions import *
definitions.DETERMINISTIC_PROFILE = True
from contextlib import suppress
SIZE = 4096
strings = ['', 'a', 'hello, world', 'x'*40, '\x00', '\x7f', '\x80', 'a\xff', '\xff\xe9', 'ab\xefc', 'caf\xe9'*5, 'ascii-then-\xe9-then-\u0100',
  '\u0100', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\U00010000', '\U0010ffff', 'abcdefgh\U0001f370z', 'h\xf6\u2603\U0001f370',
  '\xff'*9 + '\u0101', 'plain' * 7 + '\u20ac', '\U0001f600\U0001f601\U0001f602', 'e\u0301'*6, '\xe9'*33, '\u4e2d\u6587'*11 ]
def enc_src(enc, form, s, w):
  if enc == 'utf8': b = s.encode('utf-8'); return b, len(b)
  if enc == 'utf16': b = s.encode('utf-16-le'); return b, len(b)//2
  if form == 'latin1': b = s.encode('latin-1'); return b, len(b)
  b = s.encode('utf-16-le'); return b, (len(b)//2) | utf16_tag(w)
out = []
def ctx(mem, w, enc, realloc):
  opts = CanonicalOptions(); opts.memory = MemInst(mem, w); opts.string_encoding = enc
  cx = LiftLowerContext(opts, ComponentInstance(Store()))
  cx.reallocate = realloc
  return cx
def run(senc, form, denc, s, sw, dw):
  try: b, n = enc_src(senc, form, s, sw)
  except UnicodeEncodeError: return
  src = bytearray(SIZE); src[16:16+len(b)] = b
  dst = bytearray(SIZE)
  calls = []
  last = [64]
  def realloc(old, osize, align, nsize):
    calls.append([old, osize, align, nsize])
    if old != 0 and nsize <= osize: return old
    p = align_to(last[0], align) + 0
    last[0] = p + nsize
    dst[p:p+osize] = dst[old:old+osize]
    return p
  v = load_string_from_range(ctx(src, sw, senc, None), 16, n)
  # A length's tag is of the source's width; store looks for one of the receiver's.
  if form == 'utf16': v = (v[0], v[1], (v[2] ^ utf16_tag(sw)) | utf16_tag(dw))
  ptr, units = store_string_into_range(ctx(dst, dw, denc, realloc), v)
  tag = utf16_tag(dw)
  if denc == 'utf8': size = units
  elif denc == 'utf16' or units & tag: size = 2*(units & ~tag)
  else: size = units
  out.append(dict(src=senc, dst=denc, sw=sw, dw=dw, s=s, bytes=b.hex(), n=str(n), calls=calls, ptr=ptr, units=str(units), stored=dst[ptr:ptr+size].hex()))
for senc, form in [('utf8',''),('utf16',''),('latin1+utf16','latin1'),('latin1+utf16','utf16')]:
  for denc in ['utf8','utf16','latin1+utf16']:
    for i, s in enumerate(strings):
      for sw, dw in [('i32','i32'), ('i64','i32'), ('i32','i64'), ('i64', 'i64')][: 4 if i % 5 == 0 else 1]:
        run(senc, form, denc, s, sw, dw)
print('[\n' + ',\n'.join(json.dumps(o) for o in out) + '\n]')
