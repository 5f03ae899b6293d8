/**
 * The contract of targets, for every adapter.
 *
 * @module
 */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { systemClock } from '../../src/core/clock.ts';
import { createExecTarget } from '../../src/targets/exec/target.ts';
import { createFilesTarget } from '../../src/targets/files/target.ts';
import { createHaproxyTarget } from '../../src/targets/haproxy/target.ts';
import { createKubernetesTarget } from '../../src/targets/kubernetes/target.ts';
import { createNginxTarget } from '../../src/targets/nginx/target.ts';
import { describeTarget, type TargetHarness } from '../../src/targets/target.contract.ts';
import { createWebhookTarget } from '../../src/targets/webhook/target.ts';
import { createDelivery } from '../support/delivery.ts';
import { openHttpsServer } from '../support/https-server.ts';
import { startRuntimeApi } from '../support/runtime-api-server.ts';
import { openTempDir } from '../support/temp-dir.ts';

const TIMEOUT_MS = 10_000;

describeTarget({
  title: 'files',
  createDelivery,
  async open() {
    const dir = await openTempDir();
    const paths = { key: dir.file('{name}.key'), fullchain: dir.file('{name}.crt') };
    return {
      target: createFilesTarget({ paths, timeoutMs: TIMEOUT_MS }),
      received: () => readPair(dir.file('app.example.com.crt'), dir.file('app.example.com.key')),
      // The second of two files cannot be written: the first one stays as it is.
      breakIt: () => blockDraft(dir.file('.app.example.com.crt.certctl-new')),
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  },
});

describeTarget({
  title: 'nginx',
  createDelivery,
  async open() {
    const dir = await openTempDir();
    const [certificate, key, broken] = [dir.file('crt'), dir.file('key'), dir.file('broken')];
    return {
      target: createNginxTarget({
        certificate,
        key,
        test: ['/usr/bin/test', '!', '-e', broken],
        reload: ['true'],
        timeoutMs: TIMEOUT_MS,
      }),
      received: () => readPair(certificate, key),
      breakIt: () => writeFile(broken, ''),
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  },
});

describeTarget({
  title: 'haproxy',
  createDelivery,
  async open() {
    const dir = await openTempDir();
    const server = await startRuntimeApi(dir.file('admin.sock'));
    const file = dir.file('app.pem');
    return {
      target: createHaproxyTarget({
        sockets: [{ path: server.path }],
        certificate: '/etc/haproxy/{name}.pem',
        file,
        crtList: '/etc/haproxy/crt-list',
        timeoutMs: TIMEOUT_MS,
      }),
      async received() {
        const pem = server.certificates.get('/etc/haproxy/app.example.com.pem');
        if (pem === undefined) return undefined;
        if (server.crtList.join() !== '/etc/haproxy/app.example.com.pem') return undefined;
        return pem === (await readFile(file, 'utf8')).trim() ? splitCombined(pem) : undefined;
      },
      breakIt: async () => {
        server.refusesCommits = true;
      },
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await dir[Symbol.asyncDispose]();
      },
    };
  },
});

for (const input of ['stdin', 'files'] as const) {
  describeTarget({
    title: `exec by ${input}`,
    createDelivery,
    async open() {
      const dir = await openTempDir();
      const [script, got, broken] = [dir.file('take.sh'), dir.file('got'), dir.file('broken')];
      await writeFile(
        script,
        `#!/bin/sh
document=$(cat)
[ -e '${broken}' ] && { echo "$document" >&2; exit 1; }
set -e
printf '%s' "$document" > '${got}'
folder=$(printf '%s' "$document" | sed -n 's/.*"key":"\\(\\/[^"]*\\)\\/key.pem".*/\\1/p')
if [ -n "$folder" ]; then cp "$folder/fullchain.pem" '${dir.file('crt')}'; cp "$folder/key.pem" '${dir.file('key')}'; fi
`,
      );
      await chmod(script, 0o700);
      return {
        target: createExecTarget({
          command: [script],
          input,
          environment: {},
          timeoutMs: TIMEOUT_MS,
        }),
        async received() {
          if (input === 'files') return readPair(dir.file('crt'), dir.file('key'));
          const text = await readFile(got, 'utf8').catch(() => undefined);
          return text === undefined ? undefined : pemOf(text);
        },
        breakIt: () => writeFile(broken, ''),
        [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
      };
    },
  });
}

describeTarget({
  title: 'webhook',
  createDelivery,
  async open() {
    let isBroken = false;
    let last: string | undefined;
    const server = await openHttpsServer(({ body }) => {
      // A receiver that throws back what it was sent must not get it into our log.
      if (isBroken) return { status: 500, body };
      last = body;
      return { status: 204 };
    });
    return {
      target: createWebhookTarget(
        {
          url: `${server.url}/hook`,
          secret: 'a secret of the receiver',
          includeKey: true,
          caPem: server.root,
          timeoutMs: TIMEOUT_MS,
        },
        systemClock,
      ),
      received: async () => (last === undefined ? undefined : pemOf(last)),
      breakIt: async () => {
        isBroken = true;
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
});

describeTarget({
  title: 'kubernetes',
  createDelivery,
  async open() {
    const dir = await openTempDir();
    await writeFile(dir.file('token'), 'a-token\n');
    let isBroken = false;
    let secret: { metadata: object; data: Record<string, string> } | undefined;
    const server = await openHttpsServer(({ method, path, headers, body }) => {
      if (headers['authorization'] !== 'Bearer a-token') return { status: 401 };
      if (method === 'GET') {
        if (!path.endsWith('/namespaces/web/secrets/app.example.com')) return { status: 400 };
        return secret === undefined ? { status: 404 } : { body: secret };
      }
      if (isBroken) return { status: 403, body: { message: `forbidden: ${body}` } };
      const given = JSON.parse(body) as NonNullable<typeof secret>;
      const isNew = method === 'POST' && path.endsWith('/namespaces/web/secrets');
      if (!isNew && !('resourceVersion' in given.metadata)) return { status: 400 };
      secret = { ...given, metadata: { ...given.metadata, resourceVersion: '7' } };
      return { status: isNew ? 201 : 200, body: secret };
    });
    await writeFile(dir.file('ca'), server.root);
    return {
      target: createKubernetesTarget({
        server: server.url,
        tokenFile: dir.file('token'),
        caFile: dir.file('ca'),
        namespace: 'web',
        secret: '{name}',
        timeoutMs: TIMEOUT_MS,
      }),
      async received() {
        const { 'tls.crt': chain, 'tls.key': key } = secret?.data ?? {};
        if (chain === undefined || key === undefined) return undefined;
        const decode = (text: string): string => Buffer.from(text, 'base64').toString();
        return { chainPem: decode(chain), keyPem: decode(key) };
      },
      breakIt: async () => {
        isBroken = true;
      },
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await dir[Symbol.asyncDispose]();
      },
    };
  },
});

async function readPair(chain: string, key: string): ReturnType<TargetHarness['received']> {
  try {
    return { chainPem: await readFile(chain, 'utf8'), keyPem: await readFile(key, 'utf8') };
  } catch {
    return undefined;
  }
}

/** A folder that is not empty stands where the new file would be written. */
async function blockDraft(path: string): Promise<void> {
  await rm(path, { force: true });
  await mkdir(`${path}/full`, { recursive: true });
}

function splitCombined(pem: string): { chainPem: string; keyPem: string } {
  const at = pem.indexOf('-----BEGIN PRIVATE KEY');
  return { chainPem: pem.slice(0, at), keyPem: `${pem.slice(at).trim()}\n` };
}

function pemOf(document: string): { chainPem: string; keyPem: string } {
  const { pem } = JSON.parse(document) as { pem: { fullchain: string; key: string } };
  return { chainPem: pem.fullchain, keyPem: pem.key };
}
