/**
 * `certctl completion SHELL`
 *
 * @module
 */
import { Argument, type Command } from 'commander';
import { SHELLS, type Shell, renderCompletion } from '../completion.ts';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script')
    .description(
      'Prints a completion script, e.g. for ~/.bashrc: source <(certctl completion bash); ' +
        'for zsh to a file _certctl in $fpath, for fish to ~/.config/fish/completions/certctl.fish.',
    )
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => console.log(renderCompletion(shell, program)));
}
