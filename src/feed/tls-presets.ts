/**
 * TLSRef's recommendations as policies, to start from (docs.tlsref.org).
 *
 * @module
 */
import type { TlsPolicy } from './feed.ts';

export const TLS_PRESET_NAMES = ['modern', 'intermediate'] as const;
export type TlsPresetName = (typeof TLS_PRESET_NAMES)[number];

/** What a preset decides; ALPN and client certificates are no matter of age. */
export type TlsPreset = Omit<TlsPolicy, 'alpn' | 'clientCertificates'>;

/** AES-128 first: it saves the SHA-384 key schedule. */
const TLS13_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
];

/** The question marks keep FIPS providers that lack a group from refusing the whole list. */
const GROUPS = ['?X25519MLKEM768', '?X25519', 'prime256v1', 'secp384r1'];

const MODERN: TlsPreset = {
  minVersion: '1.3',
  maxVersion: '1.3',
  ciphers: TLS13_CIPHERS,
  cipherOrder: 'server',
  groups: GROUPS,
  alpnMismatch: 'refuse',
  certificateCompression: [],
};

export const TLS_PRESETS: Readonly<Record<TlsPresetName, TlsPreset>> = {
  modern: MODERN,
  intermediate: {
    ...MODERN,
    minVersion: '1.2',
    ciphers: [
      ...TLS13_CIPHERS,
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
      'ECDHE-RSA-CHACHA20-POLY1305',
    ],
  },
};
