/**
 * The named targets of a configuration file.
 *
 * @module
 */
import { z } from 'zod';
import { FILE_FORMATS } from '../targets/files/formats.ts';
import { duration, flag, oneOrMore, text } from './file-leaves.ts';

const USUAL_TIMEOUT = '30s';
const PLACEHOLDERS = '{name}, {keyAlgorithm} and {id} are filled in.';

const command = z.array(z.string().max(1_000)).min(1).max(64);
const timeout = duration(
  (milliseconds) => milliseconds >= 100 && milliseconds <= 600_000,
  ', from 100ms to 10m',
)
  .default(USUAL_TIMEOUT)
  .describe('For one command or request.');
const account = z
  .union([z.string().regex(/^[a-z0-9_][\w.-]{0,62}\$?$/i), z.int().min(0).transform(String)], {
    error: 'must be a name or an id',
  })
  .optional();
const ownership = {
  owner: account.describe('Whom the files belong to; only root can give them away.'),
  group: account.describe('Their group.'),
};
const mode = z
  .union([z.string(), z.int().transform((value) => `0${value.toString(8)}`)])
  .refine((value) => /^0?[0-7]{3}$/.test(value), { error: 'must be octal digits such as "0640"' })
  .optional()
  .describe('Of every file. Default: "0600" with the key, "0644" without.');
const passphrase = text()
  .min(6, { error: 'must have at least 6 characters' })
  .optional()
  .describe('Of the PKCS #12 and JKS files; best as ${file:/path}.');
const httpsUrl = z
  .string()
  .max(2_000)
  .refine((given) => URL.canParse(given) && new URL(given).protocol === 'https:', {
    error: 'must be an https URL',
  });
const caBundle = text().optional().describe('PEM file with the roots that are trusted there.');

const paths = Object.fromEntries(FILE_FORMATS.map((format) => [format, text().optional()])) as {
  readonly [format in (typeof FILE_FORMATS)[number]]: z.ZodOptional<ReturnType<typeof text>>;
};

export const target = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('files').describe('Files on this machine, and a command after them.'),
    ...paths,
    key: paths.key.describe(`Path of the key, PKCS #8. ${PLACEHOLDERS}`),
    certificate: paths.certificate.describe('Path of the certificate alone.'),
    chain: paths.chain.describe('Path of its intermediates alone.'),
    fullchain: paths.fullchain.describe('Path of the certificate with its intermediates.'),
    combined: paths.combined.describe('Path of all that with the key, in one file.'),
    pkcs12: paths.pkcs12.describe('Path of a PKCS #12 file; needs a passphrase.'),
    jks: paths.jks.describe('Path of a Java key store; needs a passphrase.'),
    passphrase,
    mode,
    ...ownership,
    command: command.optional().describe('Run after the files are there; no shell reads it.'),
    timeout,
  }),
  z.strictObject({
    type: z.literal('nginx').describe('nginx on this machine: files, test, reload.'),
    certificate: text().describe(`What ssl_certificate names. ${PLACEHOLDERS}`),
    key: text().describe('What ssl_certificate_key names.'),
    test: command.default(['nginx', '-t', '-q']).describe('Tests the configuration.'),
    reload: command.default(['nginx', '-s', 'reload']).describe('Makes nginx read its files.'),
    ...ownership,
    timeout,
  }),
  z.strictObject({
    type: z.literal('haproxy').describe('HAProxy by its Runtime API, without a reload.'),
    socket: oneOrMore(text()).describe('Path or host:port of the admin socket, or a list.'),
    certificate: text().describe(`As HAProxy calls it: its path there. ${PLACEHOLDERS}`),
    file: text().optional().describe('Written as well: HAProxy starts from it the next time.'),
    crtList: text().optional().describe('Where a certificate new to HAProxy is added.'),
    ...ownership,
    timeout,
  }),
  z.strictObject({
    type: z.literal('kubernetes').describe('A Secret of type kubernetes.io/tls.'),
    server: httpsUrl.default('https://kubernetes.default.svc').describe('The API server.'),
    tokenFile: text()
      .default('/var/run/secrets/kubernetes.io/serviceaccount/token')
      .describe('Read before each request.'),
    caBundle: text()
      .default('/var/run/secrets/kubernetes.io/serviceaccount/ca.crt')
      .describe('PEM file with the roots that are trusted there.'),
    namespace: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'must be a namespace' })
      .describe('Of the Secret.'),
    secret: text(253).describe(`Name of the Secret. ${PLACEHOLDERS}`),
    timeout,
  }),
  z.strictObject({
    type: z.literal('exec').describe('A program that reads one JSON document.'),
    command: command.describe('Program and arguments; no shell reads them.'),
    input: z
      .enum(['stdin', 'files'])
      .default('stdin')
      .describe('Chain and key in the document, or in private files that it names.'),
    environment: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string().max(10_000))
      .default({})
      .describe('Beside PATH, LANG and HOME.'),
    timeout,
  }),
  z.strictObject({
    type: z.literal('webhook').describe('A signed POST request.'),
    url: httpsUrl.describe('Where it goes, over https.'),
    secret: text()
      .min(16, { error: 'must have at least 16 characters' })
      .describe('Key of the signature; best as ${file:/path}.'),
    includeKey: flag().default(false).describe('true: the body has the private key.'),
    caBundle,
    timeout,
  }),
]);
