/** Bytes of one allocation, shared by the rows that fit in; about those of one request. */
const SLAB_BYTES = 128 * 1024;
/** Characters up to which a loop is faster than a call into native code. */
const LOOPED_TEXT = 10;
/** Characters whose bytes are at most 127, so that their number takes one byte. */
const SHORT_TEXT = 42;
const TWO_28 = 2 ** 28;
/** Longest varint. */
const VARINT_BYTES = 10;

/**
 * Writes the protocol-buffer wire format, one message after the other, into large shared allocations.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export interface ProtoBuffer {
  /** Begins a message; what was written since the last `end` is dropped. */
  begin(): void;
  /** The bytes of the message. They are not written to again. */
  end(): Uint8Array;
  /** Of 0 or more, below 2^31. */
  uint32(value: number): void;
  /** A safe integer. */
  int64(value: number): void;
  double(value: number): void;
  /** With its length before it. */
  string(value: string): void;
  /** What `write` writes, with its length before it. */
  delimited(write: () => void): void;
}

export function createProtoBuffer(): ProtoBuffer {
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let start = 0;
  let at = 0;

  return {
    begin() {
      at = start;
    },
    end() {
      const bytes = slab.subarray(start, at);
      start = at;
      return bytes;
    },
    uint32(value) {
      reserve(VARINT_BYTES);
      varint32(value);
    },
    int64(value) {
      reserve(VARINT_BYTES);
      if (value < 0) {
        varintOfNegative(value);
        return;
      }
      if (value < TWO_28) {
        varint32(value);
        return;
      }
      // The low 28 bits are four groups of seven; the rest is below 2^25.
      const high = Math.floor(value / TWO_28);
      const low = value - high * TWO_28;
      slab[at++] = (low & 0x7f) | 0x80;
      slab[at++] = ((low >>> 7) & 0x7f) | 0x80;
      slab[at++] = ((low >>> 14) & 0x7f) | 0x80;
      slab[at++] = (low >>> 21) | 0x80;
      varint32(high);
    },
    double(value) {
      reserve(8);
      at = slab.writeDoubleLE(value, at);
    },
    string(value) {
      const { length } = value;
      reserve(VARINT_BYTES + 3 * length);
      if (length <= LOOPED_TEXT && isAsciiWritten(value)) return;
      if (length <= SHORT_TEXT) {
        const bytes = slab.write(value, at + 1);
        slab[at] = bytes;
        at += bytes + 1;
        return;
      }
      varint32(Buffer.byteLength(value));
      at += slab.write(value, at);
    },
    delimited(write) {
      reserve(VARINT_BYTES);
      const lengthAt = at - start;
      at++;
      write();
      const length = at - start - lengthAt - 1;
      if (length > 0x7f) {
        // One byte was left for the length, and it takes more.
        const size = Math.ceil((32 - Math.clz32(length)) / 7);
        reserve(size);
        const from = start + lengthAt + 1;
        slab.copyWithin(from + size - 1, from, at);
        at = start + lengthAt;
        varint32(length);
        at += length;
      } else slab[start + lengthAt] = length;
    },
  };

  function reserve(bytes: number): void {
    if (at + bytes <= slab.length) return;
    const next = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * (at - start + bytes)));
    slab.copy(next, 0, start, at);
    at -= start;
    start = 0;
    slab = next;
  }

  /** Writes a short text; false, and nothing is written, if it is more than ASCII. */
  function isAsciiWritten(value: string): boolean {
    const bytes = slab;
    const { length } = value;
    let to = at;
    bytes[to++] = length;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[to++] = code;
    }
    at = to;
    return true;
  }

  function varint32(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      slab[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    slab[at++] = rest;
  }

  function varintOfNegative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      slab[at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    slab[at++] = Number(rest);
  }
}
