/**
 * Files on this machine, in the formats that servers read, and a command after them.
 *
 * @module
 */
import { encodeJks } from '../../pki/jks.ts';
import { encodePkcs12 } from '../../pki/pkcs12.ts';
import { callCommand } from '../call-command.ts';
import { combinedPemOf, fillIn, keyPemOf, nameOf, splitChain } from '../delivery-parts.ts';
import { findOwner, type OwnerSettings } from '../owner.ts';
import { type FileToReplace, replaceFiles } from '../replace-files.ts';
import type { Delivery, Target } from '../target.ts';
import { FILE_FORMATS, type FileFormat } from './formats.ts';

export interface FilesSettings extends OwnerSettings {
  /** Absolute paths, in which `{name}`, `{keyAlgorithm}` and `{id}` are filled in. */
  readonly paths: { readonly [format in FileFormat]?: string };
  /** Of every file; otherwise 0600 for those with the key, and 0644. */
  readonly mode?: number;
  /** Of the PKCS #12 and JKS files. */
  readonly passphrase?: string;
  readonly command?: readonly string[];
  readonly timeoutMs: number;
}

export function createFilesTarget(settings: FilesSettings): Target {
  return {
    async deliver(delivery, signal) {
      const files = await filesOf(settings, delivery);
      signal.throwIfAborted();
      const replacement = await replaceFiles(files);
      await replacement.keep();
      const wrote = `wrote ${files.map(({ path }) => path).join(', ')}`;
      if (settings.command === undefined) return wrote;
      const { timeoutMs } = settings;
      const command = settings.command.map((word) => fillIn(word, delivery));
      await callCommand({ command, timeoutMs }, signal);
      return `${wrote}; ran ${command.join(' ')}`;
    },
    close: async () => {},
  };
}

async function filesOf(settings: FilesSettings, delivery: Delivery): Promise<FileToReplace[]> {
  const { paths, mode, passphrase = '' } = settings;
  const owner = await findOwner(settings);
  const files: FileToReplace[] = [];
  for (const format of FILE_FORMATS) {
    const path = paths[format];
    if (path === undefined) continue;
    files.push({
      path: fillIn(path, delivery),
      content: await contentOf(format, delivery, passphrase),
      mode: mode ?? (WITHOUT_KEY.has(format) ? 0o644 : 0o600),
      ...(owner === undefined ? {} : { owner }),
    });
  }
  return files;
}

const WITHOUT_KEY = new Set<FileFormat>(['certificate', 'chain', 'fullchain']);

async function contentOf(
  format: FileFormat,
  delivery: Delivery,
  passphrase: string,
): Promise<string | Uint8Array> {
  const store = () => ({
    privateKeyPem: keyPemOf(delivery),
    chainPem: delivery.chainPem,
    alias: nameOf(delivery),
    passphrase,
  });
  switch (format) {
    case 'key':
      return keyPemOf(delivery);
    case 'certificate':
      return splitChain(delivery).leaf;
    case 'chain':
      return splitChain(delivery).intermediates;
    case 'fullchain':
      return delivery.chainPem;
    case 'combined':
      return combinedPemOf(delivery);
    case 'pkcs12':
      return encodePkcs12(store());
    case 'jks':
      return encodeJks(store());
  }
}
