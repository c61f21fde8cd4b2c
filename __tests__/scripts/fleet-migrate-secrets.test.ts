import { fleetEntry } from '../../scripts/fleet/migrate/typescript';
import { config, migrated, notesOf, runnerOf, types, withOptions } from './migrated';

/** What `fleet migrate` takes for a secret, and how it writes what is none. */

const elsewhere =
  'has what looks like a secret, and is left out: jobs get secrets from masked CI/CD variables of a project or group';
const awsKey = 'is a key of AWS and is left out: the manager, its machines and the cache use roles';

const result = (runner: object) =>
  migrated(
    config(runner, { IdleTime: 1200, MachineOptions: ['amazonec2-instance-type=m6i.large'] }),
    'docker-machine',
  );

describe('a secret is in no fleet and in no note', () => {
  test.each([
    ['SONAR_TOKEN=s3cret', '(SONAR_TOKEN) '],
    ['AWS_SECRET_ACCESS_KEY=s3cret', '(AWS_SECRET_ACCESS_KEY) '],
    ['AWS_ACCESS_KEY_ID=s3cret', '(AWS_ACCESS_KEY_ID) '],
    ['MYSQL_PASSWORD=s3cret', '(MYSQL_PASSWORD) '],
    ['SSH_KEY=s3cret', '(SSH_KEY) '],
    ['NPM_CONFIG_AUTH=s3cret', '(NPM_CONFIG_AUTH) '],
    ['MIRROR=https://ci:s3cret@mirror.example.com', ''],
    ['CONFIG={"auths":{"r":{"auth":"s3cret"}}}', ''],
    ['REPOSITORY=https://s3cret@example.com/x.git', ''],
    ['CI_SOMETHING=glrt-s3cret', ''],
    ['OTHER=glpat-s3cret', ''],
    ['HEADER=Authorization: Bearer s3cret', ''],
  ])('environment %s', (variable, name) => {
    const made = result({ environment: ['GREETING=hello', variable] });
    expect(runnerOf(made)).toEqual({ limit: 10, environment: { GREETING: 'hello' } });
    expect(made.notes).toEqual([{ path: 'runners[0].environment[1]', note: `${name}${elsewhere}` }]);
  });

  test.each([
    'docker login -u ci -p s3cret registry.example.com',
    'echo x | docker login --username ci --password=s3cret',
    'export API_TOKEN="s3cret"\nmake',
    'curl -u ci:s3cret https://example.com',
    'curl -H "PRIVATE-TOKEN: s3cret" https://example.com',
    'git clone https://ci:s3cret@example.com/x.git',
    'echo "{\\"auth\\": \\"s3cret\\"}" > ~/.docker/config.json',
  ])('script %j', (script) => {
    const made = result({ pre_build_script: script });
    expect(runnerOf(made)).toEqual({ limit: 10 });
    expect(JSON.stringify(made)).not.toContain('s3cret');
    expect(made.notes).toHaveLength(1);
  });

  test.each([
    'docker login -u ci -p "$REGISTRY_PASSWORD" registry.example.com',
    'echo "$TOKEN" | docker login -u ci --password-stdin',
    'export API_TOKEN=$(get-token)',
    'export API_TOKEN=`get-token`',
    'curl -H "PRIVATE-TOKEN: $TOKEN" https://example.com',
    'docker run --user 1000:1000 alpine',
    'git clone ssh://git@example.com/x.git',
    'git clone https://ci:${TOKEN}@example.com/x.git',
  ])('a script that only refers to one is taken over: %j', (script) => {
    expect(runnerOf(result({ pre_build_script: script }))).toMatchObject({ preBuildScript: script });
  });

  test.each([
    ['amazonec2-access-key=s3cret', `(amazonec2-access-key) ${awsKey}`],
    ['amazonec2-secret-key=s3cret', `(amazonec2-secret-key) ${awsKey}`],
    ['amazonec2-session-token=s3cret', `(amazonec2-session-token) ${awsKey}`],
    ['digitalocean-access-token=s3cret', `(digitalocean-access-token) ${elsewhere}`],
    ['engine-env=HTTPS_PROXY=http://me:s3cret@10.0.0.1:3128', elsewhere],
  ])('option %s', (option, note) => {
    for (const type of types) {
      const made = migrated(withOptions(option), type);
      expect(made.notes).toEqual([{ path: 'runners[0].machine.MachineOptions[1]', note }]);
      expect(runnerOf(made)).toEqual({ limit: 10 });
    }
  });

  test('wherever it stands, whatever it is called', () => {
    const made = migrated(
      config(
        {
          token: 's3cret',
          url: 'https://me:s3cret@gitlab.example.com',
          ssh: { user: 'ci', password: 's3cret' },
          cache: {
            s3: { AccessKey: 's3cret', SecretKey: 's3cret', SessionToken: 's3cret' },
            azure: { AccountKey: 's3cret' },
            gcs: { PrivateKey: 's3cret' },
          },
          docker: {
            volume_driver_ops: { password: 's3cret', size: '10G' },
            services: [{ name: 'postgres:17', environment: ['POSTGRES_PASSWORD=s3cret'] }],
          },
          registration: { api_key: 's3cret', passwords: ['s3cret'] },
          unheard_of: 's3cret',
        },
        {},
        { sentry_dsn: 's3cret', unheard_of: 's3cret' },
      ),
      'docker-autoscaler',
    );
    expect(JSON.stringify(made)).not.toContain('s3cret');
    expect(runnerOf(made).docker).toEqual({
      volumeDriverOps: { size: '10G' },
      services: [{ name: 'postgres:17' }],
    });
    // Nothing is said of the places that they leave.
    expect(notesOf(made).filter((note) => note.includes('.docker.'))).toHaveLength(2);
    expect(notesOf(made)).toEqual(
      expect.arrayContaining([
        "runners[0].token is a secret: store it as the value of the runner's secret, which a deploy makes empty",
        `runners[0].docker.volume_driver_ops.password ${elsewhere}`,
        `runners[0].docker.services[0].environment[0] (POSTGRES_PASSWORD) ${elsewhere}`,
        'sentry_dsn is a secret and is left out: logs go to CloudWatch',
        `runners[0].cache.s3.AccessKey ${awsKey}`,
      ]),
    );
  });

  test('__proto__ is a name as any other', () => {
    const made = result({
      environment: ['__proto__=x'],
      feature_flags: JSON.parse('{"__proto__":{"x":1}}') as object,
    });
    expect(runnerOf(made)).not.toHaveProperty('x');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test.each(['FF_USE_TOKEN', 'DOCKER_TLS_CERTDIR=/certs', 'KEYBOARD=de', 'TOKEN=', 'TOKEN=$OTHER'])(
    '%s is none',
    (variable) => {
      expect(
        notesOf(result({ environment: [variable.includes('=') ? variable : `${variable}_AT=now`] })),
      ).toEqual(variable === 'FF_USE_TOKEN' ? [expect.stringContaining('(FF_USE_TOKEN_AT)')] : []);
    },
  );
});

describe('what is written', () => {
  const evaluated = (entry: string): object =>
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is to be pasted as code
    (new Function(`return { ${entry} };`) as () => object)();

  test.each([
    ["it's", `"it's"`],
    ['say "hi"', `'say "hi"'`],
    [`it's "both"`, `'it\\'s "both"'`],
    ['back\\slash', `'back\\\\slash'`],
    ['two\nlines\tand more\r', `'two\\nlines\\tand more\\r'`],
    ['\u0000\u2028', `'\\u0000\\u2028'`],
    ['${x} `y`', "'${x} `y`'"],
  ])('%j is itself again', (text, written) => {
    const entry = fleetEntry('a', { text });
    expect(entry).toBe(`a: {\n  text: ${written},\n},\n`);
    expect(evaluated(entry)).toEqual({ a: { text } });
  });

  test('a key that is no name is quoted, and __proto__ sets no prototype', () => {
    const fields = JSON.parse('{"__proto__":"x","a-b":1,"c d":[],"e":{}}') as object;
    const entry = fleetEntry('x-y', fields);
    expect(entry).toBe(`'x-y': {\n  ['__proto__']: 'x',\n  'a-b': 1,\n  'c d': [],\n  e: {},\n},\n`);
    expect(JSON.stringify(evaluated(entry))).toBe(JSON.stringify({ 'x-y': fields }));
  });
});
