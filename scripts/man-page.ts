/**
 * Prints certctl(1), made from the commands: `node scripts/man-page.ts > man/certctl.1`. The build
 * does it.
 *
 * @module
 */
import type { Argument, Command, Option } from 'commander';
import { createProgram } from '../src/cli/main.ts';

export function manPage(): string {
  const program = createProgram();
  const version = program.version() ?? '';
  const commands = [...leavesOf(program)];
  const common = commonOptions(commands);
  return [
    `.TH CERTCTL 1 "" ${quote(`certctl ${version}`)} "User Commands"`,
    '.SH NAME',
    `certctl \\- ${escape('certificate manager and TLS terminator')}`,
    '.SH SYNOPSIS',
    '.B certctl\n.I command\n.RI [ options ]',
    '.SH DESCRIPTION',
    escape(program.description()),
    '.SH COMMANDS',
    ...commands.flatMap((command) => section(command, common)),
    '.SH COMMON OPTIONS',
    ...common.map(optionEntry),
    '.SH FILES',
    ...FILES.map(([file, text]) => `.TP\n.I ${escape(file)}\n${escape(text)}`),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.map(([status, text]) => `.TP\n.B ${status}\n${escape(text)}`),
    '.SH SEE ALSO',
    '.BR systemd.socket (5),\n.BR openssl (1)',
    '',
  ].join('\n');
}

const FILES: readonly (readonly [string, string])[] = [
  [
    '/etc/certctl/certctl.yaml',
    'The configuration, unless --config, CERTCTL_CONFIG or ./certctl.yaml is there.',
  ],
  ['/var/lib/certctl', 'The data directory of root; ~/.local/share/certctl of others.'],
];

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ['0', 'Done.'],
  ['64', 'Wrong command line.'],
  ['65', 'Bad input.'],
  ['69', 'The CA or DNS is unavailable, or it refused.'],
  ['70', 'A bug in certctl.'],
  ['73', 'Something cannot be written.'],
  ['75', 'Try again later: rate limited, locked, port in use.'],
  ['77', 'Not permitted.'],
  ['78', 'The configuration is at fault.'],
  ['130', 'Interrupted; the same command goes on with the rest.'],
];

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

/** The commands that do something, with the words that lead to them. */
function* leavesOf(command: Command, path = command.name()): Generator<Leaf> {
  if (command.commands.length === 0) yield { path, command };
  for (const child of command.commands) yield* leavesOf(child, `${path} ${child.name()}`);
}

/** Those that most commands have are explained once. */
function commonOptions(commands: readonly Leaf[]): Option[] {
  const options = commands.flatMap(({ command }) => command.options);
  const byText = Map.groupBy(options, textOf);
  return [...byText.values()].flatMap((same) => {
    const [first] = same;
    return first !== undefined && same.length > commands.length / 2 ? [first] : [];
  });
}

function section({ path, command }: Leaf, common: readonly Option[]): string[] {
  const usual = new Set(common.map(textOf));
  const words = command.registeredArguments.map(argumentText).join(' ');
  const own = command.options.filter((option) => !option.hidden && !usual.has(textOf(option)));
  return [
    `.SS ${quote(`${path} ${words}`.trim())}`,
    escape(command.description()),
    ...own.map(optionEntry),
  ];
}

function optionEntry(option: Option): string {
  return `.TP\n.B ${escape(option.flags)}\n${escape(sentence(option))}`;
}

function sentence({ description, argChoices }: Option): string {
  return argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`;
}

function argumentText(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? name : `[${name}]`;
}

function textOf({ flags, description }: Option): string {
  return `${flags}\n${description}`;
}

/** roff reads backslashes anywhere, and dots and quotes at the start of a line. */
function escape(text: string): string {
  const plain = text.replaceAll('\\', String.raw`\e`).replaceAll('-', String.raw`\-`);
  return plain
    .replaceAll('…', '...')
    .split('\n')
    .map((line) => (/^[.']/.test(line) ? String.raw`\&${line}` : line))
    .join('\n');
}

function quote(text: string): string {
  return `"${escape(text).replaceAll('"', String.raw`\(dq`)}"`;
}

if (import.meta.main) process.stdout.write(manPage());
