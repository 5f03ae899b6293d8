/**
 * The way to a new certificate, for those who may issue.
 *
 * @module
 */
import { Link } from '../router.tsx';
import { Icon } from './icon.tsx';

export function NewCertificateLink() {
  return (
    <Link to="/issue" class="button primary">
      <Icon name="add" />
      New certificate
    </Link>
  );
}
