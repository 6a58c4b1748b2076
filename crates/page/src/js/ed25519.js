// Ed25519 (RFC 8032), verification only, in the strict form of docs/spec/note-and-checkpoint.md.

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function mod(n) {
  const rest = n % P;
  return rest < 0n ? rest + P : rest;
}

function power(base, exponent) {
  let out = 1n;
  for (let b = mod(base); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) out = (out * b) % P;
    b = (b * b) % P;
  }
  return out;
}

const invert = (n) => power(n, P - 2n);
const D = mod(-121665n * invert(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

// Points in extended coordinates: x = X/Z, y = Y/Z, T = XY/Z.
const IDENTITY = { x: 0n, y: 1n, z: 1n, t: 0n };

function add(p, q) {
  const a = ((p.y - p.x) * (q.y - q.x)) % P;
  const b = ((p.y + p.x) * (q.y + q.x)) % P;
  const c = (2n * p.t * D * q.t) % P;
  const d = (2n * p.z * q.z) % P;
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

function multiply(scalar, point) {
  let out = IDENTITY;
  for (let p = point; scalar > 0n; scalar >>= 1n) {
    if (scalar & 1n) out = add(out, p);
    p = add(p, p);
  }
  return out;
}

const negate = (p) => ({ x: mod(-p.x), y: p.y, z: p.z, t: mod(-p.t) });
const isIdentity = (p) => p.x === 0n && p.y === p.z;

function littleEndian(bytes) {
  return BigInt("0x" + toHex(Uint8Array.from(bytes).reverse()));
}

/** The point of 32 bytes; null if they are none in its one spelling. */
function decodePoint(bytes) {
  const all = littleEndian(bytes);
  const sign = all >> 255n;
  const y = all & (2n ** 255n - 1n);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = (u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n)) % P;
  if (mod(v * x * x) === mod(-u)) x = (x * ROOT_OF_MINUS_ONE) % P;
  if (mod(v * x * x) !== u || (x === 0n && sign === 1n)) return null;
  if ((x & 1n) !== sign) x = mod(-x);
  return { x, y, z: 1n, t: mod(x * y) };
}

function encodePoint(p) {
  const z = invert(p.z);
  const [x, y] = [mod(p.x * z), mod(p.y * z)];
  const hex = (y | ((x & 1n) << 255n)).toString(16).padStart(64, "0");
  return fromHex(hex).reverse();
}

/** A point that is usable as a key: in its one spelling, and not of small order. */
function usablePoint(bytes) {
  const point = bytes.length === 32 ? decodePoint(bytes) : null;
  return point && !isIdentity(multiply(8n, point)) ? point : null;
}

const BASE = decodePoint(Uint8Array.from([0x58, ...new Array(31).fill(0x66)]));

/** Whether the signature of `message` holds under the key: S below the order, no point of small order, no cofactor. */
function ed25519Holds(key, message, signature) {
  if (signature.length !== 64) return false;
  const [r, s] = [signature.slice(0, 32), littleEndian(signature.slice(32))];
  const point = usablePoint(key);
  if (s >= ORDER || !point || !usablePoint(r)) return false;
  const k = littleEndian(sha512(concat(r, key, message))) % ORDER;
  return same(encodePoint(add(multiply(s, BASE), negate(multiply(k, point)))), r);
}

/** The same, and the browser's own Ed25519 must agree where it has one. */
async function signatureHolds(key, message, signature) {
  if (!ed25519Holds(key, message, signature)) return false;
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return true;
  let imported;
  try {
    imported = await subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  } catch {
    return true;
  }
  return subtle.verify("Ed25519", imported, signature, message);
}
