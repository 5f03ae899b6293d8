/**
 * A Secret of type kubernetes.io/tls, created or replaced by the revision that was read.
 *
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { lastLine, redact } from '../../wire/foreign-text.ts';
import { fillIn, keyPemOf } from '../delivery-parts.ts';
import { exchange, type HttpAnswer } from '../http-exchange.ts';
import type { Delivery, Target } from '../target.ts';

export interface KubernetesSettings {
  readonly server: string;
  /** Both are read before each delivery: the cluster replaces them. Absolute. */
  readonly tokenFile: string;
  readonly caFile: string;
  readonly namespace: string;
  readonly secret: string;
  readonly timeoutMs: number;
}

const TYPE = 'kubernetes.io/tls';
/** How often somebody else may change the Secret between our reading and writing. */
const MOST_CONFLICTS = 3;
const MOST_FILE_BYTES = 1024 * 1024;

/** What has to stay as it is stays: labels, annotations and owners. */
const secretSchema = z.looseObject({
  type: z.string().optional(),
  metadata: z.looseObject({
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
});
type Secret = z.output<typeof secretSchema>;

export function createKubernetesTarget(settings: KubernetesSettings): Target {
  return {
    async deliver(delivery, signal) {
      const name = fillIn(settings.secret, delivery);
      const place = `${settings.namespace}/${name}`;
      if (!/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) {
        throw new AppError('input/invalid', `${name} is no name for a Secret`, {
          mend: 'Use lower-case letters, digits, dots and hyphens.',
        });
      }
      const token = (await readBounded(settings.tokenFile)).trim();
      const caPem = await readBounded(settings.caFile);
      const folder = `${settings.server.replace(/\/$/, '')}/api/v1/namespaces/${settings.namespace}/secrets`;
      const send = (method: 'GET' | 'POST' | 'PUT', url: string, body?: object) =>
        exchange(
          {
            attempt: `cannot write the Secret ${place}`,
            method,
            url: new URL(url),
            headers: {
              authorization: `Bearer ${token}`,
              accept: 'application/json',
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            caPem,
            timeoutMs: settings.timeoutMs,
          },
          signal,
        );
      for (let conflicts = 0; ; conflicts += 1) {
        const found = await send('GET', `${folder}/${name}`);
        const isNew = found.status === 404;
        if (!isNew && found.status !== 200) throw refused(place, found, token);
        const written = isNew
          ? await send('POST', folder, newSecret(name, settings.namespace, delivery))
          : await send('PUT', `${folder}/${name}`, changed(place, read(place, found), delivery));
        if (written.status === 409 && conflicts < MOST_CONFLICTS) continue;
        if (written.status !== 200 && written.status !== 201) throw refused(place, written, token);
        return `${isNew ? 'created' : 'updated'} the Secret ${place}`;
      }
    },
    close: async () => {},
  };
}

function newSecret(name: string, namespace: string, delivery: Delivery): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: TYPE,
    metadata: { name, namespace, annotations: annotationsOf(delivery) },
    data: dataOf(delivery),
  };
}

/** With `resourceVersion`, so that the server refuses what was changed meanwhile. */
function changed(place: string, secret: Secret, delivery: Delivery): object {
  if (secret.type !== TYPE) {
    throw new AppError('target/failed', `the Secret ${place} is of type ${secret.type}`, {
      mend: `Remove it, or name another one: the type of a Secret cannot become ${TYPE}.`,
    });
  }
  const data = typeof secret['data'] === 'object' ? secret['data'] : {};
  const annotations = { ...secret.metadata.annotations, ...annotationsOf(delivery) };
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations },
    data: { ...data, ...dataOf(delivery) },
  };
}

function dataOf(delivery: Delivery): Record<string, string> {
  return { 'tls.crt': encode(delivery.chainPem), 'tls.key': encode(keyPemOf(delivery)) };
}

function annotationsOf({ serial, notAfter }: Delivery): Record<string, string> {
  return { 'certctl/serial': serial, 'certctl/not-after': notAfter.toISOString() };
}

function read(place: string, { text }: HttpAnswer): Secret {
  const parsed = secretSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new AppError('target/unavailable', `cannot read the Secret ${place}: unexpected answer`, {
    mend: 'Check that server is the address of a Kubernetes API server.',
  });
}

function refused(place: string, { status, text }: HttpAnswer, token: string): AppError {
  const message = z.object({ message: z.string() }).safeParse(parseJson(text));
  const said = message.success ? lastLine(redact(message.data.message, [token])) : undefined;
  return new AppError(
    status >= 500 || status === 429 ? 'target/unavailable' : 'target/failed',
    `cannot write the Secret ${place}: status ${status}${said === undefined ? '' : `: ${said}`}`,
    {
      mend: 'Give the service account get, create and update on secrets of that namespace.',
      context: { status },
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBounded(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_FILE_BYTES) throw new Error('the file is too long');
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('file/unreadable', `cannot read ${path}`, {
      mend: 'Correct the path, or make the file readable for the user that runs certctl.',
      context: { path },
      cause,
    });
  }
}

function encode(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
