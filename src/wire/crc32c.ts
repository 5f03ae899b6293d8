/**
 * The CRC-32C checksum (RFC 3720 §12.1), which guards PROXY protocol headers.
 *
 * @module
 */

export function crc32c(bytes: Uint8Array): number {
  let remainder = 0xffff_ffff;
  for (const octet of bytes) {
    remainder ^= octet;
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = (remainder >>> 1) ^ ((remainder & 1) === 1 ? REVERSED_POLYNOMIAL : 0);
    }
  }
  return (remainder ^ 0xffff_ffff) >>> 0;
}

const REVERSED_POLYNOMIAL = 0x82f6_3b78;
