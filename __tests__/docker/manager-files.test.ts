import * as fs from 'node:fs';
import {
  renderFargateToml,
  securityGroupPlaceholder,
  subnetPlaceholder,
} from '../../src/rendering/fargate-toml';
import { parsed, withCreated, withFargate } from '../support/environments';
import {
  calls,
  discardMachines,
  filesUnder,
  filesWith,
  processesOf,
  readIfThere,
  until,
} from '../support/machine';
import {
  CLUSTER,
  FILES,
  ManagerTask,
  OTHER,
  SERVICE,
  TEMPLATE,
  TOKEN,
  carried,
  describeManager,
  linesOf,
  packed,
  readOfProcess,
} from './manager-task';

const START = (task: ManagerTask): string =>
  `gitlab-runner --log-format json run --config ${task.memory('config.toml')}`;

jest.setTimeout(90_000);

let task: ManagerTask;

beforeEach(async () => {
  task = new ManagerTask();
  await task.listen();
});

afterEach(() => {
  task.end();
  discardMachines();
});

const modeOf = (file: string): string => (fs.statSync(file).mode & 0o777).toString(8);

describeManager('the files of the task definition', () => {
  test('are written as they are, for the manager only', async () => {
    const manager = await task.running();
    for (const [name, text] of Object.entries(FILES)) {
      expect(fs.readFileSync(task.written(name), 'utf8')).toBe(text);
      expect(modeOf(task.written(name))).toBe('600');
    }
    expect(filesUnder(task.written('.'))).toHaveLength(Object.keys(FILES).length);
    expect(modeOf(task.memory('metadata'))).toBe('700');
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(linesOf(manager)).toContain(`wrote ${task.written('gitlab-ca.pem')}`);
  });

  test.each([
    ['a path upwards', '../evil'],
    ['a path', 'a/evil'],
    ['an absolute path', '/tmp/evil'],
    ['a hidden file', '.evil'],
    ['the folder itself', '.'],
    ['no name', ''],
    ['a line end within', 'evil\nmore'],
    ['a line end after it', 'evil\n'],
    ['a space', 'evil x'],
    ['an option', '-evil'],
    ['a command', '$(evil)'],
  ])('are rejected with %s for a name, all of them', async (_what, name) => {
    const manager = task.start({ MANAGER_FILES: carried({ ...FILES, [name]: 'x' }) });
    expect(await task.ended(manager)).toBe(1);
    expect(linesOf(manager)).toEqual([
      'MANAGER_FILES is not a JSON object of plain file names and texts with config.template.toml in it',
    ]);
    expect(filesUnder(task.machine.root)).toEqual([]);
    expect(filesUnder(task.machine.dir).filter((file) => file.includes('evil'))).toEqual([]);
    expect(calls(task.machine)).toEqual([]);
  });

  test.each([
    ['nothing', '', 'base64 of gzip'],
    ['no base64', '%%%', 'base64 of gzip'],
    ['no gzip', Buffer.from('{}').toString('base64'), 'base64 of gzip'],
    ['half of it', carried(FILES).slice(0, 80), 'base64 of gzip'],
    ['no JSON', packed('{"config.template.toml"'), 'JSON object'],
    ['two documents', packed(JSON.stringify(FILES) + JSON.stringify(FILES)), 'JSON object'],
    ['a list', carried([TEMPLATE]), 'JSON object'],
    ['a number for a text', carried({ ...FILES, other: 1 }), 'JSON object'],
    ['no template', carried({ 'fargate-node.toml': 'x' }), 'config.template.toml'],
  ])('are rejected when there is %s', async (_what, files, words) => {
    const manager = task.start({ MANAGER_FILES: files });
    expect(await task.ended(manager)).toBe(1);
    expect(linesOf(manager)).toEqual([expect.stringContaining(words)]);
    expect(filesUnder(task.machine.root)).toEqual([]);
    expect(calls(task.machine)).toEqual([]);
  });
});

/** What stands for things that are made for the jobs, with an id that takes its place. */
const places = [
  {
    what: 'security group',
    placeholder: securityGroupPlaceholder,
    variable: 'WORKERS_SECURITY_GROUP',
    id: 'sg-0a1b2c3d4e5f60718',
  },
  {
    what: 'subnet',
    placeholder: subnetPlaceholder,
    variable: 'WORKERS_SUBNET',
    id: 'subnet-0a1b2c3d4e5f60718',
  },
];

/** The driver's settings of a runner without a subnet and a security group of its own. */
function driverSettings(): string {
  const [fleet] = parsed(withCreated({}, withFargate())).fleets;
  const [runner] = fleet?.type === 'fargate' ? fleet.runners : [];
  if (fleet?.type !== 'fargate' || runner === undefined) throw new Error('there is no runner');
  return renderFargateToml(fleet, runner, 'eu-central-1');
}

/** Text with every placeholder but one replaced. */
const without = (text: string, kept: string): string =>
  places
    .filter(({ placeholder }) => placeholder !== kept)
    .reduce((result, { placeholder, id }) => result.replaceAll(placeholder, id), text);

describeManager('what is made for jobs', () => {
  const rendered = driverSettings();

  test('is a security group and a subnet, in the settings of the driver once each', async () => {
    for (const { placeholder } of places) expect(rendered.split(` = "${placeholder}"\n`)).toHaveLength(2);
    const manager = await task.running({
      MANAGER_FILES: carried({ ...FILES, 'fargate-default.toml': rendered }),
      ...Object.fromEntries(places.map(({ variable, id }) => [variable, id])),
    });
    const text = readIfThere(task.written('fargate-default.toml'));
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    expect(text).toBe(without(rendered, ''));
    expect(text).toContain('Subnet = "subnet-0a1b2c3d4e5f60718"');
    expect(text).toContain('SecurityGroup = "sg-0a1b2c3d4e5f60718"');
  });
});

for (const { what, placeholder, variable, id } of places) {
  const rendered = without(driverSettings(), placeholder);
  const quoted = `"${placeholder}"`;

  /** Everything that looks like the placeholder and is none. */
  const others = {
    'config.template.toml': `${TEMPLATE}\nname = ${quoted}\n`,
    'gitlab-ca.pem': rendered,
    'fargate-own.toml': `# ${quoted}\nCluster = "x${placeholder}"\nSubnet = "${id}" # ${quoted}\n`,
  };

  const written = async (files: Readonly<Record<string, string>>, value: string) => {
    const manager = await task.running({ MANAGER_FILES: carried(files), [variable]: value });
    const texts = Object.keys(files).map((name) => [name, readIfThere(task.written(name))]);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
    return Object.fromEntries(texts) as Record<string, string>;
  };

  const refused = async (files: Readonly<Record<string, string>>, value: string) => {
    const manager = task.start({ MANAGER_FILES: carried(files), [variable]: value });
    expect(await task.ended(manager)).toBe(1);
    expect(filesUnder(task.machine.root)).toEqual([]);
    expect(calls(task.machine)).toEqual([]);
    return linesOf(manager);
  };

  describeManager(`the ${what} of jobs`, () => {
    test('takes the place of what the settings of the driver have, and changes nothing else', async () => {
      expect(rendered).toContain(quoted);
      const both = { ...others, 'fargate-default.toml': rendered, 'fargate-node-22.toml': rendered };
      const placed = rendered.replace(quoted, `"${id}"`);
      expect(await written(both, id)).toEqual({
        ...others,
        'fargate-default.toml': placed,
        'fargate-node-22.toml': placed,
      });
    });

    test('may be missing where all jobs have given ones', async () => {
      expect(await written(others, '')).toEqual(others);
    });

    test('must not be missing where it has a place', async () => {
      expect(await refused({ ...others, 'fargate-default.toml': rendered }, '')).toEqual([
        `fargate-default.toml has ${placeholder}, and ${variable} is not set`,
      ]);
    });

    test.each([
      ['a name', 'default', `'default'`],
      ['too short', id.slice(0, -10), `'${id.slice(0, -10)}'`],
      ['too long', `${id}0`, `'${id}0'`],
      ['in capitals', id.toUpperCase(), `'${id.toUpperCase()}'`],
      ['more than a line', `${id}\n`, `$'${id}\\n'`],
      ['the end of its text', `${id}"`, `'${id}"'`],
    ])('is rejected when it is %s', async (_what, value, shown) => {
      expect(await refused({ ...others, 'fargate-default.toml': rendered }, value)).toEqual([
        `${variable} is not the id of a ${what}: ${shown}`,
      ]);
    });
  });
}

describeManager('the token', () => {
  const withTokens = (first: string, second: string): string =>
    TEMPLATE.replace('@token@', first).replace('@token@', second);

  test('is written to memory, and nowhere else: no argument, environment, log or disk has it', async () => {
    const manager = await task.running();
    task.job(1);
    await until('protection', () => task.isProtected());
    expect(readIfThere(task.memory('config.toml'))).toBe(withTokens(TOKEN, TOKEN));
    expect(modeOf(task.memory('config.toml'))).toBe('600');
    const open = processesOf(task.machine).flatMap((id) =>
      ['cmdline', 'environ'].map((file) => readOfProcess(id, file)),
    );
    expect(open.join('')).toContain(SERVICE);
    expect(open.join('')).not.toContain(TOKEN);
    task.finish(1);
    task.replace();
    expect(await task.ended(manager)).toBe(0);
    expect(filesWith(task.machine.runDir, TOKEN)).toEqual([task.memory('config.toml')]);
    expect(filesWith(task.machine.dir, TOKEN)).toEqual([]);
    expect(manager.output).not.toContain('canary');
    const environment = readIfThere(task.file('records.environment'));
    expect(environment).toContain(`ECS_CLUSTER=${CLUSTER}`);
    expect(environment).not.toMatch(/canary|MANAGER_FILES/);
  });

  test('is taken over when it changes, without a restart', async () => {
    const manager = await task.running();
    task.token('second', OTHER);
    await until('the new one', () => readIfThere(task.memory('config.toml')) === withTokens(TOKEN, OTHER));
    expect(calls(task.machine, 'gitlab-runner')).toEqual([START(task)]);
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test('may come later: gitlab-runner is up and waits for it', async () => {
    for (const runner of ['first', 'second']) task.clear(`acme_${runner}`);
    task.answers = false;
    const manager = task.start();
    await until('gitlab-runner', () => task.isRunnerUp());
    await until('a word of it', () => manager.output.includes('no runner has a token'));
    // It opens its ports by the file that it finds when it starts.
    expect(fs.readFileSync(task.file('found.toml'), 'utf8')).toBe(
      'concurrent = 4\nlisten_address = ":9252"\n\n',
    );
    expect(readIfThere(task.memory('config.toml'))).not.toContain('[[runners]]');
    task.token('first', TOKEN);
    await until('the configuration', () => readIfThere(task.memory('config.toml')).includes(TOKEN));
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });

  test('is looked for within a minute, by the times that the image has', () => {
    const script = fs.readFileSync(task.file('image/usr/local/lib/gitlab-runner-aws/entrypoint.sh'), 'utf8');
    const [, retry] = /TOKEN_RETRY_SECONDS:-(\d+)/.exec(script) ?? [];
    const [, refresh] = /TOKEN_REFRESH_SECONDS:-(\d+)/.exec(script) ?? [];
    expect(Number(retry)).toBe(30);
    expect(Number(refresh) * 1.2).toBeLessThan(60);
  });

  test('is loaded again by a new loader when the loader ends', async () => {
    const manager = await task.running();
    const loaders = (): string[] =>
      processesOf(task.machine).filter((id) => readOfProcess(id, 'cmdline').includes('load-tokens.sh'));
    const [loader = ''] = loaders();
    process.kill(Number(loader), 'SIGKILL');
    await until('another one', () => loaders().some((id) => id !== loader));
    manager.kill('SIGTERM');
    expect(await task.ended(manager)).toBe(0);
  });
});

describeManager('the task definition', () => {
  test.each(['ECS_CLUSTER', 'ECS_SERVICE'])('is rejected without %s', async (name) => {
    const manager = task.start({ [name]: '' });
    expect(await task.ended(manager)).toBe(1);
    expect(manager.output).toContain(name);
    expect(calls(task.machine)).toEqual([]);
  });
});
