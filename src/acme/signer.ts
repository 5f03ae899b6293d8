/**
 * Signing by acme-client: JWK and JWS (RFC 8555 §6.2).
 *
 * Only its module of HTTP and JWS is loaded, and only before the first signature: the whole
 * package costs three times as much, and what needs no signature should not pay at all.
 *
 * @module
 */
import { createHash, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { bindExternalAccount, type ExternalAccount } from './external-account.ts';

export interface Signature {
  readonly nonce: string;
  /** Absent where the key itself identifies: for a new account and for a certificate's key. */
  readonly accountUrl?: string | undefined;
}

export interface Signer {
  /**
   * Loads acme-client ahead of the first signature, which would do so too; begins when the requests
   * that were just made are on their way, since loading lets nothing else happen.
   */
  prepare(): Promise<void>;
  /** The JWS of `payload`; without a payload that of a POST-as-GET. */
  sign(url: string, payload: object | undefined, signature: Signature): string;
  /** The JWS of a key change for the account's URL, to be wrapped by the old key (RFC 8555 §7.3.5). */
  signKeyChange(url: string, payload: object): object;
  /** The public key. */
  readonly jwk: Readonly<Record<string, string>>;
  /** The binding of this key to an account at the CA, for a newAccount request to `url`. */
  bindExternalAccount(url: string, account: ExternalAccount): object;
  /** RFC 7638, over SHA-256. */
  readonly thumbprint: string;
}

/** What acme-client's class does for us; it is part of the package, but not of its types. */
interface JwsModule {
  new (
    directoryUrl: string,
    accountKey: KeyObject,
  ): {
    getJwk(): Record<string, string>;
    createSignedBody(
      url: string,
      payload: object | null,
      options: { nonce: string | null; kid: string | null },
    ): object;
  };
}

const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** @throws `input/invalid` for a key type that ACME servers do not take as account key. */
export function createSigner(privateKey: KeyObject): Signer {
  const type = privateKey.asymmetricKeyType;
  const curve = privateKey.asymmetricKeyDetails?.namedCurve ?? '';
  if (privateKey.type !== 'private' || !(type === 'rsa' || (type === 'ec' && CURVES.has(curve)))) {
    throw new AppError('input/invalid', `a key of type ${type ?? 'secret'} cannot sign for ACME`, {
      mend: 'Use an ECDSA key on P-256, P-384 or P-521, or an RSA key.',
    });
  }
  let loaded: InstanceType<JwsModule> | undefined;
  const jws = (): InstanceType<JwsModule> => (loaded ??= new (loadJws())('', privateKey));
  return {
    prepare: async () => {
      await nextTurn();
      jws();
    },
    sign: (url, payload, { nonce, accountUrl }) =>
      JSON.stringify(
        jws().createSignedBody(url, payload ?? null, { nonce, kid: accountUrl ?? null }),
      ),
    // The nonce belongs to the JWS around it.
    signKeyChange: (url, payload) =>
      jws().createSignedBody(url, payload, { nonce: null, kid: null }),
    get jwk() {
      return jws().getJwk();
    },
    bindExternalAccount: (url, account) => bindExternalAccount(url, jws().getJwk(), account),
    get thumbprint() {
      // acme-client sorts the members, and a public JWK of Node holds the required ones only.
      return createHash('sha256').update(JSON.stringify(jws().getJwk())).digest('base64url');
    },
  };
}

function loadJws(): JwsModule {
  const module: JwsModule = createRequire(import.meta.url)('acme-client/src/http.js');
  return module;
}
