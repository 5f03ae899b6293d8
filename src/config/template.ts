/**
 * The configuration file to start from: valid as it is, with every key explained.
 *
 * @module
 */

export function configTemplate(): string {
  return TEMPLATE;
}

/** `# text` explains; a setting has no space or its own indentation after the `#`. */
const TEMPLATE = `# certctl.yaml - remove the # before a key to set it. Check it with: certctl config check
# Completion in editors: see certctl config schema --help
# \${VAR} takes a value from the environment, \${file:/path} from a file, $$ is a plain $.
# Durations have a unit: 500ms, 10s, 5m, 1h, 7d.

# Database, socket and key-encryption key. Default: /var/lib/certctl for root,
# otherwise ~/.local/share/certctl.
#dataDir: /var/lib/certctl

# The key that encrypts private keys at rest. Default: a file in dataDir. Each data directory
# needs a key of its own; what certctl does not make itself is 32 random bytes as text, e.g. from
# openssl rand -base64 32, or a passphrase:
# keyring: { source: env, variable: CERTCTL_KEK }
# keyring: { source: command, command: [/usr/local/bin/fetch-key, certctl], timeout: 30s }
# keyring: { source: credential, name: certctl-kek } # LoadCredential= of the unit
# keyring: { source: passphrase, passphrase: "\${file:/run/secrets/passphrase}" }
# To replace such a key, name the new one, list the old one as previous: [...], restart, and run
# certctl keyring rotate. A file does that by itself.
#keyring:
#  source: file
#  path: /etc/certctl/keyring.json

# Who signs. letsencrypt, letsencrypt-staging and internal need no entry, but
# Let's Encrypt wants its terms of service accepted.
issuers:
  letsencrypt:
    type: acme
    # true: you agree to https://letsencrypt.org/repository/. Default: false.
    acceptTerms: false
    # Where the CA writes to. Default: nowhere.
    #email: ops@example.com
    # ACME profile. Default: the CA's own.
    #profile: classic
    # Of several chains, the one with an issuer of this name. Default: the CA's choice.
    #preferredChain: ISRG Root X1
    # Its rate limits, kept here so that they are never met there. Default: those that
    # Let's Encrypt publishes; none for other CAs.
    #limits:
    #  newOrdersPerAccount: { count: 300, per: 3h }
    #  certificatesPerRegisteredDomain: { count: 50, per: 7d }
    #  certificatesPerNameSet: { count: 5, per: 7d }
    #  failedValidationsPerName: { count: 5, per: 1h }
    #  consecutiveFailuresPerName: { count: 24, per: 24d }
    #  requests: { count: 18, per: 1s }
    # After a failure an order has to succeed here first, where limits are wide.
    #staging: https://acme-staging-v02.api.letsencrypt.org/directory
    # ec256, ec384, rsa2048, rsa3072 or rsa4096. Default: ec256.
    #accountKeyType: ec256
  # Another ACME CA. caBundle holds the roots of one that is private.
  #corporate:
  #  type: acme
  #  directory: https://ca.corp.example/acme/directory
  #  caBundle: /etc/certctl/corporate-roots.pem
  # What the CA hands out where it wants to know its users.
  #  externalAccount: { keyId: kid-1, hmacKey: "\${EAB_HMAC_KEY}", algorithm: HS256 }
  # A CA of your own, without any proof of control.
  #private:
  #  type: internal
  #  commonName: Example Private Root

# What a certificate gets that says nothing else. issuer and challenge may be lists.
#defaults:
  # Default: letsencrypt.
  #issuer: letsencrypt
  # tls-alpn-01, http-01 or dns-01; or, experimental and only where the CA offers them,
  # dns-account-01 or dns-persist-01 (see certctl dns persist). Default: [tls-alpn-01, http-01].
  #challenge: [tls-alpn-01, http-01]
  # ec256, ec384, rsa2048, rsa3072 or rsa4096; [ec256, rsa2048] keeps a pair, for clients that
  # cannot verify ECDSA. Default: ec256.
  #keyType: ec256
  # true: renewals keep the private key. Default: false.
  #reuseKey: false
  # The DNS credential for dns-01 and dns-account-01. Default: the only one, when there is one.
  #dns: main
  # Where it is brought to. Default: nowhere.
  #targets: [web]

# DNS credentials, for wildcards and hosts that the CA cannot reach; \`certctl dns providers\` lists
# the hosts with their settings.
#dns:
#  main:
#    provider: cloudflare
#    apiToken: \${CF_API_TOKEN}
    # Default: every zone of the token.
    #zones: [example.com]
    #propagation:
      # Give up when a record is not visible after this time. Default: 2m.
      #timeout: 2m
      # Resolvers that must have it too, asked after the name servers of the zone. Default: none.
      #recursors: [1.1.1.1, 9.9.9.9]
      # Wait so much longer after it is visible everywhere. Default: 0s.
      #extraWait: 0s
      # false: ask no name server. Default: true.
      #check: true
#  script:
#    provider: exec
    # Called with: add NAME VALUE, and: remove NAME VALUE.
    #program: /usr/local/bin/change-txt-record
    # For one call. Default: 1m.
    #timeout: 1m
  # Names of others: each owner sets one CNAME record (see certctl dns delegate), and their
  # challenge records are written here only.
#  delegation:
#    zone: validate.example.net
#    credential: main

# Where certificates are brought to after each issuance; \`certctl show\` says what has arrived, and
# \`certctl deploy\` does it again. See docs/targets.md.
#targets:
#  proxy:
#    type: haproxy
#    socket: /run/haproxy/admin.sock
    # As HAProxy calls it, and the file from which it starts the next time.
#    certificate: /etc/haproxy/certs/{name}.pem
#    file: /etc/haproxy/certs/{name}.pem
#  web:
#    type: nginx
#    certificate: /etc/nginx/tls/{name}.crt
#    key: /etc/nginx/tls/{name}.key
#  mail:
#    type: files
#    fullchain: /etc/ssl/mail.pem
#    key: /etc/ssl/mail.key
#    owner: postfix
#    command: [systemctl, reload, postfix]

# Certificates to obtain and keep renewed.
#certificates:
#  - names: [app.example.com, www.example.com]
#  - names: ["*.apps.example.com"]
#    challenge: dns-01
#    dns: main
#    targets: [proxy, mail]
  # For a signing request (PEM or DER): its names, and its key, which never comes here.
#  - csr: /etc/certctl/mail.csr

# Where connections arrive. Default: these two. [] listens nowhere.
#listeners:
#  - address: ":443"
  # Answers challenges, redirects the rest to https.
#  - address: ":80"
#    protocol: http
  # Connections can start from a policy of their own; what an endpoint says itself still wins:
  # - { address: ":8443", tls: { preset: modern, noServerName: refuse } }
  # Behind a load balancer that sends PROXY protocol headers, v1 or v2; only these are believed:
  # - { address: ":443", proxyProtocol: { from: [10.0.0.0/8] } }
  # Behind a CDN or another HTTP proxy, which says in X-Forwarded-For whose requests it passes on:
  # - { address: ":443", forwarded: { from: [192.0.2.0/24] } }

# Policy of the endpoints that say nothing else.
#tls:
  # modern (TLS 1.3 only) or intermediate, as TLSRef recommends them. Default: intermediate.
  #preset: intermediate
  # Default: 1.2 and 1.3. 1.1 is there for clients that know no better.
  #minVersion: "1.2"
  #maxVersion: "1.3"
  # As \`openssl ciphers\` names them. Default: those of the preset.
  #ciphers: [TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, ECDHE-ECDSA-AES128-GCM-SHA256, ECDHE-RSA-AES128-GCM-SHA256]
  # server: in this order, but ChaCha20 for clients that prefer it; client: in theirs.
  #cipherOrder: server
  #groups: [X25519MLKEM768, X25519, P-256, P-384]
  # Default: [h2, http/1.1] for https endpoints, [http/1.1] for tls endpoints.
  #alpn: [h2, http/1.1]
  # Clients that offer other protocols only: refuse them, or ignore what they offer. Default: refuse.
  #alpnMismatch: refuse
  # zstd, brotli or zlib, or a list of them. Default: [], no compression.
  #certificateCompression: []
  # none; request: ask; require: any certificate; verify: one of caBundle. Default: none.
  # https upstreams learn of it by Client-Cert and X-Client-Cert-* headers.
  #clientCertificates: { mode: none }
  # clientCertificates: { mode: verify, caBundle: /etc/certctl/clients.pem, crl: /etc/certctl/clients.crl }
  # refuse, or the endpoint for clients that name no server. Default: refuse.
  #noServerName: refuse
  # true: compute with a FIPS provider of OpenSSL, or do not run. Default: false. The files are
  # found in the usual places; see certctl doctor --fips.
  # fips: { module: /usr/lib64/ossl-modules/fips.so, config: /etc/ssl/fipsmodule.cnf }
  #fips: false

# What is done with connections, by the host that the client names.
#endpoints:
  # Terminated, HTTP/1.1 and HTTP/2.
#  - host: app.example.com
#    protocol: https
#    upstream: http://127.0.0.1:3000
    # Others: https:// h2c:// (gRPC), unix:/run/app.sock, or a list of them.
    # Browsers come by https only from then on.
    #hsts: { maxAge: 31536000, includeSubDomains: false }
  # Points elsewhere; the path of the request follows.
#  - host: example.com
#    protocol: https
#    redirect: https://www.example.com
  # Terminated, then bytes.
#  - host: "*.apps.example.com"
#    protocol: tls
#    terminateTls: { minVersion: "1.3" }
#    upstream: tcp://127.0.0.1:4000
  # Certificates for names that nobody has listed: the first client of a name brings its own about,
  # if the URL answers ?domain=NAME by 2xx; see docs/on-demand.md. host "*": every other name.
#  - host: "*.shops.example.com"
#    protocol: https
#    upstream: http://127.0.0.1:3000
#    onDemand:
#      permission: https://127.0.0.1:9000/may-have-certificate
      # Only these. Either of both is needed. Default: all that the host covers.
      #names: ["*.shops.example.com"]
      #timeout: 5s
      #allowedFor: 10m
      #refusedFor: 1m
      # New names of one registered domain, and of all.
      #limit: { count: 20, per: 1h }
      #totalLimit: { count: 100, per: 1h }
      # Labels below the registered domain, for host "*".
      #depth: 3
      # true: an http URL of another machine is asked, too.
      #plainHttp: false
  # Passed through unopened.
#  - host: db.example.com
#    protocol: tls
#    upstream: tcp://10.0.0.5:5432
  # Plain HTTP on the http listeners, without redirect; and a port of its own:
  # - { host: old.example.com, protocol: http, upstream: http://127.0.0.1:3000 }
  # - { protocol: tcp, listen: ":25", upstream: tcp://10.0.0.6:25, proxyProtocol: v2 }
  # upstream is also tls:// https:// h2c:// or unix:/path, and a list of which the least busy gets
  # the next connection; those that fail are left alone for a while, and checks find them earlier:
  # upstream: [http://10.0.0.7:80, http://10.0.0.8:80]
  # health: { path: /healthz, interval: 10s, timeout: 5s }
  # limits: { connections: 1000 }
  # TLS upstreams are verified: by the roots of the system, or
  # upstream: { url: tls://10.0.0.9:5432, caBundle: ca.pem, serverName: db.internal }

# When to look for renewals that the timers missed: cron, in UTC. Default: every 10 minutes.
#renewal:
#  sweep: "*/10 * * * *"

# How names are checked before orders and by \`certctl doctor\`.
#preflight:
  # Ask these for public records. Default: the system's resolvers.
  #resolvers: [192.0.2.53]
  # What leads to this machine although no interface has it. Default: none.
  #publicAddresses: [203.0.113.7]

# Terminator processes: auto is one a processor. Default: auto.
#workers: auto

# Whom workers become when certctl is started as root: they bind their addresses and give up
# everything else. A name or an id. Default: the user certctl, or nobody, and its own group.
#user: certctl
#group: certctl

# What the terminator allows; these and more, with their defaults.
#limits:
  #connections: 20000
  # At a time, of one address (of IPv6 a /64), and to one endpoint.
  #connectionsPerAddress: 20000
  #connectionsPerEndpoint: 20000
  # TLS handshakes that an address may begin a second, and at once after a pause.
  #handshakesPerAddress: 10000
  #handshakeBurst: 20000
  # Time for a TLS handshake.
  #handshake: 20s
  # The longest silence on a relayed connection.
  #idle: 1h
  # How long connections may go on when certctl stops.
  #drain: 30s
  # The same in a worker that a reload or an upgrade replaces.
  #retire: 1h
  # How long workers serve on while the control process is gone.
  #orphan: 10m

# A JSON line for each connection and request: failures all, of the others the sampled part.
# Default: none.
#accessLog:
  # A file, which SIGHUP opens anew, or stdout: true.
  #path: /var/log/certctl/access.log
  #sample: 1
  # true: with the query of paths, which may carry secrets.
  #query: false

# The HTTPS API: certctl --server, and programs with a token of \`certctl token create\`. Default:
# only the unix socket in dataDir.
#api:
#  address: "127.0.0.1:9443"
  # Default: a certificate of the internal CA; \`certctl ca export\` prints its root.
#  certificate: certctl.example.com
  # Default: from everywhere, with a token.
#  allow: [127.0.0.1, 10.0.0.0/8]
  # The dashboard in the browser; false: there is none, and browsers cannot sign in.
#  dashboard:
    # Default: all that may use the API.
#    allow: [10.0.0.0/8]
    # So long after its last request a browser is signed out, and so long after it signed in.
#    idle: 1h
#    signedIn: 12h
  # Persons sign in to the dashboard at an OpenID provider. Default: with a token only.
#  oidc:
#    issuer: https://login.example.com
#    clientId: certctl
#    clientSecret: \${file:/run/secrets/oidc}
    # Where browsers reach the dashboard. The redirect URI is this and /v1/session/oidc/callback.
#    url: https://certctl.example.com:9443
#    scopes: [openid, profile, email, groups]
#    claim: groups
    # The first that fits; who fits none does not come in. Without value: everybody.
#    grants:
#      - { value: certctl-admins, role: admin }
#      - { value: customer-team, role: operator, names: ["*.customer.net"] }

# What Prometheus reads at /metrics (deploy/prometheus): sums, and series of single certificates.
#metrics:
  #perCertificate: all               # or failing, or off
  #mostCertificates: 1000            # those that fail, then those that end first

# OpenTelemetry traces of orders and connections, by OTLP over HTTP. Default: where
# $OTEL_EXPORTER_OTLP_ENDPOINT says, and none without it.
#tracing:
  #endpoint: http://127.0.0.1:4318
  #headers: { authorization: "\${OTLP_AUTHORIZATION}" }
  #caBundle: /etc/certctl/collector-ca.pem
  # The part that is traced.
  #orders: 1
  #connections: 0.01

# How long \`certctl events list\` remembers what happened.
#events:
  #keep: 90d

# What is told although nothing happened: a certificate that should have been renewed, or expired.
#watch:
  # Warn when this part of life is left. Default: these and 1/6, 1/12, 1/24.
  #expiring: [0.3, 0.1]
  # Asked for while certctl is well; who waits for it there raises the alarm. Default: none.
  #heartbeat: https://hc.example.com/ping/certctl
  #every: 5m
  # Each name is asked for as clients do, and compared with what is stored. false: it is not. The
  # address is where names are served that no endpoint here serves. Default: endpoints, once an hour.
  #selfCheck: { every: 1h, address: "{name}:443" }

# Who is told of events: \`certctl events types\`, docs/events.md. What certctl does without a daemon
# is told as soon as certctl serve runs.
#notify:
#  chat:
#    type: webhook
#    url: https://hooks.example.com/certctl
    # Signs requests as Standard Webhooks says: whsec_ and base64. A list while it changes.
#    secret: "\${WEBHOOK_SECRET}"
    # Default: all of them.
    #events: [certificate.*, delivery.dead.v1]
    #names: ["*.example.com"]
    # true: addresses of private networks, and http. Default: false.
    #allowPrivate: false
    #timeout: 10s
    #retryFor: 1d
#  mail:
#    type: email
#    host: smtp.example.com
    # implicit: TLS from the start, port 465. Default: starttls, port 587.
    #tls: starttls
#    user: certctl
#    password: "\${SMTP_PASSWORD}"
#    from: certctl@example.com
#    to: ops@example.com
    # One mail for all that happens within so long. Default: a mail for each event.
    #digest: 5m
#  script:
#    type: command
    # Gets the event as JSON on its standard input.
#    command: [/usr/local/bin/on-certificate-event]

#log:
  # debug, info, warn, error or silent. Default: info.
  #level: info
`;
