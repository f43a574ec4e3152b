import { expect, test } from 'vitest';
import { crc32c, crc32cBase64 } from './crc32c.ts';

// RFC 3720, appendix B.4; the last is the check value of the CRC catalogue.
test.each([
  ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)), 0x46dd794e],
  ['31 to 0', Buffer.from(Array.from({ length: 32 }, (_, byte) => 31 - byte)), 0x113fdb5c],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0],
])('of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('goes on from what came before, at any cut', () => {
  const bytes = Buffer.from('the quick brown fox jumps over the lazy dog');
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
  }
});

test('is written as Cloud Storage does', () => {
  // From the documentation of @google-cloud/storage: the CRC32C of "data" is rth90Q==.
  expect(crc32cBase64(Buffer.from('data'))).toBe('rth90Q==');
});
