/**
 * A problem as a page, for who meets it by the address bar of a browser.
 *
 * @module
 */
import type { FastifyRequest } from 'fastify';
import { isDashboardPath } from '../access/dashboard-paths.ts';
import type { Problem } from './problem.ts';

export const PAGE_TYPE = 'text/html; charset=utf-8';

/** Pages are for the dashboard's places only: programs always get problem documents. */
export function wantsPage({ url, method, headers }: FastifyRequest): boolean {
  const isAsked = /^[^,]*text\/html/.test(headers.accept ?? '');
  return method === 'GET' && isAsked && isDashboardPath(url);
}

export function problemPage({ title, detail, mend, code, requestId }: Problem): string {
  const lines = [sentence(detail), ...(mend === undefined ? [] : [mend])];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${escaped(title)} – certctl</title></head>
<body>
<h1>${escaped(title)}</h1>
${lines.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
<p><a href="/">Go to the dashboard</a></p>
<p><small>${escaped(code)}, request ${escaped(requestId)}</small></p>
</body>
</html>
`;
}

function sentence(fragment: string): string {
  return `${fragment.slice(0, 1).toUpperCase()}${fragment.slice(1)}.`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
