import type { Path } from './draft';
import type { FleetType } from './migration';
import type { Option } from './option';

/** Where options of Docker Machine's driver for EC2 go, and what to do about those that have no field. */

/** A field of the machines. */
interface Field {
  readonly path: Path;
  /** The value is a number. @default a text */
  readonly isNumber?: boolean;
}

const hopLimit: Field = { path: ['metadataHopLimit'], isNumber: true };

const fields: Readonly<Record<FleetType, Readonly<Record<string, Field>>>> = {
  'docker-machine': {
    'amazonec2-root-size': { path: ['rootVolumeGib'], isNumber: true },
    'amazonec2-subnet-id': { path: ['subnetId'] },
    'amazonec2-metadata-token-response-hop-limit': hopLimit,
  },
  'docker-autoscaler': {
    'amazonec2-root-size': { path: ['rootVolume', 'sizeGib'], isNumber: true },
    'amazonec2-volume-type': { path: ['rootVolume', 'type'] },
    'amazonec2-subnet-id': { path: ['subnetIds', 0] },
    'amazonec2-metadata-token-response-hop-limit': hopLimit,
  },
};

/** Read elsewhere, where several options belong together. */
const readTogether = [
  ...['instance-type', 'ami', 'device-name', 'ssh-user'],
  ...['request-spot-instance', 'spot-price', 'tags'],
].map((name) => [`amazonec2-${name}`, ''] as const);

const ofNetwork = "is the network's: network of the environment says where everything is";
const always = (what: string) => `has no field: ${what}, always`;
const keyPair =
  'has no field: Docker Machine makes a key for each machine, and other fleets use EC2 Instance Connect';

/** What is not taken over, and why. */
const notes: Readonly<Record<string, string>> = {
  ...Object.fromEntries(readTogether),
  'amazonec2-region': 'belongs into aws.region of the environment',
  'amazonec2-zone': ofNetwork,
  'amazonec2-vpc-id': ofNetwork,
  'amazonec2-security-group':
    'is a name, and securityGroupIds wants ids; machines have a group of their own that lets in nobody but the manager',
  'amazonec2-iam-instance-profile':
    'has no field: machines have a role of their own, and policyArns names what else it may do',
  'amazonec2-volume-type': 'has no field: volumes are gp3',
  'amazonec2-private-address-only': always('machines have private addresses only'),
  'amazonec2-use-private-address': always('the manager uses private addresses'),
  'amazonec2-security-group-readonly': always('Docker Machine leaves security groups alone'),
  'amazonec2-metadata-token': always('IMDSv2 is required'),
  'amazonec2-open-port': 'has no field: nobody but the manager reaches machines',
  'amazonec2-keypair-name': keyPair,
  'amazonec2-ssh-keypath': keyPair,
  'amazonec2-ssh-port': 'has no field: it is 22',
  'amazonec2-endpoint': "has no field: AWS's own endpoints are used",
  'amazonec2-insecure-transport': "has no field: AWS's own endpoints are used",
  'engine-registry-mirror': "belongs into the environment: registryMirror { type: 'url' }, by https",
  'engine-insecure-registry': 'has no field: registries and mirrors are asked by https',
};

/** Options that say what holds anyway. */
const ours: Readonly<Record<string, string>> = {
  'amazonec2-private-address-only': 'true',
  'amazonec2-use-private-address': 'true',
  'amazonec2-security-group-readonly': 'true',
  'amazonec2-metadata-token': 'required',
  'amazonec2-volume-type': 'gp3',
};

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** The field that takes an option over, if there is one. */
export const fieldOf = (type: FleetType, name: string): Field | undefined => own(fields[type], name);

const ofProxy = 'belongs into the environment: proxy { http, https, noProxy }';

/** Why an option is not taken over; empty for one that is read elsewhere. */
export const noteOf = ({ name, text }: Option): string | undefined =>
  /^engine-env=(https?|no|all)_proxy=/i.test(text) ? ofProxy : own(notes, name);

/** Whether nothing is lost with an option. */
export const isOurs = ({ name, value = 'true' }: Option): boolean => own(ours, name) === value;
