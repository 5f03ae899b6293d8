/**
 * The contract of DNS providers, for every adapter.
 *
 * @module
 */
import { describeDnsProvider } from '../../src/dns/provider.contract.ts';
import { openExecHarness } from '../support/dns-exec-harness.ts';
import { recordedSubject } from '../support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../support/recorded-providers.ts';

describeDnsProvider({ title: 'exec', namesRetryAt: false, open: openExecHarness });

for (const recorded of Object.values(RECORDED_PROVIDERS)) {
  describeDnsProvider(recordedSubject(recorded));
}
