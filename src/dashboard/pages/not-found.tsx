/**
 * An address that leads nowhere.
 *
 * @module
 */
import { Link } from '../router.tsx';
import { Page } from './page.tsx';

export function NotFoundPage() {
  return (
    <Page title="There is no such page">
      <p>
        Nothing is at this address. Go to the <Link to="/">overview</Link> or the{' '}
        <Link to="/certificates">inventory</Link>.
      </p>
    </Page>
  );
}
