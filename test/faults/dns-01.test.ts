import { describeCrashes } from './describe-crashes.ts';

await describeCrashes('dns-01');
