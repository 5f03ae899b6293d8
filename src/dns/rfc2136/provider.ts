/**
 * Changes TXT records by dynamic updates (RFC 2136) that are signed by TSIG (RFC 8945).
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import {
  type DnsReply,
  decodeReply,
  encodeQuery,
  encodeUpdate,
  type ResourceRecord,
  TYPE_SOA,
  txtAddition,
  txtDeletion,
} from '../../wire/dns-message.ts';
import { signMessage, TSIG_ERRORS, type TsigKey, verifyReply } from '../../wire/tsig.ts';
import { ATTEMPTS } from '../attempts.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider, TxtChange } from '../provider.ts';
import { type FindZone, searchGivenZones, searchZoneByName, type Zone } from '../zone-search.ts';
import { exchangeMessage } from './exchange.ts';
import type { Rfc2136Settings } from './metadata.ts';
import { findServerAddress } from './server-address.ts';

type Ask = (attempt: string, message: Buffer, signal: AbortSignal) => Promise<DnsReply>;

export function createRfc2136Provider(
  settings: Rfc2136Settings,
  { clock }: Pick<ProviderOptions, 'clock'>,
): DnsProvider {
  const { server, timeoutMs, zones } = settings;
  const address = findServerAddress(server);
  if (address === undefined) throw new RangeError(`not the address of a server: ${server}`);
  const key: TsigKey = {
    name: settings.keyName,
    algorithm: settings.keyAlgorithm,
    secret: Buffer.from(settings.keySecret, 'base64'),
  };
  const ask: Ask = async (attempt, message, signal) => {
    const signed = signMessage(message, key, clock.now());
    let reply: Buffer;
    try {
      reply = await exchangeMessage(address, signed.message, timeoutMs, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw unavailable(`${attempt}: ${server} does not answer`, thrown);
    }
    return readReply({ attempt, server, key, mac: signed.mac }, message, reply, clock.now());
  };
  const search = { host: server, clock, allowed: zones };
  const findZone: FindZone<Zone> =
    zones === undefined
      ? searchZoneByName(search, (candidate, name, signal) =>
          lookUpZone(ask, candidate, name, signal),
        )
      : // Where only updates are allowed, nothing is asked.
        searchGivenZones(search, zones);
  const changeTxt = async (changes: readonly TxtChange[], signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    const byZone = new Map<string, TxtChange[]>();
    for (const change of changes) {
      const zone = await findZone(change.record.name, signal);
      byZone.set(zone.name, [...(byZone.get(zone.name) ?? []), change]);
    }
    for (const [zone, own] of byZone) {
      const attempt = ATTEMPTS.write(namesOf(own));
      const reply = await ask(attempt, encodeUpdate(newId(), zone, own.map(encodeChange)), signal);
      if (reply.rcode !== 0) throw refusal(attempt, server, zone, reply.rcode);
    }
  };
  return {
    addTxt: (record, signal) => changeTxt([{ kind: 'add', record }], signal),
    removeTxt: (record, signal) => changeTxt([{ kind: 'remove', record }], signal),
    changeTxt,
    close: async () => {},
  };
}

function encodeChange({ kind, record: { name, value } }: TxtChange): ResourceRecord {
  return kind === 'add' ? txtAddition(name, value, SHORTEST_TTL_SECONDS) : txtDeletion(name, value);
}

function namesOf(changes: readonly TxtChange[]): string {
  const [first = '', ...others] = new Set(changes.map(({ record }) => record.name));
  return others.length === 0 ? first : `${first} and ${others.length} others`;
}

/** The owner of the SOA record that the server answers with for any name of its zone. */
async function lookUpZone(
  ask: Ask,
  candidate: string,
  name: string,
  signal: AbortSignal,
): Promise<Zone | undefined> {
  const query = encodeQuery(newId(), candidate, TYPE_SOA);
  const reply = await ask(ATTEMPTS.findZone(name), query, signal);
  if (!reply.isAuthoritative) return undefined;
  const records = [...reply.answers, ...reply.authorities];
  const soa = records.find(
    (record) =>
      record.type === TYPE_SOA &&
      (candidate === record.name || candidate.endsWith(`.${record.name}`)),
  );
  return soa && { name: soa.name };
}

interface Asked {
  readonly attempt: string;
  readonly server: string;
  readonly key: TsigKey;
  readonly mac: Buffer;
}

function readReply(
  { attempt, server, key, mac }: Asked,
  request: Buffer,
  message: Buffer,
  now: Date,
): DnsReply {
  let reply: DnsReply;
  let verdict: ReturnType<typeof verifyReply>;
  try {
    reply = decodeReply(message);
    verdict = verifyReply(message, key, mac, now);
  } catch (thrown) {
    throw unavailable(`${attempt}: unexpected answer of ${server}`, thrown);
  }
  if (!reply.isReply || reply.id !== request.readUInt16BE(0)) {
    throw unavailable(`${attempt}: unexpected answer of ${server}`);
  }
  if (verdict.state === 'refused') throw keyRefusal(attempt, server, verdict);
  // Servers may refuse without a signature, but never accept so.
  if (verdict.state === 'wrong' || (verdict.state === 'unsigned' && reply.rcode === 0)) {
    throw new AppError(
      'dns/unauthorized',
      `${attempt}: the answer of ${server} is not signed by ${key.name}`,
      {
        mend: 'Check the key with the operator of the name server, and who else may answer for it.',
        context: { server, key: key.name },
      },
    );
  }
  return reply;
}

function keyRefusal(
  attempt: string,
  server: string,
  { error, serverTime }: { readonly error: number; readonly serverTime?: Date },
): AppError {
  const fault = KEY_FAULTS[error] ?? { says: `TSIG error ${error}`, mend: USUAL_KEY_MEND };
  return new AppError('dns/unauthorized', `${attempt}: ${server} says ${fault.says}`, {
    mend: fault.mend,
    context: { server, error, serverTime: serverTime?.toISOString() },
  });
}

function refusal(attempt: string, server: string, zone: string, rcode: number): AppError {
  const [code, says, mend] = RCODES[rcode] ?? [
    'dns/rejected',
    `RCODE ${rcode}`,
    'Look at the log of the name server.',
  ];
  return new AppError(code, `${attempt}: ${server} says ${says} for the zone ${zone}`, {
    mend,
    context: { server, zone, rcode },
  });
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('dns/unavailable', message, {
    mend: 'Check that this machine reaches the name server by TCP.',
    cause,
  });
}

function newId(): number {
  return randomInt(0x1_00_00);
}

const SHORTEST_TTL_SECONDS = 60;

const USUAL_KEY_MEND = 'Give name, algorithm and secret as the name server has them.';
const KEY_FAULTS: Readonly<Record<number, { readonly says: string; readonly mend: string }>> = {
  [TSIG_ERRORS.badSignature]: { says: 'that the signature is wrong', mend: USUAL_KEY_MEND },
  [TSIG_ERRORS.badKey]: { says: 'that it has no such key', mend: USUAL_KEY_MEND },
  [TSIG_ERRORS.badTime]: {
    says: 'that the time is wrong',
    mend: 'Set the clocks of this machine and of the name server.',
  },
};

/** RFC 1035 §4.1.1, RFC 2136 §2.2. */
const RCODES: Readonly<Record<number, readonly [ErrorCode, string, string]>> = {
  2: ['dns/unavailable', 'SERVFAIL', 'Look at the log of the name server.'],
  5: ['dns/unauthorized', 'REFUSED', 'Allow the key to change TXT records in the zone.'],
  9: ['dns/zone-not-found', 'NOTAUTH', 'Give the primary name server of the zone.'],
  10: ['dns/zone-not-found', 'NOTZONE', 'Give the zone that contains the name.'],
};
