/**
 * The keys `events` and `notify` of a configuration file.
 *
 * @module
 */
import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from '../core/clock.ts';
import { parseSpan } from './parse-duration.ts';
import { count, duration, flag, label, oneOrMore, text } from './file-leaves.ts';

const MOST_SUBSCRIPTIONS = 100;
const MOST_PATTERNS = 100;
/** Deliveries are tried for a day, and what was given up must be there to be replayed. */
const SHORTEST_KEEP_MS = 2 * DAY_MS;
const KEEP = 'must be a duration of at least 2d, such as "90d"';

const patterns = (error: string) =>
  z.array(text(300)).min(1).max(MOST_PATTERNS, { error }).optional();

const common = {
  events: patterns('names too many types').describe(
    'Types such as certificate.renewed.v1, or their beginning: certificate.*. Usually all.',
  ),
  names: patterns('has too many names').describe(
    'Only events about these names; a wildcard stands for one label. Usually all.',
  ),
  retryFor: duration((ms) => ms >= MINUTE_MS && ms <= DAY_MS * 7, ', from 1m to 7d')
    .optional()
    .describe('How long an event is tried. Usually 1d.'),
  timeout: duration((ms) => ms >= 100 && ms <= 5 * MINUTE_MS, ', from 100ms to 5m')
    .optional()
    .describe('For one attempt. Usually 10s, for mail 1m.'),
};

const subscription = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook').describe('A signed HTTP request.'),
    url: text().describe('Where it goes: an https URL.'),
    secret: oneOrMore(text(200)).describe(
      'Signs it: whsec_ and base64 of 24 to 64 random bytes. Several while it changes.',
    ),
    allowPrivate: flag()
      .optional()
      .describe('true: addresses of private networks and http are fine. Usually false.'),
    caBundle: text().optional().describe('PEM file of roots to trust beside the usual ones.'),
    ...common,
  }),
  z.strictObject({
    type: z.literal('email').describe('Mail over SMTP.'),
    host: text(253).describe('The mail server.'),
    port: count(1, 65_535)
      .optional()
      .describe('Usually 587; 465 with tls: implicit, 25 with tls: none.'),
    tls: z
      .enum(['starttls', 'implicit', 'none'])
      .optional()
      .describe('How the connection is protected. Usually starttls, and never without it then.'),
    user: text(300).optional().describe('Where the server wants to know who sends.'),
    password: text(1_000).optional().describe('Of that user.'),
    caBundle: text().optional().describe('PEM file of roots to trust beside the usual ones.'),
    from: text(400).describe('The address of the sender: certctl@example.com.'),
    to: oneOrMore(text(400)).describe('Who gets it: ops@example.com. A list for several.'),
    digest: duration((ms) => ms >= 10_000 && ms <= DAY_MS, ', from 10s to 1d')
      .optional()
      .describe('One mail for all that happens within so long. Usually a mail for each event.'),
    ...common,
  }),
  z.strictObject({
    type: z.literal('command').describe('A program that gets the event as JSON on its input.'),
    command: z
      .array(z.string().max(4096))
      .min(1)
      .max(100)
      .refine(([program = '']) => program.startsWith('/'), {
        error: 'must begin with the absolute path of a program',
      })
      .describe('Program and arguments.'),
    ...common,
  }),
]);

export const notify = z
  .record(label(), subscription)
  .refine((entries) => Object.keys(entries).length <= MOST_SUBSCRIPTIONS, {
    error: `must have at most ${MOST_SUBSCRIPTIONS} entries`,
  });

export const events = z.strictObject({
  keep: z
    .string({ error: KEEP })
    .refine((given) => (parseSpan(given) ?? 0) >= SHORTEST_KEEP_MS, { error: KEEP })
    .optional()
    .describe('How long events are kept. Usually 90d.'),
});

export const watch = z.strictObject({
  expiring: z
    .array(z.number().gt(0).lt(1))
    .max(10)
    .optional()
    .describe(
      'Warn when this part of life is left and no renewal came, of tokens always. Usually 0.3, 1/6, 1/12, 1/24.',
    ),
  heartbeat: text().optional().describe('URL that is asked for while certctl is well.'),
  every: duration((ms) => ms >= 10 * 1_000, ', at least 10s')
    .optional()
    .describe('How often. Usually 5m.'),
  selfCheck: z
    .union(
      [
        flag(),
        z.strictObject({
          address: text()
            .optional()
            .describe(
              'host:port where names are served that no endpoint here serves; {name} stands for each.',
            ),
          every: duration((ms) => ms >= 10 * 1_000, ', at least 10s')
            .optional()
            .describe('How often each name is asked for. Usually 1h.'),
        }),
      ],
      { error: 'must be true, false, or a map with address and every' },
    )
    .optional()
    .describe('Connects to each name that is served, and compares the certificate. Usually true.'),
});

export type FileSubscription = z.output<typeof subscription>;
