/**
 * The option by which a command is told which certificate of a pair is meant.
 *
 * @module
 */
import { Option } from 'commander';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../core/certificate-spec.ts';

export interface KeyOptions {
  readonly keyType?: KeyAlgorithm;
}

export function keyOption(otherwise: string): Option {
  return new Option(
    '--key-type <kind>',
    `of a pair, the certificate with this kind of key (default: ${otherwise})`,
  ).choices(KEY_ALGORITHMS);
}
