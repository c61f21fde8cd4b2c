import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  readIfThere,
  stub,
  until,
  type Background,
} from '../support/machine';
import { DrainingMachine } from './draining-machine';

/** The mirror of Docker Hub that a manager runs for its workers. */

const REGISTRY = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/registry.sh');
const HOST = 'registry.acme-prod-builds.internal';
const ADDRESS = '10.20.1.17';

let box: DrainingMachine;
const file = (name: string): string => path.join(box.machine.dir, name);

/** What the stubbed AWS answers, by the operation. */
const aws = (answers: Record<string, string>): void =>
  stub(
    box.machine,
    'aws',
    [
      'case "$*" in',
      ...Object.entries(answers).map(([operation, body]) => `  *' ${operation} '*) ${body} ;;`),
      '  *) echo "not a call of aws: $*" >&2; exit 64 ;;',
      'esac',
    ].join('\n'),
  );
const good = {
  'get-caller-identity': 'echo 111122223333',
  'list-hosted-zones-by-name': "printf '/hostedzone/ZOTHER\\t/hostedzone/ZOWN\\n'",
  'change-resource-record-sets':
    '[[ $* == *" ZOWN "* ]] || { echo "An error occurred (AccessDenied) when calling" >&2; exit 254; }',
};

async function start(extra: Record<string, string> = {}): Promise<Background> {
  const script = box.script(REGISTRY, [], {
    SETTINGS: file('registry.json'),
    RUN_DIR: file('run'),
    REGISTRY_HOST: HOST,
    PROXY_FILE: file('proxy.env'),
    ...extra,
  });
  await until('it ends', () => script.ended !== undefined);
  return script;
}
const runs = (): string[] => calls(box.machine, 'docker run');
const changes = (): string[] => calls(box.machine, 'aws').filter((call) => call.includes('change-resource'));

beforeEach(async () => {
  box = new DrainingMachine();
  await box.start();
  box.metadata.paths.set('local-ipv4', ADDRESS);
  for (const name of ['docker', 'sleep']) stub(box.machine, name);
  aws(good);
  fs.mkdirSync(file('run'));
  fs.writeFileSync(file('registry.json'), '{"bucket":"acme-prod-cache-@account-id@"}\n');
});
afterEach(() => {
  box.end();
  discardMachines();
});

describe('the mirror', () => {
  test('has its name lead to this machine, in the zone that is its own', async () => {
    const { ended, output } = await start();
    expect(ended).toBe(0);
    expect(output).toContain(`${HOST} is ${ADDRESS}\n`);
    expect(changes()).toHaveLength(2);
    const [, change = ''] = changes()[1]?.split('--change-batch ') ?? [];
    expect(changes()[1]).toContain('--hosted-zone-id ZOWN ');
    expect(JSON.parse(change)).toEqual({
      Changes: [
        {
          Action: 'UPSERT',
          ResourceRecordSet: { Name: HOST, Type: 'A', TTL: 60, ResourceRecords: [{ Value: ADDRESS }] },
        },
      ],
    });
    expect(calls(box.machine, 'aws').find((call) => call.includes('list-hosted-zones'))).toContain(
      `--dns-name ${HOST} --query HostedZones[?Name=='${HOST}.' && Config.PrivateZone].Id`,
    );
  });

  test('runs as one container of a pinned image, without any right on the machine', async () => {
    await start();
    expect(calls(box.machine, 'docker')).toHaveLength(2);
    expect(calls(box.machine, 'docker')[0]).toBe('docker rm --force gitlab-runner-registry');
    const [run = ''] = runs();
    expect(run).toMatch(/ registry:3\.0\.0@sha256:[0-9a-f]{64}$/);
    for (const option of [
      '--user 65534:65534',
      '--read-only',
      '--cap-drop ALL',
      '--security-opt no-new-privileges',
      '--network host',
      `--volume ${file('run')}/config.json:/etc/distribution/config.yml:ro`,
    ])
      expect(run).toContain(` ${option} `);
    expect(run).not.toMatch(/privileged |docker\.sock|env-file/);
  });

  test('is told the account of its bucket, which user data does not know', async () => {
    await start();
    expect(readIfThere(file('run/config.json'))).toBe('{"bucket":"acme-prod-cache-111122223333"}\n');
  });

  test('asks for no account where user data knows it', async () => {
    fs.writeFileSync(file('registry.json'), '{"bucket":"acme-prod-cache-444455556666"}\n');
    await start();
    expect(calls(box.machine, 'aws').filter((call) => call.includes('sts'))).toEqual([]);
    expect(readIfThere(file('run/config.json'))).toBe('{"bucket":"acme-prod-cache-444455556666"}\n');
  });

  test('goes through the proxy where there is one', async () => {
    fs.writeFileSync(file('proxy.env'), 'HTTPS_PROXY=http://proxy:3128\n');
    await start();
    expect(runs()[0]).toContain(` --env-file ${file('proxy.env')} `);
  });

  test.each<[string, Partial<typeof good>, string]>([
    [
      'its zone cannot be looked for',
      { 'list-hosted-zones-by-name': 'exit 255' },
      `the zone ${HOST} can't be looked for`,
    ],
    [
      'it has no zone',
      { 'list-hosted-zones-by-name': 'true' },
      'does not lead here: there is no such private zone',
    ],
    [
      'no zone lets it',
      { 'change-resource-record-sets': 'echo "An error occurred (AccessDenied)" >&2; exit 254' },
      'does not lead here: An error occurred (AccessDenied)',
    ],
    [
      'its account is not known',
      { 'get-caller-identity': 'exit 255' },
      'the account of the bucket is not known',
    ],
    ['its account is no account', { 'get-caller-identity': 'echo None' }, 'not the id of an account: None'],
  ])('does not run, and systemd tries again, when %s', async (_, answers, said) => {
    aws({ ...good, ...answers });
    const { ended, output } = await start();
    expect(ended).toBe(1);
    expect(output).toContain(said);
    expect(runs()).toEqual([]);
  });

  test('does not run without its own address', async () => {
    box.metadata.up = false;
    const { ended, output } = await start();
    expect(ended).toBe(1);
    expect(output).toContain('the metadata service does not answer');
    expect(changes()).toEqual([]);
  });
});
