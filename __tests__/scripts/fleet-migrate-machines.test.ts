import { config, machinesOf, migrated, notesOf, runnerOf, withOptions } from './migrated';

/** What `fleet migrate` makes of `[runners.machine]`: numbers, periods, options. */

const periods = (type: 'docker-autoscaler' | 'docker-machine', ...given: string[]) =>
  migrated(
    config(
      {},
      { IdleTime: 1200, autoscaling: [{ Periods: given, Timezone: 'UTC', IdleCount: 1, IdleTime: 60 }] },
    ),
    type,
  );

describe('machines that are kept ready', () => {
  test.each([
    ['nothing, which is none for gitlab-runner', {}, { policies: [{ idleTimeSeconds: 0 }] }],
    ['what is the default', { IdleTime: 1200 }, {}],
    ['a number', { IdleCount: 3, IdleTime: 60 }, { policies: [{ idleCount: 3, idleTimeSeconds: 60 }] }],
    ['more than there can be', { IdleCount: 30, IdleTime: 1200 }, { policies: [{ idleCount: 10 }] }],
    [
      'a factor between a least and a most number',
      { IdleCount: 8, IdleCountMin: 2, IdleScaleFactor: 0.5, IdleTime: 1200 },
      { policies: [{ idleCount: 2, scaleFactor: 0.5, scaleFactorLimit: 6 }] },
    ],
    [
      'a factor without a least number, which is one',
      { IdleCount: 8, IdleScaleFactor: 0.5, IdleTime: 1200 },
      { policies: [{ idleCount: 1, scaleFactor: 0.5, scaleFactorLimit: 7 }] },
    ],
    [
      'a factor that has no room',
      { IdleCount: 2, IdleCountMin: 2, IdleScaleFactor: 0.5, IdleTime: 1200 },
      { policies: [{ idleCount: 2 }] },
    ],
    ['a factor of nothing', { IdleScaleFactor: 0.5, IdleTime: 1200 }, {}],
    ['jobs of a machine', { MaxBuilds: 7, IdleTime: 1200 }, { maxUseCount: 7 }],
  ])('%s, as policies', (_, machine, workers) => {
    expect(machinesOf(migrated(config({}, machine), 'docker-autoscaler'))).toEqual(workers);
  });

  test('policies: the usual number comes first, and so counts where no period does', () => {
    const autoscaling = [
      { Periods: ['* * 9-17 * * mon-fri *'], Timezone: 'Europe/Berlin', IdleCount: 5, IdleTime: 600 },
      { Periods: ['* * * * * sat,sun *'], Timezone: 'Europe/Berlin', IdleTime: 60 },
    ];
    const result = migrated(config({}, { IdleCount: 1, IdleTime: 1800, autoscaling }), 'docker-autoscaler');
    expect(machinesOf(result).policies).toEqual([
      { idleCount: 1, idleTimeSeconds: 1800 },
      { periods: ['* 9-17 * * mon-fri'], timezone: 'Europe/Berlin', idleCount: 5, idleTimeSeconds: 600 },
      { periods: ['* * * * sat,sun'], timezone: 'Europe/Berlin', idleTimeSeconds: 60 },
    ]);
  });

  test('docker-machine: without a limit there may be more ready than jobs', () => {
    const machine = { IdleCount: 40, IdleTime: 1200 };
    expect(runnerOf(migrated(config({ limit: 0 }, machine), 'docker-machine'))).toEqual({
      limit: 0,
      machine: { idleCount: 40 },
    });
    const autoscaled = migrated(config({ limit: 0 }, machine), 'docker-autoscaler');
    expect(machinesOf(autoscaled)).toEqual({ policies: [{ idleCount: 10 }] });
    expect(notesOf(autoscaled)).toContain(
      'runners[0].machine.IdleCount is taken over as 10: more jobs never run',
    );
  });

  test('a runner without a limit has none, although our default is another', () => {
    const { fleet } = migrated(
      { runners: [{ executor: 'docker+machine', machine: { IdleTime: 1200 } }] },
      'docker-machine',
    );
    expect(fleet).toEqual({ type: 'docker-machine', concurrent: 1, runners: { runner: { limit: 0 } } });
  });

  test('a limit above concurrent, which would never be reached', () => {
    const result = migrated(config({ limit: 25 }, { IdleTime: 1200 }), 'docker-machine');
    expect(runnerOf(result)).toEqual({ limit: 10 });
    expect(result.notes).toContainEqual({
      path: 'runners[0].limit',
      value: 25,
      note: 'is taken over as 10: more than concurrent jobs never run at the same time',
    });
  });
});

describe('periods', () => {
  const path = 'runners[0].machine.autoscaling[0]';
  test.each([
    ['* * 9-17 * * mon-fri *', '* 9-17 * * mon-fri', undefined],
    ['*  */15  9 ? 1-6 MON  *', '*/15 9 * 1-6 MON', undefined],
    [
      '0 30 8 * * * *',
      '30 8 * * *',
      `${path}.Periods[0] is taken over as "30 8 * * *": periods of a policy have no seconds`,
    ],
  ])('%s is %s in a policy', (given, cron, note) => {
    const result = periods('docker-autoscaler', given);
    expect(machinesOf(result).policies).toEqual([
      {},
      ...(cron === '* * * * *' ? [] : [{ periods: [cron], idleCount: 1, idleTimeSeconds: 60 }]),
    ]);
    expect(notesOf(result).filter((one) => one.startsWith(path))).toEqual(note === undefined ? [] : [note]);
  });

  test.each([
    ['* * * 24 12 * 2024', 'is left out: periods of a policy have no year, so it would come again'],
    [
      '* * * L * * *',
      'is left out: it must be a period of seven fields (second, minute, hour, day of the month, month, day of the week, year) such as * * 9-17 * * mon-fri *: its day of the month is none',
    ],
    [
      '* 9-17 * * mon-fri',
      'is left out: it must be a period of seven fields (second, minute, hour, day of the month, month, day of the week, year) such as * * 9-17 * * mon-fri *',
    ],
  ])('%s is left out of a policy, and not made one that always holds', (given, note) => {
    const result = periods('docker-autoscaler', given);
    expect(machinesOf(result)).toEqual({});
    expect(notesOf(result).filter((one) => one.startsWith(path))).toEqual([
      `${path}.Periods[0] ${note}`,
      `${path} has no period that can be taken over, and is left out`,
    ]);
  });

  test('docker-machine keeps seconds and years', () => {
    const result = periods('docker-machine', '0 30 8 * * * *', '* * * 24 12 * 2024');
    expect(machinesOf(result).autoscaling).toEqual([
      { periods: ['0 30 8 * * * *', '* * * 24 12 * 2024'], idleCount: 1, idleTimeSeconds: 60 },
    ]);
  });

  test.each([
    [{}, ' is the time zone of the old manager: it is UTC here, unless timezone says otherwise'],
    [
      { Timezone: 'Local' },
      ' is the time zone of the old manager: it is UTC here, unless timezone says otherwise',
    ],
    [
      { Timezone: 'Mars/Olympus' },
      ' must be the IANA name of a time zone such as Europe/Berlin; UTC holds without it',
    ],
  ])('a time zone of %j is UTC, and noted', (timezone, note) => {
    const autoscaling = [{ Periods: ['* * 9 * * * *'], IdleTime: 60, ...timezone }];
    const result = migrated(config({}, { IdleTime: 1200, autoscaling }), 'docker-autoscaler');
    expect(machinesOf(result).policies).toEqual([{}, { periods: ['* 9 * * *'], idleTimeSeconds: 60 }]);
    expect(notesOf(result)).toContain(`${path}.Timezone${note}`);
  });
});

describe('options of docker-machine create', () => {
  const both = ['docker-autoscaler', 'docker-machine'] as const;
  test.each([
    [['amazonec2-instance-type=c5.large'], { instanceTypes: ['c5.large'] }, { instanceType: 'c5.large' }],
    [
      ['amazonec2-instance-type=c7g.large'],
      { instanceTypes: ['c7g.large'], image: { stock: 'amazon-linux-2023', architecture: 'arm64' } },
      { instanceType: 'c7g.large', image: { stock: 'ubuntu-24.04', architecture: 'arm64' } },
    ],
    [['amazonec2-root-size=60'], { rootVolume: { sizeGib: 60 } }, { rootVolumeGib: 60 }],
    [
      ['amazonec2-subnet-id=subnet-0a1b2c3d'],
      { subnetIds: ['subnet-0a1b2c3d'] },
      { subnetId: 'subnet-0a1b2c3d' },
    ],
    [['amazonec2-metadata-token-response-hop-limit=2'], { metadataHopLimit: 2 }, { metadataHopLimit: 2 }],
    [['amazonec2-request-spot-instance'], { spot: {} }, { spot: { maxPriceUsdPerHour: 0.5 } }],
    [['amazonec2-request-spot-instance=true', 'amazonec2-spot-price='], { spot: {} }, { spot: {} }],
    [
      ['amazonec2-request-spot-instance=true', 'amazonec2-spot-price=0.07'],
      { spot: {} },
      { spot: { maxPriceUsdPerHour: 0.07 } },
    ],
    [['amazonec2-request-spot-instance=false', 'amazonec2-spot-price=0.07'], {}, {}],
    [
      ['amazonec2-ami=ami-0a1b2c3d', 'amazonec2-ssh-user=admin', 'amazonec2-device-name=/dev/xvda'],
      {},
      { image: { ami: 'ami-0a1b2c3d', sshUser: 'admin', rootDeviceName: '/dev/xvda' } },
    ],
    [['amazonec2-volume-type=gp2'], { rootVolume: { type: 'gp2' } }, {}],
    [
      ['engine-opt=mtu=1460', 'amazonec2-monitoring=true'],
      {},
      { options: ['engine-opt=mtu=1460', 'amazonec2-monitoring=true'] },
    ],
    [
      [
        'amazonec2-use-private-address=true',
        'amazonec2-private-address-only',
        'amazonec2-security-group-readonly=true',
        'amazonec2-metadata-token=required',
      ],
      {},
      {},
    ],
    [['amazonec2-instance-type=t3.nano', 'amazonec2-instance-type=m6i.large'], {}, {}],
  ])('%j', (options, workers, machine) => {
    const expected = { 'docker-autoscaler': workers, 'docker-machine': machine };
    for (const type of both) {
      const machines = machinesOf(migrated(withOptions(...options), type));
      expect(machines).toEqual(expected[type]);
    }
  });

  test.each([
    'amazonec2-region=eu-central-1',
    'amazonec2-zone=a',
    'amazonec2-vpc-id=vpc-0a1b2c3d',
    'amazonec2-security-group=machines',
    'amazonec2-iam-instance-profile=machines',
    'amazonec2-use-private-address=false',
    'amazonec2-private-address-only=false',
    'amazonec2-metadata-token=optional',
    'amazonec2-open-port=8080',
    'amazonec2-keypair-name=key',
    'amazonec2-ssh-keypath=/root/key',
    'amazonec2-ssh-port=2222',
    'amazonec2-endpoint=https://ec2.example.com',
    'amazonec2-insecure-transport=true',
    'amazonec2-spot-price=0.1',
    'engine-registry-mirror=http://10.0.0.1:5000',
    'engine-insecure-registry=10.0.0.1:5000',
    'engine-env=HTTPS_PROXY=http://10.0.0.1:3128',
  ])('%s is noted, whatever the fleet becomes', (option) => {
    for (const type of both) {
      const result = migrated(withOptions(option), type);
      expect(runnerOf(result)).toEqual({ limit: 10 });
      expect(result.notes).toEqual([
        { path: 'runners[0].machine.MachineOptions[1]', note: expect.any(String) as string, value: option },
      ]);
    }
  });

  test.each([
    ['amazonec2-ami=ami-0a1b2c3d', 'is not taken over: workers need more than'],
    ['amazonec2-ssh-user=admin', 'belongs to an image { ami }'],
    ['amazonec2-userdata=/etc/userdata', 'has no successor: what workers need goes into their image'],
    [
      'engine-install-url=https://get.example.com',
      'has no successor: what workers need goes into their image',
    ],
  ])('%s is nothing for workers, and says what to do', (option, note) => {
    const [one, ...more] = notesOf(migrated(withOptions(option), 'docker-autoscaler'));
    expect(one).toMatch(
      new RegExp(`^runners\\[0\\]\\.machine\\.MachineOptions\\[1\\] ${note.replace(/[{}]/g, '\\$&')}`),
    );
    expect(more).toEqual([]);
  });

  test.each([
    ['amazonec2-root-size=4', 'is left out: rootVolumeGib must be at least 8'],
    ['amazonec2-ami=latest', 'is left out: ami must be an id such as ami-0a1b2c3d4e5f60718'],
    ['amazonec2-subnet-id=mine', 'is left out: subnetId must be an id such as subnet-0a1b2c3d4e5f60718'],
    [
      'Not an option',
      'is left out: options must be an option of docker-machine create for amazonec2, the engine or tls-san, without its hyphens, such as amazonec2-monitoring=true',
    ],
  ])('%s is refused by the model, so it is noted and not printed', (option, note) => {
    const result = migrated(withOptions(option), 'docker-machine');
    expect(runnerOf(result)).toEqual({ limit: 10 });
    expect(notesOf(result)).toEqual([`runners[0].machine.MachineOptions[1] ${note}`]);
  });

  test.each(both)('another driver, as %s: nothing of its options is taken for ours', (type) => {
    const options = ['google-project=p', 'google-machine-type=n1-standard-4', 'amazonec2-root-size=60'];
    const machine = { MachineDriver: 'google', MachineOptions: options, MaxBuilds: 2, IdleTime: 1200 };
    const result = migrated(config({}, machine), type);
    expect(machinesOf(result)).toEqual(type === 'docker-machine' ? { maxBuilds: 2 } : { maxUseCount: 2 });
    expect(notesOf(result)).toEqual([
      'runners[0].machine.MachineDriver is not amazonec2: only the scaling is taken over, and the machines are to be chosen',
      'runners[0].machine.MachineOptions is for another driver, and is left out',
    ]);
  });
});

describe('tags', () => {
  const two = (first: string, second: string) => {
    const [runner] = withOptions(`amazonec2-tags=${first}`).runners as object[];
    const [other] = withOptions(`amazonec2-tags=${second}`).runners as object[];
    return migrated({ concurrent: 20, runners: [runner, other] }, 'docker-autoscaler');
  };

  test('of all runners are the fleet’s, others are noted', () => {
    const result = two('team,platform,stage,one,Name,x', 'stage,two,team,platform');
    expect(result.fleet).toMatchObject({ tags: { team: 'platform' } });
    expect(Object.keys((result.fleet as { runners: object }).runners)).toEqual(['builds', 'builds-2']);
    expect(notesOf(result)).toEqual([
      'runners[0].machine.MachineOptions[1] has the tag Name, which is left out: machines have names of their own',
      "runners[0].machine.MachineOptions[1] has the tag stage, which not all runners have: tags are the fleet's",
      "runners[1].machine.MachineOptions[1] has the tag stage, which not all runners have: tags are the fleet's",
    ]);
  });

  test.each([
    ['one', 'must be names and values in turns, and is left out'],
    ['aws:cost,x', 'is left out: aws:cost is a name that must be a tag name'],
  ])('%s is noted', (tags, note) => {
    const result = migrated(withOptions(`amazonec2-tags=${tags}`), 'docker-machine');
    expect(result.fleet).not.toHaveProperty('tags');
    expect(notesOf(result)[0]).toContain(note);
  });
});
