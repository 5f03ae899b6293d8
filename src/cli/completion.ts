/**
 * Completion scripts, made from the commands themselves.
 *
 * @module
 */
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface CommandWords {
  /** The words that lead to it: `ca export`. */
  readonly path: string;
  readonly summary: string;
  readonly options: readonly { readonly flag: string; readonly description: string }[];
  readonly words: readonly string[];
}

export function renderCompletion(shell: Shell, program: Command): string {
  const commands = [...describe(program, '')];
  switch (shell) {
    case 'bash':
      return renderBash(commands);
    case 'zsh':
      return `#compdef certctl\nautoload -U +X bashcompinit && bashcompinit\n${renderBash(commands)}`;
    case 'fish':
      return renderFish(commands);
  }
}

function* describe(command: Command, path: string): Generator<CommandWords> {
  yield {
    path,
    summary: command.summary() || command.description(),
    options: command.options.map(({ long, short, description }) => ({
      flag: long ?? short ?? '',
      description,
    })),
    words: [
      ...command.commands.map((child) => child.name()),
      ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    ],
  };
  for (const child of command.commands) yield* describe(child, `${path} ${child.name()}`.trim());
}

function renderBash(commands: readonly CommandWords[]): string {
  const cases = commands.map(({ path, words, options }) => {
    const choices = [...words, ...options.map(({ flag }) => flag), '--help'].join(' ');
    return `    '${path}') choices='${choices}' ;;`;
  });
  const paths = commands.map(({ path }) => `'${path}'`).join('|');
  return `_certctl() {
  local word path='' next choices=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    case "$next" in
      ${paths}) path="$next" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    --config|--ca-bundle|--cert|--key|--out|--data-dir)
      COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")) ; return ;;
  esac
  COMPREPLY=($(compgen -W "$choices" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _certctl certctl`;
}

function renderFish(commands: readonly CommandWords[]): string {
  const lines = ['complete -c certctl -f'];
  for (const { path, summary, options } of commands) {
    const words = path.split(' ').filter((word) => word !== '');
    const parent = words.slice(0, -1);
    const name = words.at(-1);
    if (name !== undefined) {
      lines.push(
        `complete -c certctl -n '${fishCondition(parent)}' -a ${name} -d '${quote(summary)}'`,
      );
    }
    if (words.length === 0) continue;
    for (const { flag, description } of options) {
      const long = flag.replace(/^--/, '');
      lines.push(
        `complete -c certctl -n '${fishCondition(words)}' -l ${long} -d '${quote(description)}'`,
      );
    }
  }
  return lines.join('\n');
}

function fishCondition(words: readonly string[]): string {
  if (words.length === 0) return '__fish_use_subcommand';
  return words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
}

function quote(text: string): string {
  return text.replaceAll("'", String.raw`\'`).replaceAll('\n', ' ');
}
