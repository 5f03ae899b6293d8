/**
 * Holds a handshake while a certificate is made for its name.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Name } from '../core/names.ts';
import type { FeedEntry, LookupClient } from '../feed/feed.ts';
import type { Entries } from './entries.ts';
import type { TerminatorSettings } from './settings.ts';

/** An entry that is still pending has no certificate in time: the client may come back for it. */
export async function waitForIssuance(
  raw: Socket,
  name: Name,
  client: LookupClient,
  {
    entries,
    settings: { limits },
  }: { readonly entries: Entries; readonly settings: Pick<TerminatorSettings, 'limits'> },
): Promise<FeedEntry | undefined> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  raw.once('close', leave);
  try {
    return await entries.findIssued(name, client, limits.handshakeMs, gone.signal);
  } finally {
    raw.off('close', leave);
  }
}
