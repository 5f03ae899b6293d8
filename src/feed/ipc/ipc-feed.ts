/**
 * The end of a feed between processes at which the questions are.
 *
 * @module
 */
import { fromWire } from '../../core/error-wire.ts';
import { AppError } from '../../core/errors.ts';
import type { Channel } from '../channel.ts';
import type { Feed, FeedChange, LookupClient } from '../feed.ts';
import { findReply, type ReplyMessage, type RequestMessage } from './messages.ts';

export interface IpcFeedOptions {
  readonly timeoutMs?: number;
  /** Questions that may wait at a time; more fail at once. */
  readonly mostPending?: number;
}

type Answer = Exclude<ReplyMessage, { readonly kind: 'changed' }>;

interface Pending {
  resolve(answer: Answer): void;
  reject(error: AppError): void;
}

/** Every method fails with `feed/unavailable` when no answer comes in time. */
export function createIpcFeed(channel: Channel, options: IpcFeedOptions = {}): Feed {
  const { timeoutMs = TIMEOUT_MS, mostPending = MOST_PENDING } = options;
  const pending = new Map<number, Pending>();
  const listeners = new Set<(change: FeedChange) => void>();
  let lastId = 0;
  let isClosed = false;

  channel.onMessage((message) => {
    const reply = findReply(message);
    if (reply === undefined) return;
    if (reply.kind === 'changed') {
      for (const listener of listeners) listener(reply.change);
    } else {
      pending.get(reply.id)?.resolve(reply);
    }
  });
  channel.onClose(() => {
    isClosed = true;
    for (const waiting of pending.values()) waiting.reject(unavailable('it is gone'));
  });

  const ask = async (create: (id: number) => RequestMessage): Promise<Answer> => {
    if (isClosed) throw unavailable('it is gone');
    if (pending.size >= mostPending) throw unavailable(`${mostPending} questions wait already`);
    lastId += 1;
    const id = lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => reject(unavailable(`no answer in ${timeoutMs} ms`)), timeoutMs);
    pending.set(id, { resolve, reject });
    try {
      channel.send(create(id));
      const answer = await promise;
      if (answer.kind === 'error') throw fromWire(answer.error);
      return answer;
    } finally {
      clearTimeout(timer);
      pending.delete(id);
    }
  };

  return {
    lookup: async (name, client) => {
      const asker = client === undefined ? {} : { client: clientOf(client) };
      const answer = await ask((id) => ({ kind: 'lookup', id, name, ...asker }));
      return answer.kind === 'entry' ? answer.entry : undefined;
    },
    findAnswer: async (query) => {
      const answer = await ask((id) => ({ kind: 'find-answer', id, query }));
      return answer.kind === 'answer' ? answer.answer : undefined;
    },
    onChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Callers may know more of a client than crosses to the other process. */
function clientOf({ clientAddress }: LookupClient): LookupClient {
  return clientAddress === undefined ? {} : { clientAddress };
}

const TIMEOUT_MS = 5_000;
const MOST_PENDING = 1_000;

function unavailable(reason: string): AppError {
  return new AppError('feed/unavailable', `asking the control process failed: ${reason}`, {
    mend: 'Look into the log of the control process.',
  });
}
