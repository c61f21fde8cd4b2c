import type { JobMachine, MachineRunner } from '../config/docker-machine-model';
import { insecureHostsOf } from './docker-daemon';
import { stockImages } from './stock-image';
import { managerTag } from './tags';
import { renderKeys, type Renamed } from './toml-keys';

/** How many machines are kept ready, in `[runners.machine]` and its periods. */
export const idleKeys = {
  idleCount: 'IdleCount',
  idleTimeSeconds: 'IdleTime',
  idleScaleFactor: 'IdleScaleFactor',
  idleCountMin: 'IdleCountMin',
} as const satisfies Partial<Record<keyof JobMachine, string>>;

/** How long machines live and how many start at once, in `[runners.machine]`. */
export const lifeKeys = {
  maxBuilds: 'MaxBuilds',
  maxGrowthRate: 'MaxGrowthRate',
  maxRemovalAttempts: 'MaxRemovalAttempts',
} as const satisfies Partial<Record<keyof JobMachine, string>>;

const machineKeys = { ...idleKeys, ...lifeKeys } as const;

type Period = JobMachine['autoscaling'][number];

const periodKeys = {
  periods: 'Periods',
  timezone: 'Timezone',
  ...idleKeys,
} as const satisfies Record<keyof Period, string>;

/** `[runners.machine]`. @see https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersmachine-section */
export interface MachineToml extends Renamed<JobMachine, typeof machineKeys> {
  readonly MachineDriver: 'amazonec2';
  readonly MachineName: string;
  readonly MachineOptions: readonly string[];
  readonly MachineOptionsWithName: readonly string[] | undefined;
  readonly autoscaling: readonly Renamed<Period, typeof periodKeys>[] | undefined;
}

/** What is known only once it is deployed: keys of the runner's parameter. The token loader puts the values in. */
export const deployed = {
  vpcId: 'vpc-id',
  subnetId: 'subnet-id',
  zone: 'zone',
  imageId: 'ami',
  /** The security group of an index, by its name, as Docker Machine wants it. */
  securityGroup: (index: number) => `security-group-${index}`,
} as const;

/** What stands in the template for a value that the token loader puts in. */
const placeholder = (key: string): string => `@${key}@`;

/** The manager's own instance id, which the token loader knows. */
const instanceId = placeholder('instance-id');

/** Device of the root volume; a given AMI's own, else Ubuntu's. */
const rootDeviceOf = ({ image }: JobMachine): string =>
  image.kind === 'ami' ? image.rootDeviceName : stockImages['ubuntu-24.04'].rootDeviceName;

/** Where machines are, and who may reach them: in a private subnet, and with no rule of Docker Machine's own. */
const placeOptions = ({ securityGroupIds }: JobMachine, region: string): string[] => [
  `amazonec2-region=${region}`,
  `amazonec2-vpc-id=${placeholder(deployed.vpcId)}`,
  `amazonec2-subnet-id=${placeholder(deployed.subnetId)}`,
  `amazonec2-zone=${placeholder(deployed.zone)}`,
  // Their own comes first.
  ...['own', ...securityGroupIds].map(
    (_, index) => `amazonec2-security-group=${placeholder(deployed.securityGroup(index))}`,
  ),
  'amazonec2-security-group-readonly=true',
  'amazonec2-private-address-only=true',
  'amazonec2-use-private-address=true',
];

/** What machines are. */
const machineOptions = (machine: JobMachine): string[] => [
  `amazonec2-ami=${placeholder(deployed.imageId)}`,
  `amazonec2-ssh-user=${machine.sshUser}`,
  `amazonec2-instance-type=${machine.instanceType}`,
  `amazonec2-device-name=${rootDeviceOf(machine)}`,
  `amazonec2-root-size=${machine.rootVolumeGib}`,
  'amazonec2-volume-type=gp3',
  `amazonec2-iam-instance-profile=${machine.awsName}`,
  'amazonec2-metadata-token=required',
  `amazonec2-metadata-token-response-hop-limit=${machine.metadataHopLimit}`,
];

/** An empty price is the one on demand; Docker Machine's own default is half a dollar. */
const spotOptions = ({ spot }: JobMachine): string[] =>
  spot === undefined
    ? []
    : ['amazonec2-request-spot-instance=true', `amazonec2-spot-price=${spot.maxPriceUsdPerHour ?? ''}`];

const tagOption = (tags: Readonly<Record<string, string>>): string =>
  `amazonec2-tags=${Object.entries({ ...tags, [managerTag]: instanceId })
    .flat()
    .join(',')}`;

/** Docker on machines: Docker Machine writes its settings. */
function engineOptions({ mirrorUrl, proxyVariables }: MachineSurroundings): string[] {
  const mirrors = mirrorUrl === undefined ? [] : [mirrorUrl];
  return [
    ...mirrors.map((url) => `engine-registry-mirror=${url}`),
    ...mirrors.flatMap(insecureHostsOf).map((host) => `engine-insecure-registry=${host}`),
    ...Object.entries(proxyVariables).map(([name, value]) => `engine-env=${name}=${value}`),
  ];
}

/** What of an environment and of a fleet concerns machines. */
export interface MachineSurroundings {
  /** The region. */
  readonly region: string;
  /** Tags of the machines. */
  readonly tags: Readonly<Record<string, string>>;
  /** The mirror of Docker Hub that Docker asks first, if there is one. */
  readonly mirrorUrl: string | undefined;
  /** The variables by which Docker knows a proxy; none where there is no proxy. */
  readonly proxyVariables: Readonly<Record<string, string>>;
}

/** How the manager starts and ends the machines of a runner. */
export function renderMachine({ machine }: MachineRunner, surroundings: MachineSurroundings): MachineToml {
  return {
    ...renderKeys(machineKeys, machine),
    MachineDriver: 'amazonec2',
    MachineName: `${machine.nameStem}-%s`,
    MachineOptions: [
      ...placeOptions(machine, surroundings.region),
      ...machineOptions(machine),
      ...spotOptions(machine),
      tagOption(surroundings.tags),
      ...engineOptions(surroundings),
      ...machine.options,
    ],
    MachineOptionsWithName: machine.optionsWithName.length > 0 ? machine.optionsWithName : undefined,
    autoscaling:
      machine.autoscaling.length > 0
        ? machine.autoscaling.map((period) => renderKeys(periodKeys, period))
        : undefined,
  };
}
