import { createMemory, type SharedMemory } from './web-assembly.ts';

/** What a kernel's memory is to hold, put together piece by piece. */
export interface MemoryImage {
  /** The address of so many bytes of zeros, a multiple of 16. */
  reserve(bytes: number): number;
  /** The address of the array, as it is when the memory is built. */
  place(array: Uint8Array | Int32Array | Float32Array): number;
  /** A memory with all of it. */
  build(): SharedMemory;
}

const ALIGNMENT = 16;

export function startImage(): MemoryImage {
  const pieces: [at: number, bytes: Uint8Array][] = [];
  let end = 0;
  return {
    reserve(bytes) {
      const at = end;
      end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
      return at;
    },
    place(array) {
      const at = this.reserve(array.byteLength);
      pieces.push([at, new Uint8Array(array.buffer, array.byteOffset, array.byteLength)]);
      return at;
    },
    build() {
      const memory = createMemory(end);
      const bytes = new Uint8Array(memory.buffer);
      for (const [at, piece] of pieces) bytes.set(piece, at);
      return memory;
    },
  };
}
