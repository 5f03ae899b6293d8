/**
 * OpenSSL's configuration for a process in FIPS mode, as text.
 *
 * @module
 */

/** Parameters of the provider by name, as in fipsmodule.cnf. */
export type ProviderParameters = Readonly<Record<string, string>>;

/** Values that would need OpenSSL's quoting are refused where paths come from outside. */
const PLAIN_PATH = /^\/[\w/.+:@~-]*$/;

export function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path);
}

/**
 * What `openssl fipsinstall -pedantic` sets. A provider leaves aside what it does not know, so this
 * is right for every version: the older ones check less.
 */
const STRICT: ProviderParameters = Object.fromEntries(
  [
    'conditional-errors',
    'no-short-mac',
    'hmac-key-check',
    'kmac-key-check',
    'drbg-no-trunc-md',
    'signature-digest-check',
    'hkdf-digest-check',
    'tls13-kdf-digest-check',
    'tls1-prf-digest-check',
    'sshkdf-digest-check',
    'sskdf-digest-check',
    'x963kdf-digest-check',
    'dsa-sign-disabled',
    'tdes-encrypt-disabled',
    'rsa-pkcs15-pad-disabled',
    'rsa-pss-saltlen-check',
    'rsa-sign-x931-pad-disabled',
    'hkdf-key-check',
    'kbkdf-key-check',
    'tls13-kdf-key-check',
    'tls1-prf-key-check',
    'sshkdf-key-check',
    'sskdf-key-check',
    'x963kdf-key-check',
    'x942kdf-key-check',
    'pbkdf2-lower-bound-check',
    'ecdh-cofactor-check',
  ].map((name) => [name, '1']),
);

/** Whatever a fipsmodule.cnf says: without these it would not be the mode that certctl proves. */
const FORCED: ProviderParameters = {
  activate: '1',
  'security-checks': '1',
  // RFC 7627: FIPS 140-3 has TLS 1.2 keys derived in this way only.
  'tls1-prf-ems-check': '1',
};

/** @param given parameters of a fipsmodule.cnf, or the integrity value alone */
export function formatOpensslConfig(module: string, given: ProviderParameters): string {
  const parameters = { ...STRICT, ...given, ...FORCED };
  const lines = Object.entries(parameters).map(([name, value]) => `${name} = ${value}`);
  return [
    '# Made by certctl for its own processes.',
    'nodejs_conf = certctl',
    'openssl_conf = certctl',
    '[certctl]',
    'providers = providers',
    'alg_section = algorithms',
    '[providers]',
    'fips = fips',
    'base = base',
    '[base]',
    'activate = 1',
    '[algorithms]',
    'default_properties = fips=yes',
    '[fips]',
    `module = ${module}`,
    ...lines,
    '',
  ].join('\n');
}

/** Of the section `fips` or `fips_sect`. @returns what is wrong, as a text, where something is. */
export function parseProviderParameters(text: string): ProviderParameters | string {
  const parameters: Record<string, string> = {};
  let isOurs = false;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const bare = line.replace(/#.*$/, '').trim();
    if (bare === '') continue;
    const section = /^\[\s*([\w-]+)\s*\]$/.exec(bare)?.[1];
    if (section !== undefined) {
      isOurs = section === 'fips_sect' || section === 'fips';
      continue;
    }
    if (!isOurs) continue;
    const [, name, value] = /^([\w-]{1,64})\s*=\s*([\w:.-]{1,512})$/.exec(bare) ?? [];
    if (name === undefined || value === undefined) {
      // A path is the one value of another kind, and certctl has its own.
      if (/^module\s*=/.test(bare)) continue;
      return `line ${index + 1} is not a parameter of a provider`;
    }
    if (name !== 'module') parameters[name] = value;
  }
  return parameters['module-mac'] === undefined
    ? 'it has no module-mac in a section fips_sect'
    : parameters;
}

/** The module of a configuration that `formatOpensslConfig` made. */
export function findModulePath(text: string): string | undefined {
  return /^module = (.+)$/m.exec(text)?.[1];
}
