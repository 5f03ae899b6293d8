import { describeCrashes } from './describe-crashes.ts';

await describeCrashes('dns-account-01');
