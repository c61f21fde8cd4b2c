import {
  minimal,
  refusals,
  withFargate,
  withFleet,
  withImage,
  withRunner,
  withValue,
} from '../support/environments';
import { fleet, linux, long, put, putFleet, putImage, putRunner, runner } from '../support/refusals';

/** What lies outside of bounds is refused, and the bounds themselves are taken. */

describe('rejects what lies outside of bounds, and takes the bounds themselves', () => {
  type Bound = [path: string, minimum: number, maximum: number | undefined, base?: object];
  const template = withFleet({ capacity: { min: 0, max: 10000 } });
  const schedules = { night: { cron: '0 20 * * *', min: 0 } };
  const night = withFleet({ capacity: { min: 0, max: 10000, schedules } });
  const spot = withFleet({ launch: { type: 'template', spot: {} } });
  const bounds: Bound[] = [
    [`${fleet}.capacity.min`, 0, 10000, template],
    [`${fleet}.capacity.max`, 0, 10000, withFleet({ capacity: { min: 0, max: 0 } })],
    [`${fleet}.capacity.desired`, 0, 10000, template],
    [`${fleet}.capacity.maxInstanceLifetimeDays`, 0, 365],
    [`${fleet}.capacity.schedules.night.min`, 0, 10000, night],
    [`${fleet}.capacity.schedules.night.max`, 0, 10000, night],
    [`${fleet}.capacity.schedules.night.desired`, 0, 10000, night],
    [`${fleet}.scaling.headroomJobs`, 0, 10000, withFleet({ scaling: { type: 'jobs' } })],
    [`${fleet}.scaling.idleTimeSeconds`, 60, 86400, withFleet({ scaling: { type: 'jobs' } })],
    [`${fleet}.launch.spot.onDemandBase`, 0, 10000, spot],
    [`${fleet}.launch.spot.onDemandPercentage`, 0, 100, spot],
    [`${fleet}.drainTimeoutSeconds`, 0, 172800],
    [`${fleet}.metrics.port`, 1, 65535],
    [`${fleet}.concurrent`, 1, undefined, withRunner({ limit: 0 })],
    [`${fleet}.checkIntervalSeconds`, 1, undefined],
    [`${fleet}.metadataHopLimit`, 1, 64],
    [`${fleet}.rootVolume.sizeGib`, 8, 16384],
    [`${fleet}.rootVolume.iops`, 100, 64000, withFleet({ rootVolume: { type: 'io1', iops: 100 } })],
    [`${fleet}.rootVolume.throughputMibps`, 125, 1000, withFleet({ rootVolume: { iops: 4000 } })],
    [`${fleet}.refresh.minHealthyPercentage`, 0, 100, withFleet({ refresh: { maxHealthyPercentage: 100 } })],
    [`${fleet}.refresh.maxHealthyPercentage`, 100, 200],
    [`${runner}.limit`, 0, undefined, withFleet({ concurrent: Number.MAX_SAFE_INTEGER })],
    [`${runner}.requestConcurrency`, 1, undefined],
    [`${runner}.outputLimitKib`, 1, undefined],
    [`${runner}.unhealthyRequestsLimit`, 1, undefined],
    [`${runner}.jobStatusFinalUpdateRetryLimit`, 0, undefined],
    [`${runner}.docker.oomScoreAdjust`, -1000, 1000],
    [`${runner}.docker.networkMtu`, 68, 65535],
    [`${runner}.docker.cpuShares`, 0, undefined],
    [`${runner}.docker.serviceCpuShares`, 0, undefined],
    [`${runner}.docker.shmSizeBytes`, 0, undefined],
    [`${runner}.docker.servicesLimit`, -1, undefined],
    [`${runner}.docker.waitForServicesTimeoutSeconds`, -1, undefined],
    ['fleets.jobs.managers.count', 0, 100, withFargate()],
    ['fleets.jobs.managers.minHealthyPercentage', 0, 100, withFargate()],
    ['fleets.jobs.managers.maxPercentage', 100, 200, withFargate({ managers: { minHealthyPercentage: 0 } })],
    ['fleets.jobs.runners.default.task.ephemeralStorageGib', 20, 200, withFargate()],
    ['fleets.jobs.orphans.maxAgeHours', 1, 8760, withFargate()],
    ['sessionLogging.idleTimeoutMinutes', 1, 60],
    ['sessionLogging.maxDurationMinutes', 1, 1440],
    ['images.base.rootVolumeGib', 8, 16384, withImage()],
    ['images.base.deprecateAfterDays', 1, 3650, withImage()],
  ];

  test.each<Bound>(bounds)('%s: at least %d', (path, minimum, _maximum, base = minimal()) => {
    expect(refusals(withValue(base, path, minimum))).toEqual([]);
    expect(refusals(withValue(base, path, minimum - 1))).toContain(
      `environments/dev.ts: ${path} must be at least ${String(minimum)}, got ${String(minimum - 1)}`,
    );
  });

  const bounded = bounds.flatMap(([path, , maximum, base]) =>
    maximum === undefined ? [] : [[path, maximum, base] as const],
  );
  test.each(bounded)('%s: at most %d', (path, maximum, base = minimal()) => {
    expect(refusals(withValue(base, path, maximum))).toEqual([]);
    expect(refusals(withValue(base, path, maximum + 1))).toContain(
      `environments/dev.ts: ${path} must be at most ${String(maximum)}, got ${String(maximum + 1)}`,
    );
  });

  const port = (value: number) => withFleet({ egress: [{ cidr: '0.0.0.0/0', port: value }] });
  test.each([0, 65535])('takes port %d', (value) => {
    expect(refusals(port(value))).toEqual([]);
  });
  test.each([
    [-1, 'at least 0'],
    [65536, 'at most 65535'],
  ])('rejects port %d', (value, rule) => {
    expect(refusals(port(value))).toEqual([
      `environments/dev.ts: ${fleet}.egress[0].port must be ${rule}, got ${String(value)}`,
    ]);
  });

  test.each([0, 7, 30])('takes %d days of recovery', (days) => {
    expect(refusals(put('secretRecoveryDays', days))).toEqual([]);
  });
  test.each([-1, 1, 6, 31])('rejects %d days of recovery', (days) => {
    expect(refusals(put('secretRecoveryDays', days))).toEqual([
      `environments/dev.ts: secretRecoveryDays must be 0, or 7 to 30, got ${String(days)}`,
    ]);
  });

  const tagsOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${String(index)}`, 'v']));
  test('tags: 40 at most', () => {
    expect(refusals(put('tags', tagsOf(40)))).toEqual([]);
    expect(refusals(put('tags', tagsOf(41)))).toEqual([
      `environments/dev.ts: tags must have at most 40 tags, got ${JSON.stringify(tagsOf(41))}`,
    ]);
  });
  test('rejects tags of environment and fleet that are more than AWS takes together', () => {
    const own = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${String(index)}`, 'v']));
    const [message = ''] = refusals({ ...withFleet({ tags: own }), tags: tagsOf(40) });
    expect(message).toMatch(/^environments\/dev\.ts: fleets\.linux\.tags must .*, got \{/);
  });

  test.each([
    ['securityGroupIds', 15, (index: number) => `sg-${String(index).padStart(8, '0')}`],
    ['policyArns', 10, (index: number) => `arn:aws:iam::aws:policy/P${String(index)}`],
    ['egress', 60, (index: number) => ({ cidr: `10.${String(index)}.0.0/16` })],
  ])('%s: %d at most', (field, most, element: (index: number) => unknown) => {
    const elements = Array.from({ length: most + 1 }, (_, index) => element(index));
    expect(refusals(putFleet(field, elements.slice(1)))).toEqual([]);
    expect(refusals(putFleet(field, elements))).toEqual([
      `environments/dev.ts: ${fleet}.${field} must have at most ${String(most)} elements, got ${JSON.stringify(elements)}`,
    ]);
  });

  test('security groups of managers: four, since ECS takes five and one is their own', () => {
    const ids = Array.from({ length: 5 }, (_, index) => `sg-${String(index).padStart(8, '0')}`);
    expect(refusals(withFargate({ securityGroupIds: ids.slice(1) }))).toEqual([]);
    expect(refusals(withFargate({ securityGroupIds: ids }))).toEqual([
      `environments/dev.ts: fleets.jobs.securityGroupIds must have at most 4 elements, got ${JSON.stringify(ids)}`,
    ]);
  });

  test('subnets of managers: 16, as ECS takes them', () => {
    const ids = Array.from({ length: 17 }, (_, index) => `subnet-${String(index).padStart(8, '0')}`);
    expect(refusals(withFargate({ managers: { subnetIds: ids.slice(1) } }))).toEqual([]);
    expect(refusals(withFargate({ managers: { subnetIds: ids } }))).toEqual([
      `environments/dev.ts: fleets.jobs.managers.subnetIds must have at most 16 elements, got ${JSON.stringify(ids)}`,
    ]);
  });

  test('names: as long as AWS takes them', () => {
    expect(refusals(put('fleets', { [long(55)]: linux() }))).toEqual([]);
    expect(refusals(put('project', long(32)))).toEqual([]);
    expect(refusals(putRunner('token', { secretName: long(503) }))).toEqual([]);
    expect(refusals(putRunner('docker.image', long(500)))).toEqual([]);
  });

  test.each(['18.1.0', '19.3.0', '100.0.0'])('takes gitlab-runner %s', (version) => {
    expect(refusals(putImage('gitlabRunnerVersion', version))).toEqual([]);
  });
});
