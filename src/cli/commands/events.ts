/**
 * `certctl events list`, `follow`, `types`, `test`, `dead` and `replay`
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { type DeadDelivery, placeOf } from '../../api/event-operations.ts';
import { followEvents } from '../../api/follow-events.ts';
import type { EventView } from '../../observe/events/event.ts';
import { gistOf } from '../../observe/events/gist.ts';
import { namesText } from '../names-text.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { renderTable } from '../table.ts';

const MOST = 1_000;
const USUAL = 50;
const SHOWN_NAMES = 3;

export function addEvents(program: Command): void {
  const events = program.command('events').description('What happened, and who was told of it.');
  addListOfEvents(events);
  addFollow(events);
  withCommonOptions(
    events.command('types').description('Lists every type of event with its meaning.'),
  ).action((options: CommonOptions) =>
    runAction(options, async ({ output }) => {
      const { EVENTS, EVENT_TYPES } = await import('../../observe/events/catalogue.ts');
      const types = EVENT_TYPES.map((type) => ({ type, meaning: EVENTS[type].description ?? '' }));
      const rows = types.map(({ type, meaning }) => [type, meaning]);
      output.result(types, renderTable([['TYPE', 'MEANING'], ...rows]));
      return undefined;
    }),
  );
  addTest(events);
  addDead(events);
  addReplay(events);
}

function addListOfEvents(events: Command): void {
  const list = events
    .command('list')
    .description('Lists what happened, the newest first.')
    .argument('[name]', 'only what is about this name')
    .option('--type <pattern...>', 'only of these types, e.g. certificate.*')
    .option('--limit <count>', `at most so many (up to ${MOST})`, parseLimit, USUAL)
    .option('--before <id>', 'only what came before this event');
  type Options = CommonOptions & { type?: string[]; limit: number; before?: string };
  withCommonOptions(list).action((name: string | undefined, options: Options) =>
    runAction(options, async ({ operations, output, signal }) => {
      const daemon = await operations();
      const found: EventView[] = [];
      let from = options.before;
      do {
        const limit = options.limit - found.length;
        const body = { order: 'newest', name, events: options.type, limit, from } as const;
        const { items, next } = await daemon.listEvents(body, output.progress, signal);
        found.push(...items);
        from = next;
      } while (from !== undefined && found.length < options.limit);
      output.result(found, describeEvents(found));
      return undefined;
    }),
  );
}

function addFollow(events: Command): void {
  const follow = events
    .command('follow')
    .summary('show what happens, as it happens')
    .description('Shows what happens from now on, as it happens, until it is interrupted.')
    .argument('[name]', 'only what is about this name')
    .option('--type <pattern...>', 'only of these types, e.g. certificate.*')
    .option('--after <id>', 'begin after this event, and not now');
  type Options = CommonOptions & { type?: string[]; after?: string };
  withCommonOptions(follow).action((name: string | undefined, options: Options) =>
    runAction(options, async ({ operations, output, signal }) => {
      const { progress: report } = output;
      const following = { operations: await operations(), clock: systemClock, report, signal };
      const filter = { name, events: options.type };
      for await (const event of followEvents(following, filter, options.after)) {
        if (event !== undefined) output.result(event, describeEvent(event));
      }
      return undefined;
    }),
  );
}

function addTest(events: Command): void {
  const test = events
    .command('test')
    .summary('try whether a subscription works')
    .description('Sends an event of the type delivery.test.v1 to the receiver of a subscription.')
    .argument('<subscription>', 'its name below notify in the configuration');
  withCommonOptions(test).action((subscription: string, options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const body = { subscription };
      const done = await (await operations()).testSubscription(body, output.progress, signal);
      output.result(done, `${subscription} took the event within ${done.milliseconds} ms`);
      return undefined;
    }),
  );
}

function addDead(events: Command): void {
  const dead = events
    .command('dead')
    .summary('list what could not be delivered')
    .description('Lists the events that were given up for a subscription, the newest first.')
    .option('--subscription <name>', 'only of this one')
    .option('--limit <count>', `at most so many (up to ${MOST})`, parseLimit, USUAL)
    .option('--all', 'all of them, however many there are');
  type Options = CommonOptions & { subscription?: string; limit: number; all?: boolean };
  withCommonOptions(dead).action((options: Options) =>
    runAction(options, async ({ operations, output, signal }) => {
      const { subscription, all = false } = options;
      const limit = all ? MOST : options.limit;
      const daemon = await operations();
      const found: DeadDelivery[] = [];
      let after: ReturnType<typeof placeOf> | undefined;
      do {
        const body = { subscription, limit, after };
        const items = await daemon.listDeadDeliveries(body, output.progress, signal);
        found.push(...items);
        const last = all && items.length === limit ? items.at(-1) : undefined;
        after = last && placeOf(last);
      } while (after !== undefined);
      output.result(found, describeDead(found));
      return undefined;
    }),
  );
}

function addReplay(events: Command): void {
  const replay = events
    .command('replay')
    .summary('deliver again what could not be delivered')
    .description(
      'Lets the daemon try again what was given up: one event, those of one subscription, or all.',
    )
    .argument('[event-id]', 'only this event')
    .option('--subscription <name>', 'only for this one')
    .option('--all', 'everything that was given up');
  type Options = CommonOptions & { subscription?: string; all?: boolean };
  withCommonOptions(replay).action((eventId: string | undefined, options: Options) =>
    runAction(options, async ({ operations, output, signal }) => {
      const { subscription } = options;
      if (eventId === undefined && subscription === undefined && options.all !== true) {
        throw new AppError('usage/invalid', 'nothing was chosen to be replayed', {
          mend: 'Name an event, a --subscription, or give --all.',
        });
      }
      const body = { eventId, subscription };
      const done = await (await operations()).replayDeliveries(body, output.progress, signal);
      output.result(done, `${done.replayed} deliveries are tried again while certctl serve runs`);
      return undefined;
    }),
  );
}

export function describeEvents(events: readonly EventView[]): string {
  if (events.length === 0) return 'nothing has happened yet';
  const rows = events.map((event) => [
    event.timestamp,
    event.type,
    namesText(event.names, SHOWN_NAMES),
    gistOf(event),
    event.id,
  ]);
  return renderTable([['TIME', 'TYPE', 'NAMES', 'WHAT', 'ID'], ...rows]);
}

function describeEvent(event: EventView): string {
  const names = namesText(event.names, SHOWN_NAMES);
  return [event.timestamp, event.type, names, gistOf(event)].filter(Boolean).join('  ');
}

function describeDead(deliveries: readonly DeadDelivery[]): string {
  if (deliveries.length === 0) return 'everything was delivered, or waits for its next attempt';
  const rows = deliveries.map(({ subscription, event, attempts, error, deadAt }) => [
    deadAt,
    subscription,
    event.type,
    event.id,
    String(attempts),
    error,
  ]);
  return renderTable([['GIVEN UP', 'FOR', 'TYPE', 'ID', 'ATTEMPTS', 'ERROR'], ...rows]);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new InvalidArgumentError(`must be a whole number from 1 to ${MOST}`);
}
