const MAX_ITEMS = 10_000_000;

/** Walks over Avro's binary encoding. Every method is false or undefined where the bytes end early. */
export class AvroReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  skip(count: number): boolean {
    this.#at += count;
    return 0 <= count && this.#at <= this.#bytes.length;
  }

  /** A zigzag number of at most 10 bytes. Beyond 2^53 it is inexact, which lengths never are. */
  long(): number | undefined {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return undefined;
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
    return undefined;
  }

  skipPrimitive(name: string): boolean {
    switch (name) {
      case 'null':
        return true;
      case 'boolean': {
        const byte = this.#bytes[this.#at];
        return this.skip(1) && (byte === 0 || byte === 1);
      }
      case 'int':
      case 'long':
        return this.long() !== undefined;
      case 'float':
        return this.skip(4);
      case 'double':
        return this.skip(8);
      default: {
        const length = this.long();
        return length !== undefined && this.skip(length);
      }
    }
  }

  /** The blocks of an array or map: a count, with a size in bytes if negative, ended by 0. */
  skipBlocks(skipItem: () => boolean): boolean {
    for (;;) {
      const count = this.long();
      if (count === undefined || MAX_ITEMS < Math.abs(count)) return false;
      if (count === 0) return true;
      if (count < 0 && this.long() === undefined) return false;
      for (let index = 0; index < Math.abs(count); index += 1) {
        if (!skipItem()) return false;
      }
    }
  }
}
