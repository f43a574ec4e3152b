import { crc32 } from 'node:zlib';

export interface ZipEntry {
  /** Path inside the archive, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** 1 January 1980, 00:00, the earliest moment that the format knows. */
const DOS_TIME = 0;
const DOS_DATE = (0 << 9) | (1 << 5) | 1;
/** A plain file that its owner may write and all may read, as Unix says it in the upper half. */
const MODE = (0o100644 << 16) >>> 0;
const VERSION = 20;
const MADE_BY_UNIX = (3 << 8) | VERSION;
const UTF8_NAMES = 1 << 11;

/**
 * A zip archive of which every byte follows from its entries: sorted, with one time and one mode, and stored
 * without compression, so that no version of a compressor can change it.
 *
 * Source: APPNOTE.TXT 6.3.10, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (end).
 */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { path, bytes } of sorted) {
    const name = Buffer.from(path, 'utf8');
    const shared = sharedFields(name, bytes);
    const header = Buffer.concat([fields([0x04034b50, 4], [VERSION, 2]), shared, name]);
    directory.push(
      fields([0x02014b50, 4], [MADE_BY_UNIX, 2], [VERSION, 2]),
      shared,
      // Comment length, disk, internal attributes, external attributes, offset of the local header.
      fields([0, 2], [0, 2], [0, 2], [MODE, 4], [offset, 4]),
      name,
    );
    parts.push(header, bytes);
    offset += header.byteLength + bytes.byteLength;
  }
  const central = Buffer.concat(directory);
  const count = sorted.length;
  const end = fields(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [central.byteLength, 4],
    [offset, 4],
    [0, 2],
  );
  return Buffer.concat([...parts, central, end]);
}

/** Flags, method (0 is stored), time, date, checksum, sizes, lengths of name and extra field: the same in both headers. */
function sharedFields(name: Buffer, bytes: Uint8Array): Buffer {
  const size = bytes.byteLength;
  return fields(
    [UTF8_NAMES, 2],
    [0, 2],
    [DOS_TIME, 2],
    [DOS_DATE, 2],
    [crc32(bytes), 4],
    [size, 4],
    [size, 4],
    [name.byteLength, 2],
    [0, 2],
  );
}

/** Little-endian numbers of 2 or 4 bytes, one after the other. */
function fields(...values: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer {
  const buffer = Buffer.alloc(values.reduce((sum, [, bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [value, bytes] of values) at = buffer.writeUIntLE(value, at, bytes);
  return buffer;
}
