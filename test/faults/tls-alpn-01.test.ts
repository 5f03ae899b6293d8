import { describeCrashes } from './describe-crashes.ts';

await describeCrashes('tls-alpn-01');
