/**
 * Completion scripts, made from the commands themselves.
 *
 * @module
 */
import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may stand in a place: one of some words, a file, a folder, or something that nobody can guess. */
type Value = readonly string[] | 'file' | 'folder' | 'anything';

interface CommandOption {
  readonly flag: string;
  readonly description: string;
  /** Absent for switches. */
  readonly value?: Value;
}

interface CommandWords {
  /** The words that lead to it: `ca export`. */
  readonly path: string;
  readonly children: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CommandOption[];
  readonly argument: Value;
}

export function renderCompletion(shell: Shell, program: Command): string {
  const commands = [...describe(program, '')];
  switch (shell) {
    case 'bash':
      return renderBash(commands);
    case 'zsh':
      return renderZsh(commands);
    case 'fish':
      return renderFish(commands);
  }
}

const HELP: CommandOption = { flag: '--help', description: 'display help for command' };

function* describe(command: Command, path: string): Generator<CommandWords> {
  const [argument] = command.registeredArguments;
  yield {
    path,
    children: command.commands.map((child) => ({
      name: child.name(),
      summary: child.summary() || child.description(),
    })),
    options: [...command.options.map(describeOption), HELP],
    argument: argument?.argChoices ?? KINDS[argument?.name() ?? ''] ?? 'anything',
  };
  for (const child of command.commands) yield* describe(child, `${path} ${child.name()}`.trim());
}

function describeOption({ long, short, description, flags, argChoices }: Option): CommandOption {
  const name = /[<[]([a-z]+)/.exec(flags)?.[1];
  return {
    flag: long ?? short ?? '',
    description,
    ...(name === undefined ? {} : { value: argChoices ?? KINDS[name] ?? 'anything' }),
  };
}

/** By the word that stands for the value in the help. */
const KINDS: Readonly<Record<string, Value>> = { file: 'file', dir: 'folder' };

/** The longest row of words that is a command: in bash and zsh, where the words are given. */
function walk(commands: readonly CommandWords[], words: string): string {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return `  local word at='' next=''
  for word in "${words}"; do
    next="\${at:+$at }$word"
    case "$next" in
      ${paths.join('|')}) at="$next" ;;
    esac
  done`;
}

function renderBash(commands: readonly CommandWords[]): string {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flag, value }) =>
      value === undefined ? [] : [`    '${path} ${flag}') ${bashReply(value)}; return ;;`],
    ),
  );
  const choices = commands.map(({ path, children, options, argument }) => {
    const words = [
      ...children.map(({ name }) => name),
      ...(typeof argument === 'string' ? [] : argument),
      ...options.map(({ flag }) => flag),
    ];
    const files = argument === 'file' || argument === 'folder' ? argument : undefined;
    const more = files && `[[ $current == -* ]] || ${bashReply(files).replace('=(', '+=(')}; `;
    return `    '${path}') ${bashReply(words)}; ${more ?? ''};;`.replace('; ;;', ' ;;');
  });
  return `_certctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
${walk(commands, '${COMP_WORDS[@]:1:COMP_CWORD-1}')}
  COMPREPLY=()
  case "$at \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${choices.join('\n')}
  esac
}
complete -F _certctl certctl`;
}

const BASH_GENERATORS = { file: '-f', folder: '-d', anything: "-W ''" } as const;

function bashReply(value: Value): string {
  const how = typeof value === 'string' ? BASH_GENERATORS[value] : `-W '${value.join(' ')}'`;
  return `COMPREPLY=($(compgen ${how} -- "$current"))`;
}

function renderZsh(commands: readonly CommandWords[]): string {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flag, value }) =>
      value === undefined ? [] : [`    '${path} ${flag}') ${zshReply(value)}; return ;;`],
    ),
  );
  const choices = commands.map(({ path, children, options, argument }) => {
    const named = children.map(({ name, summary }) => zshEntry(name, summary));
    const flags = options.map(({ flag, description }) => zshEntry(flag, description));
    const words =
      argument === 'anything' && children.length > 0
        ? ` words_here=(${named.join(' ')})`
        : ` ${zshReply(argument)}`;
    return `    '${path}') options_here=(${flags.join(' ')})
      [[ $PREFIX == -* ]] ||${words} ;;`;
  });
  return `#compdef certctl
_certctl() {
  local -a words_here options_here
${walk(commands, '${(@)words[2,CURRENT-1]}')}
  case "$at \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${choices.join('\n')}
  esac
  (( $#words_here )) && _describe command words_here
  [[ $PREFIX == -* || $#words_here -eq 0 ]] && _describe -o option options_here
}
# Run by the completion system from a file named _certctl, or sourced.
if [[ $funcstack[1] == _certctl ]]; then _certctl "$@"; else compdef _certctl certctl; fi`;
}

function zshEntry(word: string, what: string): string {
  return `'${quote(word.replaceAll(':', String.raw`\:`))}:${quote(what)}'`;
}

function zshReply(value: Value): string {
  if (value === 'file') return '_files';
  if (value === 'folder') return '_files -/';
  if (value === 'anything') return '_message value';
  return `compadd -- ${value.join(' ')}`;
}

function renderFish(commands: readonly CommandWords[]): string {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  const lines = [
    'function __certctl_at --description "The command that the line has come to"',
    '  set -l at',
    '  for word in (commandline -opc)[2..-1]',
    '    set -l next (string join " " -- $at $word)',
    `    contains -- $next ${paths.join(' ')}; and set at $next`,
    '  end',
    '  test "$at" = "$argv"',
    'end',
    'complete -c certctl -f',
  ];
  for (const { path, children, options, argument } of commands) {
    const here = `complete -c certctl -n '${`__certctl_at ${path}`.trim()}'`;
    for (const { name, summary } of children) {
      lines.push(`${here} -a ${name} -d '${fishQuote(summary)}'`);
    }
    if (typeof argument !== 'string') lines.push(`${here} -a '${argument.join(' ')}'`);
    if (argument === 'file' || argument === 'folder') lines.push(`${here} -F`);
    for (const { flag, description, value } of options) {
      const takes = value === undefined ? '' : ` ${fishValue(value)}`;
      lines.push(`${here} -l ${flag.replace(/^--/, '')}${takes} -d '${fishQuote(description)}'`);
    }
  }
  return lines.join('\n');
}

function fishValue(value: Value): string {
  if (value === 'file' || value === 'folder') return '-r -F';
  return value === 'anything' ? '-x' : `-x -a '${value.join(' ')}'`;
}

/** Inside single quotes of bash and zsh. */
function quote(text: string): string {
  return text.replaceAll("'", String.raw`'\''`).replaceAll('\n', ' ');
}

function fishQuote(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", String.raw`\'`)
    .replaceAll('\n', ' ');
}
