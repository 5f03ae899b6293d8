/**
 * Addresses of e-mail, as configurations write them.
 *
 * @module
 */
import { findName, isAddress, isWildcard } from '../../core/names.ts';

export interface MailAddress {
  /** What readers see; '' where there is none. */
  readonly name: string;
  /** ASCII: local part, @ and host. */
  readonly address: string;
}

const WITH_NAME = /^(?<name>[^<>"\p{Cc}]{1,100}?) *<(?<address>[^<>]+)>$/u;
/** The dot-atom of RFC 5322 §3.2.3; quoted local parts are nobody's any more. */
const LOCAL_PART = /^(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;

/** `ops@example.com`, or `Operations <ops@example.com>`; `undefined` for anything else. */
export function parseMailAddress(text: string): MailAddress | undefined {
  const { name = '', address = text } = WITH_NAME.exec(text)?.groups ?? {};
  const at = address.lastIndexOf('@');
  const domain = findName(address.slice(at + 1));
  if (at < 1 || !LOCAL_PART.test(address.slice(0, at))) return undefined;
  if (domain === undefined || isWildcard(domain) || isAddress(domain)) return undefined;
  return { name: name.trim(), address: `${address.slice(0, at)}@${domain}` };
}
