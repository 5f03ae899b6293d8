/**
 * As much of HAProxy's Runtime API as updates of certificates need, with HAProxy's own words.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';

export interface RuntimeApiServer extends AsyncDisposable {
  readonly path: string;
  /** In force, by name; empty texts are new. */
  readonly certificates: Map<string, string>;
  readonly crtList: string[];
  refusesCommits: boolean;
  readonly commands: string[];
}

export async function startRuntimeApi(path: string): Promise<RuntimeApiServer> {
  const pending = new Map<string, string>();
  const state = {
    path,
    certificates: new Map<string, string>(),
    crtList: [] as string[],
    refusesCommits: false,
    commands: [] as string[],
  };
  const answer = (text: string): string => {
    const [line = '', ...payload] = text.split('\n');
    const words = line.split(' ');
    const name = words[3] ?? '';
    state.commands.push(line);
    switch (words.slice(0, 3).join(' ')) {
      case 'show ssl cert': {
        if (name === '') return ['# filename', ...state.certificates.keys(), ''].join('\n');
        const pem = state.certificates.get(name) ?? '';
        return `Filename: ${name}\nStatus: Used\nSerial: ${new X509Certificate(pem).serialNumber}\n`;
      }
      case 'new ssl cert':
        state.certificates.set(name, '');
        return `New empty certificate store '${name}'!\n`;
      case 'set ssl cert':
        pending.set(name, payload.join('\n').trim());
        return `Transaction created for certificate ${name}!\n`;
      case 'commit ssl cert':
        if (state.refusesCommits) return `Can't commit ${name}: inconsistencies\n`;
        state.certificates.set(name, pending.get(name) ?? '');
        pending.delete(name);
        return `Committing ${name}\nSuccess!\n`;
      case 'abort ssl cert':
        pending.delete(name);
        return `Transaction aborted for certificate '${name}'!\n`;
      case 'show ssl crt-list':
        return ['# list', ...state.crtList].join('\n');
      case 'add ssl crt-list':
        state.crtList.push(words[4] ?? '');
        return `Inserting certificate\nSuccess!\n`;
      default:
        return 'Unknown command\n';
    }
  };
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const isWhole = text.includes('<<\n') ? text.endsWith('\n\n') : text.endsWith('\n');
      if (isWhole) socket.end(answer(text.trimEnd()));
    });
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  return Object.assign(state, {
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => void server.close(resolve));
    },
  });
}
