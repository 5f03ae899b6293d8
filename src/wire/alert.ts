/**
 * TLS alerts, for what goes wrong before a TLS library has seen the connection (RFC 8446 §6).
 *
 * @module
 */

export const ALERT = {
  handshake_failure: 40,
  decode_error: 50,
  protocol_version: 70,
  internal_error: 80,
  unrecognized_name: 112,
  no_application_protocol: 120,
} as const;

export type AlertDescription = keyof typeof ALERT;

/** One record with a fatal alert; nothing but the end of the stream may follow it. */
export function fatalAlert(description: AlertDescription): Uint8Array {
  return Uint8Array.of(CONTENT_TYPE_ALERT, 3, 3, 0, 2, LEVEL_FATAL, ALERT[description]);
}

const CONTENT_TYPE_ALERT = 21;
const LEVEL_FATAL = 2;
