import { describeCrashes } from './describe-crashes.ts';

await describeCrashes('http-01');
