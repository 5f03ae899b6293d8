/**
 * What a program does with a manager.
 *
 * @module
 */
import type { Server } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Paired } from '../core/paired.ts';
import type { IssueResult } from '../lifecycle/issue.ts';
import type { RenewResult } from '../lifecycle/renew.ts';
import type { ExportedCertificate } from '../lifecycle/transfer.ts';
import type { CertificateDetail, CertificateView } from '../lifecycle/view.ts';
import type { EventData, EventType } from '../observe/events/catalogue.ts';
import type { EventView } from '../observe/events/event.ts';
import type { Progress } from '../observe/progress.ts';
import type { ChallengeHandler } from './challenge-handler.ts';
import type { CertificateWish } from './options.ts';

export type {
  CertificateDetail,
  CertificateView,
  ExportedCertificate,
  IssueResult,
  Paired,
  Progress,
  RenewResult,
};

/** An event of one type, or of any. Their catalogue is in docs/events.md. */
export type ManagerEvent<T extends EventType = EventType> = {
  [K in T]: Omit<EventView, 'type' | 'data'> & { readonly type: K; readonly data: EventData<K> };
}[T];

/** What listeners get, by what they listen to; `event` is every type. */
export type ManagerEvents = { readonly [T in EventType]: [event: ManagerEvent<T>] } & {
  readonly event: [event: ManagerEvent];
};

export interface WorkOptions {
  /** Ends the wait; what was begun is kept and gone on with. */
  readonly signal?: AbortSignal;
  /** Told of each step; must not throw. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Manager extends AsyncDisposable {
  /**
   * Resolves when every certificate of the options can be served.
   *
   * @throws an error with `code`, `message` and `mend` when an attempt at one of them has failed; it
   * is tried again in the background all the same.
   */
  ready(options?: { readonly signal?: AbortSignal }): Promise<void>;

  /**
   * Lets a server answer the CA before the program sees the connection or request: an http server
   * answers http-01, a server of `node:https`, `node:tls` or `http2.createSecureServer` answers
   * tls-alpn-01. Orders wait until it listens. Returns the server.
   *
   * The CA must reach it as port 80 or 443 of the name.
   */
  answerChallenges<S extends Server>(server: S): S;

  /**
   * The same for http-01 as a request listener or middleware: `app.use(manager.challengeHandler)`.
   * Requests that are no live challenge go to `next`, or are not found without it.
   */
  readonly challengeHandler: ChallengeHandler;

  /**
   * The TLS context of the newest certificate for a server name, from memory where it is known;
   * `undefined` when there is none. `sniCallback` is made of it.
   */
  secureContext(
    serverName: string,
    options?: { readonly acceptsEcdsa?: boolean },
  ): Promise<SecureContext | undefined>;

  /** All certificates of the data directory. */
  list(): Promise<readonly CertificateView[]>;
  /** One with its history, order and last error; `pair` is the other of a pair. */
  show(name: string): Promise<Paired<CertificateDetail>>;
  /** Obtains a certificate now, if there is no good one yet, and keeps it renewed. */
  issue(certificate: CertificateWish, options?: WorkOptions): Promise<Paired<IssueResult>>;
  /** Renews the certificate of a name now, whether it is due or not. */
  renew(name: string, options?: WorkOptions): Promise<readonly RenewResult[]>;
  /** Ends its renewals, and removes it with its keys and history. */
  remove(name: string): Promise<void>;
  /** Chain and private key as PEM, for what is no server of this program. */
  export(
    name: string,
    keyAlgorithm?: 'ec' | 'rsa',
  ): Promise<ExportedCertificate & { readonly privateKeyPem: string }>;

  /** Listens to events of this and other processes on the data directory, from now on. */
  on<T extends keyof ManagerEvents>(type: T, listener: (...event: ManagerEvents[T]) => void): this;
  once<T extends keyof ManagerEvents>(
    type: T,
    listener: (...event: ManagerEvents[T]) => void,
  ): this;
  off<T extends keyof ManagerEvents>(type: T, listener: (...event: ManagerEvents[T]) => void): this;
  /**
   * The events from now on, or from after the one with the id `after` on; ends with `signal` and
   * with the manager. What a program remembers the last id of is not missed by a restart.
   */
  events(options?: {
    readonly signal?: AbortSignal;
    readonly after?: string;
  }): AsyncIterable<ManagerEvent>;

  /**
   * Stops renewing and gives everything back. Orders under way are gone on with by the next manager.
   * Servers go on with the certificates that they have; closing them is the program's.
   */
  close(): Promise<void>;
}
