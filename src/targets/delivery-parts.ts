/**
 * The parts of a delivery in the forms that servers read.
 *
 * @module
 */
import { keyAlgorithmOf } from '../core/certificate-spec.ts';
import { AppError } from '../core/errors.ts';
import { displayName } from '../core/names.ts';
import { privateKeyToPem } from '../pki/keys.ts';
import type { Delivery } from './target.ts';

/** The certificate alone, and its intermediates alone; together they are the whole chain. */
export function splitChain({ chainPem }: Delivery): { leaf: string; intermediates: string } {
  const end = chainPem.indexOf(END) + END.length;
  return {
    leaf: `${chainPem.slice(0, end).trim()}\n`,
    intermediates: chainPem.slice(end).trimStart(),
  };
}

const END = '-----END CERTIFICATE-----';

/** PKCS #8. @throws `input/invalid` when the key is elsewhere. */
export function keyPemOf(delivery: Delivery): string {
  if (delivery.privateKey !== undefined) return privateKeyToPem(delivery.privateKey);
  throw new AppError('input/invalid', `the key of ${nameOf(delivery)} is not here`, {
    mend: 'Name targets that need no key for certificates of a signing request.',
  });
}

/** The chain and then the key, as HAProxy reads them. */
export function combinedPemOf(delivery: Delivery): string {
  return `${delivery.chainPem.trimEnd()}\n${keyPemOf(delivery)}`;
}

/** For messages. */
export function nameOf({ names: [name] }: Delivery): string {
  return name === undefined ? 'a certificate' : displayName(name);
}

/** `text` with `{name}`, `{keyAlgorithm}` and `{id}` filled in. */
export function fillIn(text: string, delivery: Delivery): string {
  return text.replaceAll(PLACEHOLDER, (_whole, word: string) => {
    if (word === 'keyAlgorithm') return keyAlgorithmOf(delivery.keyType);
    return word === 'id' ? delivery.certificateId : plainName(delivery);
  });
}

const PLACEHOLDER = /\{(name|keyAlgorithm|id)\}/g;

/** The first name that is no wildcard; no name has a character that separates folders. */
function plainName({ names }: Delivery): string {
  const name = names.find((candidate) => !candidate.startsWith('*.')) ?? names[0] ?? '';
  return name.replace(/^\*\./, '_wildcard.');
}
