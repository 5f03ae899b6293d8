/**
 * The demo's configuration file.
 *
 * @module
 */

export interface DemoSettings {
  readonly folder: string;
  readonly port: number;
  readonly dashboardPort: number;
  /** Ports of the upstreams. */
  readonly http: number;
  readonly tcp: number;
}

export function configFor({ folder, port, dashboardPort, http, tcp }: DemoSettings): string {
  return `# Written by npm run demo at each start.
dataDir: ${JSON.stringify(`${folder}/data`)}
defaults: { issuer: internal }
certificates:
  - names: [app.localhost]
  - names: ["*.apps.localhost"]
listeners:
  - { address: "127.0.0.1:${port}" }
endpoints:
  - { host: app.localhost, protocol: https, upstream: "http://127.0.0.1:${http}" }
  - host: "*.apps.localhost"
    protocol: tls
    terminateTls: { minVersion: "1.3", alpn: [http/1.1] }
    upstream: "tcp://127.0.0.1:${tcp}"
api: { address: "127.0.0.1:${dashboardPort}" }
log: { level: warn }
`;
}
