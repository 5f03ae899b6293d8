/**
 * What an adapter gives to the contract suite.
 *
 * @module
 */
import type { Store } from './store.ts';

/** A fresh, empty store that goes away with the test. */
export interface StoreHarness extends AsyncDisposable {
  readonly store: Store;
  /** A connection of its own to the same records, closed with the harness. */
  openAnother(): Promise<Store>;
}
