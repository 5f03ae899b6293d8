/**
 * A program of the operator's: it reads one JSON document from its standard input.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callCommand } from '../call-command.ts';
import { combinedPemOf, fillIn, keyPemOf, splitChain } from '../delivery-parts.ts';
import { describeDelivery } from '../describe-delivery.ts';
import type { Delivery, Target } from '../target.ts';

export interface ExecTargetSettings {
  readonly command: readonly string[];
  /** Where the program finds chain and key: in the document, or in files that are gone after it. */
  readonly input: 'stdin' | 'files';
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export function createExecTarget(settings: ExecTargetSettings): Target {
  const { timeoutMs, environment, input } = settings;
  return {
    async deliver(delivery, signal) {
      const command = settings.command.map((word) => fillIn(word, delivery));
      const parts = partsOf(delivery);
      const call = async (named: object): Promise<string> => {
        const document = { ...describeDelivery(delivery), ...named };
        const secrets = [...Object.values(environment), parts.key ?? ''];
        await callCommand(
          { command, timeoutMs, environment, input: `${JSON.stringify(document)}\n`, secrets },
          signal,
        );
        return `ran ${command.join(' ')}`;
      };
      if (input === 'stdin') return call({ pem: parts });
      // Only the owner may enter what mkdtemp makes.
      const folder = await mkdtemp(join(tmpdir(), 'certctl-target-'));
      try {
        return await call({ files: await writeParts(folder, parts) });
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    close: async () => {},
  };
}

interface Parts {
  readonly certificate: string;
  readonly chain: string;
  readonly fullchain: string;
  readonly key?: string;
  readonly combined?: string;
}

function partsOf(delivery: Delivery): Parts {
  const { leaf, intermediates } = splitChain(delivery);
  return {
    certificate: leaf,
    chain: intermediates,
    fullchain: delivery.chainPem,
    // A program can have a use for a chain without its key.
    ...(delivery.privateKey === undefined
      ? {}
      : { key: keyPemOf(delivery), combined: combinedPemOf(delivery) }),
  };
}

async function writeParts(folder: string, parts: Parts): Promise<Record<string, string>> {
  const paths: Record<string, string> = {};
  for (const [part, pem] of Object.entries(parts)) {
    const path = join(folder, `${part}.pem`);
    await writeFile(path, String(pem), { mode: 0o600, flag: 'wx' });
    paths[part] = path;
  }
  return paths;
}
