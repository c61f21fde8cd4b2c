import { ownRegistryStatements } from '../../src/policies/own-registry';
import { allows, type Call, type Context } from '../scripts/policy-evaluator';
import { withAutoscaler, withValue } from '../support/environments';
import { permissionsOf, synthesize } from '../support/synth';

/** What a manager may do for the mirror of Docker Hub that it runs: its own images and its own name, nothing else. */

const statements = ownRegistryStatements({
  place: { partition: 'aws' },
  bucketName: 'acme-dev-cache-111122223333',
  folder: '_registry/builds',
  zoneId: 'ZOWN',
  host: 'registry.acme-dev-builds.internal',
});

const on = (action: string, arn: string, context: Context = {}): Call => ({
  action,
  resources: [{ arn, context }],
});
const bucket = 'arn:aws:s3:::acme-dev-cache-111122223333';
const image = (action: string, folder = '_registry/builds') =>
  on(action, `${bucket}/${folder}/docker/registry/v2/a`);
const zone = (id = 'ZOWN', keys: Context = {}) =>
  on('route53:ChangeResourceRecordSets', `arn:aws:route53:::hostedzone/${id}`, {
    'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['registry.acme-dev-builds.internal'],
    'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
    'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
    ...keys,
  });

test.each<[string, Call]>([
  ['reads an image', image('s3:GetObject')],
  ['keeps an image', image('s3:PutObject')],
  ['moves a layer that came in parts', image('s3:DeleteObject')],
  ['gives up a layer', image('s3:AbortMultipartUpload')],
  ['goes on with a layer', image('s3:ListMultipartUploadParts')],
  ['looks for images', on('s3:ListBucket', bucket)],
  ['has its name lead to itself', zone()],
  ['finds the zone of its name', on('route53:ListHostedZonesByName', '*')],
])('%s', (_, call) => {
  expect(allows(statements, call)).toBe(true);
});

const names = 'route53:ChangeResourceRecordSetsNormalizedRecordNames';

test.each<[string, Call]>([
  ['images of another fleet', image('s3:GetObject', '_registry/other')],
  ['images of a fleet whose name begins like its own', image('s3:PutObject', '_registry/builds2')],
  ['the cache of a fleet', image('s3:PutObject', 'linux/default')],
  ['another bucket', on('s3:ListBucket', 'arn:aws:s3:::other')],
  ['the bucket itself', on('s3:DeleteBucket', bucket)],
  ['another zone', zone('ZOTHER')],
  ['another name', zone('ZOWN', { [names]: ['gitlab.acme-dev-builds.internal'] })],
  ['another name beside its own', zone('ZOWN', { [names]: ['registry.acme-dev-builds.internal', 'x'] })],
  ['another type of record', zone('ZOWN', { 'route53:ChangeResourceRecordSetsRecordTypes': ['CNAME'] })],
  ['the end of its name', zone('ZOWN', { 'route53:ChangeResourceRecordSetsActions': ['DELETE'] })],
  ['the end of its zone', on('route53:DeleteHostedZone', 'arn:aws:route53:::hostedzone/ZOWN')],
])('does not reach %s', (_, call) => {
  expect(allows(statements, call)).toBe(false);
});

test('writes nowhere but to what is named', () => {
  const free = statements.filter(({ Resource }) => Resource.includes('*'));
  expect(free.flatMap(({ Action }) => Action)).toEqual(['route53:ListHostedZonesByName']);
});

test('only a manager has it, and only with a mirror of its own', () => {
  const own = withValue(withAutoscaler(), 'registryMirror', { type: 'own' });
  const actionsOf = (input: object) =>
    Object.fromEntries(
      Object.entries(permissionsOf(synthesize(input))).map(([role, all]) => [
        role,
        all.flatMap(({ Action }) => Action).filter((action) => action.startsWith('route53:')),
      ]),
    );
  expect(actionsOf(own)).toMatchObject({
    'acme-dev-builds': ['route53:ChangeResourceRecordSets', 'route53:ListHostedZonesByName'],
    'acme-dev-builds-default': [],
  });
  expect(Object.values(actionsOf(withAutoscaler())).flat()).toEqual([]);
});
