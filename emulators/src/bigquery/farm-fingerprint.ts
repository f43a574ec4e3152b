import { BIGINT, BLOB, DuckDBBlobValue, DuckDBScalarFunction } from '@duckdb/node-api';

/**
 * FarmHash Fingerprint64, which BigQuery calls FARM_FINGERPRINT, as a signed 64-bit integer.
 *
 * Source: https://github.com/google/farmhash, farmhashna::Hash64. Cost: O(bytes).
 */
export function farmFingerprint(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return BigInt.asIntN(64, hash(view, bytes.byteLength));
}

/** The function as DuckDB calls it. */
export function fingerprintFunction(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'bq_farm_fingerprint',
    parameterTypes: [BLOB],
    returnType: BIGINT,
    mainFunction: (_, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row += 1) {
        const value = values.getItem(row);
        output.setItem(row, value instanceof DuckDBBlobValue ? farmFingerprint(value.bytes) : null);
      }
      output.flush();
    },
  });
}

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;

const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
const rotate = (x: bigint, by: bigint): bigint => u64((x >> by) | (x << (64n - by)));
const shiftMix = (x: bigint): bigint => x ^ (x >> 47n);

function mix(a: bigint, b: bigint, mul: bigint): bigint {
  const c = shiftMix(u64((a ^ b) * mul));
  return u64(shiftMix(u64((b ^ c) * mul)) * mul);
}

function hash(view: DataView, length: number): bigint {
  if (length <= 16) return hashTo16(view, length);
  if (length <= 32) return hashTo32(view, length);
  return length <= 64 ? hashTo64(view, length) : hashLong(view, length);
}

function hashTo16(view: DataView, length: number): bigint {
  const mul = K2 + BigInt(length) * 2n;
  if (8 <= length) {
    const a = u64(view.getBigUint64(0, true) + K2);
    const b = view.getBigUint64(length - 8, true);
    const c = u64(rotate(b, 37n) * mul + a);
    return mix(c, u64((rotate(a, 25n) + b) * mul), mul);
  }
  if (4 <= length) {
    const a = BigInt(view.getUint32(0, true));
    return mix(BigInt(length) + (a << 3n), BigInt(view.getUint32(length - 4, true)), mul);
  }
  if (length === 0) return K2;
  const y = BigInt(view.getUint8(0) + view.getUint8(length >> 1) * 256);
  const z = BigInt(length + view.getUint8(length - 1) * 4);
  return u64(shiftMix(u64(y * K2) ^ u64(z * K0)) * K2);
}

function hashTo32(view: DataView, length: number): bigint {
  const mul = K2 + BigInt(length) * 2n;
  const a = u64(view.getBigUint64(0, true) * K1);
  const b = view.getBigUint64(8, true);
  const c = u64(view.getBigUint64(length - 8, true) * mul);
  const d = u64(view.getBigUint64(length - 16, true) * K2);
  return mix(
    u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d),
    u64(a + rotate(u64(b + K2), 18n) + c),
    mul,
  );
}

function hashTo64(view: DataView, length: number): bigint {
  const mul = K2 + BigInt(length) * 2n;
  const at = (offset: number): bigint => view.getBigUint64(offset, true);
  const a = u64(at(0) * K2);
  const b = at(8);
  const c = u64(at(length - 8) * mul);
  const d = u64(at(length - 16) * K2);
  const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
  const z = mix(y, u64(a + rotate(u64(b + K2), 18n) + c), mul);
  const e = u64(at(16) * mul);
  const f = at(24);
  const g = u64((y + at(length - 32)) * mul);
  const h = u64((z + at(length - 24)) * mul);
  return mix(
    u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h),
    u64(e + rotate(u64(f + a), 18n) + g),
    mul,
  );
}

type Pair = readonly [bigint, bigint];

function weak(view: DataView, offset: number, a0: bigint, b0: bigint): Pair {
  const at = (index: number): bigint => view.getBigUint64(offset + 8 * index, true);
  const a = u64(a0 + at(0));
  const b = rotate(u64(b0 + a + at(3)), 21n);
  const sum = u64(a + at(1) + at(2));
  return [u64(sum + at(3)), u64(b + rotate(sum, 44n) + a)];
}

function hashLong(view: DataView, length: number): bigint {
  const at = (offset: number): bigint => view.getBigUint64(offset, true);
  let x = u64(81n * K2 + at(0));
  let y = u64(81n * K1 + 113n);
  let z = u64(shiftMix(u64(y * K2 + 113n)) * K2);
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  const step = (s: number, mul: bigint, nine: bigint): void => {
    x = u64(rotate(u64(x + y + v[0] + at(s + 8)), 37n) * mul);
    y = u64(rotate(u64(y + v[1] + at(s + 48)), 42n) * mul);
    x ^= u64(w[1] * nine);
    y = u64(y + v[0] * nine + at(s + 40));
    z = u64(rotate(u64(z + w[0]), 33n) * mul);
    v = weak(view, s, u64(v[1] * mul), u64(x + w[0]));
    w = weak(view, s + 32, u64(z + w[1]), u64(y + at(s + 16)));
    [x, z] = [z, x];
  };
  const end = Math.floor((length - 1) / 64) * 64;
  for (let s = 0; s < end; s += 64) step(s, K1, 1n);
  const mul = u64(K1 + ((z & 0xffn) << 1n));
  const tail = BigInt((length - 1) & 63);
  w = [u64(w[0] + tail), w[1]];
  v = [u64(v[0] + w[0]), v[1]];
  w = [u64(w[0] + v[0]), w[1]];
  step(end + ((length - 1) & 63) - 63, mul, 9n);
  return mix(u64(mix(v[0], w[0], mul) + shiftMix(y) * K0 + z), u64(mix(v[1], w[1], mul) + x), mul);
}
