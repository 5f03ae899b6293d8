/**
 * An iteration whose first step was begun before somebody asked for it.
 *
 * @module
 */

/** All of it, the first step included. */
export async function* goOn<T>(
  first: IteratorResult<T, void> | Promise<IteratorResult<T, void>>,
  rest: AsyncIterator<T, void>,
): AsyncGenerator<T, void, undefined> {
  for (let step = await first; step.done !== true; step = await rest.next()) yield step.value;
}
