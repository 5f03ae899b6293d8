/**
 * Events as JSON on the standard input of a program.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';
import { lastLine } from '../../wire/foreign-text.ts';
import { runProgram } from '../../programs/run-program.ts';
import type { Notifier } from '../notifier.ts';

export interface CommandSettings {
  /** The program by its absolute path, and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LANG: 'C.UTF-8' };

export function createCommandNotifier({ command, timeoutMs }: CommandSettings): Notifier {
  const [program, ...args] = command;
  return {
    async send(event, signal) {
      const call = {
        program,
        args,
        environment: { ...ENVIRONMENT, CERTCTL_EVENT: event.type },
        timeoutMs,
        input: `${JSON.stringify(event)}\n`,
        leavesNothing: true,
      };
      const end = await runProgram(call, signal).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw failed(program, 'it cannot be started', thrown);
      });
      if (end.status === 0) return;
      const said = lastLine(end.output);
      const how = end.timedOut
        ? `it took longer than ${timeoutMs} ms`
        : `it ended with ${end.status ?? end.endedBySignal ?? 'an unknown status'}`;
      throw failed(program, said === undefined ? how : `${how}: ${said}`);
    },
  };
}

function failed(program: string, reason: string, cause?: unknown): AppError {
  return new AppError('delivery/failed', `cannot deliver to ${program}: ${reason}`, {
    cause,
    mend: 'Run the program by hand with an event on its standard input, and mend what it reports.',
  });
}
