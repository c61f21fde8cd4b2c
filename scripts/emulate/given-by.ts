import type { Environment } from '../../src/config/model';
import type { Provisioning } from '../../src/provisioning/provisioning';
import { renderSessionDocument } from '../../src/rendering/session-document';
import { clustersOf, fleetGiven, present } from './given-by-fleet';
import type { Given } from './start-emulator';

/** What the environments refer to as given, for an emulated AWS in which it exists. */

/** The account of an environment that names none. */
const someAccount = '123456789012';

/** The account of a cluster in which managers or jobs run: ECS starts tasks in its own account only. */
const clustersAccount = ({ fleets }: Environment): string | undefined =>
  fleets
    .filter((fleet) => fleet.type === 'fargate')
    .flatMap(clustersOf)
    .map((arn) => arn.split(':')[4])[0];

/** The account in which an environment is deployed. */
export const accountOf = (environment: Environment): string => {
  const { accountId, assumeRoleArn } = environment.aws;
  return accountId ?? assumeRoleArn?.split(':')[4] ?? clustersAccount(environment) ?? someAccount;
};

/** The VPC of an environment that makes none. */
const vpcsOf = ({ network }: Environment) =>
  network.type === 'existing'
    ? [{ id: network.vpcId, subnetIds: network.subnetIds, routeTableIds: network.routeTableIds }]
    : [];

/** What the stack itself and all its fleets refer to. */
function environmentGiven(environment: Environment): Given {
  const { aws, kmsKeyArn, images, sessionLogging } = environment;
  const builds = images.map(({ build }) => build);
  const vpcs = vpcsOf(environment);
  const listed = vpcs.flatMap(({ subnetIds }) => subnetIds);
  const content = renderSessionDocument({ ...sessionLogging, logGroupName: 'existing-sessions' });
  return {
    accountId: accountOf(environment),
    region: aws.region,
    vpcs,
    subnetIds: present(...builds.map(({ subnetId }) => subnetId)).filter((id) => !listed.includes(id)),
    policyArns: present(aws.permissionsBoundaryArn),
    roleArns: present(aws.assumeRoleArn),
    kmsKeyArns: present(
      kmsKeyArn,
      ...images.flatMap(({ copyToRegions }) => copyToRegions.map((copy) => copy.kmsKeyArn)),
    ),
    instanceProfiles: present(...builds.map(({ iamInstanceProfile }) => iamInstanceProfile)),
    documents: sessionLogging.importExisting
      ? [{ name: sessionLogging.documentName, type: 'Session', content }]
      : [],
  };
}

function stateGiven(environment: Environment): Given[] {
  const { state } = environment;
  if (state === undefined) return [];
  const { bucket, region, kmsKeyArn, assumeRoleArn } = state;
  const kmsKeyArns = present(kmsKeyArn);
  return [
    {
      accountId: accountOf(environment),
      region,
      buckets: [bucket],
      kmsKeyArns,
      roleArns: present(assumeRoleArn),
    },
  ];
}

/** Everything that one environment refers to as given. */
export function givenBy(environment: Environment, provisioning: Provisioning, withImages: boolean): Given[] {
  const here = environmentGiven(environment);
  const { accountId, region, vpcs = [] } = here;
  const fleets = environment.fleets
    .flatMap((fleet) => fleetGiven(fleet, environment, { provisioning, withImages }))
    .map((given) => ({ ...given, accountId, region, vpcs }));
  return [here, ...stateGiven(environment), ...fleets];
}
