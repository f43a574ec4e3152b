import { ModelError } from './errors.ts';

const CHUNK = 0x8000;

/** The array's bytes in base64. Every machine Node runs on here is little-endian, so the bytes travel. */
export function encodeBytes(array: ArrayBufferView): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += CHUNK)
    text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(text);
}

/**
 * The bytes of a base64 text in a buffer of their own.
 *
 * @throws ModelError when it is not base64 or its length is not a multiple of `unit` bytes
 */
export function decodeBytes(text: unknown, unit: number, where: string): ArrayBuffer {
  if (typeof text !== 'string') throw new ModelError(`${where} is ${typeof text}, wanted base64`);
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new ModelError(`${where} is not base64`, { cause });
  }
  if (binary.length % unit !== 0)
    throw new ModelError(`${where} holds ${binary.length} bytes, not a multiple of ${unit}`);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}
