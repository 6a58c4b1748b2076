// Bytes, texts and hashes. Every decoder takes one spelling and gives null on any other.

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function toBytes(text) {
  return utf8.encode(text);
}

/** The text of UTF-8 bytes; null if they are none. */
function fromUtf8(bytes) {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}

function concat(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function toHex(bytes) {
  let out = "";
  for (const byte of bytes) out += HEX[byte];
  return out;
}

/** What the code of `0` to `9` or `a` to `f` stands for. */
function digit(code) {
  return code < 58 ? code - 48 : code - 87;
}

/** Bytes of exactly `length` (if given) from lower-case hexadecimal digits. */
function fromHex(text, length) {
  if (typeof text !== "string" || text.length % 2 || !/^[0-9a-f]*$/.test(text)) return null;
  if (length !== undefined && text.length !== 2 * length) return null;
  const out = new Uint8Array(text.length / 2);
  for (let at = 0; at < out.length; at++) {
    out[at] = (digit(text.charCodeAt(2 * at)) << 4) | digit(text.charCodeAt(2 * at + 1));
  }
  return out;
}

function toBase64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}

/** Padded standard base64 with unused bits zero, of exactly `length` bytes if given. */
function fromBase64(text, length) {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4) return null;
  const binary = atob(text);
  const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
  if (btoa(binary) !== text || (length !== undefined && bytes.length !== length)) return null;
  return bytes;
}

/** `n` in eight bytes, big-endian. */
function u64(n) {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(n));
  return out;
}

/** The length of `x` as u64, then `x`. */
function lp(x) {
  return concat(u64(x.length), x);
}

// The constants of FIPS 180-4 from their definition: the first bits of the fractional parts of roots of primes.
const PRIMES = [];
for (let n = 2; PRIMES.length < 80; n++) {
  if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
}

/** The largest whole number of which the power is at most `n`. */
function root(n, power) {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(n.toString(2).length / Number(power)) + 1);
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= n) low = middle;
    else high = middle;
  }
  return low;
}

function fraction(prime, power, bits) {
  return BigInt.asUintN(bits, root(BigInt(prime) << (power * BigInt(bits)), power));
}

const K256 = Int32Array.from(PRIMES.slice(0, 64), (prime) => Number(fraction(prime, 3n, 32)));
const H256 = Int32Array.from(PRIMES.slice(0, 8), (prime) => Number(fraction(prime, 2n, 32)));
const K512 = PRIMES.map((prime) => fraction(prime, 3n, 64));
const H512 = PRIMES.slice(0, 8).map((prime) => fraction(prime, 2n, 64));

/** The message with its padding: a one bit, zeros, and its length in bits. */
function padded(message, block) {
  const lengthBytes = block / 8;
  const size = Math.ceil((message.length + 1 + lengthBytes) / block) * block;
  const out = new Uint8Array(size);
  out.set(message);
  out[message.length] = 0x80;
  new DataView(out.buffer).setBigUint64(size - 8, BigInt(message.length) * 8n);
  return out;
}

// Words with a sign, which the engine adds without leaving whole numbers of 32 bits.
const words256 = new Int32Array(64);

function sha256(message) {
  const data = padded(message, 64);
  const view = new DataView(data.buffer);
  const state = new Int32Array(H256);
  const w = words256;
  for (let block = 0; block < data.length; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15];
      const y = w[t - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3];
    let e = state[4], f = state[5], g = state[6], h = state[7];
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K256[t] + w[t]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0;
      d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d;
    state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }
  const out = new Uint8Array(32);
  const written = new DataView(out.buffer);
  for (let at = 0; at < 8; at++) written.setInt32(4 * at, state[at]);
  return out;
}

function sha512(message) {
  const data = padded(message, 128);
  const view = new DataView(data.buffer);
  const wrap = (n) => BigInt.asUintN(64, n);
  const turn = (x, n) => wrap((x >> n) | (x << (64n - n)));
  let state = H512;
  for (let block = 0; block < data.length; block += 128) {
    const w = [];
    for (let t = 0; t < 16; t++) w.push(view.getBigUint64(block + 8 * t));
    for (let t = 16; t < 80; t++) {
      const s0 = turn(w[t - 15], 1n) ^ turn(w[t - 15], 8n) ^ (w[t - 15] >> 7n);
      const s1 = turn(w[t - 2], 19n) ^ turn(w[t - 2], 61n) ^ (w[t - 2] >> 6n);
      w.push(wrap(w[t - 16] + s0 + w[t - 7] + s1));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t++) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const t1 = h + s1 + ((e & f) ^ (wrap(~e) & g)) + K512[t] + w[t];
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, wrap(d + t1), c, b, a, wrap(t1 + t2)];
    }
    state = [a, b, c, d, e, f, g, h].map((word, at) => wrap(word + state[at]));
  }
  return concat(...state.map(u64));
}
