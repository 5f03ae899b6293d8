/**
 * A process that loads the key-encryption keys of a file and prints their ids: `kek-creator.ts PATH`.
 *
 * @module
 */
import { fileKekSource } from '../../src/keyring/file/source.ts';

const [, , path = ''] = process.argv;
const keks = await fileKekSource({ path }).load(new AbortController().signal);
process.stdout.write(keks.map(({ id }) => id).join());
