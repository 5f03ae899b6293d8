/**
 * A certificate's status in its color.
 *
 * @module
 */
import type { CertificateStatus } from '../store/inventory.ts';
import type { Style } from './style.ts';

export function paintStatus(status: CertificateStatus, style: Style): string {
  switch (status) {
    case 'valid':
      return style.green(status);
    case 'pending':
      return style.yellow(status);
    case 'failing':
    case 'expired':
    case 'revoked':
      return style.red(status);
  }
}
