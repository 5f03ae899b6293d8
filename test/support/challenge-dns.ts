/**
 * The DNS that the test CA asks: every name is this machine, every record can be set.
 *
 * @module
 */
import { requestText } from './https-request.ts';

/** Names are absolute with or without their final dot. */
export interface ChallengeDns {
  /** Where programs outside this process post the same changes. */
  readonly managementUrl: string;
  /** Adds a value to the name's TXT set. */
  setTxt(name: string, value: string): Promise<void>;
  /** Removes the name's whole TXT set. */
  clearTxt(name: string): Promise<void>;
  setCname(name: string, target: string): Promise<void>;
  clearCname(name: string): Promise<void>;
  setAddresses(name: string, addresses: readonly string[]): Promise<void>;
  clearAddresses(name: string): Promise<void>;
  setCaa(name: string, policies: readonly { tag: string; value: string }[]): Promise<void>;
  clearCaa(name: string): Promise<void>;
  /** All queries for the name fail with SERVFAIL until cleared. */
  setServfail(name: string): Promise<void>;
  clearServfail(name: string): Promise<void>;
}

/** Speaks to the management port of pebble-challtestsrv. */
export function connectChallengeDns(managementPort: number): ChallengeDns {
  const managementUrl = `http://127.0.0.1:${managementPort}`;
  const post = async (path: string, value: Record<string, unknown>): Promise<void> => {
    const url = `${managementUrl}/${path}`;
    const { status, body } = await requestText(url, { body: JSON.stringify(value) });
    if (status !== 200) throw new Error(`pebble-challtestsrv refused ${path}: ${status} ${body}`);
  };
  return {
    managementUrl,
    setTxt: (name, value) => post('set-txt', { host: absolute(name), value }),
    clearTxt: (name) => post('clear-txt', { host: absolute(name) }),
    setCname: (name, target) =>
      post('set-cname', { host: absolute(name), target: absolute(target) }),
    clearCname: (name) => post('clear-cname', { host: absolute(name) }),
    setAddresses: (name, addresses) => post('add-a', { host: absolute(name), addresses }),
    clearAddresses: (name) => post('clear-a', { host: absolute(name) }),
    setCaa: (name, policies) => post('add-caa', { host: absolute(name), policies }),
    clearCaa: (name) => post('clear-caa', { host: absolute(name) }),
    setServfail: (name) => post('set-servfail', { host: absolute(name) }),
    clearServfail: (name) => post('clear-servfail', { host: absolute(name) }),
  };
}

function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}
