import type { EnvironmentInput } from '../../src/config/environment';
import {
  minimal,
  parsed,
  refusals,
  withAutoscaler,
  withCreated,
  withFargate,
  withFleet,
  withValue,
  withWorkers,
} from '../support/environments';

/** The bucket of artifacts: what people write of it, what the model makes of it, and what should be known. */

const withArtifacts = (artifacts: unknown) => withValue(minimal(), 'artifacts', artifacts);

test.each([
  ['none unless it is asked for', undefined, undefined],
  [
    'kept for a month, for the VPC only',
    {},
    { name: 'acme-dev-artifacts', expirationDays: 30, vpcOnly: true },
  ],
  [
    'as it is asked for',
    { expirationDays: 7, vpcOnly: false },
    { name: 'acme-dev-artifacts', expirationDays: 7, vpcOnly: false },
  ],
])('is %s', (_, artifacts, expected) => {
  expect(parsed(withArtifacts(artifacts)).artifacts).toEqual(expected);
});

const path = 'environments/dev.ts: artifacts';

test.each([
  [true, [`${path} must be an object, got true`]],
  [{ expirationDays: 0 }, [`${path}.expirationDays must be at least 1, got 0`]],
  [{ expirationDays: 3651 }, [`${path}.expirationDays must be at most 3650, got 3651`]],
  [{ vpcOnly: 'yes' }, [`${path}.vpcOnly must be true or false, got "yes"`]],
  [{ forceDestroy: true }, [`${path}.forceDestroy is not a known key, got true`]],
])('refuses %j', (artifacts, expected) => {
  expect(refusals(withArtifacts(artifacts))).toEqual(expected);
});

test('refuses names with which S3 would refuse the bucket', () => {
  const project = 'a'.repeat(32);
  const name = 'e'.repeat(13);
  const long = withValue(withValue(minimal(), 'project', project), 'cache', false);
  expect(refusals(withValue(long, 'artifacts', {}), undefined, name)).toEqual([
    `environments/${name}.ts: project makes the S3 bucket name ${project}-${name}-artifacts-<account id> of 69 characters, and AWS takes 63, got "${project}"`,
  ]);
  expect(refusals(long, undefined, name)).toEqual([]);
});

const warnings = (input: EnvironmentInput, artifacts: EnvironmentInput['artifacts'] = {}): string[] =>
  parsed({ ...input, artifacts }).warnings.map(({ path: at, message }) => `${at} ${message}`);

const noEndpoint =
  "artifacts.vpcOnly is on, and no endpoint of S3 is made: unless the network has one, jobs cannot use the artifacts; name the subnets' route tables in network.routeTableIds, or turn it off";
const ofGroup =
  'is 1: job containers do not get the role of the instance, which may use the artifacts; 2 gives it to them, and with it the tokens, so rather run such jobs on the workers of another fleet type';
const ofWorkers =
  'is 1: job containers do not get the role of their worker, which may use the artifacts; 2 gives it to them';

/** Only those about artifacts. */
const ofArtifacts = (all: string[]): string[] => all.filter((one) => one.includes('artifacts'));

test('warns of a network in which it is not known whether there is a way to S3', () => {
  expect(ofArtifacts(warnings(minimal()))).toContain(noEndpoint);
  expect(warnings(minimal(), { vpcOnly: false })).not.toContain(noEndpoint);
  expect(warnings(withCreated())).not.toContain(noEndpoint);
  const { network } = minimal();
  const withTables = { ...network, interfaceEndpoints: true, routeTableIds: ['rtb-0a1b2c3d4e5f60718'] };
  expect(warnings({ ...minimal(), network: withTables })).not.toContain(noEndpoint);
});

const onHost = { docker: { networkMode: 'host' } };

test.each<[string, EnvironmentInput, string[]]>([
  ['a group of instances', withFleet({}), [`fleets.linux.metadataHopLimit ${ofGroup}`]],
  ['a group whose jobs get its role', withFleet({ metadataHopLimit: 2 }), []],
  ['a group whose jobs all have its network', withFleet({ runners: { a: onHost } }), []],
  [
    'a group of which only some have',
    withFleet({ runners: { a: onHost, b: {} } }),
    [`fleets.linux.metadataHopLimit ${ofGroup}`],
  ],
  ['workers', withAutoscaler(), [`fleets.builds.runners.default.workers.metadataHopLimit ${ofWorkers}`]],
  ['workers whose jobs get their role', withWorkers({ metadataHopLimit: 2 }), []],
  ['workers whose jobs have their network', withWorkers({}, onHost), []],
  [
    'tasks without a role',
    withFargate(),
    [
      'fleets.jobs.runners.default.task.taskRoleArn is not set: jobs have no role, and cannot use the artifacts',
    ],
  ],
  [
    'tasks with a role',
    withFargate({ runners: { default: { task: { taskRoleArn: 'arn:aws:iam::111122223333:role/jobs' } } } }),
    [
      'fleets.jobs.runners.default.task.taskRoleArn is given: it must itself allow s3:GetObject and s3:PutObject in the bucket of artifacts, and its key',
    ],
  ],
])('says what keeps jobs from it: %s', (_, input, expected) => {
  expect(ofArtifacts(warnings(input, { vpcOnly: false }))).toEqual(expected);
  expect(ofArtifacts(parsed(input).warnings.map(({ message }) => message))).toEqual([]);
});
