/**
 * What a mail about events says, as plain text.
 *
 * @module
 */
import { EVENTS } from '../../observe/events/catalogue.ts';
import type { EventView } from '../../observe/events/event.ts';

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

const MOST_DETAILED = 50;
const MOST_NAMES = 20;
const LONGEST_LINE = 500;
const LONGEST_SUBJECT = 150;

export function writeMail(events: readonly EventView[]): MailText {
  const [first] = events;
  if (first === undefined) throw new TypeError('a mail about nothing');
  return events.length === 1 ? aboutOne(first) : aboutSeveral(events);
}

function aboutOne(event: EventView): MailText {
  return { subject: subjectOf(event), text: `${meaningOf(event)}\n\n${factsOf(event)}\n` };
}

function aboutSeveral(events: readonly EventView[]): MailText {
  const counts = Map.groupBy(events, ({ type }) => type);
  const byCount = [...counts].toSorted(([, left], [, right]) => right.length - left.length);
  const [[type] = ['']] = byCount;
  const others = byCount.length === 1 ? '' : ' and others';
  const table = byCount.map(([each, { length }]) => `${String(length).padStart(6)}  ${each}`);
  const detailed = events
    .slice(0, MOST_DETAILED)
    .map((event) => `${subjectOf(event).replace('certctl: ', '')}\n${factsOf(event)}`);
  const rest = events.length - MOST_DETAILED;
  const more = rest > 0 ? [`… and ${rest} more: see \`certctl events list\`.`] : [];
  return {
    subject: line(`certctl: ${events.length} events, ${type}${others}`, LONGEST_SUBJECT),
    text: `${[table.join('\n'), ...detailed, ...more].join('\n\n')}\n`,
  };
}

function subjectOf({ type, names, data }: EventView): string {
  const { target, subscription, name } = data;
  const [first = target ?? subscription ?? name, ...others] = names;
  const about = typeof first === 'string' ? ` ${first}` : '';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return line(`certctl: ${type}${about}${more}`, LONGEST_SUBJECT);
}

function meaningOf({ type }: EventView): string {
  return EVENTS[type].description ?? type;
}

function factsOf({ id, type, timestamp, certificateId, names, data }: EventView): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const hidden = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['names', names.length === 0 ? undefined : `${shown}${hidden}`],
    ...leavesOf(data),
    ['time', timestamp],
    ['type', type],
    ['certificate', certificateId],
    ['event', id],
  ];
  return facts
    .flatMap(([key, value]) =>
      value === undefined ? [] : [line(`${`${key}:`.padEnd(16)} ${value}`)],
    )
    .join('\n');
}

/** Each single value in it; those of an error without the word before them. */
function leavesOf(data: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  return Object.entries(data).flatMap(([key, value]): (readonly [string, string])[] => {
    if (typeof value !== 'object' || value === null) return [[key, String(value)]];
    if (Array.isArray(value)) return [[key, value.slice(0, MOST_NAMES).join(', ')]];
    const inner = leavesOf(value as Record<string, unknown>);
    return inner.map(([name, text]) => [
      key === 'error' && name !== 'code' ? name : `${key} ${name}`,
      text,
    ]);
  });
}

/** One line, whatever is in it. */
function line(text: string, longest = LONGEST_LINE): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trimEnd();
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}
