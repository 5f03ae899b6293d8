/**
 * Chooses among the chains that a CA has for one certificate (RFC 8555 §7.4.2).
 *
 * @module
 */
import type { AccountHandle } from '../../acme/account.ts';
import type { DownloadedChain } from '../../acme/certificate.ts';
import { isAbort, toAppError } from '../../core/errors.ts';
import type { Reporter } from '../../observe/progress.ts';
import { issuerNamesIn, parseChain } from '../../pki/chain.ts';

/**
 * The first chain that has an issuer called `wanted`, be it the CA's own choice or another, which is
 * downloaded only then. Without one it is the CA's own choice: a certificate is worth more than the
 * preference.
 */
export async function downloadPreferred(
  account: Pick<AccountHandle, 'downloadChain'>,
  certificateUrl: string,
  wanted: string | undefined,
  report: Reporter,
  signal: AbortSignal,
): Promise<string> {
  const usual = await account.downloadChain(certificateUrl, signal);
  if (wanted === undefined || hasIssuer(usual.chain, wanted)) return usual.chain;
  const known = new Set(namesOf(usual.chain));
  for (const url of usual.alternateUrls) {
    const chain = await downloadOther(account, url, report, signal);
    if (chain === undefined || !isSameLeaf(chain, usual.chain)) continue;
    if (hasIssuer(chain, wanted)) return chain;
    for (const name of namesOf(chain)) known.add(name);
  }
  const names = [...known].map((name) => `"${name}"`).join(', ');
  report({
    step: 'warning',
    message: `no chain has an issuer "${wanted}" but ${names}; using the CA's own choice`,
  });
  return usual.chain;
}

async function downloadOther(
  account: Pick<AccountHandle, 'downloadChain'>,
  url: string,
  report: Reporter,
  signal: AbortSignal,
): Promise<DownloadedChain['chain'] | undefined> {
  try {
    return (await account.downloadChain(url, signal)).chain;
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const why = toAppError(thrown).message;
    report({ step: 'warning', message: `another chain of the CA cannot be had: ${why}` });
    return undefined;
  }
}

/** What is no chain at all is left to the check that every chain passes. */
function namesOf(pem: string): Set<string> {
  try {
    return issuerNamesIn(pem);
  } catch {
    return new Set();
  }
}

function hasIssuer(pem: string, wanted: string): boolean {
  const folded = wanted.toLowerCase();
  return [...namesOf(pem)].some((name) => name.toLowerCase() === folded);
}

function isSameLeaf(left: string, right: string): boolean {
  try {
    return parseChain(left).fingerprint256 === parseChain(right).fingerprint256;
  } catch {
    return false;
  }
}
