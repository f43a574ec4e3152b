import { decodeBytes } from '../base64.ts';

/** Memory that a kernel and JavaScript both see. */
export interface SharedMemory {
  readonly buffer: ArrayBuffer;
}

/** What is used of the engine's WebAssembly; the standard library of ECMAScript does not describe it. */
interface Engine {
  readonly Module: new (bytes: ArrayBuffer) => object;
  readonly Memory: new (pages: { initial: number; maximum: number }) => SharedMemory;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
const PAGE_BYTES = 65_536;
/** Compiled kernels by their text. */
const modules = new Map<string, object>();

/** A memory of at least so many bytes that never grows, so that views of it stay valid. */
export function createMemory(bytes: number): SharedMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new Memory({ initial: pages, maximum: pages });
}

/** The functions of a kernel, given as base64, over a memory; it is compiled once a process. */
export function instantiate<Exports>(kernel: string, memory: SharedMemory): Exports {
  let module = modules.get(kernel);
  if (module === undefined) {
    module = new Module(decodeBytes(kernel, 1, 'kernel'));
    modules.set(kernel, module);
  }
  return new Instance(module, { env: { memory } }).exports as Exports;
}
