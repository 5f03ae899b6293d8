/**
 * HAProxy by its Runtime API: the next handshake has the new certificate, without a reload.
 *
 * @module
 */
import { AppError, toAppError } from '../../core/errors.ts';
import { lastLine, redact } from '../../wire/foreign-text.ts';
import { combinedPemOf, fillIn, keyPemOf } from '../delivery-parts.ts';
import { findOwner, type OwnerSettings } from '../owner.ts';
import { replaceFiles } from '../replace-files.ts';
import type { Delivery, Target } from '../target.ts';
import { addressText, ask, type RuntimeAddress } from './runtime-api.ts';

export interface HaproxySettings extends OwnerSettings {
  /** One for each HAProxy that is to have it. */
  readonly sockets: readonly RuntimeAddress[];
  /** As HAProxy calls the certificate: the path in its configuration. */
  readonly certificate: string;
  /** HAProxy starts from this file the next time; absolute. */
  readonly file?: string;
  /** Where a certificate that HAProxy does not know yet is added. */
  readonly crtList?: string;
  readonly timeoutMs: number;
}

export function createHaproxyTarget(settings: HaproxySettings): Target {
  return {
    async deliver(delivery, signal) {
      const name = fillIn(settings.certificate, delivery);
      let missing: AppError | undefined;
      for (const address of settings.sockets) {
        try {
          await bringTo({ ...settings, address, name, delivery }, signal);
        } catch (thrown) {
          const error = toAppError(thrown);
          if (signal.aborted || error.code !== 'target/unavailable') throw thrown;
          missing ??= error;
        }
      }
      // After HAProxy has taken it: what it refuses must not be there at its next start. One that
      // does not run is not asked, and needs the file to start.
      const written = await writeFile(settings, delivery);
      if (missing !== undefined) throw missing;
      const sockets = settings.sockets.map(addressText).join(', ');
      return `${name} is in force at ${sockets}${written}`;
    },
    close: async () => {},
  };
}

/** @returns what to add to the message. */
async function writeFile(settings: HaproxySettings, delivery: Delivery): Promise<string> {
  if (settings.file === undefined) return '';
  const path = fillIn(settings.file, delivery);
  const owner = await findOwner(settings);
  const replacement = await replaceFiles([
    {
      path,
      content: combinedPemOf(delivery),
      mode: 0o600,
      ...(owner === undefined ? {} : { owner }),
    },
  ]);
  await replacement.keep();
  return `; wrote ${path}`;
}

interface Update extends HaproxySettings {
  readonly address: RuntimeAddress;
  readonly name: string;
  readonly delivery: Delivery;
}

async function bringTo(update: Update, signal: AbortSignal): Promise<void> {
  const { address, name, delivery, crtList } = update;
  const say = (command: string): Promise<string> => ask(address, command, update.timeoutMs, signal);
  const known = namesIn(await say('show ssl cert'));
  if (!known.has(name)) {
    if (crtList === undefined) throw unknownCertificate(update);
    check(update, await say(`new ssl cert ${name}`), /New empty certificate store/i);
  }
  // An empty line would end the payload before its time.
  const payload = combinedPemOf(delivery)
    .replaceAll(/\n{2,}/g, '\n')
    .trim();
  const answer = await say(`set ssl cert ${name} <<\n${payload}\n`);
  check(update, answer, /Transaction (?:created|updated) for certificate/i);
  try {
    check(update, await say(`commit ssl cert ${name}`), /Success!/i);
  } catch (thrown) {
    // An open transaction would keep everybody else from this certificate.
    await say(`abort ssl cert ${name}`).catch(() => {});
    throw thrown;
  }
  if (crtList !== undefined) await addToList(update, crtList, say);
  const shown = await say(`show ssl cert ${name}`);
  const serial = /^Serial: (\w+)/m.exec(shown)?.[1]?.toLowerCase().replace(/^0+/, '');
  if (serial === delivery.serial.replace(/^0+/, '')) return;
  throw new AppError('target/failed', `${place(update)} shows another certificate afterwards`, {
    mend: 'Look for something else that updates the certificates of this HAProxy.',
    context: { serial },
  });
}

async function addToList(
  update: Update,
  crtList: string,
  say: (command: string) => Promise<string>,
): Promise<void> {
  const listed = await say(`show ssl crt-list ${crtList}`);
  const lines = listed.split('\n').map((line) => line.trim().split(/\s/)[0]);
  if (lines.includes(update.name)) return;
  check(update, await say(`add ssl crt-list ${crtList} ${update.name}`), /Success!/i);
}

/** `show ssl cert` marks with `*` what is in a transaction, and comments with `#`. */
function namesIn(listed: string): Set<string> {
  const lines = listed.split('\n').map((line) => line.trim());
  return new Set(lines.filter((line) => line !== '' && !/^[#*]/.test(line)));
}

function check(update: Update, answer: string, success: RegExp): void {
  if (success.test(answer)) return;
  const said = lastLine(redact(answer, [keyPemOf(update.delivery)])) ?? 'nothing';
  throw new AppError('target/failed', `${place(update)} is refused: ${said}`, {
    mend: 'See the log of HAProxy, and that its socket has `level admin`.',
  });
}

function unknownCertificate(update: Update): AppError {
  return new AppError('target/failed', `${place(update)} is not known`, {
    mend: 'Give the path as the configuration of HAProxy has it, or a crtList to add it to.',
  });
}

function place({ name, address }: Update): string {
  return `certificate ${name} of HAProxy at ${addressText(address)}`;
}
