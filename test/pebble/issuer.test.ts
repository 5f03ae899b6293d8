/**
 * The contract of issuers, for ACME.
 *
 * @module
 */
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { describeIssuer } from '../../src/issuers/issuer.contract.ts';
import { openControl } from '../../src/main/control.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openRelay } from '../support/relay.ts';
import { openTempDir } from '../support/temp-dir.ts';

describeIssuer({
  title: 'acme',
  open: async () => {
    await using resources = new AsyncDisposableStack();
    const ca = resources.use(await Pebble.start());
    const dir = resources.use(await openTempDir());
    // The same CA under another address stands for its staging directory.
    const relay = resources.use(await openRelay(Number(new URL(ca.directoryUrl).port)));
    const staging = `https://localhost:${relay.port}/dir`;
    const path = await writeAcmeConfig(dir, ca, '', { staging });
    const config = await loadConfig({ path, environment: readEnvironment() });
    const { signal } = new AbortController();
    const control = await openControl({ config, hasTerminator: false, clock: systemClock }, signal);
    resources.defer(() => control.close());
    const held = resources.move();
    return {
      issuer: await control.context.issuers.find('pebble'),
      settings: { challenges: ['http-01'], http01Port: ca.httpPort },
      verify: async (chainPem) => verifyChain(chainPem, (await ca.roots()).join('')),
      countOrders: () => ca.orderCount(),
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  },
});
