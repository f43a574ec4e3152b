import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** A labelled table: row-major numbers and a label for each row. */
export interface LabelledTable {
  readonly rows: Float32Array;
  readonly dimensions: number;
  readonly labels: Uint8Array;
}

/** Reads `X` and `y` of a numpy archive. Only what ADBench's files hold: doubles and integers in one or two dimensions. */
export function readNpz(path: string): LabelledTable {
  const files = unzip(readFileSync(path));
  const x = readNpy(files.get('X.npy') as Buffer);
  const y = readNpy(files.get('y.npy') as Buffer);
  return {
    rows: Float32Array.from(x.values),
    dimensions: x.shape[1] as number,
    labels: Uint8Array.from(y.values),
  };
}

/** APPNOTE.TXT 4.3.12: the files of the central directory, which unlike the local headers has their sizes. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  let at = archive.readUInt32LE(end + 16);
  const files = new Map<string, Buffer>();
  for (let left = archive.readUInt16LE(end + 10); 0 < left; left--) {
    const method = archive.readUInt16LE(at + 10);
    const size = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + size);
    files.set(name, method === 0 ? packed : inflateRawSync(packed));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}

function readNpy(file: Buffer): { values: ArrayLike<number>; shape: number[] } {
  const headerLength = file.readUInt16LE(8);
  const header = file.toString('latin1', 10, 10 + headerLength);
  const type = /'descr': '([^']+)'/.exec(header)?.[1];
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1]?.split(',').filter(Boolean).map(Number);
  const bytes = new Uint8Array(file.subarray(10 + headerLength)).buffer;
  if (shape === undefined) throw new Error(`cannot read an array with the header ${header}`);
  const values = readNumbers(type, bytes);
  const isByColumn = header.includes("'fortran_order': True");
  return { values: isByColumn ? transpose(values, shape) : values, shape };
}

function readNumbers(type: string | undefined, bytes: ArrayBuffer): ArrayLike<number> {
  switch (type) {
    case '<f8':
      return new Float64Array(bytes);
    case '<f4':
      return new Float32Array(bytes);
    case '<i8':
      return Float64Array.from(new BigInt64Array(bytes), Number);
    case '<i4':
      return new Int32Array(bytes);
    case '|u1':
      return new Uint8Array(bytes);
    default:
      throw new Error(`cannot read an array of ${type}`);
  }
}

function transpose(values: ArrayLike<number>, [rows = 0, columns = 1]: readonly number[]) {
  return Float64Array.from(
    { length: rows * columns },
    (_, i) => values[(i % columns) * rows + Math.floor(i / columns)] as number,
  );
}
